"""Curvature of a loss, and what it predicts for the LLC estimate."""

import numpy as np
import pytest
import torch

from superposition.activations import ACTIVATIONS
from superposition.llc.hessian import Curvature, curvature, largest_curvature
from superposition.model import autoencoder
from superposition.model.data import population_inputs

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)

# A quadratic g (w - w0) + (w - w0) H (w - w0) / 2 with the eigenvalues 0, 0.01, 1, 30 in a rotated basis.
EIGENVALUES = np.array([0.0, 0.01, 1.0, 30.0])
BASIS = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
H = BASIS @ np.diag(EIGENVALUES) @ BASIS.T
G = np.array([0.02, -0.01, 0.03, 0.005])
START = np.array([1.0, -2.0, 0.5, 3.0])
STRENGTHS = {"nbeta": 50.0, "localization": 2.0}


def quadratic(w: torch.Tensor) -> torch.Tensor:
    d = w - torch.from_numpy(START)[:, None]
    return torch.from_numpy(G) @ d + (d * (torch.from_numpy(H) @ d)).sum(0) / 2


def points(*displacements: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.stack([START + d for d in displacements], axis=1))


def test_gradient_and_eigenvalues_of_a_quadratic_are_exact_at_every_point():
    d = np.array([0.3, 0.1, -0.7, 0.2])
    at = curvature(quadratic, points(np.zeros(4), d))
    np.testing.assert_allclose(at.gradient[0], G, atol=1e-12)
    np.testing.assert_allclose(at.gradient[1], G + H @ d, atol=1e-12)
    np.testing.assert_allclose(at.eigenvalues, [EIGENVALUES] * 2, atol=1e-12)
    for vectors in at.eigenvectors.numpy():
        np.testing.assert_allclose(vectors @ np.diag(EIGENVALUES) @ vectors.T, H, atol=1e-12)


def test_effective_dimension_counts_directions_that_resist_the_localisation():
    # n beta h = 0, 0.5, 50, 1500 against gamma = 2: 0 + 0.5 / 2.5 + 50 / 52 + 1500 / 1502.
    at = curvature(quadratic, points(np.zeros(4)))
    expected = 0.5 / 2.5 + 50 / 52 + 1500 / 1502
    np.testing.assert_allclose(at.effective_dimension(**STRENGTHS), [expected], rtol=1e-12)


def test_negative_curvature_counts_as_no_dimension():
    at = Curvature(torch.zeros(1, 2), torch.tensor([[-1.0, 1.0]]), torch.eye(2)[None])
    # n beta h = -1, 1 with gamma = 2: 0 + 1 / 3.
    torch.testing.assert_close(at.effective_dimension(nbeta=1.0, localization=2.0), torch.tensor([1 / 3]))


def test_prediction_is_the_exact_expectation_under_the_localised_gaussian():
    # The localised posterior of a quadratic is the Gaussian with precision A = n beta H + gamma and mean
    # m = -n beta A^-1 g; the expectation of the quadratic under it is g m + m H m / 2 + tr(H A^-1) / 2.
    nbeta, gamma = STRENGTHS["nbeta"], STRENGTHS["localization"]
    covariance = np.linalg.inv(nbeta * H + gamma * np.eye(4))
    mean = -nbeta * covariance @ G
    expected = nbeta * (G @ mean + mean @ H @ mean / 2 + np.trace(H @ covariance) / 2)
    at = curvature(quadratic, points(np.zeros(4)))
    shift = at.gradient_shift(**STRENGTHS)
    np.testing.assert_allclose(at.effective_dimension(**STRENGTHS) / 2 + shift, [expected], rtol=1e-10)
    assert (shift < 0).all()


def test_the_gradient_adds_nothing_at_a_critical_point():
    at_minimum = curvature(lambda w: quadratic(w) - torch.from_numpy(G) @ w, points(np.zeros(4)))
    np.testing.assert_allclose(at_minimum.gradient_shift(**STRENGTHS), [0.0], atol=1e-20)


def test_the_shift_is_minus_infinity_where_the_loss_falls_faster_than_the_localisation_holds():
    slope = torch.tensor([[0.1, 0.0]])
    steep = Curvature(slope, torch.tensor([[-3.0, 1.0]]), torch.eye(2)[None])
    held = Curvature(slope, torch.tensor([[-1.0, 1.0]]), torch.eye(2)[None])
    assert steep.gradient_shift(nbeta=1.0, localization=2.0).tolist() == [-torch.inf]
    assert held.gradient_shift(nbeta=1.0, localization=2.0).isfinite().all()


def test_points_that_are_not_finite_are_nan_and_leave_the_others_alone():
    broken = points(np.zeros(4), np.array([np.nan, 0, 0, 0]), np.array([0, np.inf, 0, 0]))
    at = curvature(quadratic, broken)
    np.testing.assert_allclose(at.eigenvalues[0], EIGENVALUES, atol=1e-12)
    assert at.eigenvalues[1:].isnan().all()
    assert at.gradient[1:].isnan().all()
    assert at.effective_dimension(**STRENGTHS)[1:].isnan().all()


def test_a_curvature_that_is_not_finite_is_nan():
    # |w|^(3/2) has no second derivative at 0.
    at = curvature(lambda w: w.abs().pow(1.5).sum(0), torch.tensor([[0.0, 1.0]], dtype=torch.float64))
    assert at.eigenvalues[0].isnan().all()
    np.testing.assert_allclose(at.eigenvalues[1], [0.75])  # 3/2 * 1/2 * 1^(-1/2)


@EVERY
def test_hessian_of_the_model_agrees_with_differences_of_its_gradient(notebook, activation):
    # Central differences in double precision with h = 1e-6: rounding 1e-16 / h = 1e-10, truncation h^2 = 1e-12 times a
    # fourth derivative; no pre-activation at this point is within 1e-3 of a kink.
    h = 1e-6
    inputs = population_inputs(notebook).to(torch.float64)
    w = torch.randn(24, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(8))

    def loss(w: torch.Tensor) -> torch.Tensor:
        return autoencoder.loss(activation, *autoencoder.split(w, 2), inputs)

    def gradient(w: torch.Tensor) -> torch.Tensor:
        w = w.detach().requires_grad_()
        return torch.autograd.grad(loss(w).sum(), w)[0][:, 0]

    columns = [(gradient(w + h * unit[:, None]) - gradient(w - h * unit[:, None])) / (2 * h) for unit in torch.eye(24)]
    hessian = torch.stack(columns, dim=1)
    expected = torch.linalg.eigvalsh((hessian + hessian.T) / 2)
    at = curvature(loss, w)
    np.testing.assert_allclose(at.gradient[0], gradient(w), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(at.eigenvalues[0], expected, atol=1e-7)


def test_the_largest_curvature_is_met_from_below_and_is_that_of_the_steepest_of_several_points():
    assert 0.95 * 30 < largest_curvature(quadratic, points(np.zeros(4), np.ones(4))) <= 30 * (1 + 1e-9)
    steepest = largest_curvature(lambda w: -(w**4).sum(0) / 12, torch.tensor([[1.0, 3.0, 2.0]], dtype=torch.float64))
    assert steepest == pytest.approx(9)  # the second derivative is -w², and counts by its size
