"""Points of toy models of superposition whose learning coefficient is known; docs/leaderboard.md derives the values."""

import functools

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import minimize
from torch import Tensor

from superposition.activations import BY_NAME
from superposition.errors import StudyError
from superposition.llc.hessian import Loss, curvature
from superposition.llc.known_points import KnownPoint
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs

STATIONARY, FLAT = 1e-8, 1e-6
"""Largest gradient at a polished minimum, and curvature, relative to the largest, of a direction that counts as flat.

Found minima lie orders of magnitude on either side of both.
"""

UNITS = Inputs(x=None, weight=torch.full((8, 1, 1), 1 / 8, dtype=torch.float64))
"""The data of the study: eight features, of which exactly one is active."""

LIVE_LENGTH_SQ = {2: 1.5, 3: 2.0, 4: 2.0, 5: 3.0, 6: 4.0, 7: 5.0, 8: 6.0}
"""Squared length of the live columns, long enough that neighbours are strictly inactive: l² (1 - cos(2 pi / k)) > 1."""

GONS = {"5-gon": (5, 0, 7.0), "5⁺-gon": (5, 1, 8.5), "6-gon": (6, 0, 8.5)}
"""Chen's polygons: live columns, dead columns with a positive bias, learning coefficient."""


@functools.cache  # points of one activation have one loss, and can be sampled together
def _tms_loss(activation: str) -> Loss:
    """Return the population loss of the study's model as a function of its parameters."""
    return lambda w: autoencoder.loss(BY_NAME[activation], *autoencoder.split(w, 2), UNITS)


def _polygon(n_features: int, n_live: int, length_sq: float, dead_bias: float, bias: float) -> Tensor:
    """Return the parameters with live columns on a regular polygon and dead ones at 0."""
    angle = 2 * torch.pi * torch.arange(n_live, dtype=torch.float64) / n_live
    W = torch.zeros(2, n_features, dtype=torch.float64)
    b = torch.full((n_features,), dead_bias, dtype=torch.float64)
    W[:, :n_live] = length_sq**0.5 * torch.stack([angle.cos(), angle.sin()])
    b[:n_live] = bias
    return autoencoder.join(W, b)


def live_polygon(k: int, *, on_kinks: bool = False) -> KnownPoint:
    r"""Return the ReLU model with k live columns on a regular k-gon and 8 - k dead ones.

    Around it the loss depends only on :math:`\|W_i\|^2 + b_i - 1` of the k live features: the coefficient is k/2. The
    loss is (8 - k)/64. On kinks, lengths are the smallest that have it: neighbours, or for k < 5 the dead features'
    inputs, are at pre-activation 0 exactly, and the loss also has the squares of what exceeds 0.
    """
    shortest = max(1.0, 1 / (1 - np.cos(2 * np.pi / k)))
    length_sq = float(shortest) if on_kinks else LIVE_LENGTH_SQ[k]
    name = ("octagon" if k == 8 else f"{k} live columns") + (", on kinks" if on_kinks else "")
    point = _polygon(8, k, length_sq, dead_bias=-5.0, bias=1 - length_sq)
    return _derived(name, "TMS, ReLU", "relu", point, k / 2)


def identity_optimum() -> KnownPoint:
    """Return an optimum of the linear model: rows of W orthonormal and orthogonal to 1, all b 1/8.

    Optima have dimension 11 (orthonormal pairs in seven dimensions), and the other 24 - 11 directions are curved.
    """
    orthonormal = torch.linalg.qr(torch.cat([torch.ones(8, 1), torch.eye(8)[:, :7]], 1).double())[0]
    point = autoencoder.join(orthonormal[:, 1:3].T, torch.full((8,), 1 / 8, dtype=torch.float64))
    return _derived("optimum", "TMS, Identity", "identity", point, 13 / 2)


def softmin_origin() -> KnownPoint:
    """Return the constant answer of Softmin at W = 0, b = 0.

    What a constant adds to columns of W or to b changes nothing: 2 + 1 flat directions, and 21 curved ones.
    """
    return _derived("origin", "TMS, Softmin", "softmin", torch.zeros(24, dtype=torch.float64), 21 / 2)


def _derived(name: str, group: str, activation: str, point: Tensor, true_llc: float) -> KnownPoint:
    loss = _tms_loss(activation)
    return KnownPoint(name=name, group=group, loss=loss, point=point, true_llc=true_llc, source="derived here")


