"""Pages of final polygons: the overview of one procedure, and the signature figure, which sets procedures together."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from superposition import wording
from superposition.figures import polygons, style
from superposition.figures.directions import Ends, extent, outline, plane_note, upright
from superposition.measures.history import Key, representative_seed
from superposition.palette import Printed, by_family

COLUMNS, SIGNATURE_COLUMNS = 8, 14
"""Polygons beside each other: with 8, families fill four rows; with 14, the registry fills two blocks."""

# Sizes in inches.
SIDE = style.WIDTH / COLUMNS
TITLE, NAME, ROW = 0.45, 0.25, SIDE + 0.55
"""Side of a square of the overview; room for its title, the name above a polygon, and a row with names and counts."""

ROOM = 1.6  # side of a panel over that of the representative polygon, at most: outlines of larger ones are cut

MARGIN, LABEL, GAP, STEP = 0.72, 0.22, 0.24, 0.1
"""In the signature figure, room for names of rows, for names of activations, between blocks and between rows."""


@style.styled
def overview_figure(
    ends: Mapping[str, Ends], runs: pd.DataFrame, *, label: str, printed: Printed, n_initial: int
) -> Figure:
    """Return the final polygons of all activations, by family."""
    rows = in_rows(by_family(printed), n_columns=COLUMNS)
    content = TITLE + ROW * len(rows) + 0.1
    n_hidden = next(iter(ends.values())).W.shape[1]
    note = (
        f"Colour{' and black (initial polygon)' if n_initial else ''}: run with the median final loss; grey, cut at "
        f"the panel: polygons of other seeds. {polygons.PALE_RAYS}Each is turned so that feature 0 points up, and has "
        "its own scale; grey circle, where it fits: length 1. Below: recovered features, median and range over seeds. "
    )
    figure, page, _ = style.sheet(content, (note + plane_note(n_hidden)).strip())
    height = page.get_ylim()[1]
    title = f"Feature directions at the end of training: {label}"
    style.fit(page.text(0.08, height - 0.06, title, va="top", fontsize=style.TITLE), width=style.WIDTH - 0.16)
    shown = {str(name): pd.DataFrame(table) for name, table in runs.groupby("activation")}
    for i, names in enumerate(rows):
        for j, name in enumerate(names):
            top, color = height - TITLE - ROW * i, style.FAMILY_COLORS[printed[name]["family"]]
            centre = (SIDE * (j + 0.5), top - NAME - SIDE / 2)
            _draw_runs(page, ends[name], shown[name], centre, n_initial=n_initial, color=color)
            _name(page, printed, name, (SIDE * j, top), color)
    return figure


def in_rows(families: Mapping[str, Sequence[str]], *, n_columns: int) -> list[list[str]]:
    """Return activations in rows, families in order and unbroken unless one alone is longer than a row."""
    rows: list[list[str]] = [[]]
    for names in families.values():
        if rows[-1] and len(rows[-1]) + len(names) > n_columns:
            rows.append([])
        for name in names:
            if len(rows[-1]) == n_columns:
                rows.append([])
            rows[-1].append(name)
    return rows


def _draw_runs(
    page: Axes, ends: Ends, runs: pd.DataFrame, centre: tuple[float, float], *, n_initial: int, color: str
) -> None:
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
    polygons.draw(page, turned[chosen], ends.recovered[chosen], color=color, **look)
    found = runs.n_recovered.dropna().astype(float)
    said = f"{found.median():g} ({found.min():g}–{found.max():g})" if len(found) else "all diverged"
    lost = f"\n{len(runs) - len(found)} diverged" if 0 < len(found) < len(runs) else ""
    page.text(x, y - SIDE / 2 - 0.01, said + lost, ha="center", va="top", fontsize=style.SMALL)


def _name(page: Axes, printed: Printed, name: str, corner: tuple[float, float], color: str) -> None:
    """Write an activation's label below a rule in its family's colour, which the family's first one names."""
    family, (left, top) = printed[name]["family"], corner
    members = by_family(printed)[family]
    label = page.text(left + SIDE / 2, top - NAME + 0.02, printed[name]["label"], ha="center", fontsize=style.SMALL)
    style.fit(label, width=SIDE - 0.04)
    page.plot([left + 0.02, left + SIDE], [top - 0.1] * 2, color=color, linewidth=2.5, solid_capstyle="butt")
    if members[0] == name:
        style.fit(
            page.text(left + 0.02, top - 0.07, family, va="bottom"), width=SIDE * min(len(members), COLUMNS) - 0.06
        )


