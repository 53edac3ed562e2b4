"""Drawings of the feature directions of models: of one, as thumbnails, and pages with those of all activations."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon, Rectangle

from superposition import wording
from superposition.figures import style
from superposition.figures.directions import Ends, extent, outline, plane_note, upright
from superposition.measures.history import Key, representative_seed
from superposition.palette import Printed, by_family
from superposition.tables.columns import RUN_KEYS

GREY_RAYS = "Solid: features that are recovered, and their polygon; grey rays: the others. "  # for notes
Point = tuple[float, float]
THUMBNAIL, THUMBNAIL_DPI = 0.6, 300  # side of a thumbnail in inches, and the resolution at which it is sharp in print


def shared(W: Iterable[Float[np.ndarray, "*batch 2 feature"]], family: str, *, n_initial: int) -> dict[str, Any]:
    """Return the look of directions that share a scale, in the colour of a family.

    The radius is the largest of the lengths 1, 2 and 5 times a power of ten that fits into the square.
    """
    half_side = extent(W)
    lengths = 10.0 ** np.floor(np.log10(half_side)) * np.array([1, 2, 5])
    look = {"half_side": half_side, "radius": float(lengths[lengths <= half_side].max()), "n_initial": n_initial}
    return {"color": style.FAMILY_COLORS[family], **look}


def draw(
    ax: Axes,
    W: Float[np.ndarray, "2 feature"],
    counted: Bool[np.ndarray, " feature"],
    *,
    color: str,
    half_side: float,
    radius: float = np.inf,
    n_initial: int = 0,
    centre: Point = (0.0, 0.0),
    side: float | None = None,
) -> None:
    """Draw the directions of one model: lines from the origin, dots at their ends, and the hull of those that count.

    Directions that are not finite are the word "diverged".

    Args:
        ax: Axes to draw on.
        W: Directions of the features.
        counted: Features that are recovered: they make the polygon; the others are grey rays.
        color: Colour of the polygon and of its rays.
        half_side: Half the side of the square, in units of W.
        radius: Radius of a grey circle for comparison, in units of W; none if it is larger than the square.
        n_initial: The first so many features, those of the initial polygon, are black where they count.
        centre: Where the origin lies, in units of the axes.
        side: Side of the square, in units of the axes; None if those are the units of W.
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


@style.styled
def thumbnails(
    ends: Mapping[Key, Ends], runs: pd.DataFrame, *, n_initial: Mapping[str, int], printed: Printed
) -> dict[Key, bytes]:
    """Return PNG pictures of how the run with the median loss ended, by training preset and activation.

    Args:
        ends: Ends of runs by the same.
        runs: The table of runs.
        n_initial: Number of features of the initial polygon by training preset.
        printed: What is printed of each activation.
    """
    losses, pictures = runs.set_index(RUN_KEYS).loss.sort_index(), {}
    for (training, name), models in ends.items():
        chosen = models.seeds.tolist().index(representative_seed(losses[training, name]))
        figure = Figure(figsize=(THUMBNAIL, THUMBNAIL), dpi=THUMBNAIL_DPI)
        figure.patch.set_visible(False)
        W, color = upright(models.W[chosen]), style.FAMILY_COLORS[printed[name]["family"]]
        look = {"n_initial": n_initial[training], "color": color, "half_side": extent([W]), "radius": 1.0}
        middle = (THUMBNAIL / 2, THUMBNAIL / 2)
        draw(style.page(figure), W, models.recovered[chosen], centre=middle, side=THUMBNAIL, **look)
        pictures[training, name] = style.png(figure)
    return pictures


COLUMNS, SIGNATURE_COLUMNS = 8, 14  # polygons beside each other: families fill four rows, the registry two blocks
SIDE = style.WIDTH / COLUMNS
TITLE, NAME, ROW = 0.45, 0.25, SIDE + 0.55
"""In inches: side of a square of the overview, room for its title and for names above polygons, and a row of them."""
ROOM = 1.6  # side of a panel over that of the representative polygon, at most: outlines of larger ones are cut
MARGIN, LABEL, GAP, STEP = 0.72, 0.22, 0.24, 0.1
"""In inches, in the signature figure: room for names of rows and activations, and between blocks and rows."""


