"""Superposition at every recorded step of a batch of runs: the rows of the superposition table."""

import numpy as np

from superposition.measures import geometry
from superposition.measures.geometry import Thresholds
from superposition.status import DIVERGED, OK
from superposition.tables.trajectory import Outputs, Trajectory, seed_and_step


def superposition_table(trajectory: Trajectory, outputs: Outputs, *, thresholds: Thresholds) -> dict[str, np.ndarray]:
    """Return the columns of the superposition table: a row of measures for each seed and recorded step.

    Measures of diverged runs are missing: NaN, or None for the measures of each feature.

    Args:
        trajectory: Weights of the runs.
        outputs: What the models with these weights answer.
        thresholds: From when on a feature counts as represented or recovered.
    """
    finite = ~trajectory.diverged
    W, answers = trajectory.W[finite].astype(np.float64), outputs.outputs[finite].astype(np.float64)
    is_represented = geometry.represented(W, thresholds=thresholds)
    values = {
        "loss": outputs.loss[finite],
        "n_represented": is_represented.sum(-1),
        "n_recovered": geometry.recovered(answers, thresholds=thresholds).sum(-1),
        "effective_features": geometry.effective_features(answers),
        "polygon": geometry.polygon(W, is_represented),
        "frobenius_sq": (W**2).sum((-1, -2)),
        "feature_norm": geometry.feature_norm(W),
        "dimensionality": geometry.dimensionality(W),
        "interference": geometry.interference(W),
        "leakage": geometry.leakage(answers),
    }
    return {
        **seed_and_step(trajectory.seeds, trajectory.steps),
        "status": np.where(finite.ravel(), OK, DIVERGED),
        **{name: _at_rows(finite.ravel(), found) for name, found in values.items()},
    }


def _at_rows(finite: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return a column with the values in the rows of finite weights."""
    column = np.full(len(finite), np.nan) if values.ndim == 1 else np.full(len(finite), None)
    for row, value in zip(np.flatnonzero(finite), values, strict=True):
        column[row] = value
    return column
