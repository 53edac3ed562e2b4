"""Restricted and data-refined LLC and susceptibilities, against closed forms of quadratic losses."""

import numpy as np
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.estimators.known_points import UNIT_VECTORS, live_polygon
from superposition.llc.estimate import Limits
from superposition.model import autoencoder
from superposition.own_model.refined import (
    ENTIRE,
    feature_losses,
    feature_parameters,
    refined_llc,
    susceptibilities,
    weighted,
)

LIMITS = Limits(shift=0.1, kink=2e-3, escape=0.5, r_hat=1.1, ess=50)
NBETA, GAMMA = 100.0, 20.0
CHAINS = {"lr": 1e-3, "nbeta": NBETA, "localization": GAMMA, "num_chains": 64, "num_burnin_steps": 300}
CHAINS |= {"num_draws": 150, "num_steps_bw_draws": 5, "seed": 1}

# Two parts of the data, each a quadratic of three parameters with its own minimum.
A = torch.tensor(
    [[[2.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.0]], [[0.5, 0.0, 0.2], [0.0, 0.0, 0.0], [0.2, 0.0, 3.0]]],
    dtype=torch.float64,
)
G = torch.tensor([[0.1, 0.0, -0.2], [-0.1, 0.0, 0.2]], dtype=torch.float64)
P = torch.tensor([0.5, 0.5], dtype=torch.float64)
START = torch.zeros(3, 1, dtype=torch.float64)


def parts(w):
    return torch.einsum("kij,ir,jr->kr", A.to(w), w, w) / 2 + G.to(w) @ w


def posterior(p):
    """Mean and covariance of w under the localised posterior of the frequencies p."""
    H, g = torch.einsum("k,kij->ij", p, A), p @ G
    cov = torch.linalg.inv(NBETA * H + GAMMA * torch.eye(3, dtype=torch.float64))
    return -NBETA * cov @ g, cov


def expected(p):
    """Expected loss of each part."""
    mean, cov = posterior(p)
    return torch.einsum("kij,ji->k", A, cov + torch.outer(mean, mean)) / 2 + G @ mean


def exact_susceptibility():
    """Central difference of the expectation under reweighted data, (1 - h) p + h e_j."""
    h = 1e-5
    columns = [
        (expected(P + h * (unit - P)) - expected(P - h * (unit - P))) / (2 * h)
        for unit in torch.eye(2, dtype=torch.float64)
    ]
    return torch.stack(columns, dim=1)


def test_a_susceptibility_is_the_derivative_of_the_expectation_under_reweighted_data():
    chi, error = susceptibilities(parts, START.repeat(1, 2), frequencies=P, **CHAINS)
    exact = exact_susceptibility().numpy()
    # 4 standard errors, and the step's error: lr a / 4 = 1e-3 * 250 / 4 = 6 % of a variance, so 12 % of its square.
    assert (np.abs(chi - exact) <= 4 * error + 0.12 * np.abs(exact)).all()
    assert (np.abs(exact) > 8 * error).all()  # so that another sign, or none, would be seen
    np.testing.assert_array_equal(chi[0], chi[1])
    # By hand: frequencies add up to 1, so raising all of them alike changes nothing.
    np.testing.assert_allclose(chi[0] @ P.numpy(), 0, atol=1e-12)
    np.testing.assert_allclose(exact @ P.numpy(), 0, atol=1e-9)


def test_restricted_and_data_refined_llc_have_their_closed_forms():
    subsets = {ENTIRE: torch.tensor([True] * 3), "first": torch.tensor([True, False, False])}
    frequencies = {ENTIRE: P, "part 0": torch.tensor([1.0, 0.0])}
    table = refined_llc(parts, START, subsets, frequencies=frequencies, limits=LIMITS, **CHAINS)
    assert table.data.tolist() == [ENTIRE, ENTIRE, "part 0", "part 0"]
    assert table.parameters.tolist() == [ENTIRE, "first"] * 2
    for row in table.itertuples():
        moving, p = subsets[row.parameters], frequencies[row.data].double()
        H, g = torch.einsum("k,kij->ij", p, A)[moving][:, moving], (p @ G)[moving]
        cov = torch.linalg.inv(NBETA * H + GAMMA * torch.eye(len(H), dtype=torch.float64))
        mean = -NBETA * cov @ g
        exact = float(NBETA * (((cov + torch.outer(mean, mean)) * H).sum() / 2 + g @ mean))
        assert row.predicted_llc == pytest.approx(exact, abs=1e-9)
        assert row.llc == pytest.approx(exact, abs=4 * row.llc_std / 8 + 0.06 * 1.5)


def test_features_add_up_to_the_study_s_loss_and_parameters_to_its_columns():
    w = torch.randn(24, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for name in ("relu", "softmax"):  # softmax mixes features, so another axis would show
        of_features = feature_losses(BY_NAME[name], n_hidden=2)
        loss = autoencoder.loss(BY_NAME[name], *autoencoder.split(w, 2), UNIT_VECTORS)
        torch.testing.assert_close(weighted(of_features, torch.full((8,), 1 / 8))(w), loss)
    masks = feature_parameters(n_features=8, n_hidden=2)
    W, b = autoencoder.split(torch.arange(24.0)[:, None], 2)
    assert torch.where(masks["feature 3"])[0].tolist() == [*W[:, 3, 0].tolist(), int(b[3, 0])]
    assert torch.equal(masks["W"] ^ masks["b"], masks[ENTIRE])


def test_a_live_column_of_a_polygon_has_its_own_half_and_a_dead_one_none():
    # Only l_i^2 + b_i matters around the polygon of k live columns (known_points): a live column's coefficient is 1/2,
    # b alone has k of them, and so has all; a dead column moves nothing.
    case = live_polygon(4)
    refined = refined_llc(
        feature_losses(BY_NAME["relu"], n_hidden=2),
        case.point[:, None],
        feature_parameters(n_features=8, n_hidden=2),
        frequencies={ENTIRE: torch.full((8,), 1 / 8)},
        limits=LIMITS,
        lr=2e-5,
        nbeta=1e4,
        localization=100.0,
        num_chains=32,
        num_burnin_steps=1000,
        num_draws=100,
        num_steps_bw_draws=10,
        seed=1,
    ).set_index("parameters")
    # Of L = sum (l_i^2 + b_i - 1)^2 / 64 the curvature of a live feature is 2/64 along b_i alone, and 2/64 (4 * 2 + 1)
    # along its gradient, as l^2 = 2; times nbeta, beside the localisation of 100.
    bias, column = (1e4 * h / (1e4 * h + 100) for h in (2 / 64, 18 / 64))
    expected = {"feature 0": column / 2, "feature 7": 0.0, "b": 4 * bias / 2, ENTIRE: 4 * column / 2}
    for name, llc in expected.items():
        assert refined.predicted_llc[name] == pytest.approx(llc, rel=1e-6, abs=1e-9)
        # 4 standard errors, and what is not quadratic.
        assert refined.llc[name] == pytest.approx(llc, abs=4 * refined.llc_std[name] / 32**0.5 + 0.07 * llc)
