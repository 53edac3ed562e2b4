"""LLC estimates beside learning coefficients that are known: a picture of the table of the validation."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from superposition.figures import step_axes, style
from superposition.palette import ESTIMATED
from superposition.status import may_be_read

ROW = 0.165
"""Height of the line of a case in inches."""

LEFT, BELOW, ABOVE = 2.35, 0.74, 0.34
"""Room for the names of cases, for axis and note, and for the legend."""


@style.styled
def validation_figure(table: pd.DataFrame, *, standard_errors: float) -> Figure:
    """Return true, expected and estimated learning coefficient of every case, by group, one line for each.

    Args:
        table: Table of the validation.
        standard_errors: Length of error bars, as in the verdicts of the table.
    """
    starts = table.group.ne(table.group.shift()).cumsum()  # a free line before each group
    lines = pd.Series(range(len(table)), index=table.index) + starts
    height = ABOVE + ROW * (lines.iloc[-1] + 1) + BELOW
    figure = Figure(figsize=(style.WIDTH, height))
    page = style.page(figure)
    note = (
        f"Bars: {standard_errors:g} Monte-Carlo standard errors; hollow: may not be read by its diagnostics. Expected: "
        "the value at\nthe sampler's inverse temperature and localisation. At the left edge: estimates below the axis."
    )
    page.text(0.08, 0.05, note, va="bottom", **style.NOTE)
    place = {"left": LEFT / style.WIDTH, "right": 1 - 0.15 / style.WIDTH}
    ax = figure.subplots(gridspec_kw=place | {"bottom": BELOW / height, "top": 1 - ABOVE / height})
    ax.set(xscale="log", ylim=(lines.iloc[-1] + 0.8, 0.2), xlabel="learning coefficient")
    low = float(table[["true_llc", "predicted_llc"]].min(axis=None)) / 2
    largest = table[["true_llc", "llc"]].astype(float)
    ax.set_xlim(low, 2 * float(largest.where(np.isfinite(largest)).max(axis=None)))  # estimates may have diverged
    _draw_cases(ax, table, lines, low=low, standard_errors=standard_errors)
    for _, group in table.groupby("group", sort=False):
        above = lines[group.index[0]] - 0.9
        ax.text(
            -0.02,
            above,
            group.group.iloc[0],
            transform=ax.get_yaxis_transform(),
            ha="right",
            va="center",
            weight="bold",
        )
    ax.set_yticks(lines, table.name)
    ax.tick_params(axis="y", length=0)
    ax.spines.left.set_visible(False)
    ax.xaxis.set_major_locator(FixedLocator([0.001, 0.01, 0.1, 0.5, 1, 2, 4, 8, 16]))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.xaxis.set_major_formatter(step_axes.short)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderpad=0)
    return figure


def _draw_cases(ax: Axes, table: pd.DataFrame, lines: pd.Series, *, low: float, standard_errors: float) -> None:
    """Draw the three values of every case on its line; an estimate below the axis becomes a mark at its edge."""
    dots: dict[str, Any] = {"linestyle": "none", "markersize": 4.5}
    true = {"linestyle": "none", "marker": "|", "markersize": 9, "markeredgewidth": 1.5}
    ax.plot(table.true_llc, lines, color=style.INK, label="true", **true)
    ax.plot(table.predicted_llc, lines, marker="x", color=style.FAINT, label="expected", **dots)
    inside = table.llc > low
    for is_ok, face, label in ((True, ESTIMATED, "estimated"), (False, "white", None)):
        part = table[inside & (may_be_read(table.status) == is_ok)]
        error = standard_errors * part.standard_error
        look = {"markerfacecolor": face, "color": ESTIMATED, "elinewidth": 0.9, "label": label}
        ax.errorbar(part.llc, lines[part.index], xerr=error, marker="o", **dots, **look)
    below = lines[~inside]
    ax.plot([low] * len(below), below, marker="<", color=ESTIMATED, clip_on=False, **dots)
