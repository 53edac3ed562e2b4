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
    """Return the traces of one run under all settings of a sweep, in a grid."""
    row_key, column_key = GRIDS[sweep]
    traces, table = traces.loc[traces.sweep == sweep], table.loc[table.sweep == sweep]
    rows = sorted(map(float, table[row_key].unique()), key=lambda value: (value == 0, value))  # 0, which is all, last
    columns = sorted(map(float, table[column_key].unique()))
    figure = Figure(figsize=(style.WIDTH, 1.35 * len(rows) + 0.9), layout="constrained")
    panels = figure.subplots(len(rows), len(columns), squeeze=False, sharey=True)
    span = [*(traces["mean"] - traces["std"]), *(traces["mean"] + traces["std"])]
    for row, axes in zip(rows, panels, strict=True):
        axes[0].set_ylabel(f"{SYMBOLS[row_key]} {_number(row) if row else 'all'}")
        for column, ax in zip(columns, axes, strict=True):
            trace, result = (
                found.loc[(found[row_key] == row) & (found[column_key] == column)] for found in (traces, table)
            )
            _draw_trace(ax, trace, result.iloc[0], color=color)
            step_axes.llc_axis(ax, span)
            ax.set_title(f"{_heading(result.iloc[0], sweep)}\n{_outcome(result.iloc[0])}")
    figure.suptitle(title, x=0.01, ha="left")
    figure.supxlabel(
        "Horizontal: SGLD step; vertical: nβ (L − L(w*)), linear from −10 to 10. Line and band: mean over chains\n"
        "± standard deviation; grey: burn-in; dashed: predicted LLC; panel titles: estimate with its standard error.",
        **{"x": 0.01, "ha": "left"} | style.NOTE,
    )
    return figure


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
