r"""Superposition of a model: geometry of its feature directions, and what it recovers.

Feature i has the direction :math:`W_i`, column i of W, and :math:`o_{ij} = \varphi(W^\top W + b)_{ij}` is the model's
output in feature j for the input :math:`e_i`. Arrays have any leading axes `*batch`, here seed and step.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from superposition.status import DIVERGED, OK
from superposition.tables.trajectory import Columns, Outputs, Trajectory, seed_and_step

COLLINEAR = 1e-3
"""Directions whose spread across a line is below this share of the spread along it count as collinear.

ASSUME the initial antipodal pair, whose noise is 1 % of its length, is a pair and not a thin polygon; two features that
nearly coincide must not become corners by rounding.
"""

STRAIGHT = 1e-9  # a corner turns by more than this angle in radians; float32 weights resolve none below 1e-8


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Thresholds from which a feature counts.

    A represented one's norm exceeds a share of the largest norm, in (0, 1), and an absolute value; a recovered one's
    own output exceeds all other outputs by at least a margin.
    """

    relative_norm: float
    absolute_norm: float
    recovery_margin: float


def feature_norm(W: Float[np.ndarray, "*batch hidden feature"]) -> Float[np.ndarray, "*batch feature"]:
    """Return the length of each feature's direction."""
    return np.linalg.norm(W, axis=-2)


def interference(W: Float[np.ndarray, "*batch hidden feature"]) -> Float[np.ndarray, "*batch feature"]:
    r"""Return :math:`\sum_{j \neq i} (\hat W_i \cdot W_j)^2`: how much the others lie along feature i's direction.

    0 for a feature that is orthogonal to all others, and for a dead feature, which has no direction.

    Source: Elhage et al. 2022, Toy Models of Superposition.
    """
    return leakage(_overlap(W))


def dimensionality(W: Float[np.ndarray, "*batch hidden feature"]) -> Float[np.ndarray, "*batch feature"]:
    r"""Return :math:`\|W_i\|^2 / \sum_j (\hat W_i \cdot W_j)^2`: the share of a dimension that feature i has.

    1 for a feature with a dimension of its own, 1/2 in an antipodal pair, 0 for a dead feature; at most 1, and over
    features at most n_hidden in sum.

    Source: Elhage et al. 2022; equal to the capacity of Scherlis et al. 2022.
    """
    total = (_overlap(W) ** 2).sum(-1)
    return np.divide(feature_norm(W) ** 2, total, out=np.zeros_like(total), where=total > 0)


def _overlap(W: Float[np.ndarray, "*batch hidden feature"]) -> Float[np.ndarray, "*batch feature feature"]:
    """Return the products of unit directions with directions; zero in rows of dead features."""
    norm = feature_norm(W)[..., None, :]
    unit = np.divide(W, norm, out=np.zeros_like(W), where=norm > 0)
    return np.swapaxes(unit, -1, -2) @ W


def represented(
    norm: Float[np.ndarray, "*batch feature"], *, thresholds: Thresholds
) -> Bool[np.ndarray, "*batch feature"]:
    """Return which features are represented: long enough beside the longest one and, lest noise counts, alone."""
    return (norm > thresholds.relative_norm * norm.max(-1, keepdims=True)) & (norm > thresholds.absolute_norm)


def polygon(
    W: Float[np.ndarray, "*batch hidden feature"], is_represented: Bool[np.ndarray, "*batch feature"]
) -> Int[np.ndarray, "*batch"]:
    """Return the number of corners of the convex hull of the represented directions.

    0 without any, 1 for one direction, 2 for collinear ones such as an antipodal pair. Directions inside the hull are
    no corners, so it is at most the number of represented features. DEVIATION N13: the notebook draws the hull of all
    directions, represented or not.
    """
    n_hidden, n_represented = W.shape[-2], is_represented.sum(-1)
    counted = is_represented[..., None, :]
    first = counted & (counted.cumsum(-1) == 1)
    from_first = W - (W * first).sum(-1, keepdims=True)  # where directions coincide, exactly 0
    mean = from_first.sum(-1, where=counted, keepdims=True) / np.maximum(n_represented, 1)[..., None, None]
    centred = np.where(counted, from_first - mean, 0)
    spread = np.linalg.eigvalsh(centred @ centred.swapaxes(-1, -2))  # squared, smallest first
    is_point = (n_represented == 1) | (spread[..., -1] == 0)
    is_line = True if n_hidden == 1 else spread[..., -2] < COLLINEAR**2 * spread[..., -1]
    n_corners = np.select([n_represented == 0, is_point, is_line], [0, 1, 2], default=-1)
    if (is_more := n_corners == -1).any():
        n_corners[is_more] = corners(W[is_more], is_represented[is_more]).sum(-1)
    return n_corners


