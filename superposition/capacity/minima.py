"""Tables of the best possible loss of an activation, and of the distinct minima that searches for it met."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import Activation
from superposition.capacity.problem import Problem, starts
from superposition.capacity.search import STATIONARY, Answers, n_recovered, search, status
from superposition.llc.hessian import curvature
from superposition.measures.geometry import Thresholds, polygon, recovered, represented
from superposition.presets import TrainingPreset

SAME = 1e-3
"""Answers whose outputs differ by less, up to the order of features, are one minimum."""

FLAT = 1e-7
"""A direction counts as flat if its curvature is below this share of the largest."""

LISTED = 20
"""Most minima of an activation in the table, the lowest first."""

Row = dict[str, Any]


def capacity_of(
    activation: Activation,
    preset: TrainingPreset,
    *,
    thresholds: Thresholds,
    n_starts: int,
    n_steps: int,
    tolerance: float,
    seed: int,
) -> dict[str, list[Row]]:
    """Return the rows of an activation in the tables `capacity` and `minima`, without their keys.

    Args:
        activation: Activation.
        preset: Model and data.
        thresholds: From when on a feature counts as represented, or as recovered.
        n_starts: Number of starts.
        n_steps: Most steps of Levenberg–Marquardt from each start.
        tolerance: Losses within so much of the best are the best.
        seed: Seed of the starts.
    """
    problem = Problem(activation, preset)
    answers = search(problem, n_starts=n_starts, n_steps=n_steps, seed=seed)
    found, best = status(problem, answers, tolerance=tolerance)
    fewest, most = n_recovered(problem, answers, tolerance=tolerance, thresholds=thresholds)
    n_symmetric = problem.n_symmetric(starts(problem, n_starts, seed=seed))
    minima = _minima(problem, answers, thresholds=thresholds, n_symmetric=n_symmetric)
    W = problem.directions(best[None]).numpy()
    row = {
        "best_loss": float(answers.loss[0]),
        "status": found,
        "n_recovered": most,
        "n_recovered_least": fewest,
        "n_represented": int(represented(W, thresholds=thresholds).sum()),
        "frobenius_sq": float((W**2).sum()),
        "n_starts": n_starts,
        "n_best": int((answers.loss <= answers.loss[0] + tolerance).sum()),
        "n_unfinished": int((answers.gradient > STATIONARY).sum()),
        "n_minima": len(minima),
    }
    return {"capacity": [row], "minima": minima[:LISTED]}


def _minima(problem: Problem, answers: Answers, *, thresholds: Thresholds, n_symmetric: int) -> list[Row]:
    """Return the best answer and all distinct minima among the answers, best first."""
    outputs, W = problem.outputs(answers.w), problem.directions(answers.w).numpy()
    counts = _distinct(outputs, answers.gradient <= STATIONARY)
    at = curvature(lambda w: problem.loss(w.T), answers.w[list(counts)].T)
    rows = []
    for rank, ((i, count), eigenvalues) in enumerate(zip(counts.items(), at.eigenvalues, strict=True)):
        small = FLAT * eigenvalues.abs().max()
        is_represented = represented(W[i], thresholds=thresholds)
        rows.append(
            {
                "rank": rank,
                "loss": float(answers.loss[i]),
                "n_reached": count,
                "gradient": float(answers.gradient[i]),
                "n_negative": int((eigenvalues < -small).sum()),
                "n_flat": max(0, int((eigenvalues.abs() <= small).sum()) - n_symmetric),
                "n_recovered": int(recovered(outputs[i].numpy(), thresholds=thresholds).sum()),
                "n_represented": int(is_represented.sum()),
                "polygon": int(polygon(W[i], is_represented)),
                "frobenius_sq": float((W[i] ** 2).sum()),
            }
        )
    return rows


def _distinct(outputs: Float[Tensor, "answer input feature"], listed: Tensor) -> Mapping[int, int]:
    """Return how often each distinct answer was met, by the first of its kind: the best one, or one that is listed."""
    keys, counts = signature(outputs), {0: 0}
    for i in range(len(outputs)):
        first = next((j for j in counts if (keys[i] - keys[j]).abs().max() < SAME), None)
        if first is not None:
            counts[first] += 1
        elif listed[i]:
            counts[i] = 1
    return counts


def signature(outputs: Float[Tensor, "answer input feature"]) -> Float[Tensor, "answer number"]:
    """Return numbers that stay what they are where features change their order: of other answers, some differ.

    The features' own outputs, all other outputs, and the squares of rows and of columns summed, each in increasing
    order. ASSUME that answers that are not the same up to order differ in one of these.
    """
    n = outputs.shape[-1]
    own = outputs.diagonal(dim1=-2, dim2=-1)
    others = outputs[:, ~torch.eye(n, dtype=torch.bool)]
    sums = [outputs.square().sum(axis) for axis in (-1, -2)]
    return torch.cat([values.sort(-1).values for values in (own, others, *sums)], -1)
