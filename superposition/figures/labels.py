"""Places for the labels of points, so that each can be read."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from scipy.optimize import isotonic_regression

from superposition.figures import style

LINE = 8.5
"""Distance between two labels below each other, in points."""

POINTER = {"color": style.FAINT, "linewidth": 0.5}
"""Line from a label to what it names."""

Boxes = Float[np.ndarray, "box 4"]
"""Left, lower, right and upper edge of boxes, in pixels."""


def place_beside(
    ax: Axes,
    points: Float[np.ndarray, "point 2"],
    texts: Sequence[str],
    *,
    low: Float[np.ndarray, "point 2"],
    high: Float[np.ndarray, "point 2"],
) -> list[Annotation]:
    """Label points where labels hide neither points nor each other; a label far from its point gets a line to it.

    Positions around each point are tried in a fixed order, nearest first, so equal data give equal figures. The figure
    must have been laid out before.

    Args:
        ax: Where the points are drawn.
        points: The points, in the axes' data coordinates.
        texts: Their labels.
        low: Lower ends of the points' error bars, which labels avoid as well.
        high: Upper ends.
    """
    pixels, scale = ax.transData.transform(points), ax.figure.dpi / 72
    left, right = ax.transData.transform(low), ax.transData.transform(high)
    # Points, their error bars across and along.
    taken = [np.hstack([pixels - 3 * scale, pixels + 3 * scale])]
    taken += [np.column_stack([left[:, 0], pixels[:, 1] - scale, right[:, 0], pixels[:, 1] + scale])]
    taken += [np.column_stack([pixels[:, 0] - scale, left[:, 1], pixels[:, 0] + scale, right[:, 1]])]
    labels = []
    for i in map(int, np.lexsort((pixels[:, 0], -pixels[:, 1]))):
        label = ax.annotate(texts[i], tuple(points[i]), xytext=(0, 0), textcoords="offset points", fontsize=style.SMALL)
        extent = label.get_window_extent()
        size = np.array([extent.width, 0.9 * extent.height])
        box = _free_place(pixels[i], size, np.vstack(taken), np.array(ax.bbox.extents), scale)
        taken.append(box[None])
        label.set_position(tuple((box[:2] - pixels[i]) / scale))
        label.set_in_layout(False)
        nearest = np.clip(pixels[i], box[:2], box[2:])
        if np.linalg.norm(nearest - pixels[i]) > 9 * scale:
            ends = np.array([points[i], ax.transData.inverted().transform(nearest)])
            ax.plot(*ends.T, zorder=1, **POINTER)
        labels.append(label)
    return labels


def _free_place(pixel: np.ndarray, size: np.ndarray, taken: Boxes, within: np.ndarray, scale: float) -> np.ndarray:
    """Return the box of a label at the nearest place around its point that is free, or else hides least."""
    radii, angles = np.arange(5, 90, 4) * scale, np.deg2rad([0, 180, 45, -45, 135, -135, 90, -90, 20, -20])
    radius, angle = (grid.ravel()[:, None] for grid in np.meshgrid(radii, angles, indexing="ij"))
    direction = np.hstack([np.cos(angle), np.sin(angle)])
    low = pixel + radius * direction + size * (direction - 1) / 2
    places = np.hstack([low, low + size])
    hidden = _shared(places, taken).sum(1) + size.prod() - _shared(places, within[None])[:, 0]
    return places[(hidden < 1).argmax() if (hidden < 1).any() else hidden.argmin()]  # free: to a square pixel


def _shared(boxes: Boxes, others: Float[np.ndarray, "other 4"]) -> Float[np.ndarray, "box other"]:
    """Return the areas that boxes share with others."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.clip(high - low, 0, None).prod(-1)


def spread(ax: Axes, x: float, y: Float[np.ndarray, " line"], texts: Sequence[str]) -> list[Annotation]:
    """Label the right ends of lines in a column beside them, moved apart where they would overlap."""
    used = np.flatnonzero(np.isfinite(y))
    pixels = ax.transData.transform(np.column_stack([np.full(len(used), x), y[used]]))
    scale = ax.figure.dpi / 72
    moved = apart(pixels[:, 1], LINE * scale, low=ax.bbox.y0, high=ax.bbox.y1)
    look = {"textcoords": "offset points", "va": "center", "fontsize": style.SMALL, "annotation_clip": False}
    look["arrowprops"] = POINTER | {"arrowstyle": "-", "shrinkA": 0, "shrinkB": 3, "relpos": (0, 0.5)}
    labels = []
    for i, pixel, target in zip(used.tolist(), pixels, moved, strict=True):
        place = (16, (target - pixel[1]) / scale)
        labels.append(ax.annotate(texts[i], (x, y[i]), xytext=place, **look))
        labels[-1].set_in_layout(False)
        style.fit(labels[-1], width=(ax.bbox.x1 - pixel[0]) / ax.figure.dpi - place[0] / 72)
    return labels


def apart(
    values: Float[np.ndarray, " label"], distance: float, *, low: float, high: float
) -> Float[np.ndarray, " label"]:
    """Return the positions nearest to `values` in squares that keep order, distance and, where they fit, the limits.

    With k-th smallest value v_k, positions v_k - k * distance have only to be increasing: isotonic regression.
    """
    if not len(values):
        return values
    order, shifts = np.argsort(values, kind="stable"), distance * np.arange(len(values))
    moved = isotonic_regression(values[order] - shifts).x
    result = np.empty(len(values))
    result[order] = np.clip(moved, low, max(low, high - shifts[-1])) + shifts
    return result
