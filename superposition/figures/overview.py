"""Overview of how all activations end, in one picture."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from superposition.figures import polygons, style
from superposition.measures.history import representative_seed
from superposition.palette import Printed, by_family

COLUMNS = 8
"""Polygons beside each other; with them the families of the registry fill four rows."""

# Sizes in inches.
SIDE = style.WIDTH / COLUMNS
"""Side of a polygon's square."""

TITLE, NAME, ROW = 0.45, 0.25, SIDE + 0.55
"""Room for the title, for the name above a polygon, and for a row of polygons with names and counts."""

ROOM = 1.6
"""Side of a panel over that of the representative polygon, at most: outlines of larger ones are cut."""


@style.styled
def overview_figure(
    W: Mapping[str, Float[np.ndarray, "seed hidden feature"]],
    runs: pd.DataFrame,
    *,
    training: str,
    printed: Printed,
    n_initial: int,
) -> Figure:
    """Return the final polygons of all activations, by family.

    Args:
        W: Final weights by activation, seeds in the order of `runs`.
        runs: Table of runs.
        training: Training preset that is shown.
        printed: Label and family by activation, in the order in which activations are shown within their family.
        n_initial: Number of features of the initial polygon.
    """
    rows, note = in_rows(by_family(printed), n_columns=COLUMNS), style.wrapped(_note(W, n_initial))
    below = 0.125 * (note.count("\n") + 1) + 0.1
    height = TITLE + ROW * len(rows) + below
    page = style.page(Figure(figsize=(style.WIDTH, height)))
    page.text(
        0.08, height - 0.06, f"Feature directions at the end of training, preset {training}", va="top", fontsize=9
    )
    page.text(0.08, 0.05, note, va="bottom", **style.NOTE)
    shown = {name: table for name, table in runs.groupby(["training", "activation"])}
    for i, names in enumerate(rows):
        for j, name in enumerate(names):
            top = height - TITLE - ROW * i
            color = style.FAMILY_COLORS[printed[name]["family"]]
            centre = (SIDE * (j + 0.5), top - NAME - SIDE / 2)
            _draw_runs(page, W[name], shown[training, name], centre, n_initial=n_initial, color=color)
            _name(page, printed, name, (SIDE * j, top), color)
    return page.figure  # type: ignore[return-value]


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
    page: Axes,
    W: Float[np.ndarray, "seed hidden feature"],
    runs: pd.DataFrame,
    centre: tuple[float, float],
    *,
    n_initial: int,
    color: str,
) -> None:
    """Draw the polygon of the representative run over the outlines of the others, and how much they recover."""
    chosen = runs.seed.tolist().index(representative_seed(runs.set_index("seed").loss))
    directions = [polygons.upright(polygons.in_plane(run[None])[0]) for run in W]
    half_side = min(polygons.extent(directions), ROOM * polygons.extent([directions[chosen]]))
    side, (x, y) = SIDE - 0.06, centre
    panel = Rectangle((x - side / 2, y - side / 2), side, side, transform=page.transData)
    for other in directions[:chosen] + directions[chosen + 1 :]:
        if np.isfinite(other).all():
            outline = np.array(centre)[:, None] + side / 2 / half_side * polygons.outline(other)
            thin = {"color": style.FAINT, "linewidth": 0.4, "alpha": 0.6, "zorder": 0.5}
            page.plot(*outline, **thin)[0].set_clip_path(panel)
    look = polygons.Look(n_initial=n_initial, color=color, half_side=half_side, radius=1)
    polygons.draw_in_square(page, directions[chosen], look, centre, side)
    below = y - SIDE / 2 - 0.01
    page.text(x, below, _recovered(runs), ha="center", va="top", fontsize=style.SMALL)


def _recovered(runs: pd.DataFrame) -> str:
    """Return the median and range of the number of recovered features, and how many runs diverged."""
    found = runs.n_recovered.dropna().astype(float)
    if found.empty:
        return "all diverged"
    lost = f"\n{len(runs) - len(found)} diverged" if len(found) < len(runs) else ""
    return f"{found.median():g} ({found.min():g}–{found.max():g}){lost}"


def _name(page: Axes, printed: Printed, name: str, corner: tuple[float, float], color: str) -> None:
    """Write an activation's label below a rule in its family's colour, which the family's first one names."""
    family, (left, top) = printed[name]["family"], corner
    n_beside = min(len(by_family(printed)[family]), COLUMNS)
    label = page.text(left + SIDE / 2, top - NAME + 0.02, printed[name]["label"], ha="center", fontsize=style.SMALL)
    style.fit(label, width=SIDE - 0.04)
    page.plot([left + 0.02, left + SIDE], [top - 0.1] * 2, color=color, linewidth=2.5, solid_capstyle="butt")
    if by_family(printed)[family][0] == name:
        style.fit(page.text(left + 0.02, top - 0.07, family, va="bottom"), width=SIDE * n_beside - 0.06)


def _note(W: Mapping[str, Float[np.ndarray, "seed hidden feature"]], n_initial: int) -> str:
    colour = "Colour and black (initial polygon)" if n_initial else "Colour"
    n_hidden = next(iter(W.values())).shape[1]
    return (
        f"{colour}: run with the median final loss; grey, cut at the panel: other seeds. "
        "Each is turned so that feature 0 points up, and has its own scale; grey circle, where it fits: length 1. "
        f"Below: recovered features, median and range over seeds. {polygons.plane_note(n_hidden)}"
    ).strip()
