"""Drawings of the feature directions of one model."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Polygon

from superposition.figures import style
from superposition.figures.plane import in_plane as in_plane
from superposition.figures.plane import plane_note as plane_note
from superposition.measures import geometry


def upright(W: Float[np.ndarray, "2 feature"]) -> Float[np.ndarray, "2 feature"]:
    """Return the directions turned so that feature 0 points up, which changes no output of the model."""
    x, y = W[:, 0]
    length = np.hypot(x, y)
    if not length > 0:
        return W
    return np.array([[y, -x], [x, y]]) / length @ W


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


def reference_radius(half_side: float) -> float:
    """Return the largest of the lengths 1, 2 and 5 times a power of ten that fits into a square."""
    power = 10.0 ** np.floor(np.log10(half_side))
    return float(max(power * factor for factor in (1, 2, 5) if power * factor <= half_side))


def draw(
    ax: Axes, W: Float[np.ndarray, "2 feature"], *, n_initial: int, color: str, half_side: float, radius: float
) -> None:
    """Draw the directions of one model: lines from the origin, dots at their ends, and their convex hull.

    Args:
        ax: Where to draw.
        W: Directions in the plane; if they are not finite, the word "diverged" is drawn.
        n_initial: Number of features of the initial polygon, which come first and are drawn in ink.
        color: Colour of the other features and of the hull.
        half_side: Half the side of the square that is shown.
        radius: Radius of the grey circle around the origin that shows the scale; 0 for none.
    """
    frame(ax, half_side, radius)
    _draw_directions(ax, W, (0.0, 0.0), n_initial=n_initial, color=color)


def draw_at(
    page: Axes,
    W: Float[np.ndarray, "2 feature"],
    centre: tuple[float, float],
    *,
    side: float,
    n_initial: int,
    color: str,
    half_side: float,
    radius: float,
    counted: Bool[np.ndarray, " feature"] | None = None,
) -> None:
    """Draw the directions of one model as ``draw`` does, in a square on a page; see style.page.

    Args:
        page: Where to draw.
        W: Directions in the plane.
        centre: Centre of the square, in inches.
        side: Side of the square, in inches.
        n_initial: Number of features of the initial polygon.
        color: Colour of the other features and of the hull.
        half_side: Half the side of the square, in the units of W.
        radius: Radius of the grey circle in these units; larger than the square for none.
        counted: Features that belong to the polygon; the others are pale rays. All of them where it is not given.
    """
    scale = side / 2 / half_side
    if radius <= half_side:
        _add_circle(page, centre, radius * scale)
    _draw_directions(page, scale * W, centre, n_initial=n_initial, color=color, counted=counted)


def _draw_directions(
    ax: Axes,
    W: Float[np.ndarray, "2 feature"],
    centre: tuple[float, float],
    *,
    n_initial: int,
    color: str,
    counted: Bool[np.ndarray, " feature"] | None = None,
) -> None:
    if not np.isfinite(W).all():
        ax.text(*centre, "diverged", ha="center", va="center", color=style.FAINT, fontsize=style.SMALL)
        return
    origin = np.array(centre)[:, None]
    counted = np.ones(W.shape[1], dtype=bool) if counted is None else counted
    if counted.any():
        hull = (origin + outline(W[:, counted])).T
        ax.add_patch(Polygon(hull, facecolor=to_rgba(color, 0.15), edgecolor=color, linewidth=0.7, zorder=2))
    is_initial = np.arange(W.shape[1]) < n_initial
    for shown, ink in ((~counted, style.FAINT), (counted & ~is_initial, color), (counted & is_initial, style.INK)):
        ends = W[:, shown]
        # One line goes from the origin to every end and back.
        rays = origin + np.stack([np.zeros_like(ends), ends], axis=-1).reshape(2, -1)
        ax.plot(*rays, "o-", markevery=(1, 2), color=ink, linewidth=0.9, markersize=2.6, markeredgewidth=0)


def frame(ax: Axes, half_side: float, radius: float) -> None:
    """Make of an axes a square without an axis around the origin, with a grey circle if it fits."""
    ax.set(xlim=(-half_side, half_side), ylim=(-half_side, half_side), aspect="equal")
    ax.set_axis_off()
    if radius <= half_side:
        _add_circle(ax, (0, 0), radius)


def _add_circle(ax: Axes, centre: tuple[float, float], radius: float) -> None:
    ax.add_patch(Circle(centre, radius, fill=False, edgecolor=style.PALE, linewidth=0.6, zorder=0))
