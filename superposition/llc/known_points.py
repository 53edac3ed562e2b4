r"""Points with a known learning coefficient, to check the estimator against.

Each case comes with what the estimator must return at finite inverse temperature and localisation: its expectation
:math:`E[n\beta (L(w) - L(w^*))]` under :math:`\exp(-n\beta L(w) - \gamma/2 |w - w^*|^2)`, computed without sampling
chains. Where it differs from the learning coefficient, the fault is in nothing but the finite n beta and gamma.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import minimize
from torch import Tensor

from superposition.activations import BY_NAME
from superposition.errors import StudyError
from superposition.llc.hessian import Curvature, Loss, curvature
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs

Prediction = Callable[[float, float], float]
"""The estimator's expectation as a function of n beta and localisation."""


@dataclass(frozen=True)
class KnownPoint:
    """A loss, a point and its learning coefficient.

    Attributes:
        name: What it is.
        group: Kind of case.
        loss: Loss of many parameter vectors at once.
        point: The point, shape (parameter,), float64.
        true_llc: Its learning coefficient.
        predict: The estimator's expectation at finite n beta and localisation.
        source: Where the learning coefficient comes from.
    """

    name: str
    group: str
    loss: Loss
    point: Float[Tensor, " parameter"]
    true_llc: float
    predict: Prediction
    source: str


def quadratic(curvatures: list[float], *, name: str, group: str) -> KnownPoint:
    r"""Return the minimum of :math:`\frac12 \sum_i h_i w_i^2` with all h_i > 0, where the coefficient is d/2."""
    h = torch.tensor(curvatures, dtype=torch.float64)[:, None]

    def loss(w: Tensor) -> Tensor:
        return (h * w**2).sum(0) / 2

    point = torch.zeros(len(curvatures), dtype=torch.float64)
    return KnownPoint(name, group, loss, point, len(curvatures) / 2, _quadratic_prediction(loss, point), "Laplace")


def _quadratic_prediction(loss: Loss, point: Tensor) -> Prediction:
    """Return half the effective dimension: exact where the loss is quadratic."""
    at_point = curvature(loss, point[:, None])
    return lambda nbeta, localization: (
        float(at_point.effective_dimension(nbeta=nbeta, localization=localization)[0]) / 2
    )


def normal_crossing(a: int, b: int) -> KnownPoint:
    r"""Return the origin of :math:`(w_1^a w_2^b)^2`, where the coefficient is 1 / (2 max(a, b))."""

    def loss(w: Tensor) -> Tensor:
        return (w[0] ** a * w[1] ** b) ** 2

    def predict(nbeta: float, localization: float) -> float:
        # The integrand lives on the scale of the localisation but has ridges along both axes, which a logarithmic grid
        # resolves; by symmetry one quadrant is enough.
        t = np.linspace(-16, np.log(12), 1500)
        w = np.exp(t) / np.sqrt(localization)
        energy = nbeta * (w[:, None] ** a * w[None] ** b) ** 2
        density = np.exp(-energy - localization / 2 * (w[:, None] ** 2 + w[None] ** 2) + t[:, None] + t[None])
        return float((density * energy).sum() / density.sum())

    point = torch.zeros(2, dtype=torch.float64)
    source = "Watanabe 2009"
    return KnownPoint(f"(w1^{a} w2^{b})²", "normal crossing", loss, point, 1 / (2 * max(a, b)), predict, source)


def reduced_rank_llc(n_inputs: int, n_outputs: int, n_hidden: int, rank: int) -> float:
    """Return the learning coefficient of reduced-rank regression.

    Args:
        n_inputs: Inputs M.
        n_outputs: Outputs N.
        n_hidden: Hidden units H of the model.
        rank: Rank r of the true map.

    Source: Aoyagi & Watanabe 2005, main theorem.
    """
    M, N, H, r = n_inputs, n_outputs, n_hidden, rank
    if N + r > M + H:
        return (H * M - H * r + N * r) / 2
    if M + r > N + H:
        return (H * N - H * r + M * r) / 2
    if H + r > M + N:
        return M * N / 2
    value = -((H + r) ** 2) - M**2 - N**2 + 2 * (H + r) * (M + N) + 2 * M * N
    return (value + (M + H + N + r) % 2) / 8


