"""How the directions of the features of one model are drawn."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Polygon
from scipy.spatial import ConvexHull

from superposition import style
from superposition.plane import in_plane as in_plane
from superposition.plane import plane_note as plane_note


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
    corners = ConvexHull(W.T).vertices
    return W[:, [*corners, corners[0]]]


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
    if not np.isfinite(W).all():
        ax.text(0, 0, "diverged", ha="center", va="center", color=style.FAINT, fontsize=style.SMALL)
        return
    ax.add_patch(Polygon(outline(W).T, facecolor=to_rgba(color, 0.15), edgecolor=color, linewidth=0.7, zorder=2))
    for ends, ink in ((W[:, n_initial:], color), (W[:, :n_initial], style.INK)):
        rays = np.stack([np.zeros_like(ends), ends], axis=-1).reshape(2, -1)  # from the origin to an end and back
        ax.plot(*rays, "o-", markevery=(1, 2), color=ink, linewidth=0.9, markersize=2.6, markeredgewidth=0)


def frame(ax: Axes, half_side: float, radius: float) -> None:
    """Make of an axes a square without an axis around the origin, with a grey circle if it fits."""
    ax.set(xlim=(-half_side, half_side), ylim=(-half_side, half_side), aspect="equal")
    ax.set_axis_off()
    if radius <= half_side:
        ax.add_patch(Circle((0, 0), radius, fill=False, edgecolor=style.PALE, linewidth=0.6, zorder=0))
