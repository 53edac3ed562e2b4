"""Which polygon stands for the runs of an activation in a table or beside others, as the bytes of a picture."""

from collections.abc import Mapping
from io import BytesIO

import numpy as np
import pandas as pd

from superposition import figures, style
from superposition.history import Key, representative_seed
from superposition.history import load_runs as load_runs
from superposition.trajectory import Trajectory

DPI = 300
"""Resolution at which a thumbnail of 0.6 inch is still sharp in print."""


def representative_weights(trajectories: Mapping[Key, Trajectory], runs: pd.DataFrame) -> dict[Key, np.ndarray]:
    """Return W at all recorded steps of the run whose final loss is the median, shape (step, hidden, feature).

    Args:
        trajectories: Weights of all runs.
        runs: Table of runs, for their final losses.
    """
    losses = runs.set_index("seed").groupby(["training", "activation"], sort=False).loss
    seeds = {key: representative_seed(loss) for key, loss in losses}
    return {key: runs.W[int(np.flatnonzero(runs.seeds == seeds[key])[0])] for key, runs in trajectories.items()}


def final_thumbnails(
    weights: Mapping[Key, np.ndarray], *, n_initial: Mapping[str, int], printed: Mapping[str, Mapping[str, str]]
) -> dict[Key, bytes]:
    """Return the final polygons as pictures, by training preset and activation.

    Args:
        weights: W of one run each, shape (step, hidden, feature).
        n_initial: Number of features of the initial polygon by training preset.
        printed: What is printed of each activation, with its family.
    """
    return {
        (training, activation): thumbnail(W[-1], n_initial=n_initial[training], family=printed[activation]["family"])
        for (training, activation), W in weights.items()
    }


def thumbnail(W: np.ndarray, *, n_initial: int, family: str) -> bytes:
    """Return the polygon of one model as a PNG picture of 0.6 inch.

    Args:
        W: Weights, shape (hidden, feature).
        n_initial: Number of features of the initial polygon, which are drawn in another colour.
        family: Family of the activation, which gives the colour.
    """
    picture = BytesIO()
    drawn = figures.polygon_thumbnail(W, n_initial=n_initial, color=style.FAMILY_COLORS[family])
    drawn.savefig(picture, format="png", dpi=DPI, transparent=True, metadata={"Software": None})
    return picture.getvalue()
