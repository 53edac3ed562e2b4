"""SGLD for many replicas at once, against what can be computed by hand."""

import numpy as np
import pytest
import torch

from superposition.llc.sampling import independent_noise, sample, value_and_slope


def run_quadratic(*, h=1.0, noise=None, start=1.0, n=64, **settings):
    """Sample around `start` on the loss h w² / 2 with one parameter."""
    w = torch.full((1, n), start, dtype=torch.float64)
    noise = iter([torch.zeros(10_000, 1, 1, dtype=torch.float64)]) if noise is None else noise
    losses = sample(
        w,
        lambda *_: value_and_slope(lambda w: h * w[0] ** 2 / 2, w),
        noise,
        stream=settings.get("stream", torch.zeros(n, dtype=torch.long)),
        blocks=settings.get("blocks", [slice(0, 1)]),
        lr=settings["lr"],
        nbeta=settings["nbeta"],
        localization=settings["localization"],
        num_burnin_steps=settings.get("num_burnin_steps", 0),
        num_draws=settings["num_draws"],
        num_steps_bw_draws=settings.get("num_steps_bw_draws", 1),
    )
    return w, losses


def test_without_noise_a_chain_is_gradient_descent_and_a_draw_is_the_loss_before_its_update():
    # w <- w - lr/2 * nbeta * h * w = 0.9 w with lr = 0.02, nbeta = 10, h = 1, so draw t is 0.9^(2t) / 2.
    _, losses = run_quadratic(lr=0.02, nbeta=10.0, localization=0.0, num_draws=4)
    expected = torch.tensor([0.9 ** (2 * t) / 2 for t in range(4)], dtype=torch.float64)
    torch.testing.assert_close(losses[:, 0], expected)


def test_burn_in_and_steps_between_draws_skip_losses_and_not_updates():
    # Two steps of burn-in and three per draw: the drawn steps are 2 + 2, 2 + 5, ... counted from 0.
    _, losses = run_quadratic(
        lr=0.02, nbeta=10.0, localization=0.0, num_burnin_steps=2, num_draws=2, num_steps_bw_draws=3
    )
    torch.testing.assert_close(losses[:, 0], torch.tensor([0.9**8 / 2, 0.9**14 / 2], dtype=torch.float64))


def test_localization_pulls_towards_the_start_and_not_towards_zero():
    # Equilibrium of nbeta h w + gamma (w - 1) = 0 with nbeta h = gamma is w = 1/2.
    w, _ = run_quadratic(lr=0.05, nbeta=10.0, localization=10.0, num_draws=500)
    torch.testing.assert_close(w, torch.full_like(w, 0.5))


def test_rows_in_two_blocks_are_updated_twice_in_each_step():
    # Both updates use the gradient at the step's start: one step moves twice as far, 1 - 2 * 0.1.
    w = torch.ones(1, 64, dtype=torch.float64)

    def twice(step, with_loss):
        loss, gradient = value_and_slope(lambda w: w[0] ** 2 / 2, w)
        return loss, gradient, gradient

    sample(
        w,
        twice,
        iter([torch.zeros(1, 2, 1, dtype=torch.float64)]),
        stream=torch.zeros(64, dtype=torch.long),
        blocks=[slice(0, 1), slice(0, 1)],
        lr=0.02,
        nbeta=10.0,
        localization=0.0,
        num_burnin_steps=0,
        num_draws=1,
        num_steps_bw_draws=1,
    )
    torch.testing.assert_close(w, torch.full_like(w, 0.8))


def test_the_stationary_spread_on_a_quadratic_is_that_of_the_discretised_langevin_equation():
    # Precision a = nbeta h + gamma; SGLD's stationary variance is 1 / (a (1 - lr a / 4)).
    lr, a = 0.01, 100.0
    noise = (block.double() for block in independent_noise([(7, c) for c in range(2048)], size=1, noise_level=1.0))
    w, _ = run_quadratic(
        start=0.0, n=2048, noise=noise, stream=torch.arange(2048), lr=lr, nbeta=90.0, localization=10.0, num_draws=60
    )
    expected = 1 / (a * (1 - lr * a / 4))
    # The relative standard error of a variance from n independent values is sqrt(2 / n); four of them.
    assert w.var().item() == pytest.approx(expected, rel=4 * (2 / 2048) ** 0.5)


def test_a_stream_does_not_depend_on_the_streams_beside_it():
    alone = next(iter(independent_noise([(3, 1)], size=5, noise_level=1.0)))
    among = next(iter(independent_noise([(2, 0), (3, 1)], size=5, noise_level=1.0)))
    assert torch.equal(alone[..., 0], among[..., 1])
    assert not torch.equal(among[..., 0], among[..., 1])


def test_replicas_with_one_stream_share_their_noise():
    noise = (block.double() for block in independent_noise([(1, 0), (1, 1)], size=1, noise_level=1.0))
    stream = torch.arange(64) % 2
    w, _ = run_quadratic(noise=noise, stream=stream, lr=0.01, nbeta=1.0, localization=1.0, num_draws=20)
    assert len(np.unique(w[0].numpy())) == 2