@style.styled
def overview_figure(
    ends: Mapping[str, Ends], runs: pd.DataFrame, *, label: str, printed: Printed, n_initial: int
) -> Figure:
    """Return the final polygons of all activations, by family, with one training preset.

    Args:
        ends: Ends of runs by activation.
        runs: The table of runs with this training preset.
        label: What figures call it.
        printed: What is printed of each activation.
        n_initial: Number of features of the initial polygon.
    """
    families = by_family(printed)
    rows = in_rows(families, n_columns=COLUMNS)
    note = (
        f"Colour{' and black (initial polygon)' if n_initial else ''}: run with the median final loss; grey, cut at "
        f"the panel: polygons of other seeds. {GREY_RAYS}Each is turned so that feature 0 points up, and has "
        "its own scale; grey circle, where it fits: length 1. Below: recovered features, median and range over seeds. "
        f"{plane_note(next(iter(ends.values())).W.shape[1])}"
    )
    title = f"Feature directions at the end of training: {label}"
    figure, page, _ = style.sheet(TITLE + ROW * len(rows) + 0.1, note, title)
    for i, names in enumerate(rows):
        for j, name in enumerate(names):
            left, top, family = SIDE * j, page.get_ylim()[1] - TITLE - ROW * i, printed[name]["family"]
            color, middle, members = style.FAMILY_COLORS[family], left + SIDE / 2, families[family]
            centre, of_name = (middle, top - NAME - SIDE / 2), runs.loc[runs.activation == name]
            _draw_runs(page, ends[name], of_name, centre, n_initial=n_initial, color=color)
            text = page.text(middle, top - NAME + 0.02, printed[name]["label"], ha="center", fontsize=style.SMALL)
            style.fit(text, width=SIDE - 0.04)
            page.plot([left + 0.02, left + SIDE], [top - 0.1] * 2, color=color, linewidth=2.5, solid_capstyle="butt")
            if name == members[0]:
                room = SIDE * min(len(members), COLUMNS) - 0.06
                style.fit(page.text(left + 0.02, top - 0.07, family, va="bottom"), width=room)
    return figure


def in_rows(families: Mapping[str, Sequence[str]], *, n_columns: int) -> list[list[str]]:
    """Return activations in rows, families in order and unbroken unless one alone is longer than a row."""
    rows: list[list[str]] = []
    for names in families.values():
        if rows and len(rows[-1]) + len(names) <= n_columns:
            rows[-1].extend(names)
        else:
            rows += [[*names[i : i + n_columns]] for i in range(0, len(names), n_columns)]
    return rows


def _draw_runs(page: Axes, ends: Ends, runs: pd.DataFrame, centre: Point, *, n_initial: int, color: str) -> None:
    """Draw the polygon of the representative run over the outlines of the others, and how much they recover."""
    chosen = runs.seed.tolist().index(representative_seed(runs.set_index("seed").loss))
    turned = [upright(W) for W in ends.W]
    half_side = min(extent(turned), ROOM * extent([turned[chosen]]))
    side, (x, y) = SIDE - 0.06, centre
    panel = Rectangle((x - side / 2, y - side / 2), side, side, transform=page.transData)
    thin = {"color": style.FAINT, "linewidth": 0.4, "alpha": 0.6, "zorder": 0.5}
    for seed, (other, counted) in enumerate(zip(turned, ends.recovered, strict=True)):
        if seed != chosen and counted.any():
            hull = np.array(centre)[:, None] + side / 2 / half_side * outline(other[:, counted])
            page.plot(*hull, **thin)[0].set_clip_path(panel)
    look = {"n_initial": n_initial, "half_side": half_side, "radius": 1.0, "centre": centre, "side": side}
    draw(page, turned[chosen], ends.recovered[chosen], color=color, **look)
    counts = runs.n_recovered.dropna().astype(float)
    text = f"{counts.median():g} ({counts.min():g}–{counts.max():g})" if len(counts) else "all diverged"
    text += f"\n{len(runs) - len(counts)} diverged" if 0 < len(counts) < len(runs) else ""
    page.text(x, y - SIDE / 2 - 0.01, text, ha="center", va="top", fontsize=style.SMALL)


