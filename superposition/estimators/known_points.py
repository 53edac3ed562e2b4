r"""Points with a known learning coefficient, to check estimators against; docs/leaderboard.md derives the values."""

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import minimize
from torch import Tensor

from superposition.activations import BY_NAME
from superposition.errors import StudyError
from superposition.llc.hessian import Loss, curvature
from superposition.llc.sampling import value_and_slope
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs


@dataclass(frozen=True, kw_only=True)
class KnownPoint:
    """A loss, a point, in float64, and its learning coefficient with its source."""

    name: str
    group: str
    loss: Loss
    point: Float[Tensor, " parameter"]
    true_llc: float
    source: str


def quadratic(curvatures: list[float], *, name: str) -> KnownPoint:
    r"""Return the minimum of :math:`\frac12 \sum_i h_i w_i^2` with all h_i > 0, where the coefficient is d/2."""
    h = torch.tensor(curvatures, dtype=torch.float64)
    known = {"name": name, "group": "quadratic", "source": "Laplace", "true_llc": len(h) / 2}
    return KnownPoint(**known, loss=lambda w: (h[:, None].to(w.dtype) * w**2).sum(0) / 2, point=torch.zeros_like(h))


def normal_crossing(*powers: int) -> KnownPoint:
    r"""Return the origin of :math:`\prod_i w_i^{2 k_i}`, where the coefficient is 1 / (2 max k).

    Source: Watanabe 2009, section 4.5: the largest pole of :math:`\prod_i \int w_i^{2 k_i z} dw_i`.
    """

    def loss(w: Tensor) -> Tensor:
        return functools.reduce(torch.mul, (row**power for row, power in zip(w, powers, strict=True))).square()

    factors = " ".join(f"w{i}" if power == 1 else f"w{i}^{power}" for i, power in enumerate(powers, 1))
    point, llc = torch.zeros(len(powers), dtype=torch.float64), 1 / (2 * max(powers))
    kind = {"group": "normal crossing", "source": "Watanabe 2009"}
    return KnownPoint(name=f"({factors})²", loss=loss, point=point, true_llc=llc, **kind)


def deep_linear_llc(widths: tuple[int, ...], rank: int) -> float:
    r"""Return the learning coefficient of a deep linear network; with two layers, of reduced-rank regression.

    With the excess widths :math:`M_s = H_s - r` and the set of the smallest n + 1 of them, n as small as can be with
    :math:`\sum M < n \min M'` over those left out,

    .. math:: \lambda = \frac{r (H_0 + H_L) - r^2}{2} + \frac{a (n - a)}{4 n} - \frac{n (n - 1)}{4} \bar M^2
        + \frac12 \sum_{i < j} M_i M_j, \quad \bar M = \frac1n \sum M, \; a = \sum M - (\lceil \bar M \rceil - 1) n

    for widths of the layers from the inputs H_0 to the outputs H_L, and a true map of rank r, at most every width.

    Source: Aoyagi 2024, theorem 1 (Neural Networks 172, 106132); Aoyagi & Watanabe 2005 for two layers.
    """
    excess = sorted(width - rank for width in widths)
    regular = (rank * (widths[0] + widths[-1]) - rank**2) / 2
    sizes = (size for size in range(2, len(excess)) if sum(excess[:size]) < (size - 1) * excess[size])
    chosen = excess[: next(sizes, len(excess))]
    n, total = len(chosen) - 1, sum(chosen)
    a = total - (math.ceil(total / n) - 1) * n
    products = (total**2 - sum(m**2 for m in chosen)) / 4
    return regular + a * (n - a) / (4 * n) - n * (n - 1) / 4 * (total / n) ** 2 + products


def deep_linear(*widths: int, rank: int) -> KnownPoint:
    r"""Return the most singular true parameter of :math:`\frac12 \|A_L \cdots A_1 - T\|^2` with T of the given rank.

    T and all A have ones on their diagonals up to the rank, and zeros elsewhere.
    """
    shapes = [(after, before) for before, after in itertools.pairwise(widths)]
    true = [torch.eye(*shape, dtype=torch.float64) * (torch.arange(shape[1]) < rank) for shape in shapes]
    T = torch.eye(widths[-1], widths[0], dtype=torch.float64) * (torch.arange(widths[0]) < rank)

    def loss(w: Tensor) -> Tensor:
        parts = w.split([math.prod(shape) for shape in shapes])
        first, *others = (part.view(*shape, -1) for shape, part in zip(shapes, parts, strict=True))
        product = functools.reduce(lambda before, A: (A[:, :, None] * before[None]).sum(1), others, first)
        return (product - T[:, :, None].to(w.dtype)).square().sum((0, 1)) / 2

    name, point = f"{'–'.join(map(str, widths))}, rank {rank}", torch.cat([A.flatten() for A in true])
    two_layers = "reduced-rank regression", "Aoyagi & Watanabe 2005"
    group, source = two_layers if len(shapes) == 2 else ("deep linear network", "Aoyagi 2024")
    llc = deep_linear_llc(widths, rank)
    return KnownPoint(name=name, group=group, loss=loss, point=point, true_llc=llc, source=source)


