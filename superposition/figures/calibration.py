"""Figures of the calibration: traces of every setting in a grid."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from superposition import wording
from superposition.calibration.settings import BATCH_SIZE, TEMPERATURE
from superposition.figures import step_axes, style
from superposition.status import may_be_read

GRIDS = {BATCH_SIZE: ("batch_size", "lr"), TEMPERATURE: ("nbeta", "localization")}
"""Values that the rows and columns of each sweep's grid stand for."""

SYMBOLS = {"batch_size": "batch size", "lr": "ε", "nbeta": "nβ", "localization": "γ"}
"""Names of values of a sampler preset in figures."""


@style.styled
def trace_figure(traces: pd.DataFrame, table: pd.DataFrame, *, sweep: str, title: str, color: str) -> Figure:
    """Return the traces of one run under all settings of a sweep, in a grid.

    Args:
        traces: Rows of the table of traces of one activation and point.
        table: Rows of the calibration table of the same activation, point and seed.
        sweep: Which sweep.
        title: Title of the figure.
        color: Colour of the activation's family.
    """
    row_key, column_key = GRIDS[sweep]
    traces, table = traces.loc[traces.sweep == sweep], table.loc[table.sweep == sweep]
    figure, axes = _grid(table, row_key, column_key, height=1.35)
    for (row, column), ax in axes.items():
        trace = _at(traces, row_key, row, column_key, column)
        result = _at(table, row_key, row, column_key, column).iloc[0]
        _draw_trace(ax, trace, result, color=color)
        step_axes.llc_axis(ax, (traces["mean"] - traces["std"]).tolist() + (traces["mean"] + traces["std"]).tolist())
        ax.set_title(f"{_heading(result, sweep)}\n{_outcome(result)}")
    figure.suptitle(title, x=0.01, ha="left")
    figure.supxlabel(
        "Horizontal: SGLD step; vertical: nβ (L − L(w*)), linear from −10 to 10. Line and band: mean over chains\n"
        "± standard deviation; grey: burn-in; dashed: predicted LLC; panel titles: estimate with its standard error.",
        **{"x": 0.01, "ha": "left"} | style.NOTE,
    )
    return figure


def _grid(
    table: pd.DataFrame, row_key: str, column_key: str, *, height: float
) -> tuple[Figure, dict[tuple[float, float], Axes]]:
    """Return a figure with a panel for each pair of values, and the panels by pair; 0, which is all, last."""
    rows = sorted(map(float, table[row_key].unique()), key=lambda value: (value == 0, value))
    columns = sorted(map(float, table[column_key].unique()))
    figure = Figure(figsize=(style.WIDTH, height * len(rows) + 0.9), layout="constrained")
    panels = figure.subplots(len(rows), len(columns), squeeze=False, sharey=True)
    for i, row in enumerate(rows):
        panels[i, 0].set_ylabel(f"{SYMBOLS[row_key]} {_number(row) if row else 'all'}")
    return figure, {(row, column): panels[i, j] for i, row in enumerate(rows) for j, column in enumerate(columns)}


def _at(table: pd.DataFrame, row_key: str, row: float, column_key: str, column: float) -> pd.DataFrame:
    return table.loc[(table[row_key] == row) & (table[column_key] == column)]


def _draw_trace(ax: Axes, trace: pd.DataFrame, result: pd.Series, *, color: str) -> None:
    """Draw one setting's trace with what came out of it."""
    mean, std = trace["mean"].astype(float), trace["std"].astype(float)
    ax.axvspan(0, result.num_burnin_steps, color=style.PALE, alpha=0.5, linewidth=0)
    ax.fill_between(trace.sgld_step.astype(float), mean - std, mean + std, color=color, **style.BAND)
    ax.plot(trace.sgld_step.astype(float), mean, color=color, linewidth=0.9)
    if np.isfinite(result.predicted_llc):
        ax.axhline(result.predicted_llc, color=style.INK, linewidth=0.7, linestyle=(0, (4, 3)))
    ax.set_xlim(0, trace.sgld_step.max())
    ax.xaxis.set_major_locator(MaxNLocator(3, integer=True))


def _outcome(result: pd.Series) -> str:
    """Return the estimate with its standard error, and its status if it may not be read."""
    if not np.isfinite(result.llc):
        return "not finite"
    text = f"{result.llc:.2f} ± {result.llc_std / result.num_chains**0.5:.2f}".replace("-", "−")
    return text if may_be_read(result.status) else f"{text}, {wording.words(result.status)}"


def _heading(setting: pd.Series, sweep: str) -> str:
    """Return the title of a panel: the value of its column, and what follows from row and column."""
    column, values = GRIDS[sweep][1], setting.to_dict()
    heading = f"{SYMBOLS[column]} {_number(float(values[column]))}"
    return f"{heading}, ε {_number(float(values['lr']))}" if sweep == TEMPERATURE else heading


def _number(value: float) -> str:
    """Return a number as printed: plain from 1 to 1,000, else with a power of ten."""
    if 1 <= value <= 1000:
        return f"{value:.4g}"
    digits, power = f"{value:.0e}".split("e")
    return f"${digits}\\cdot 10^{{{int(power)}}}$" if digits != "1" else f"$10^{{{int(power)}}}$"


def one_run(table: pd.DataFrame, *, activation: str, point: str) -> pd.DataFrame:
    """Return the rows of the first run of an activation, whose traces are kept, at one point."""
    rows = table.loc[(table.activation == activation) & (table.point == point)]
    return rows.loc[rows.seed == rows.seed.min()] if "seed" in rows else rows
