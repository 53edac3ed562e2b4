"""Figure of finer tools than one LLC: the LLC of each feature over training, and influences at its end."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition.figures import step_axes, style
from superposition.status import INFLUENCE, OF_DATA, OK, RESTRICTED

ROW = 2.1
"""Height of a row of panels in inches."""


@style.styled
def refined_figure(table: pd.DataFrame, *, printed: dict[str, dict[str, str]]) -> Figure:
    """Return a row of panels for each activation: LLC of its features, by parameters and by data, and influences.

    Args:
        table: Table of refined LLC.
        printed: Label and family of its activations.
    """
    names = list(dict.fromkeys(table.activation))
    n_rows = max(1, len(names))  # without any of the activations in the study, empty
    figure = Figure(figsize=(style.WIDTH, 0.5 + ROW * n_rows), layout="constrained")
    grid = figure.subplots(n_rows, 3, squeeze=False, width_ratios=(1, 1, 0.9))
    for axes, name in zip(grid[: len(names)], names, strict=True):
        rows = table[table.activation == name]
        rows = pd.DataFrame(rows[rows.seed == rows.seed.min()])
        color = style.FAMILY_COLORS[printed[name]["family"]]
        for ax, kind, column in ((axes[0], RESTRICTED, "part"), (axes[1], OF_DATA, "by")):
            _draw_features(ax, rows.loc[rows.kind == kind], column, color=color)
        axes[0].set_ylabel(f"{printed[name]['label']}\nLLC")
        _draw_influence(figure, axes[2], rows.loc[rows.kind == INFLUENCE])
    for ax, title in zip(grid[0], ("a feature’s parameters", "a feature’s data", "influence at the end"), strict=True):
        ax.set_title(title)
    note = (
        "First seed of each activation. Coloured: recovered features, grey: others; hollow: may not be read. "
        "Influence: red where the loss of a feature (row) grows if another (column) becomes more frequent, blue where "
        "it falls."
    )
    figure.supxlabel(style.wrapped(note), x=0.01, ha="left", **style.NOTE)
    return figure


def _draw_features(ax: Axes, rows: pd.DataFrame, column: str, *, color: str) -> None:
    """Draw the LLC of every feature over the steps."""
    rows = rows.loc[rows[column].str.startswith("feature")]
    for _, one in rows.groupby(column):
        ink = color if bool(one.is_recovered.iloc[-1]) else style.FAINT
        ax.plot(one.step, one.value, color=ink, linewidth=0.8, alpha=0.7)
        for read, face in ((one.status == OK, ink), (one.status != OK, "none")):
            ax.plot(one.step[read], one.value[read], "o", color=ink, markerfacecolor=face, markersize=2.6)
    step_axes.step_axis(ax, int(rows.step.max()))
    step_axes.llc_axis(ax, rows.value[np.isfinite(rows.value)])
    ax.set_xlabel("training step")


def _draw_influence(figure: Figure, ax: Axes, rows: pd.DataFrame) -> None:
    """Draw the influences of features on each other at the last step as a map."""
    chi = rows[rows.step == rows.step.max()].pivot(index="part", columns="by", values="value").to_numpy(float)
    others = np.abs(chi[~np.eye(len(chi), dtype=bool)])
    size = float(np.nanmax(others)) if np.isfinite(others).any() else 1.0
    shown = ax.imshow(chi, cmap="RdBu_r", vmin=-size, vmax=size)
    ax.set(xlabel="more frequent feature", ylabel="loss of feature", xticks=range(len(chi)), yticks=range(len(chi)))
    figure.colorbar(shown, ax=ax, shrink=0.8)