@style.styled
def signature_figure(
    ends: Mapping[Key, Ends], runs: pd.DataFrame, *, shown: Mapping[str, str], printed: Printed
) -> Figure:
    """Return the signature figure: every activation, from the fewest recovered features to the most.

    Of several procedures the first is a cloud, the ends of all features of all seeds, and the others are the polygon of
    the run with the median count; the second gives the order.
    """
    counts = {key: table.set_index("seed").n_recovered.astype(float) for key, table in runs.groupby(KEY)}
    names = ordered({name: counts.get((list(shown.values())[:2][-1], name)) for name in printed})
    blocks = [names[i : i + SIGNATURE_COLUMNS] for i in range(0, len(names), SIGNATURE_COLUMNS)]
    side = (style.WIDTH - MARGIN) / max(min(SIGNATURE_COLUMNS, len(names)), 6)
    block = LABEL + len(shown) * (side + STEP) + GAP
    cloud = "Dots: ends of all features of all seeds. " if len(shown) > 1 else ""
    note = (
        f"{cloud}Shapes: the run with the median count. {polygons.PALE_RAYS}"
        "Below: recovered features, range over seeds. Feature 0 points up; every panel has its own scale."
    )
    figure, page, _ = style.sheet(0.19 + len(blocks) * block, note)
    labels = []
    for i, of_block in enumerate(blocks):
        top = page.get_ylim()[1] - 0.08 - i * block
        for j, (label, training) in enumerate(shown.items()):
            middle = top - LABEL - j * (side + STEP) - side / 2
            page.text(0.05, middle, style.wrapped(label, width=MARGIN - 0.1), va="center", fontsize=style.SMALL)
            for k, name in enumerate(of_block):
                centre, color = (MARGIN + side * (k + 0.5), middle), style.FAMILY_COLORS[printed[name]["family"]]
                found = ends.get((training, name)), counts.get((training, name))
                _draw_ends(page, *found, centre, side=side, color=color, is_cloud=j == 0 < len(shown) - 1)
        labels += [
            page.text(MARGIN + side * (k + 0.5), top - LABEL + 0.05, printed[name]["label"], ha="center")
            for k, name in enumerate(of_block)
        ]
    for text in labels:
        text.set_fontsize(style.SMALL)
    style.fit(*labels, width=side - 0.02)
    return figure


KEY = ["training", "activation"]  # columns that name the runs of one activation


def ordered(counts: Mapping[str, pd.Series | None]) -> list[str]:
    """Return activations from the fewest recovered features to the most, by their mean; those without any runs last."""
    means = pd.Series({name: np.nan if found is None else found.mean() for name, found in counts.items()}, dtype=float)
    return [str(name) for name in means.sort_values(kind="stable", na_position="last").index]


def _draw_ends(
    page: Axes,
    ends: Ends | None,
    counts: pd.Series | None,
    centre: tuple[float, float],
    *,
    side: float,
    color: str,
    is_cloud: bool,
) -> None:
    """Draw one activation's models under one procedure, and below them how many features they recover."""
    if ends is None or counts is None or counts.isna().all():
        page.text(*centre, wording.MISSING, ha="center", va="center", color=style.FAINT)
        return
    counts = counts.reindex(ends.seeds)
    if is_cloud:
        scaled = [W / extent([W]) for W in map(upright, ends.W[counts.notna()])]
        dots = np.concatenate(scaled, axis=1) * (side - 0.06) / 2 + np.array(centre)[:, None]
        page.plot(*dots, "o", color=color, markersize=1.6, markeredgewidth=0, alpha=0.45)
    else:
        chosen = int((counts - counts.median()).abs().fillna(np.inf).to_numpy().argmin())
        W = upright(ends.W[chosen])
        place = {"half_side": extent([W]), "centre": centre, "side": side - 0.06}
        polygons.draw(page, W, ends.recovered[chosen], color=color, **place)
    low, high = counts.min(), counts.max()
    text, below = f"{low:g}" if low == high else f"{low:g}–{high:g}", centre[1] - side / 2 - 0.085
    page.text(centre[0], below, text, ha="center", va="bottom", fontsize=style.SMALL - 1.5)
