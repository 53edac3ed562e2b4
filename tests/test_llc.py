"""What an LLC estimate says, and when it may not be read."""

import numpy as np
import pytest
import torch

from superposition.hessian import curvature
from superposition.llc import Limits, estimate_llc, summarise
from superposition.status import DIVERGED, ESCAPED, NOT_A_MINIMUM, OK

LIMITS = Limits(gradient_shift=1.0, escape=1.0)


def bowl(w):
    """A quadratic with curvatures 1 and 3."""
    return (w[0] ** 2 + 3 * w[1] ** 2) / 2


def estimate(losses, init_loss, points=((0.0,), (0.0,)), nbeta=10.0):
    at_points = curvature(bowl, torch.tensor(points, dtype=torch.float64))
    return summarise(np.asarray(losses), np.asarray(init_loss), at_points, nbeta=nbeta, localization=1.0)


def test_an_estimate_is_nbeta_times_the_mean_excess_loss():
    # Two chains with mean losses 0.5 and 0.7 above 0.4, nbeta 10: 1 and 3, mean 2, standard deviation sqrt(2).
    result = estimate([[[0.4, 0.6], [0.7, 0.7]]], [0.4])
    np.testing.assert_allclose(result.per_chain, [[1.0, 3.0]])
    assert result.llc[0] == pytest.approx(2.0)
    assert result.llc_std[0] == pytest.approx(2**0.5)


def test_the_share_below_counts_draws_below_the_initial_loss():
    assert estimate([[[0.1, 0.5], [0.5, 0.5]]], [0.4]).share_below[0] == 0.25


def test_the_prediction_is_half_the_effective_dimension_at_a_minimum():
    # nbeta h = 10 and 30, gamma 1: (10/11 + 30/31) / 2.
    row = estimate([[[0.0, 0.1], [0.0, 0.1]]], [0.0]).columns(limits=LIMITS)
    assert row["predicted_llc"] == pytest.approx((10 / 11 + 30 / 31) / 2)
    assert row["gradient_shift"] == 0
    assert row["status"] == OK


@pytest.mark.parametrize(
    ("losses", "point", "status"),
    [
        ([[0.1, 0.1], [0.1, 0.1]], ((0.0,), (0.0,)), OK),
        ([[0.1, np.nan], [0.1, 0.1]], ((0.0,), (0.0,)), DIVERGED),
        # At (1, 0), nbeta g = 10, precision 11: the shift is -(100/11) (1 - 10/22), beyond the limit of 1.
        ([[0.1, 0.1], [0.1, 0.1]], ((1.0,), (0.0,)), NOT_A_MINIMUM),
        # One chain at 10 * -0.2 = -2, below -escape = -1.
        ([[-0.2, -0.2], [0.1, 0.1]], ((0.0,), (0.0,)), ESCAPED),
        # One chain at 10 * 0.25 = 2.5, above d/2 + escape = 2.
        ([[0.25, 0.25], [0.1, 0.1]], ((0.0,), (0.0,)), ESCAPED),
    ],
)
def test_the_status_says_whether_an_estimate_may_be_read(losses, point, status):
    assert estimate([losses], [0.0], point).columns(limits=LIMITS)["status"][0] == status


def test_escapes_and_nan_chains_are_counted_by_direction():
    losses = [[[-0.2] * 2, [0.3] * 2, [np.nan] * 2, [0.1] * 2, [0.31] * 2]]
    row = estimate(losses, [0.0]).columns(limits=LIMITS)
    assert [row[f"n_chains_{direction}"] for direction in ("down", "up", "nan")] == [1, 2, 1]


def test_a_nan_chain_leaves_the_other_points_alone():
    good = [[0.1, 0.2, 0.1, 0.2], [0.2, 0.1, 0.2, 0.1]]
    bad = [[np.nan] * 4, [0.1] * 4]
    result = estimate([good, bad], [0.0, 0.0], ((0.0, 0.0), (0.0, 0.0)))
    assert np.isfinite(result.llc[0]) and np.isfinite(result.r_hat[0])
    assert np.isnan(result.llc[1]) and np.isnan(result.r_hat[1])


def test_r_hat_is_near_one_for_chains_that_agree_and_large_for_chains_that_do_not():
    random = np.random.default_rng(0)
    agreeing = random.normal(size=(1, 4, 200))
    apart = agreeing + np.arange(4)[None, :, None] * 5
    # For independent draws R-hat is 1 up to order 1/n; 1.05 is the customary alarm.
    assert estimate(agreeing, [0.0]).r_hat[0] < 1.05
    assert estimate(apart, [0.0]).r_hat[0] > 1.5
    assert estimate(agreeing, [0.0]).ess[0] > 5 * estimate(apart, [0.0]).ess[0]


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