def reduced_rank_regression(n_inputs: int, n_outputs: int, n_hidden: int, rank: int) -> KnownPoint:
    r"""Return the most singular true parameter of :math:`\frac12 \|BA - T\|^2` with T of the given rank.

    T has ones on its diagonal up to the rank, and so have A (H x M) and B (N x H); all else is zero.
    """
    A0 = torch.zeros(n_hidden, n_inputs, dtype=torch.float64)
    B0 = torch.zeros(n_outputs, n_hidden, dtype=torch.float64)
    A0[range(rank), range(rank)] = B0[range(rank), range(rank)] = 1.0
    T = B0 @ A0

    def loss(w: Tensor) -> Tensor:
        A = w[: A0.numel()].view(*A0.shape, -1)
        B = w[A0.numel() :].view(*B0.shape, -1)
        product = sum(B[:, h, None] * A[None, h] for h in range(n_hidden))
        return (product - T[:, :, None]).square().sum((0, 1)) / 2

    return KnownPoint(
        f"M={n_inputs}, N={n_outputs}, H={n_hidden}, rank {rank}",
        "reduced-rank regression",
        loss,
        torch.cat([A0.flatten(), B0.flatten()]),
        reduced_rank_llc(n_inputs, n_outputs, n_hidden, rank),
        lambda nbeta, localization: _reduced_rank_prediction(A0.numpy(), B0.numpy(), T.numpy(), nbeta, localization),
        "Aoyagi & Watanabe 2005",
    )


def _reduced_rank_prediction(
    A0: np.ndarray, B0: np.ndarray, T: np.ndarray, nbeta: float, localization: float, n_draws: int = 50_000
) -> float:
    """Return the expectation by importance sampling over A, with B integrated out: given A it is Gaussian."""
    random = np.random.default_rng(0)
    A = A0 + random.normal(size=(n_draws, *A0.shape)) / np.sqrt(localization)
    gram = nbeta * A @ A.transpose(0, 2, 1)
    precision = gram + localization * np.eye(len(A0))
    right = nbeta * A @ T.T + localization * B0.T
    mean = np.linalg.solve(precision, right)
    residual = mean.transpose(0, 2, 1) @ A - T
    energy = nbeta / 2 * (residual**2).sum((1, 2)) + len(T) / 2 * np.trace(
        np.linalg.solve(precision, gram), axis1=1, axis2=2
    )
    log_weight = (right * mean).sum((1, 2)) / 2 - len(T) / 2 * np.linalg.slogdet(precision)[1]
    weight = np.exp(log_weight - log_weight.max())
    return float((weight * energy).sum() / weight.sum())


STATIONARY, FLAT = 1e-8, 1e-6
"""Largest gradient at a polished minimum, and curvature, relative to the largest, of a direction that counts as flat.

Found minima lie orders of magnitude on either side of both.
"""

UNITS = Inputs(x=None, weight=torch.full((8, 1, 1), 1 / 8, dtype=torch.float64))
"""The data of the study: eight features, of which exactly one is active."""

LIVE_LENGTH_SQ = {2: 1.5, 3: 2.0, 4: 2.0, 5: 3.0, 6: 4.0, 7: 5.0, 8: 6.0}
"""Squared length of the live columns, long enough that neighbours are strictly inactive: l² (1 - cos(2 pi / k)) > 1."""


@functools.cache  # points of one activation have one loss, and can be sampled together
def _tms_loss(activation: str) -> Loss:
    """Return the population loss of the study's model as a function of its parameters."""
    return lambda w: autoencoder.loss(BY_NAME[activation], *autoencoder.split(w, 2), UNITS)


