r"""The learning coefficient as the limit of a slope: from finite inverse temperatures to infinite ones.

With a prior :math:`\varphi`, here the Gaussian of the localisation, :math:`Z(n\beta) = \int e^{-n\beta K} \varphi`
falls like :math:`(n\beta)^{-\lambda} (\log n\beta)^{m - 1}` for the excess loss K, and the volume of
:math:`\{K < \epsilon\}` like :math:`\epsilon^\lambda (-\log\epsilon)^{m - 1}` (Watanabe 2009, theorems 6.7 and 7.1).
So with t the logarithm of n beta, or of 1 / epsilon, the slope :math:`y = n\beta \, E[K] = -d\log Z / dt`, or
that of log volume, tends to lambda. How it does so says what else there is: the multiplicity m, or the next pole or a
curvature resolved only later, at the distance alpha:

.. math:: y = \lambda, \quad y = \lambda + B e^{-\alpha t}, \quad y = \lambda - \frac{m - 1}{t - t_0}, \; m = 2, 3, 4

Each is fitted to the upper end of a ladder, and lambda is their mean with weights :math:`e^{-\mathrm{BIC}/2}`.

An estimator is a record of settings with a method ``estimate(loss, points, *, seed)`` that returns a
`CoefficientEstimate`: of a loss of many parameter vectors at once, at points of shape (parameter, point) that should be
minima, in whose dtype all is computed, with noise that is the same at all points, none of which depends on another.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.llc.hessian import Loss

FROM = 0.6  # share of the ladder below the part that is fitted
LEAST = 3  # fewest rungs of that part: with less, or where the loss is resolved on no rung, there is no limit
RATES = np.geomspace(0.2, 1, 9)  # distances alpha: slower is like logarithms, 1 a quadratic loss, 1/2 a kink
ORIGINS = np.linspace(0, 3, 13)  # origins t_0 of the logarithm; t is 2.3 where the loss begins to be resolved
UNRESOLVED = 0.1  # n beta times the excess loss, mean over the prior, where t is 0: it is resolved from 1 on
LARGEST_MULTIPLICITY = 4  # that is tried
BLOCK = 4096  # draws that are computed together


@dataclass(frozen=True, kw_only=True)
class CoefficientEstimate:
    """Estimates of the learning coefficient at many points of one loss.

    The standard error has that of the extrapolation in it; the multiplicity is the order of the pole that fits best,
    NaN where none was looked for; R-hat is that of chains, or of islands of particles, the effective sample size that
    of all together; all proposals are accepted where the acceptance is NaN; `steps` are evaluations of the loss of one
    parameter vector, with or without its gradient, per point.
    """

    llc: Float[np.ndarray, " point"]
    standard_error: Float[np.ndarray, " point"]
    multiplicity: Float[np.ndarray, " point"]
    r_hat: Float[np.ndarray, " point"]
    ess: Float[np.ndarray, " point"]
    acceptance: Float[np.ndarray, " point"]
    status: np.ndarray
    steps: int


@torch.no_grad()
def prior_excess(
    loss: Loss, points: Float[Tensor, "parameter point"], *, localization: float, draws: int, seed: int
) -> Float[np.ndarray, "point draw"]:
    """Return the excess loss over draws of the localisation's Gaussian around each point, the same around all.

    Args:
        loss: Loss of many parameter vectors at once.
        points: Points of an estimator (above).
        localization: Strength gamma of the localisation.
        draws: Number of draws.
        seed: Seed of the draws.
    """
    random, excess = Generator().manual_seed(seed), []
    for block in torch.arange(draws).split(BLOCK):
        noise = torch.randn(len(points), 1, len(block), generator=random, dtype=points.dtype)
        w = points[:, :, None] + noise / localization**0.5
        excess.append(loss(w.flatten(1)).view(points.shape[1], -1) - loss(points)[:, None])
    return torch.cat(excess, 1).double().numpy()


def first_nbeta(excess: Float[np.ndarray, "point draw"]) -> Float[np.ndarray, " point"]:
    """Return the n beta at which t is 0 from the excess loss over draws of the prior."""
    return UNRESOLVED / np.maximum(np.abs(excess).mean(-1), np.finfo(float).tiny)


def extrapolate(
    t: Float[np.ndarray, " rung"],
    y: Float[np.ndarray, "rung point island"],
    *,
    n_parameters: int,
    error: Float[np.ndarray, "rung 1"] | None = None,
) -> dict[str, Float[np.ndarray, " point"]]:
    """Return the limit of the slopes, its standard error and the multiplicity of the form that fits best.

    All are NaN where islands diverged. The error is that of a jackknife over islands and, added in quadrature, the
    spread of the forms' limits.

    Args:
        t: Increasing logarithms of n beta, or of 1 / epsilon, in units of the prior's (`first_nbeta`).
        y: Slopes, from islands that are independent of one another.
        n_parameters: The largest multiplicity that there can be.
        error: Standard error of the mean slopes; None for one that is equal on all rungs, as large as islands differ.
    """
    upper = np.flatnonzero(t >= FROM * max(t[-1], 0))
    t, y = t[upper], y[upper]
    if len(t) < LEAST:
        return dict.fromkeys(("llc", "standard_error", "multiplicity"), np.full(y.shape[1], np.nan))
    finite = np.abs(y).max((0, 2)) < 1e100  # squares of larger ones overflow
    y = np.where(finite[:, None], y, 0.0)
    n = y.shape[-1]
    known = np.sqrt(y.var(-1, ddof=1).mean(0, keepdims=True) / n) if error is None else error[upper]
    weight = 1 / np.maximum(known, 1e-9)[..., None] ** 2
    leave_one_out = (y.sum(-1, keepdims=True) - y) / (n - 1)
    means = np.concatenate([y.mean(-1, keepdims=True), leave_one_out], -1)
    forms = list(_forms(t, means, weight * np.ones_like(means), most=min(n_parameters, LARGEST_MULTIPLICITY)))
    limits, bic = np.stack([limit for limit, _, _ in forms]), np.stack([misfit[:, 0] for _, misfit, _ in forms])
    share = np.exp(-(bic - bic.min(0)) / 2)
    share = (share / share.sum(0))[..., None]
    limit = (share * limits).sum(0)
    between = (share[..., 0] * (limits[..., 0] - limit[:, 0]) ** 2).sum(0)
    multiplicity = np.array([m for _, _, m in forms], dtype=float)[bic.argmin(0)]
    standard_error = np.sqrt((n - 1) * limit[:, 1:].var(-1) + between)
    unless = np.where(finite, 0.0, np.nan)
    estimate = {"llc": limit[:, 0], "standard_error": standard_error, "multiplicity": multiplicity}
    return {name: values + unless for name, values in estimate.items()}


def _forms(t: np.ndarray, y: np.ndarray, weight: np.ndarray, *, most: int) -> Iterator[tuple]:
    """Yield limit and BIC of each form, both of shape (point, sample), and its multiplicity."""
    decays = [(y, np.exp(-rate * (t - t[0]))) for rate in RATES]
    forms = [(1, 1, [(y, None)]), *([(1, 3, decays)] if len(t) > 3 else [])]
    for m in range(2, most + 1):
        shifts = [(m - 1) / np.maximum(t - origin, 1) for origin in ORIGINS]
        forms.append((m, 2, [(y + shift[:, None, None], None) for shift in shifts]))
    for m, n_fitted, candidates in forms:
        fits = [_fit(values, weight, x) for values, x in candidates]
        limits, misfits = (np.stack(values) for values in zip(*fits, strict=True))
        best = misfits.argmin(0)[None]  # of each point and sample
        limit, misfit = (np.take_along_axis(values, best, 0)[0] for values in (limits, misfits))
        yield limit, misfit + n_fitted * np.log(len(t)), m


def _fit(y: np.ndarray, weight: np.ndarray, x: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return intercept and misfit of a weighted regression of y on x, or of its mean."""
    total = weight.sum(0)
    mean = (weight * y).sum(0) / total
    if x is None:
        return mean, (weight * (y - mean) ** 2).sum(0)
    center = (weight * x[:, None, None]).sum(0) / total
    apart = x[:, None, None] - center
    slope = (weight * apart * y).sum(0) / (weight * apart**2).sum(0)
    return mean - slope * center, (weight * (y - mean - slope * apart) ** 2).sum(0)
