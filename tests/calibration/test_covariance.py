"""Covariance of trajectories that start at checkpoints, and the library's defect in it."""

import dataclasses

import numpy as np
import pytest
import torch
from devinterp.slt.cov import CovarianceAccumulator, WithinHeadCovarianceAccumulator

from superposition.activations import BY_NAME
from superposition.calibration.covariance import Moments, covariance_table, largest_eigenvalues
from superposition.llc.chains import Target, run_chains
from superposition.sampler_presets import SamplerPreset
from superposition.status import DIVERGED, OK
from superposition.tables.trajectory import Trajectory
from workflow import presets

N_SEEDS, N_STEPS = 2, 3
SWEEP = {"batch_sizes": [1, 10], "noise_levels": [0.0, 1.0], "n_eigenvalues": 3}


@pytest.fixture(scope="module")
def sampler(config) -> SamplerPreset:
    """The study's trajectories, with fewer of them: 20 rather than 50, fewer than the 24 parameters."""
    preset = presets.sampler_preset(config["sampler_presets"], config["covariance"]["sampler"])
    return dataclasses.replace(preset, num_chains=20)


@pytest.fixture(scope="module")
def checkpoints() -> Trajectory:
    random = np.random.default_rng(0)
    return Trajectory(
        W=random.normal(size=(N_SEEDS, N_STEPS, 2, 8)).astype(np.float32),
        b=random.normal(size=(N_SEEDS, N_STEPS, 8)).astype(np.float32),
        steps=np.arange(N_STEPS),
        seeds=np.arange(N_SEEDS),
    )


def target_of(notebook, sampler, cpu, *, name: str = "relu") -> Target:
    return Target(activation=BY_NAME[name], training=notebook, sampler=sampler, device=cpu)


class Recorder:
    """A hook that keeps the weights of every draw."""

    def __init__(self, n_draws: int, n_chains: int):
        self.w = np.full((N_SEEDS, N_STEPS, n_chains, n_draws, 24), np.nan)

    def __call__(self, runs, steps, draw, w):
        self.w[runs, steps, :, draw] = w.permute(1, 2, 3, 0).numpy()


def recorded(target: Target, checkpoints: Trajectory) -> np.ndarray:
    recorder = Recorder(target.sampler.num_draws, target.sampler.num_chains)
    run_chains(target, checkpoints, on_draw=recorder)
    return recorder.w


def test_the_hook_sees_the_same_weights_whatever_the_chunks(notebook, sampler, cpu, checkpoints):
    target = target_of(notebook, dataclasses.replace(sampler, num_draws=2), cpu)
    whole = recorded(target, checkpoints)
    assert np.isfinite(whole).all()
    np.testing.assert_array_equal(recorded(dataclasses.replace(target, replicas_per_chunk=20), checkpoints), whole)


def test_the_hook_changes_no_trace(notebook, sampler, cpu, checkpoints):
    target = target_of(notebook, sampler, cpu)
    plain = run_chains(target, checkpoints)
    hooked = run_chains(target, checkpoints, on_draw=Moments(checkpoints, device=cpu))
    np.testing.assert_array_equal(hooked.losses, plain.losses)


def test_without_burn_in_the_first_draw_is_the_checkpoint_itself(notebook, sampler, cpu, checkpoints):
    target = target_of(notebook, dataclasses.replace(sampler, num_burnin_steps=0), cpu)
    first = recorded(dataclasses.replace(target, replicas_per_chunk=20), checkpoints)[:, :, :, 0]
    start = np.concatenate([checkpoints.W.reshape(N_SEEDS, N_STEPS, 16), checkpoints.b], axis=-1)
    np.testing.assert_array_equal(first, np.broadcast_to(start[:, :, None], first.shape))


@pytest.mark.parametrize("num_draws", [1, 4])
def test_covariance_is_that_of_numpy_over_all_chains_and_draws(notebook, sampler, cpu, checkpoints, num_draws):
    target = target_of(notebook, dataclasses.replace(sampler, num_draws=num_draws), cpu)
    w = recorded(target, checkpoints).reshape(N_SEEDS, N_STEPS, -1, 24)
    moments = Moments(checkpoints, device=cpu)
    run_chains(dataclasses.replace(target, replicas_per_chunk=20), checkpoints, on_draw=moments)
    covariance = moments.covariance().numpy()
    for run in range(N_SEEDS):
        for step in range(N_STEPS):  # double precision throughout: rounding 1e-16 times some ten operations
            np.testing.assert_allclose(covariance[run, step], np.cov(w[run, step].T), atol=1e-14)


def library_results(accumulator, w: np.ndarray) -> list[np.ndarray]:
    """Return what the accumulator gives for the same weights when it is asked twice, as the library asks."""
    for weights in torch.from_numpy(w).float():
        accumulator.accumulate(weights)
    accumulator.finalize()
    return [accumulator.get_results()["matrix"].copy().squeeze() for _ in range(2)]


class WithinHead(WithinHeadCovarianceAccumulator):
    """The library's accumulator with its results as an array, as the other accumulator gives them."""

    def get_results(self):
        return {"matrix": self.to_matrix().numpy()}


