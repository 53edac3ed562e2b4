"""Where the labels of points go, so that each can be read."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox, BboxBase
from scipy.optimize import isotonic_regression

from superposition import style

LINE = 8.5
"""Distance between two labels below each other, in points."""


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
    pixels = ax.transData.transform(points)
    scale = ax.figure.dpi / 72
    taken = [Bbox.from_extents(*(pixel - 3 * scale), *(pixel + 3 * scale)) for pixel in pixels]
    for pixel, start, end in zip(pixels, ax.transData.transform(low), ax.transData.transform(high), strict=True):
        taken.append(Bbox.from_extents(start[0], pixel[1] - scale, end[0], pixel[1] + scale))
        taken.append(Bbox.from_extents(pixel[0] - scale, start[1], pixel[0] + scale, end[1]))
    labels = []
    for i in map(int, np.lexsort((pixels[:, 0], -pixels[:, 1]))):
        label = ax.annotate(texts[i], tuple(points[i]), xytext=(0, 0), textcoords="offset points", fontsize=style.SMALL)
        size = np.array([label.get_window_extent().width, 0.9 * label.get_window_extent().height])
        offset, box = _free_place(pixels[i], size, taken, ax.bbox, scale)
        taken.append(box)
        label.set_position(tuple(offset / scale))
        label.set_in_layout(False)
        if _distance(pixels[i], box) > 9 * scale:
            _join(ax, points[i], pixels[i], box)
        labels.append(label)
    return labels


def _free_place(
    pixel: np.ndarray, size: np.ndarray, taken: Sequence[Bbox], within: BboxBase, scale: float
) -> tuple[np.ndarray, Bbox]:
    """Return offset and box of a label at the nearest place around its point that is free, or else hides least."""
    best, least = (np.zeros(2), Bbox.null()), np.inf
    for radius, angle in product(
        np.arange(5, 90, 4) * scale, np.deg2rad([0, 180, 45, -45, 135, -135, 90, -90, 20, -20])
    ):
        direction = np.array([np.cos(angle), np.sin(angle)])
        low = pixel + radius * direction + size * (direction - 1) / 2
        box = Bbox.from_extents(*low, *(low + size))
        hidden = sum(_overlap(box, other) for other in taken)
        hidden += size.prod() - _overlap(box, within.padded(10 * scale))
        if hidden < least:
            best, least = (low - pixel, box), hidden
        if hidden < 1:  # a square pixel
            break
    return best


def _overlap(box: Bbox, other: BboxBase) -> float:
    """Return the area that two boxes share."""
    common = Bbox.intersection(box, other)
    return common.width * common.height if common else 0.0


def _distance(pixel: np.ndarray, box: Bbox) -> float:
    """Return the distance of a point from a box."""
    return float(np.linalg.norm(pixel - np.clip(pixel, box.min, box.max)))


def _join(ax: Axes, point: np.ndarray, pixel: np.ndarray, box: Bbox) -> None:
    """Draw a line from a point to the nearest place of its label."""
    end = ax.transData.inverted().transform(np.clip(pixel, box.min, box.max))
    ax.plot(*np.transpose([point, end]), color=style.FAINT, linewidth=0.5, zorder=1)


def spread(ax: Axes, x: float, y: Float[np.ndarray, " line"], texts: Sequence[str]) -> list[Annotation]:
    """Label the right ends of lines in a column beside them, moved apart where they would overlap."""
    used = np.flatnonzero(np.isfinite(y))
    pixels = ax.transData.transform(np.column_stack([np.full(len(used), x), y[used]]))
    scale = ax.figure.dpi / 72
    moved = apart(pixels[:, 1], LINE * scale, low=ax.bbox.y0, high=ax.bbox.y1)
    labels = []
    for i, pixel, target in zip(used.tolist(), pixels, moved, strict=True):
        look = {"textcoords": "offset points", "va": "center", "fontsize": style.SMALL, "annotation_clip": False}
        line = {
            "arrowstyle": "-",
            "color": style.FAINT,
            "linewidth": 0.5,
            "shrinkA": 0,
            "shrinkB": 3,
            "relpos": (0, 0.5),
        }
        place = (16, (target - pixel[1]) / scale)
        labels.append(ax.annotate(texts[i], (x, y[i]), xytext=place, arrowprops=line, **look))
        labels[-1].set_in_layout(False)
    return labels


def apart(
    values: Float[np.ndarray, " label"], distance: float, *, low: float, high: float
) -> Float[np.ndarray, " label"]:
    """Return the positions nearest to `values` in squares that keep order, distance and, where they fit, the limits.

    With k-th smallest value v_k, positions v_k - k * distance have only to be increasing: isotonic regression.
    """
    order = np.argsort(values, kind="stable")
    shifts = distance * np.arange(len(values))
    moved = isotonic_regression(values[order] - shifts).x if len(values) else shifts
    room = high - shifts[-1] if len(values) else high
    result = np.empty(len(values))
    result[order] = np.clip(moved, low, max(low, room)) + shifts
    return result