def corners(
    W: Float[np.ndarray, "*batch hidden feature"], is_represented: Bool[np.ndarray, "*batch feature"]
) -> Bool[np.ndarray, "*batch feature"]:
    """Return which represented directions, at least three not collinear, are corners of their convex hull.

    Of coinciding ones, the first may be. In the plane, seen from a corner, all others lie within less than half a turn.
    """
    W = W.astype(np.float64)  # STRAIGHT is below what float32 resolves
    if W.shape[-2] > 2:
        return _corners_of_solids(W, is_represented)
    x, y = (W[..., axis, None, :] - W[..., axis, :, None] for axis in (0, 1))
    coincide = (x == 0) & (y == 0)
    is_other = is_represented[..., None, :] & ~coincide
    angle = np.sort(np.where(is_other, np.arctan2(y, x), np.nan), axis=-1)  # NaN last
    last = np.fmax.reduce(angle, axis=-1, initial=-np.inf)
    gap = np.fmax(np.fmax.reduce(np.diff(angle), axis=-1, initial=0), angle[..., 0] + 2 * np.pi - last)
    is_repeated = (np.tril(coincide, -1) & is_represented[..., None, :]).any(-1)
    return is_represented & ~is_repeated & (gap > np.pi + STRAIGHT)


def _corners_of_solids(W: np.ndarray, is_represented: np.ndarray) -> np.ndarray:
    # Loading SciPy takes as long as all else that measures a batch, and models with two hidden dimensions do without.
    from scipy.spatial import ConvexHull

    is_corner = np.zeros_like(is_represented)
    for model in np.ndindex(is_represented.shape[:-1]):
        features = np.flatnonzero(is_represented[model])
        points = W[model][:, features]
        axes, spread, _ = np.linalg.svd(points - points.mean(1, keepdims=True), full_matrices=False)
        n_axes = max(2, int((spread > COLLINEAR * spread[0]).sum()))
        flat = axes[:, :n_axes].T @ points  # Qhull takes no polygon in space
        is_corner[model][features[ConvexHull(flat.T).vertices]] = True
    return is_corner


def recovered(
    output: Float[np.ndarray, "*batch input feature"], *, thresholds: Thresholds
) -> Bool[np.ndarray, "*batch input"]:
    r"""Return for which features :math:`o_{ii} - \max_{j \neq i} o_{ij}` reaches the margin."""
    diagonal = np.diagonal(output, axis1=-2, axis2=-1)
    others = np.where(np.eye(output.shape[-1], dtype=bool), -np.inf, output)
    return diagonal - others.max(-1) >= thresholds.recovery_margin


def effective_features(output: Float[np.ndarray, "*batch input feature"]) -> Float[np.ndarray, "*batch"]:
    r"""Return how many features a model tells apart, in a number that is not whole and depends on no norm.

    .. math:: \sum_i \max\!\left(0, \frac{s_i - 1/n}{1 - 1/n}\right), \qquad s_i = o_{ii}^+ / \sum_j o_{ij}^+

    :math:`s_i` is the share of feature i in the positive outputs for it. Outputs may be scaled by any factor. n for a
    model that gives every feature back alone, 0 for one whose outputs are all equal, or of which none is above 0.
    """
    positive = np.maximum(output, 0)
    n = output.shape[-1]
    total = positive.sum(-1)
    diagonal = np.diagonal(positive, axis1=-2, axis2=-1)
    share = np.divide(diagonal, total, out=np.zeros_like(diagonal), where=total > 0)
    return np.maximum((share - 1 / n) / (1 - 1 / n), 0).sum(-1)


def leakage(output: Float[np.ndarray, "*batch input feature"]) -> Float[np.ndarray, "*batch input"]:
    r"""Return :math:`\sum_{j \neq i} o_{ij}^2`: how much of the output for feature i is in other features."""
    squared = output**2
    return squared.sum(-1) - np.diagonal(squared, axis1=-2, axis2=-1)


def settled(steps: Int[np.ndarray, " step"], reached: Bool[np.ndarray, " step"]) -> float:
    """Return the first recorded step from which a condition stays fulfilled; NaN for none."""
    stays = np.logical_and.accumulate(reached[::-1])[::-1]
    return float(steps[stays.argmax()]) if stays.any() else np.nan


def superposition_table(trajectory: Trajectory, outputs: Outputs, *, thresholds: Thresholds) -> Columns:
    """Return the columns of the superposition table: a row of measures for each seed and recorded step.

    Measures of diverged runs are missing: NaN, or None for the measures of each feature.
    """
    finite = ~trajectory.diverged
    W, output = trajectory.W[finite].astype(np.float64), outputs.outputs[finite].astype(np.float64)
    norm = feature_norm(W)
    is_represented = represented(norm, thresholds=thresholds)
    values = {
        "loss": outputs.loss[finite],
        "n_represented": is_represented.sum(-1),
        "n_recovered": recovered(output, thresholds=thresholds).sum(-1),
        "effective_features": effective_features(output),
        "polygon": polygon(W, is_represented),
        "frobenius_sq": (W**2).sum((-1, -2)),
        "feature_norm": norm,
        "dimensionality": dimensionality(W),
        "interference": interference(W),
        "leakage": leakage(output),
    }
    status = np.where(finite.ravel(), OK, DIVERGED)
    table = {**seed_and_step(trajectory.seeds, trajectory.steps), "status": status}
    for name, measures in values.items():
        column = table[name] = np.full(len(status), np.nan if measures.ndim == 1 else None)
        for row, measure in zip(np.flatnonzero(finite), measures, strict=True):
            column[row] = measure
    return table
