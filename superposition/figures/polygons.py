"""Drawings of the feature directions of one model, alone or as the thumbnail of a document."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon

from superposition.figures import style
from superposition.figures.directions import Ends, extent, outline, upright
from superposition.measures.history import Key, representative_seed
from superposition.palette import Printed
from superposition.tables.columns import RUN_KEYS

PALE_RAYS = "Solid: features that are recovered, and their polygon; pale rays: the others. "
"""What notes say of what is drawn."""

THUMBNAIL, THUMBNAIL_DPI = 0.6, 300
"""Side of a thumbnail in inches, and the resolution at which it is still sharp in print."""


def reference_radius(half_side: float) -> float:
    """Return the largest of the lengths 1, 2 and 5 times a power of ten that fits into a square."""
    power = 10.0 ** np.floor(np.log10(half_side))
    return float(max(power * factor for factor in (1, 2, 5) if power * factor <= half_side))


def shared(W: Iterable[Float[np.ndarray, "*batch 2 feature"]], family: str, *, n_initial: int) -> dict[str, Any]:
    """Return the look of directions that share a scale, in the colour of a family."""
    half_side = extent(W)
    look = {"color": style.FAMILY_COLORS[family], "half_side": half_side, "radius": reference_radius(half_side)}
    return {**look, "n_initial": n_initial}


def draw(
    ax: Axes,
    W: Float[np.ndarray, "2 feature"],
    counted: Bool[np.ndarray, " feature"],
    *,
    color: str,
    half_side: float,
    radius: float = np.inf,
    n_initial: int = 0,
    centre: tuple[float, float] = (0.0, 0.0),
    side: float | None = None,
) -> None:
    """Draw the directions of one model: lines from the origin, dots at their ends, and the hull of those that count.

    Args:
        ax: Where to draw, such as a page; see style.page.
        W: Directions in the plane; if they are not finite, the word "diverged" is drawn.
        counted: Features that are counted as recovered, which make the polygon; the others are pale rays.
        color: Colour of the hull and of the features but the initial ones.
        half_side: Half the side of the square that is shown, in the units of W.
        radius: Radius of the grey circle that shows the scale; larger than the square for none.
        n_initial: Number of features of the initial polygon, which come first and are drawn in ink.
        centre: Where the origin lies.
        side: Side of the square, in the units of the axes; that of W if it is not given.
    """
    scale = side / 2 / half_side if side else 1.0
    if radius <= half_side:
        ax.add_patch(Circle(centre, radius * scale, fill=False, edgecolor=style.PALE, linewidth=0.6, zorder=0))
    if not np.isfinite(W).all():
        ax.text(*centre, "diverged", ha="center", va="center", color=style.FAINT, fontsize=style.SMALL)
        return
    W, origin = scale * W, np.array(centre)[:, None]
    if counted.any():
        hull = (origin + outline(W[:, counted])).T
        ax.add_patch(Polygon(hull, facecolor=to_rgba(color, 0.15), edgecolor=color, linewidth=0.7, zorder=2))
    is_initial = np.arange(W.shape[1]) < n_initial
    for shown, ink in ((~counted, style.FAINT), (counted & ~is_initial, color), (counted & is_initial, style.INK)):
        if shown.any():
            # One line goes from the origin to every end and back.
            ends = W[:, shown]
            rays = origin + np.stack([np.zeros_like(ends), ends], axis=-1).reshape(2, -1)
            ax.plot(*rays, "o-", markevery=(1, 2), color=ink, linewidth=0.9, markersize=2.6, markeredgewidth=0)


def frame(ax: Axes, half_side: float) -> None:
    """Make of an axes a square without an axis around the origin."""
    ax.set(xlim=(-half_side, half_side), ylim=(-half_side, half_side), aspect="equal")
    ax.set_axis_off()


@style.styled
def thumbnails(
    ends: Mapping[Key, Ends], runs: pd.DataFrame, *, n_initial: Mapping[str, int], printed: Printed
) -> dict[Key, bytes]:
    """Return PNG pictures of how the run with the median loss ended, by training preset and activation."""
    losses = {key: of_key.set_index("seed").loss for key, of_key in runs.groupby(RUN_KEYS[:2])}  # type: ignore[misc]
    found = {}
    for (training, name), each in ends.items():
        at = each.seeds.tolist().index(representative_seed(losses[training, name]))
        figure = Figure(figsize=(THUMBNAIL, THUMBNAIL), dpi=THUMBNAIL_DPI)
        figure.patch.set_visible(False)
        W, color = upright(each.W[at]), style.FAMILY_COLORS[printed[name]["family"]]
        look = {"n_initial": n_initial[training], "color": color, "half_side": extent([W]), "radius": 1.0}
        middle = (THUMBNAIL / 2, THUMBNAIL / 2)
        draw(style.page(figure), W, each.recovered[at], centre=middle, side=THUMBNAIL, **look)
        found[training, name] = style.png(figure)
    return found
