"""One picture of how all activations end."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from superposition import polygons, style
from superposition.history import representative_seed

COLUMNS = 8
"""Polygons beside each other; with them the families of the registry fill four rows."""

ROOM = 1.6
"""Side of a panel over that of the representative polygon, at most: outlines of larger ones are cut."""


@style.styled
def overview_figure(
    W: Mapping[str, Float[np.ndarray, "seed hidden feature"]],
    runs: pd.DataFrame,
    *,
    training: str,
    printed: Mapping[str, Mapping[str, str]],
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
    rows = in_rows(by_family(printed), n_columns=COLUMNS)
    figure = Figure(figsize=(style.WIDTH, 1.28 * len(rows) + 0.8), layout="constrained")
    axes = figure.subplots(len(rows), COLUMNS, squeeze=False)
    for ax in axes.ravel():
        ax.set_axis_off()
    shown = {name: table for name, table in runs.groupby(["training", "activation"])}
    for line, names in zip(axes, rows, strict=True):
        for ax, name in zip(line, names, strict=False):
            color = style.FAMILY_COLORS[printed[name]["family"]]
            _draw_runs(ax, W[name], shown[training, name], n_initial=n_initial, color=color)
            _name(ax, printed, name, color)
    figure.suptitle(f"Feature directions at the end of training, preset {training}", x=0.01, ha="left")
    figure.supxlabel(_note(W), x=0.01, ha="left", **style.NOTE)
    return figure


def by_family(printed: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """Return the activations of each family, in the order of families; families without any are left out."""
    members = {
        family: [name for name in printed if printed[name]["family"] == family] for family in style.FAMILY_COLORS
    }
    return {family: names for family, names in members.items() if names}


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
    ax: Axes, W: Float[np.ndarray, "seed hidden feature"], runs: pd.DataFrame, *, n_initial: int, color: str
) -> None:
    """Draw the polygon of the representative run over the outlines of the others, and how much they represent."""
    chosen = runs.seed.tolist().index(representative_seed(runs.set_index("seed").loss))
    directions = [polygons.upright(polygons.in_plane(run[None])[0]) for run in W]
    for other in directions[:chosen] + directions[chosen + 1 :]:
        if np.isfinite(other).all():
            ax.plot(*polygons.outline(other), color=style.FAINT, linewidth=0.4, alpha=0.6, zorder=0.5)
    half_side = min(polygons.extent(directions), ROOM * polygons.extent([directions[chosen]]))
    polygons.draw(ax, directions[chosen], n_initial=n_initial, color=color, half_side=half_side, radius=1)
    ax.text(0.5, -0.02, _represented(runs), transform=ax.transAxes, ha="center", va="top", fontsize=style.SMALL)


def _represented(runs: pd.DataFrame) -> str:
    """Return the median and range of the number of represented features, and how many runs diverged."""
    found = runs.n_represented.dropna().astype(float)
    if found.empty:
        return "all diverged"
    lost = f"\n{len(runs) - len(found)} diverged" if len(found) < len(runs) else ""
    return f"{found.median():g} ({found.min():g}–{found.max():g}){lost}"


def _name(ax: Axes, printed: Mapping[str, Mapping[str, str]], name: str, color: str) -> None:
    """Write an activation's label above its polygon, with a rule in its family's colour, which the first one names."""
    family = printed[name]["family"]
    ax.set_title(printed[name]["label"], fontsize=style.SMALL)
    above = ax.transAxes + ScaledTranslation(0, 16 / 72, ax.figure.dpi_scale_trans)
    ax.plot([-0.04, 1.04], [1, 1], transform=above, color=color, linewidth=2.5, clip_on=False)
    if by_family(printed)[family][0] == name:
        ax.text(-0.04, 1.05, family, transform=above, in_layout=False)


def _note(W: Mapping[str, Float[np.ndarray, "seed hidden feature"]]) -> str:
    n_hidden = next(iter(W.values())).shape[1]
    return (
        "Colour and black (initial polygon): run with the median final loss; grey, cut at the panel: other seeds.\n"
        "Each is turned so that feature 0 points up, and has its own scale; grey circle, where it fits: length 1.\n"
        f"Below: represented features, median and range over seeds. {polygons.plane_note(n_hidden)}"
    ).strip()
