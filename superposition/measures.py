"""How much superposition every recorded step of a batch of runs shows: the rows of the superposition table."""

import numpy as np
import pandas as pd

from superposition import geometry
from superposition.geometry import Thresholds
from superposition.status import DIVERGED, OK
from superposition.trajectory import Outputs, Trajectory, seed_and_step


def superposition_table(trajectory: Trajectory, outputs: Outputs, *, thresholds: Thresholds) -> pd.DataFrame:
    """Return one row of measures for each seed and recorded step; rows of diverged runs have nulls.

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
        "polygon": [geometry.polygon(*point) for point in zip(W, is_represented, strict=True)],
        "frobenius_sq": (W**2).sum((-1, -2)),
        "feature_norm": list(geometry.feature_norm(W)),
        "dimensionality": list(geometry.dimensionality(W)),
        "interference": list(geometry.interference(W)),
        "leakage": list(geometry.leakage(answers)),
    }
    rows = pd.DataFrame(seed_and_step(trajectory.seeds, trajectory.steps))
    rows["status"] = np.where(finite.ravel(), OK, DIVERGED)
    return rows.join(pd.DataFrame(values, index=np.flatnonzero(finite.ravel())))
