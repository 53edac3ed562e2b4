"""Feature directions: where they lie in the plane of a picture, and which features are recovered."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from superposition.measures import geometry
from superposition.measures.geometry import Thresholds
from superposition.measures.history import Key, load_runs
from superposition.tables.identity import by_runs, of_batch
from superposition.tables.trajectory import load_outputs


@dataclass(frozen=True)
class Ends:
    """How the runs of one activation with one training preset ended: weights, which features are recovered, seeds."""

    W: Float[np.ndarray, "seed hidden feature"]
    recovered: Bool[np.ndarray, "seed feature"]
    seeds: np.ndarray


def load_recovered(outputs: Iterable[str | Path], *, thresholds: Thresholds) -> Bool[np.ndarray, "seed step feature"]:
    """Return which features runs recover at recorded steps, from the outputs of all their batches."""
    values = np.concatenate([load_outputs(path, of_batch(path)).outputs for path in outputs]).astype(np.float64)
    finite, recovered = np.isfinite(values).all((2, 3)), np.zeros(values.shape[:3], dtype=bool)
    recovered[finite] = geometry.recovered(values[finite], thresholds=thresholds)
    return recovered


def load_all_recovered(
    outputs: Iterable[str | Path], *, thresholds: Thresholds
) -> dict[Key, Bool[np.ndarray, "seed step feature"]]:
    """Return which features all runs recover, by training preset and activation, in the order of their trajectories."""
    return {key: load_recovered(batches, thresholds=thresholds) for key, batches in by_runs(outputs).items()}


def load_ends(
    trajectories: Iterable[str | Path], outputs: Iterable[str | Path], *, thresholds: Thresholds
) -> dict[Key, Ends]:
    """Return how all runs ended, by training preset and activation, from the files of their batches."""
    recovered = load_all_recovered(outputs, thresholds=thresholds)
    return {
        key: Ends(runs.W[:, -1], recovered[key][:, -1], runs.seeds) for key, runs in load_runs(trajectories).items()
    }


def in_plane(W: Float[np.ndarray, "step hidden feature"]) -> Float[np.ndarray, "step 2 feature"]:
    """Return the directions in the plane of the picture.

    Two hidden dimensions are that plane. Of more, it is spanned by the first two principal directions of the last
    finite step, the same for all steps; a single one is its horizontal axis.
    """
    n_hidden = W.shape[1]
    if n_hidden == 2:
        return W
    finite = W[np.isfinite(W).all((1, 2))]
    if n_hidden == 1 or len(finite) == 0:
        return np.concatenate([W[:, :1], np.zeros_like(W[:, :1])], axis=1)
    principal = np.linalg.svd(finite[-1], full_matrices=False)[0][:, :2]
    return principal.T @ W


def plane_note(n_hidden: int) -> str:
    """Return what has to be said about the plane of the picture; nothing with two hidden dimensions."""
    if n_hidden == 1:
        return "One hidden dimension: directions lie on a line. "
    note = f"Directions in {n_hidden} hidden dimensions, projected onto the final W's first two principal directions. "
    return note if n_hidden > 2 else ""


def upright(W: Float[np.ndarray, "hidden feature"]) -> Float[np.ndarray, "2 feature"]:
    """Return the directions in the plane, turned so that feature 0 points up, which changes no output of the model."""
    W = in_plane(W[None])[0]
    x, y = W[:, 0]
    length = np.hypot(x, y)
    return np.array([[y, -x], [x, y]]) / length @ W if length > 0 else W


def outline(W: Float[np.ndarray, "2 feature"]) -> Float[np.ndarray, "2 corner"]:
    """Return the corners of the convex hull of all directions, the first repeated; a segment if they are collinear."""
    centred = W - W.mean(1, keepdims=True)
    if np.linalg.matrix_rank(centred) < 2:
        along = np.linalg.svd(centred)[0][:, 0] @ centred
        return W[:, [along.argmin(), along.argmax()]]
    ends = W[:, geometry.corners(W, np.ones(W.shape[1], dtype=bool))]
    x, y = ends - ends.mean(1, keepdims=True)
    around = np.arctan2(y, x).argsort()
    return ends[:, [*around, around[0]]]


def extent(directions: Iterable[Float[np.ndarray, "*batch 2 feature"]]) -> float:
    """Return half the side of a square that holds all finite directions with a margin; 1 without any."""
    norms = np.concatenate([np.linalg.norm(W, axis=-2).ravel() for W in directions])
    norms = norms[np.isfinite(norms)]
    return 1.12 * float(norms.max()) if norms.size and norms.max() > 0 else 1.0
