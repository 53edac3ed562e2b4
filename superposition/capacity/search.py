"""The best solutions of a problem: sought from many starts, whether they are attained, and tables of what was met."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from superposition.capacity.problem import Model, Problem, Slopes, Starts, Values, descend, has_jump, starts
from superposition.llc.hessian import curvature
from superposition.measures.geometry import Thresholds, feature_norm, polygon, recovered, represented
from superposition.status import AT_A_JUMP, AT_INFINITY, ATTAINED, NOT_CONVERGED

STATIONARY = 3e-6  # largest gradient at a minimum: ten times the root of `problem.GAIN`; a loss hardly shows less
POLISH_STEPS = 30  # of Newton's method after the search: three times as many change few ends but LogSoftmax's
PULL_STEPS = 60  # of descents from its ends; half as many give LogSigmoid another status, twice as many none
MAX_PULLED = 48  # best solutions that are pulled, or from which more features are sought; a quarter of them do as well
MAX_MINIMA = 20  # most minima in a table; most activations have fewer
WIDTHS = [0.5**k for k in range(1, 20)]  # to which jumps are smoothed in turn: until the slopes are all but steps
PULLS = (1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12)  # towards 0, in turn; a stronger one would change the solution

GROWTH = 1.05
"""A squared norm that still grows by this factor over the last three pulls grows for ever: by a third where the loss
falls fastest, like exp(-x²), but by less than 1 % where there is a minimum."""

SAME_OUTPUTS = 1e-3  # largest difference within one minimum, up to order; most are below 1e-5 or above 0.01
FLAT = 1e-7  # largest curvature of a flat direction, as a share; below that of labels, as it falls towards infinity
JUST_MET = 1e-6  # a margin that is met by less is decided by rounding, and does not count
SURPLUS = 1e-3  # by which features that are sought shall exceed the margin: a descent ends a little short of it


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """Settings of the search for solutions, and thresholds from which features count.

    Each start gets at most `n_steps` of Levenberg–Marquardt. Losses within the tolerance of the best are the best.
    """

    n_starts: int
    n_steps: int
    tolerance: float
    seed: int
    thresholds: Thresholds


@dataclass(frozen=True)
class Solutions:
    """Ends of the searches from every start, best first: parameters, expected loss and norm of its gradient."""

    w: Starts
    loss: Float[Tensor, " start"]
    gradient: Float[Tensor, " start"]

    def best(self, tolerance: float) -> Bool[Tensor, " start"]:
        """Return which solutions have the best loss."""
        return self.loss <= self.loss[0] + tolerance


def search(problem: Problem, settings: SearchSettings) -> Solutions:
    """Return the ends of descents from many starts, by Levenberg–Marquardt and then Newton's method."""
    w = starts(problem, settings.n_starts, seed=settings.seed)
    if has_jump(problem.activation):
        w = _through_jumps(problem, w, n_steps=settings.n_steps // 4)
    w = descend(problem.loss, problem.gauss_newton, w, n_steps=settings.n_steps)
    w = descend(problem.loss, problem.newton, w, n_steps=POLISH_STEPS)
    loss, order = problem.loss(w).nan_to_num(torch.inf).sort(stable=True)
    return Solutions(w[order], loss, problem.newton(w[order])[0].norm(dim=1))


def _through_jumps(problem: Problem, w: Starts, *, n_steps: int) -> Starts:
    """Return better starts for a loss that jumps: each by descent over ever steeper slopes in place of jumps."""
    best = w
    for width in WIDTHS:
        smooth = problem.smoothed(width)
        w = descend(smooth.loss, smooth.gauss_newton, w, n_steps=n_steps)
        best = torch.where((problem.loss(w) < problem.loss(best))[:, None], w, best)
    return best


def status(problem: Problem, solutions: Solutions, *, tolerance: float) -> tuple[str, Float[Tensor, " parameter"]]:
    """Return whether the best loss is attained, and the shortest parameters that have it.

    The best solutions are pulled towards 0, ever more weakly. If the parameters stay bounded, the loss has a minimum
    there; if they grow without end, it is approached at infinity alone.
    """
    best = solutions.best(tolerance)
    w, squared = solutions.w[best][:MAX_PULLED], []
    for pull in PULLS:
        w = descend(*_pulled(problem, pull), w, n_steps=PULL_STEPS)
        squared.append(w.square().sum(1))
    kept = problem.loss(w) <= solutions.loss[0] + 2 * tolerance
    if not kept.any():
        return NOT_CONVERGED, solutions.w[0]
    shortest = int(squared[-1].where(kept, torch.inf).argmin())
    if squared[-1][shortest] > GROWTH * squared[-4][shortest]:
        return AT_INFINITY, w[shortest]
    if solutions.gradient[0] <= STATIONARY:
        return ATTAINED, w[shortest]
    return (AT_A_JUMP if best.sum() > 1 else NOT_CONVERGED), solutions.w[0]


def _pulled(problem: Problem, pull: float) -> tuple[Values, Model]:
    """Return loss and model of a problem with a pull of all parameters towards 0."""

    def model(w: Starts) -> Slopes:
        gradient, hessian = problem.gauss_newton(w)
        return gradient + 2 * pull * w, hessian + 2 * pull * torch.eye(w.shape[1], dtype=w.dtype)

    return lambda w: problem.loss(w) + pull * w.square().sum(1), model


def n_recovered(problem: Problem, solutions: Solutions, settings: SearchSettings) -> tuple[int, int]:
    """Return the fewest and the most features that any of the best solutions recovers.

    Where the best solutions are a set, more are sought on it: weights that have the best loss and recover the first k
    features, for k one more than were met, until there are none. Which of them does not matter; with importance it may.
    """
    strict = replace(settings.thresholds, recovery_margin=settings.thresholds.recovery_margin + JUST_MET)
    w = solutions.w[solutions.best(settings.tolerance)]
    counts = recovered(problem.outputs(w).numpy(), thresholds=strict).sum(-1)
    fewest, most = int(counts.min()), int(counts.max())
    while most < problem.n_features:
        ahead = _recovering(problem, most + 1, strict.recovery_margin + SURPLUS)
        sought = descend(*ahead, w[:MAX_PULLED], n_steps=PULL_STEPS)
        sought = descend(problem.loss, problem.gauss_newton, sought, n_steps=PULL_STEPS)
        inside = problem.loss(sought) <= solutions.loss[0] + settings.tolerance
        reached = recovered(problem.outputs(sought[inside]).numpy(), thresholds=strict).sum(-1).max(initial=0)
        if reached <= most:
            break
        most = int(reached)
    return fewest, most


def _recovering(problem: Problem, n_first: int, margin: float) -> tuple[Values, Model]:
    """Return loss and model of a problem to which the first features add what they lack of the margin, squared."""
    diagonal = torch.eye(problem.n_features, dtype=torch.bool)[:n_first]

    def lacking(outputs: Tensor) -> Tensor:
        ahead = outputs.diagonal(dim1=1, dim2=2)[:, :n_first, None] - outputs[:, :n_first]
        return (margin - ahead).clamp(min=0).where(~diagonal, 0)

    def loss(w: Tensor) -> Tensor:
        return problem.loss(w) + lacking(problem.outputs(w)).square().sum((1, 2)) / problem.n_features

    def model(w: Starts) -> Slopes:
        outputs, slopes = problem.outputs_and_slopes(w, problem.units)
        lacks = lacking(outputs).flatten(1)
        on_diagonal = slopes.diagonal(dim1=1, dim2=2).mT[:, :n_first, None]
        J = ((slopes[:, :n_first] - on_diagonal).flatten(1, 2)) * (lacks > 0)[..., None]
        gradient, hessian = problem.gauss_newton(w)
        scale = 2 / problem.n_features
        return gradient + scale * (J.mT @ lacks[..., None])[..., 0], hessian + scale * J.mT @ J

    return loss, model


def capacity_of(problem: Problem, settings: SearchSettings, *, training: str) -> dict[str, pd.DataFrame]:
    """Return the rows of an activation in the tables `capacity` and `minima`, with the name of its training preset."""
    keys = {"training": training, "activation": problem.activation.name}
    solutions, thresholds = search(problem, settings), settings.thresholds
    word, best = status(problem, solutions, tolerance=settings.tolerance)
    fewest, most = n_recovered(problem, solutions, settings)
    minima, W = _minima(problem, solutions, thresholds=thresholds), problem.directions(best[None]).numpy()
    row = {
        "best_loss": float(solutions.loss[0]),
        "status": word,
        "n_recovered": most,
        "n_recovered_least": fewest,
        "n_represented": int(represented(feature_norm(W), thresholds=thresholds).sum()),
        "frobenius_sq": float((W**2).sum()),
        "n_starts": len(solutions.w),
        "n_best": int(solutions.best(settings.tolerance).sum()),
        "n_unfinished": int((solutions.gradient > STATIONARY).sum()),
        "n_minima": len(minima),
    }
    return {"capacity": pd.DataFrame([keys | row]), "minima": minima.head(MAX_MINIMA).assign(**keys)}


def _minima(problem: Problem, solutions: Solutions, *, thresholds: Thresholds) -> pd.DataFrame:
    """Return the best solution and all distinct minima among the solutions, best first."""
    counts = _distinct(problem.outputs(solutions.w), solutions.gradient <= STATIONARY)
    chosen, w = list(counts), solutions.w[list(counts)]
    values, W = curvature(lambda w: problem.loss(w.T), w.T).eigenvalues, problem.directions(w).numpy()
    small = FLAT * values.abs().amax(1, keepdim=True)
    is_represented = represented(feature_norm(W), thresholds=thresholds)
    return pd.DataFrame(
        {
            "rank": range(len(chosen)),
            "loss": solutions.loss[chosen],
            "n_reached": list(counts.values()),
            "gradient": solutions.gradient[chosen],
            "n_negative": (values < -small).sum(1),
            "n_flat": ((values.abs() <= small).sum(1) - problem.n_symmetric).clamp(min=0),
            "n_recovered": recovered(problem.outputs(w).numpy(), thresholds=thresholds).sum(1),
            "n_represented": is_represented.sum(1),
            "polygon": polygon(W, is_represented),
            "frobenius_sq": (W**2).sum((1, 2)),
        }
    )


def _distinct(outputs: Float[Tensor, "solution input feature"], listed: Bool[Tensor, " solution"]) -> Mapping[int, int]:
    """Return how often each distinct solution was met, by the first of its kind: the best one, or a listed one."""
    keys, counts = signature(outputs), {0: 0}
    for i in range(len(outputs)):
        first = next((j for j in counts if (keys[i] - keys[j]).abs().max() < SAME_OUTPUTS), None)
        if first is not None:
            counts[first] += 1
        elif listed[i]:
            counts[i] = 1
    return counts


def signature(outputs: Float[Tensor, "solution input feature"]) -> Float[Tensor, "solution number"]:
    """Return numbers that tell solutions apart, but not those that differ by the order of features alone.

    The features' own outputs, all other outputs, and the squares of rows and of columns summed, each in increasing
    order. ASSUME that solutions that are not the same up to order differ in one of these.
    """
    n = outputs.shape[-1]
    diagonal = outputs.diagonal(dim1=-2, dim2=-1)
    others = outputs[:, ~torch.eye(n, dtype=torch.bool)]
    sums = [outputs.square().sum(axis) for axis in (-1, -2)]
    return torch.cat([values.sort(-1).values for values in (diagonal, others, *sums)], -1)
