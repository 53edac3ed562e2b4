"""Drawings of the feature directions of one model."""

from collections.abc import Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True)
class Look:
    """Look of the directions of models that share a scale.

    Attributes:
        n_initial: Number of features of the initial polygon, which come first and are drawn in ink.
        color: Colour of the other features and of the hull.
        half_side: Half the side of the square that is shown, in the units of W.
        radius: Radius of the grey circle around the origin that shows the scale; larger than the square for none.
    """

    n_initial: int
    color: str
    half_side: float
    radius: float


def shared(W: Iterable[Float[np.ndarray, "*batch 2 feature"]], family: str, *, n_initial: int) -> Look:
    """Return the look of directions that share a scale, in the colour of a family."""
    half_side = extent(W)
    radius, color = reference_radius(half_side), style.FAMILY_COLORS[family]
    return Look(n_initial=n_initial, color=color, half_side=half_side, radius=radius)


def draw(
    ax: Axes,
    W: Float[np.ndarray, "2 feature"],
    look: Look,
    *,
    centre: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
    counted: Bool[np.ndarray, " feature"] | None = None,
) -> None:
    """Draw the directions of one model: lines from the origin, dots at their ends, and their convex hull.

    Args:
        ax: Where to draw, such as a page; see style.page.
        W: Directions in the plane; if they are not finite, the word "diverged" is drawn.
        look: Colours and scale.
        centre: Where the origin lies.
        scale: Length of the axes that stands for one of W, such as inches on a page.
        counted: Features that belong to the polygon; the others are pale rays. All of them where it is not given.
    """
    if look.radius <= look.half_side:
        ax.add_patch(Circle(centre, look.radius * scale, fill=False, edgecolor=style.PALE, linewidth=0.6, zorder=0))
    if not np.isfinite(W).all():
        ax.text(*centre, "diverged", ha="center", va="center", color=style.FAINT, fontsize=style.SMALL)
        return
    W, origin, color = scale * W, np.array(centre)[:, None], look.color
    counted = np.ones(W.shape[1], dtype=bool) if counted is None else counted
    if counted.any():
        hull = (origin + outline(W[:, counted])).T
        ax.add_patch(Polygon(hull, facecolor=to_rgba(color, 0.15), edgecolor=color, linewidth=0.7, zorder=2))
    is_initial = np.arange(W.shape[1]) < look.n_initial
    for shown, ink in ((~counted, style.FAINT), (counted & ~is_initial, color), (counted & is_initial, style.INK)):
        if not shown.any():
            continue
        ends = W[:, shown]
        # One line goes from the origin to every end and back.
        rays = origin + np.stack([np.zeros_like(ends), ends], axis=-1).reshape(2, -1)
        ax.plot(*rays, "o-", markevery=(1, 2), color=ink, linewidth=0.9, markersize=2.6, markeredgewidth=0)


def draw_in_square(
    page: Axes, W: Float[np.ndarray, "2 feature"], look: Look, centre: tuple[float, float], side: float
) -> None:
    """Draw the directions of one model in a square of a page, given by its centre and side in inches."""
    draw(page, W, look, centre=centre, scale=side / 2 / look.half_side)


def frame(ax: Axes, half_side: float) -> None:
    """Make of an axes a square without an axis around the origin."""
    ax.set(xlim=(-half_side, half_side), ylim=(-half_side, half_side), aspect="equal")
    ax.set_axis_off()