def polished_minimum(activation: str) -> KnownPoint:
    """Return a minimum of the population loss for a smooth activation, found from a fixed random start.

    Only the rotation of the plane is flat at a non-degenerate minimum: the coefficient is (24 - 1)/2 = 11.5.

    Raises:
        StudyError: If the loss of the activation has no such minimum at finite weights, or none is found.
    """
    loss = _tms_loss(activation)
    point = _polished(loss, torch.from_numpy(np.random.default_rng(0).normal(scale=0.5, size=24)))
    at_point = curvature(loss, point[:, None])
    slope, eigenvalues = float(at_point.gradient.norm()), at_point.eigenvalues[0]
    n_flat = int((eigenvalues.abs() <= FLAT * eigenvalues.max()).sum())
    if slope > STATIONARY or n_flat != 1:
        raise StudyError(
            expected="an activation whose loss has a minimum at which only the rotation is flat",
            found=f"{activation}: gradient {slope:.1g}, {n_flat} flat directions where the search ended",
            where="deviations.grid.activations",
            hint="such as tanh, silu, gelu, mish or elu",
        )
    return _derived(f"{BY_NAME[activation].label}, polished minimum", "TMS, smooth", activation, point, 11.5)


def _polished(loss: Loss, start: Tensor) -> Float[Tensor, " parameter"]:
    """Return the minimum that a trust-region search with the exact Hessian finds."""

    def value_and_slope(w: np.ndarray) -> tuple[float, np.ndarray]:
        leaf = torch.from_numpy(w)[:, None].requires_grad_()
        value = loss(leaf)[0]
        return value.item(), torch.autograd.grad(value, leaf)[0][:, 0].numpy()

    def hessian(w: np.ndarray) -> np.ndarray:
        at_point = curvature(loss, torch.from_numpy(w)[:, None])
        vectors, values = at_point.eigenvectors[0].numpy(), at_point.eigenvalues[0].numpy()
        return (vectors * values) @ vectors.T

    options = {"gtol": 1e-12, "maxiter": 2000}
    found = minimize(value_and_slope, start.numpy(), jac=True, hess=hessian, method="trust-exact", options=options)
    return torch.from_numpy(found.x)


def chen_polygon(name: str) -> KnownPoint:
    """Return a critical point, one of GONS, of Chen's model: six features, of which one is active with a uniform size.

    Source: Chen et al. 2023 (arXiv 2310.06301), section 4 and appendix A.
    """
    n_live, n_positive, true_llc = GONS[name]
    point, source = chen_critical_point(n_live, n_positive), "Chen et al. 2023"
    return KnownPoint(name=name, group="TMS of Chen", loss=chen_loss, point=point, true_llc=true_llc, source=source)


def chen_critical_point(n_live: int, n_positive: int) -> Float[Tensor, " parameter"]:
    """Return the parameters of a regular polygon of live columns, of whose dead ones some answer the mean, 1/12.

    The square is orthonormal with biases 0; of more corners, length and bias are found by the search.
    """
    length_sq, bias = (1.0, 0.0) if n_live <= 4 else (1.44, -0.3)
    point = _polygon(6, n_live, length_sq, dead_bias=-1.0, bias=bias)
    point[12 + n_live : 12 + n_live + n_positive] = 1 / 12
    return point if n_live <= 4 else _polished(chen_loss, point)


def chen_loss(w: Float[Tensor, "parameter replica"]) -> Float[Tensor, " replica"]:
    r"""Return the population loss of Chen's model, exactly.

    .. math:: L = \frac16 \sum_i \int_0^1 \|\mathrm{ReLU}(W^\top W \mu e_i + b) - \mu e_i\|^2 \, d\mu

    For each feature and input the pre-activation is a line in mu, positive on one interval.
    """
    W, b = autoencoder.split(w, 2)
    slope = W[0][:, None] * W[0] + W[1][:, None] * W[1]
    b = b[:, None]
    root = (-b / slope.where(slope != 0, 1.0)).clamp(0, 1)
    low, high = root.where(b <= 0, 0.0), root.where(slope + b <= 0, 1.0)
    low, high = low.minimum(high), high  # empty where the line is nowhere positive
    mass, mean, square = ((high**n - low**n) / n for n in (1, 2, 3))
    answers = (slope**2 * square + 2 * slope * b * mean + b**2 * mass).sum((0, 1))
    own = (slope * square + b * mean).diagonal(dim1=0, dim2=1).sum(-1)
    return (answers - 2 * own) / len(b) + 1 / 3
