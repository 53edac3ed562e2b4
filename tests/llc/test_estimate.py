"""What an LLC estimate says, when it may not be read, and a loss of one's own: every mistake is one message."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from superposition.errors import StudyError
from superposition.llc import estimate, hessian
from superposition.llc.convergence import effective_sample_size, r_hat
from superposition.llc.estimate import Limits, estimate_llc, estimate_of
from superposition.llc.hessian import curvature
from superposition.status import DIVERGED, DRIFTING, ESCAPED, KINK, NOT_A_MINIMUM, OK, SADDLE

LIMITS = Limits(shift=0.5, kink=1e-3, escape=1.0, r_hat=1.1, ess=8)
CHAINS = {"lr": 1e-4, "nbeta": 1e2, "localization": 1.0, "num_chains": 2, "num_burnin_steps": 0, "num_draws": 4}
MATRIX = torch.tensor([[2.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 1.5]])


def quadratic(w):
    """A quadratic with curvatures 1 and 3."""
    return (w[0] ** 2 + 3 * w[1] ** 2) / 2


def estimated(losses, init_loss, points=((0.0,), (0.0,)), nbeta=10.0):
    at_points = curvature(quadratic, torch.tensor(points, dtype=torch.float64))
    return estimate_of(np.asarray(losses), np.asarray(init_loss), at_points, nbeta=nbeta, localization=1.0)


def test_an_estimate_is_nbeta_times_the_mean_excess_loss():
    # Two chains with mean losses 0.5 and 0.7 above 0.4, nbeta 10: 1 and 3, mean 2, standard deviation sqrt(2).
    result = estimated([[[0.4, 0.6], [0.7, 0.7]]], [0.4])
    np.testing.assert_allclose(result.per_chain, [[1.0, 3.0]])
    assert result.llc[0] == pytest.approx(2.0)
    assert result.llc_std[0] == pytest.approx(2**0.5)


def test_the_share_below_counts_draws_below_the_initial_loss():
    assert estimated([[[0.1, 0.5], [0.5, 0.5]]], [0.4]).share_below[0] == 0.25


def test_the_prediction_is_half_the_effective_dimension_at_a_minimum():
    # nbeta h = 10 and 30, gamma 1: (10/11 + 30/31) / 2.
    row = estimated([[[0.0, 0.1], [0.0, 0.1]]], [0.0]).columns(limits=LIMITS)
    assert row["predicted_llc"] == pytest.approx((10 / 11 + 30 / 31) / 2)
    assert row["gradient_shift"] == 0


@pytest.mark.parametrize(
    ("losses", "point", "status"),
    [
        # Both chains take the same two values in turn: they agree, and twelve draws each are enough.
        ([[0.1, 0.2] * 6, [0.2, 0.1] * 6], ((0.0,), (0.0,)), OK),
        # Two draws, one chain, or draws that never change say nothing of convergence.
        ([[0.1, 0.2], [0.2, 0.1]], ((0.0,), (0.0,)), DRIFTING),
        ([[0.1, 0.2] * 6], ((0.0,), (0.0,)), DRIFTING),
        ([[0.1] * 12, [0.1] * 12], ((0.0,), (0.0,)), DRIFTING),
        # Chains that stay apart, and chains that rise together.
        ([[0.1, 0.11] * 6, [0.2, 0.19] * 6], ((0.0,), (0.0,)), DRIFTING),
        ([np.linspace(0, 0.1, 12), np.linspace(0, 0.1, 12)], ((0.0,), (0.0,)), DRIFTING),
        ([[0.1, np.nan], [0.1, 0.1]], ((0.0,), (0.0,)), DIVERGED),
        # At (1, 0), nbeta g = 10, precision 11: the shift is -(100/11) (1 - 10/22) = -4.96, beyond half of 0.94.
        ([[0.1, 0.1], [0.1, 0.1]], ((1.0,), (0.0,)), NOT_A_MINIMUM),
        # One chain at 10 * -0.2 = -2, below -escape = -1.
        ([[-0.2, -0.2], [0.1, 0.1]], ((0.0,), (0.0,)), ESCAPED),
        # One chain at 10 * 0.25 = 2.5, above d/2 + escape = 2.
        ([[0.25, 0.25], [0.1, 0.1]], ((0.0,), (0.0,)), ESCAPED),
    ],
)
def test_the_status_says_whether_an_estimate_may_be_read(losses, point, status):
    assert estimated([losses], [0.0], point).columns(limits=LIMITS)["status"][0] == status


@pytest.mark.parametrize(("level", "status"), [(-0.101, ESCAPED), (-0.099, OK), (0.199, OK), (0.201, ESCAPED)])
def test_chains_escape_below_minus_the_limit_and_above_half_the_parameters_plus_the_limit(level, status):
    # nbeta 10: the estimate is 10 times the mean loss, with bounds -1 and 2 / 2 + 1.
    noise = np.random.default_rng(0).normal(size=(1, 2, 40), scale=0.01)
    losses = level + noise - noise.mean(-1, keepdims=True)
    assert estimated(losses, [0.0]).columns(limits=replace(LIMITS, r_hat=2.0))["status"][0] == status


def test_a_shift_is_judged_by_the_estimate_at_a_minimum_and_by_its_error():
    # At (0.1, 0), nbeta g = 1: -(1/11) (1 - 10/22) = -0.0496, 5.3 % of (10/11 + 30/31) / 2 = 0.938.
    losses, point = [[[0.1, 0.2] * 6, [0.2, 0.1] * 6]], ((0.1,), (0.0,))

    def status(share, losses=losses):
        return estimated(losses, [0.0], point).columns(limits=replace(LIMITS, shift=share))["status"][0]

    assert status(0.0525) == NOT_A_MINIMUM
    assert status(0.0535) == OK
    # Chains at 10 * 0.1 and 10 * 0.11: their standard error is 0.05, half the difference, and the shift is within it.
    assert status(0.0525, [[[0.1] * 12, [0.11] * 12]]) == DRIFTING
    # At 10 * 0.1 and 10 * 0.108: their standard deviation is 0.08 / sqrt(2) = 0.0566, beyond the shift, but it is the
    # standard error 0.04 that decides.
    assert status(0.0525, [[[0.1] * 12, [0.108] * 12]]) == NOT_A_MINIMUM


def test_directions_that_curve_down_make_a_saddle_however_small_the_gradient():
    def saddle(w):
        return (w[0] ** 2 - 0.03 * w[1] ** 2) / 2

    at_points = curvature(saddle, torch.zeros(2, 1, dtype=torch.float64))
    # nbeta h = 10 and -0.3, gamma 1: -0.3 / 0.7 / 2 = -0.21 of (10/11) / 2 = 0.45.
    losses = np.array([[[0.1, 0.2] * 6, [0.2, 0.1] * 6]])
    estimate = estimate_of(losses, np.zeros(1), at_points, nbeta=10.0, localization=1.0)
    assert estimate.columns(limits=replace(LIMITS, shift=0.46))["status"][0] == SADDLE
    assert estimate.columns(limits=replace(LIMITS, shift=0.48))["status"][0] == OK
    # Of the same point as one side of a kink, whose other side is a quadratic:
    bowl_there = curvature(quadratic, torch.zeros(2, 1, dtype=torch.float64))
    one_sided = replace(estimate, curvature=bowl_there, sides=(at_points,))
    assert one_sided.columns(limits=replace(LIMITS, shift=0.46))["status"][0] == KINK
    assert one_sided.columns(limits=replace(LIMITS, shift=0.48))["status"][0] == OK


def test_at_a_kink_whose_sides_all_curve_up_the_least_curved_side_predicts():
    # relu(x)^2 has curvature 2 on one side and 0 on the other, which is half of the neighbourhood: its coefficient is
    # 0, and with a quadratic in another direction 1/2.
    flat, steep = ((lambda w, h=h: h * w[0] ** 2 + 5 * w[1] ** 2) for h in (0.0, 1.0))
    sides = tuple(curvature(each, torch.zeros(2, 1, dtype=torch.float64)) for each in (flat, steep))
    losses = np.array([[[0.1, 0.2] * 6, [0.2, 0.1] * 6]])
    estimate = estimate_of(losses, np.zeros(1), sides[1], sides=sides, nbeta=10.0, localization=1.0)
    row = estimate.columns(limits=LIMITS)
    assert row["predicted_llc"][0] == pytest.approx(100 / 101 / 2)
    assert row["status"][0] == OK


def test_escapes_and_nan_chains_are_counted_by_direction():
    losses = [[[-0.2] * 2, [0.3] * 2, [np.nan] * 2, [0.1] * 2, [0.31] * 2]]
    row = estimated(losses, [0.0]).columns(limits=LIMITS)
    assert [row[f"n_chains_{direction}"] for direction in ("down", "up", "nan")] == [1, 2, 1]


def test_a_nan_chain_leaves_the_other_points_alone():
    good = [[0.1, 0.2, 0.1, 0.2], [0.2, 0.1, 0.2, 0.1]]
    bad = [[np.nan] * 4, [0.1] * 4]
    result = estimated([good, bad], [0.0, 0.0], ((0.0, 0.0), (0.0, 0.0)))
    assert np.isfinite(result.llc[0]) and np.isfinite(result.r_hat[0])
    assert np.isnan(result.llc[1]) and np.isnan(result.r_hat[1])


def test_r_hat_is_near_one_for_chains_that_agree_and_large_for_chains_that_do_not():
    random = np.random.default_rng(0)
    agreeing = random.normal(size=(1, 4, 200))
    apart = agreeing + np.arange(4)[None, :, None] * 5
    # For independent draws R-hat is 1 up to order 1/n; 1.05 is the customary alarm.
    assert estimated(agreeing, [0.0]).r_hat[0] < 1.05
    assert estimated(apart, [0.0]).r_hat[0] > 1.5
    assert estimated(agreeing, [0.0]).ess[0] > 5 * estimated(apart, [0.0]).ess[0]


@pytest.mark.parametrize(("n_draws", "stride"), [(49, 1), (50, 1), (99, 1), (100, 2), (149, 2), (150, 3)])
def test_convergence_is_judged_from_fifty_to_ninety_nine_evenly_spaced_draws_or_all_of_fewer(n_draws, stride):
    losses = np.random.default_rng(0).normal(size=(1, 2, n_draws))
    kept = torch.from_numpy(losses[..., ::stride])
    result = estimated(losses, [0.0])
    assert result.r_hat[0] == pytest.approx(r_hat(kept).item(), rel=1e-12)  # rounding: sums in another order
    assert result.ess[0] == pytest.approx(effective_sample_size(kept).item(), rel=1e-9)
    assert stride == 1 or 50 <= kept.shape[2] <= 99


def test_too_few_effective_draws_are_drifting_though_chains_agree():
    losses = [[[0.1, 0.2] * 6, [0.2, 0.1] * 6]]
    at_least = replace(LIMITS, ess=estimated(losses, [0.0]).ess[0])
    assert estimated(losses, [0.0]).columns(limits=at_least)["status"][0] == OK
    assert estimated(losses, [0.0]).columns(limits=replace(at_least, ess=at_least.ess + 1e-6))["status"][0] == DRIFTING


def test_chains_are_drifting_just_beyond_the_limit_of_r_hat():
    losses = [[[0.1, 0.2] * 6, [0.2, 0.1] * 6]]
    at_most = replace(LIMITS, r_hat=estimated(losses, [0.0]).r_hat[0])
    assert estimated(losses, [0.0]).columns(limits=at_most)["status"][0] == OK
    assert (
        estimated(losses, [0.0]).columns(limits=replace(at_most, r_hat=at_most.r_hat - 1e-6))["status"][0] == DRIFTING
    )


def test_chains_that_have_hardly_left_the_point_are_drifting(config):
    # Four dimensions: 2. Fifty steps of 1e-7 are 1e-7 * 1e4 * 50 / 2 = 0.025 relaxation times.
    def loss(w):
        return w.square().sum(0) / 2

    chains = {"num_chains": 10, "num_burnin_steps": 0, "num_draws": 50, "num_steps_bw_draws": 1, "seed": 1}
    estimate, _ = estimate_llc(loss, torch.zeros(4, 1), lr=1e-7, nbeta=1e4, localization=100.0, **chains)
    assert estimate.llc[0] < 0.2
    assert estimate.columns(limits=Limits(**config["llc_limits"]))["status"][0] == DRIFTING


@pytest.mark.oracle
def test_a_model_of_one_s_own_can_be_measured_from_its_loss_alone():
    # A regular quadratic in three dimensions, from a function of one parameter vector: 3/2.
    matrix = torch.tensor([[2.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 1.5]], dtype=torch.float64)
    center = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    loss = torch.func.vmap(lambda w: (w - center) @ matrix @ (w - center) / 2, in_dims=1)
    result, traces = estimate_llc(
        loss,
        torch.stack([center, center], dim=1),
        lr=1e-4,
        nbeta=1e3,
        localization=1.0,
        num_chains=20,
        num_burnin_steps=200,
        num_draws=500,
        num_steps_bw_draws=4,
        seed=1,
    )
    assert traces.shape == (2, 20, 500)
    error = result.llc_std / 20**0.5
    # lr a / 4 <= 1e-4 * 2200 / 4 = 5.5 % of 3/2, and 3 standard errors.
    assert (np.abs(result.llc - 1.5) < 3 * error + 0.055 * 1.5).all()
    np.testing.assert_array_equal(traces[0], traces[1])


# ----------------------------------------------------------------------------------------------- a loss of one's own --


def bowl(w):
    return w @ MATRIX @ w / 2


def in_place(w):
    w.mul_(2)
    return w.square().sum(0)


MANY = torch.func.vmap(bowl, in_dims=1)
POINTS = torch.ones(3, 2)
MISTAKES = {
    "one point without an axis": (MANY, torch.ones(3), r"shape \(parameter, point\)"),
    "whole numbers": (MANY, torch.ones(3, 2, dtype=torch.long), "floating type"),
    "no point": (MANY, torch.ones(3, 0), r"shape \(3, 0\)"),
    "NaN in a point": (MANY, POINTS * torch.nan, "finite points"),
    "loss of one vector": (bowl, POINTS, r"RuntimeError: .*(?s:.*)vmap"),
    "loss of one vector at one point": (lambda w: w.square().sum(), POINTS[:, :1], r"found: +\(\)(?s:.*)vmap"),
    "points as rows": (MANY, POINTS.T.contiguous(), r"RuntimeError(?s:.*)each column of the points is one"),
    "points as rows, as many as parameters": (lambda w: w.square().sum(1), torch.rand(3, 3), "shape|other points"),
    "several values of a point": (lambda w: w.square(), POINTS, r"a value for each of 4 points"),
    "a number": (lambda w: 1.0, POINTS, "found: +float"),
    "mixed points": (lambda w: w.square().mean().expand(w.shape[1]), POINTS, "values that depend on other points"),
    "another dtype": (MANY, POINTS.double(), "float64"),
    "NaN near the point": (lambda w: w.sqrt().sum(0), -POINTS, "a finite loss"),
    "no gradient": (lambda w: w.detach().square().sum(0), POINTS, "a value without gradient"),
    "a parameter without gradient": (lambda w: (w[:2] ** 2).sum(0) + w[2].detach() ** 2, POINTS, r"none of \[2\]"),
    "changed in place": (in_place, POINTS, "in-place"),
}


@pytest.mark.parametrize(("loss", "points", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_message_before_any_chain_runs(loss, points, message, monkeypatch):
    monkeypatch.setattr(estimate, "sample", lambda *_, **__: pytest.fail("chains were run"))
    with pytest.raises(StudyError, match=message):
        estimate.estimate_llc(loss, points, **CHAINS, num_steps_bw_draws=1, seed=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_loss_of_either_precision_has_its_exact_curvature_and_keeps_the_points(dtype):
    matrix, points = MATRIX.to(dtype), torch.zeros(3, 2, dtype=dtype)
    loss = torch.func.vmap(lambda w: w @ matrix @ w / 2, in_dims=1)
    estimates, _ = estimate.estimate_llc(loss, points, **CHAINS, num_steps_bw_draws=1, seed=1)
    # 1e-6: single precision.
    torch.testing.assert_close(
        estimates.curvature.eigenvalues[0], torch.linalg.eigvalsh(MATRIX.double()), rtol=1e-6, atol=1e-6
    )
    assert not points.any()


def test_a_loss_that_is_linear_in_a_parameter_has_curvature_zero_there():
    estimates, _ = estimate.estimate_llc(
        lambda w: 2 * w[0] + w[1] ** 2, POINTS[:2], **CHAINS, num_steps_bw_draws=1, seed=1
    )
    assert estimates.curvature.eigenvalues[0].tolist() == [0, 2]
    assert estimate.curvature(lambda w: 2 * w.sum(0), POINTS).eigenvalues.eq(0).all()


def test_a_dead_unit_is_no_parameter_without_gradient():
    hessian.check_loss(lambda w: (torch.relu(w[0] - 5) - 1) ** 2 + w[1] ** 2, torch.zeros(2, 1))