LARGEST_GRADIENT, LARGEST_FLAT = 1e-8, 1e-6
"""Largest gradient at a polished minimum, and curvature, relative to the largest, of a direction that counts as flat:
ends of searches lie orders of magnitude on either side of both."""

UNIT_VECTORS = Inputs(x=None, weight=torch.full((8, 1, 1), 1 / 8, dtype=torch.float64))
"""The data of the study: eight features, of which exactly one is active."""

LIVE_LENGTH_SQ = {2: 1.5, 3: 2.0, 4: 2.0, 5: 3.0, 6: 4.0, 7: 5.0, 8: 6.0}
"""Squared length of the live columns, long enough that neighbours are strictly inactive: l² (1 - cos(2 pi / k)) > 1."""

GONS = {"5-gon": (5, 0, 7.0), "5⁺-gon": (5, 1, 8.5), "6-gon": (6, 0, 8.5)}
"""Chen's polygons: live columns, dead columns with a positive bias, learning coefficient."""


@functools.cache  # points of one activation have one loss, and can be sampled together
def _tms_loss(activation: str) -> Loss:
    """Return the population loss of the study's model as a function of its parameters."""
    return lambda w: autoencoder.loss(BY_NAME[activation], *autoencoder.split(w, 2), UNIT_VECTORS)


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
    """Return the constant output of Softmin at W = 0, b = 0.

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
    n_flat = int((eigenvalues.abs() <= LARGEST_FLAT * eigenvalues.max()).sum())
    if slope > LARGEST_GRADIENT or n_flat != 1:
        expected = "an activation whose loss has a minimum at which only the rotation is flat"
        found = f"{activation}: gradient {slope:.1g}, {n_flat} flat directions where the search ended"
        where, hint = "deviations.grid.activations", "such as tanh, silu, gelu, mish or elu"
        raise StudyError(expected=expected, found=found, where=where, hint=hint)
    return _derived(f"{BY_NAME[activation].label}, polished minimum", "TMS, smooth", activation, point, 11.5)


@functools.cache
def known_minimum(activation: str) -> KnownPoint:
    """Return a minimum with a known learning coefficient: the octagon for ReLU, a polished minimum for smooth ones."""
    return live_polygon(8) if activation == "relu" else polished_minimum(activation)


def _polished(loss: Loss, start: Tensor) -> Float[Tensor, " parameter"]:
    """Return the minimum that a trust-region search with the exact Hessian finds."""

    def value_and_gradient(w: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = value_and_slope(loss, torch.from_numpy(w)[:, None])
        return value.item(), slope[:, 0].numpy()

    def hessian(w: np.ndarray) -> np.ndarray:
        at_point = curvature(loss, torch.from_numpy(w)[:, None])
        vectors, values = at_point.eigenvectors[0].numpy(), at_point.eigenvalues[0].numpy()
        return (vectors * values) @ vectors.T

    method: dict = {"method": "trust-exact", "options": {"gtol": 1e-12, "maxiter": 2000}}
    return torch.from_numpy(minimize(value_and_gradient, start.numpy(), jac=True, hess=hessian, **method).x)


def chen_polygon(name: str) -> KnownPoint:
    """Return a critical point, one of GONS, of Chen's model: six features, of which one is active with a uniform size.

    Source: Chen et al. 2023 (arXiv 2310.06301), section 4 and appendix A.
    """
    n_live, n_positive, llc = GONS[name]
    known = {"name": name, "group": "TMS of Chen", "source": "Chen et al. 2023", "true_llc": llc}
    return KnownPoint(**known, loss=chen_loss, point=chen_critical_point(n_live, n_positive))


def chen_critical_point(n_live: int, n_positive: int) -> Float[Tensor, " parameter"]:
    """Return the parameters of a regular polygon of live columns, with dead ones of which some output the mean, 1/12.

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
    squared = (slope**2 * square + 2 * slope * b * mean + b**2 * mass).sum((0, 1))
    product = (slope * square + b * mean).diagonal(dim1=0, dim2=1).sum(-1)  # of output and input, in the active feature
    return (squared - 2 * product) / len(b) + 1 / 3