def live_polygon(k: int) -> KnownPoint:
    r"""Return the ReLU model with k live columns on a regular k-gon and 8 - k dead ones.

    Around it the loss depends only on :math:`\|W_i\|^2 + b_i - 1` of the k live features: the coefficient is k/2. The
    loss is (8 - k)/64.
    """
    angle = 2 * torch.pi * torch.arange(k, dtype=torch.float64) / k
    W, b = torch.zeros(2, 8, dtype=torch.float64), torch.full((8,), -5.0, dtype=torch.float64)
    W[:, :k] = LIVE_LENGTH_SQ[k] ** 0.5 * torch.stack([angle.cos(), angle.sin()])
    b[:k] = 1 - LIVE_LENGTH_SQ[k]
    point, loss = autoencoder.join(W, b), _tms_loss("relu")
    name = "zero-loss octagon" if k == 8 else f"{k} live columns"
    return KnownPoint(name, "TMS, ReLU", loss, point, k / 2, _quadratic_prediction(loss, point), "derived, see method")


def polished_minimum(activation: str) -> KnownPoint:
    """Return a minimum of the population loss for a smooth activation, found from a fixed random start.

    Only the rotation of the plane is flat at a non-degenerate minimum: the coefficient is (24 - 1)/2 = 11.5.

    Args:
        activation: Name of a smooth activation whose loss has a minimum at finite weights.

    Raises:
        StudyError: If the loss of the activation has no such minimum, or none is found.
    """
    loss = _tms_loss(activation)

    def value_and_slope(w: np.ndarray) -> tuple[float, np.ndarray]:
        leaf = torch.from_numpy(w)[:, None].requires_grad_()
        value = loss(leaf)[0]
        return value.item(), torch.autograd.grad(value, leaf)[0][:, 0].numpy()

    def hessian(w: np.ndarray) -> np.ndarray:
        at_point = curvature(loss, torch.from_numpy(w)[:, None])
        vectors, values = at_point.eigenvectors[0].numpy(), at_point.eigenvalues[0].numpy()
        return (vectors * values) @ vectors.T

    start = np.random.default_rng(0).normal(scale=0.5, size=24)
    options = {"gtol": 1e-12, "maxiter": 2000}
    found = minimize(value_and_slope, start, jac=True, hess=hessian, method="trust-exact", options=options)
    point = torch.from_numpy(found.x)
    _check_polished(activation, curvature(loss, point[:, None]))
    name, source = f"{BY_NAME[activation].label}, polished minimum", "rotation is the only flat direction"
    return KnownPoint(name, "TMS, smooth", loss, point, 11.5, _quadratic_prediction(loss, point), source)


def _check_polished(activation: str, at_point: Curvature) -> None:
    """Raise StudyError unless a point is a minimum with one flat direction, which a coefficient of 11.5 needs."""
    slope, eigenvalues = float(at_point.gradient.norm()), at_point.eigenvalues[0]
    n_flat = int((eigenvalues.abs() <= FLAT * eigenvalues.max()).sum())
    if slope > STATIONARY or n_flat != 1:
        raise StudyError(
            expected="an activation whose loss has a minimum at which only the rotation is flat",
            found=f"{activation}: gradient {slope:.1g}, {n_flat} flat directions where the search ended",
            where="validation.smooth or deviations.grid.activations",
            hint="such as tanh, silu, gelu, mish or elu",
        )


def known_points(*, smooth: list[str]) -> list[KnownPoint]:
    """Return all cases of the validation.

    Args:
        smooth: Names of the smooth activations at whose minima to estimate.
    """
    nearly_singular = [1.0] * 3 + [1e-3] * 5  # the small ones are a tenth of gamma / n beta in the calibrated setting
    return [
        *(quadratic([0.5] * d, name=f"d = {d}", group="quadratic") for d in (1, 4, 16)),
        *(normal_crossing(a, b) for a, b in ((1, 1), (1, 2), (2, 2), (1, 3))),
        *(
            reduced_rank_regression(*shape)
            for shape in ((2, 2, 1, 0), (3, 3, 2, 0), (3, 2, 2, 0), (2, 2, 2, 1), (3, 3, 2, 1), (4, 3, 2, 1))
        ),
        *(live_polygon(k) for k in sorted(LIVE_LENGTH_SQ)),
        *(polished_minimum(activation) for activation in smooth),
        quadratic(nearly_singular, name="d = 8, five curvatures of 0.001", group="nearly singular, known to fail"),
    ]