def test_the_library_is_right_when_asked_once_and_wrong_when_asked_twice(notebook, sampler, cpu, checkpoints):
    # The library divides by n instead of n - 1, and accumulates in single precision around 0: 1e-7 times squared
    # weights of up to 10.
    n = sampler.num_chains
    moments = Moments(checkpoints, device=cpu)
    target = target_of(notebook, sampler, cpu)
    run_chains(target, checkpoints, on_draw=moments)
    ours, w = moments.covariance()[1, 2].numpy(), recorded(target, checkpoints)[1, 2, :, 0]
    plain = library_results(CovarianceAccumulator(24, [lambda weights: weights]), w)
    in_place = library_results(WithinHead(1, 24, [lambda weights: [weights]]), w)
    for right in (*plain, in_place[0]):
        np.testing.assert_allclose(right * n / (n - 1), ours, atol=1e-5)
    # The mean is subtracted once too often (N12): a negative eigenvalue of about the squared norm of the mean.
    assert np.linalg.eigvalsh(in_place[1])[0] < -0.5 * (w.mean(0) ** 2).sum() < -1


def test_eigenvalues_are_never_negative(notebook, sampler, cpu, checkpoints):
    # N12 gave -1006. Fewer trajectories than parameters: four eigenvalues are 0. SGD on all inputs moves all alike.
    sweep = {**SWEEP, "batch_sizes": [1, 0], "n_eigenvalues": 24}
    table = covariance_table(target_of(notebook, sampler, cpu), checkpoints, **sweep)
    assert table.eigenvalue.min() >= -1e-6
    together = table[(table.batch_size == 0) & (table.noise_level == 0)]
    assert together.eigenvalue.abs().max() < 1e-6
    assert table[table.noise_level == 1].eigenvalue.max() > 0.01


def test_a_small_spread_is_found_far_from_the_origin(cpu, checkpoints):
    # Around the origin, rounding to 1e-16 of squared weights of 1e6 would leave an error of 1e-10.
    far = dataclasses.replace(checkpoints, b=checkpoints.b + 1000)
    start = torch.from_numpy(np.concatenate([far.W.reshape(N_SEEDS, N_STEPS, 16), far.b], axis=-1))
    noise = 1e-3 * torch.randn(24, N_SEEDS, N_STEPS, 20, generator=torch.Generator().manual_seed(1))
    w = start.permute(2, 0, 1)[..., None] + noise
    moments = Moments(far, device=cpu)
    moments(slice(0, 2), slice(0, 3), 0, w)
    np.testing.assert_allclose(moments.covariance()[1, 2], np.cov(w[:, 1, 2].double().numpy()), atol=1e-12)


def test_eigenvalues_come_largest_first():
    covariance = torch.diag(torch.tensor([1.0, 5.0, 0.0, 3.0], dtype=torch.float64))[None, None]
    assert largest_eigenvalues(covariance, 3).tolist() == [[[5.0, 3.0, 1.0]]]


def test_sgld_spreads_by_its_noise_where_the_loss_is_flat(notebook, sampler, cpu, checkpoints):
    # All outputs of ReLU are 0 at b = -100, and so is the gradient: each of the 11 steps adds lr * noise_level^2.
    # With 400 chains the mean eigenvalue, a mean of 24 variances, has a relative error of sqrt(2 / 9600) = 1.4 %.
    flat = dataclasses.replace(checkpoints, b=checkpoints.b - 100)
    many = dataclasses.replace(sampler, num_chains=400)
    sweep = {"batch_sizes": [10], "noise_levels": [0.0, 0.5], "n_eigenvalues": 24}
    table = covariance_table(target_of(notebook, many, cpu), flat, **sweep)
    means = table.groupby(["noise_level", "seed", "step"]).eigenvalue.mean().unstack(0)
    assert (means[0.0] == 0).all()
    np.testing.assert_allclose(means[0.5], 11 * sampler.lr * 0.25, rtol=0.05)


def test_the_table_has_a_row_for_every_eigenvalue_and_a_status_for_runs_that_diverged(
    notebook, sampler, cpu, checkpoints
):
    W = checkpoints.W.copy()
    W[1, 2] = np.nan
    broken = dataclasses.replace(checkpoints, W=W)
    table = covariance_table(target_of(notebook, sampler, cpu), broken, **SWEEP)
    keys = ["batch_size", "noise_level", "seed", "step", "rank"]
    assert len(table) == 2 * 2 * N_SEEDS * N_STEPS * 3
    assert not table.duplicated(keys).any()
    lost = (table.seed == 1) & (table.step == 2)
    assert (table.status[lost] == DIVERGED).all()
    assert table.eigenvalue[lost].isna().all()
    assert (table.status[~lost] == OK).all()
    assert table.eigenvalue[~lost].notna().all()


def test_a_run_does_not_depend_on_the_others(notebook, sampler, cpu, checkpoints):
    target = target_of(notebook, sampler, cpu)
    both = covariance_table(target, checkpoints, **SWEEP)
    second = dataclasses.replace(checkpoints, W=checkpoints.W[1:], b=checkpoints.b[1:], seeds=checkpoints.seeds[1:])
    alone = covariance_table(target, second, **SWEEP)
    np.testing.assert_array_equal(alone.eigenvalue, both[both.seed == 1].eigenvalue)