@style.styled
def signature_figure(
    ends: Mapping[Key, Ends], runs: pd.DataFrame, *, shown: Mapping[str, str], printed: Printed
) -> Figure:
    """Return the signature figure: every activation, from the fewest recovered features to the most.

    Of several procedures the first is a cloud, the ends of all features of all seeds, and the others are the polygon of
    the run with the median count of recovered features, as the explorer's; the overview shows the representative run,
    that with the median loss. The second procedure gives the order.

    Args:
        ends: Ends of runs by training preset and activation.
        runs: The table of runs.
        shown: Training preset of each row by its name.
        printed: What is printed of each activation.
    """
    counts = {key: table.set_index("seed").n_recovered.astype(float) for key, table in runs.groupby(RUN_KEYS[:2])}
    presets = list(shown.values())
    deciding = presets[min(1, len(presets) - 1)]
    means = pd.Series({name: counts[deciding, name].mean() for name in printed})
    names = [str(name) for name in means.sort_values(kind="stable").index]  # those whose runs all diverged are last
    has_cloud = len(shown) > 1
    cloud = "Dots: ends of all features of all seeds. " if has_cloud else ""
    note = (
        f"{cloud}Shapes: the run with the median count of recovered features. {GREY_RAYS}"
        "Below: recovered features, range over seeds. Feature 0 points up; every panel has its own scale."
    )
    side = (style.WIDTH - MARGIN) / max(min(SIGNATURE_COLUMNS, len(names)), 6)  # of a panel
    n_blocks, block_height = -(-len(names) // SIGNATURE_COLUMNS), LABEL + len(shown) * (side + STEP) + GAP
    figure, page, _ = style.sheet(0.19 + n_blocks * block_height, note)
    labels = []
    for i, name in enumerate(names):
        block, column = divmod(i, SIGNATURE_COLUMNS)
        centre = MARGIN + side * (column + 0.5)
        top = page.get_ylim()[1] - 0.08 - LABEL - block * block_height
        color = style.FAMILY_COLORS[printed[name]["family"]]
        labels.append(page.text(centre, top + 0.05, printed[name]["label"], ha="center", fontsize=style.SMALL))
        for j, (row, training) in enumerate(shown.items()):
            middle = top - j * (side + STEP) - side / 2
            if column == 0:
                page.text(0.05, middle, style.wrapped(row, width=MARGIN - 0.1), va="center", fontsize=style.SMALL)
            look = {"side": side, "color": color, "is_cloud": has_cloud and j == 0}
            _draw_ends(page, ends[training, name], counts[training, name], (centre, middle), **look)
    style.fit(*labels, width=side - 0.02)
    return figure


def _draw_ends(
    page: Axes, ends: Ends, counts: pd.Series, centre: Point, *, side: float, color: str, is_cloud: bool
) -> None:
    """Draw one activation's models under one procedure, and below them how many features they recover."""
    if counts.isna().all():
        page.text(*centre, wording.MISSING, ha="center", va="center", color=style.FAINT)
        return
    counts = counts.reindex(ends.seeds)
    if is_cloud:
        scaled = [W / extent([W]) for W in map(upright, ends.W[counts.notna()])]
        dots = np.concatenate(scaled, axis=1) * (side - 0.06) / 2 + np.array(centre)[:, None]
        page.plot(*dots, "o", color=color, markersize=1.6, markeredgewidth=0, alpha=0.45)
    else:
        chosen = int(np.nanargmin(np.abs(counts - counts.median())))
        W, place = upright(ends.W[chosen]), {"centre": centre, "side": side - 0.06}
        draw(page, W, ends.recovered[chosen], color=color, half_side=extent([W]), **place)
    text = f"{counts.min():g}" if counts.nunique() == 1 else f"{counts.min():g}–{counts.max():g}"
    page.text(centre[0], centre[1] - side / 2 - 0.085, text, ha="center", va="bottom", fontsize=style.SMALL - 1.5)
