"""Figures of LLC estimates: estimators beside known coefficients, and chains under every setting of a grid."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from superposition import wording
from superposition.calibration.settings import BATCH_SIZE, TEMPERATURE
from superposition.figures import step_axes, style
from superposition.status import CLOSE, OK, STANDARD_ERRORS, may_be_read

LEFT = 2.35  # room for the names of points, in inches
SPAN = (0.5, 1.5)  # ends of the axis, as shares of the truth; estimates beyond are arrows at its edge

LOOKS = {
    "sgld": (style.FAMILY_COLORS["bounded"], "s"),
    "calibrated": (style.FAMILY_COLORS["smooth rectifiers"], "v"),
    "sgld_ladder": (style.FAMILY_COLORS["normalising"], "D"),
    "tempered_mala": (style.FAMILY_COLORS["rectifiers"], "o"),
}
"""Colour and mark of estimators; another has the look below."""

OTHER = (style.FAMILY_COLORS["exponential-linear"], "^")

NOTE = (
    f"Bars: {STANDARD_ERRORS:g} standard errors. Shaded: within {CLOSE:.0%} of the truth. Hollow: not to be read "
    "by diagnostics.\nAt the edges: estimates beyond the axis. Without a mark: the estimator gives no value there."
)


@style.styled
def leaderboard_figure(table: pd.DataFrame) -> Figure:
    """Return the estimates as shares of the known learning coefficient, one line for each point, by group."""
    points = table.drop_duplicates(["group", "point"]).reset_index(drop=True)
    starts = points.group.ne(points.group.shift())
    lines = (points.index + starts.cumsum() - 1).to_numpy()  # a free line before each group, the first of them at -1
    names = list(table.estimator.unique())
    n_columns = 3
    above = 0.2 + 0.14 * -(-len(names) // n_columns)
    figure, _, foot = style.sheet(above + style.ROW * (lines[-1] + 2) + 0.5, NOTE)
    ((ax,),) = style.panels(figure, left=LEFT, above=above, below=0.5 + foot)
    ax.axvspan(1 - CLOSE, 1 + CLOSE, color=style.PALE, lw=0)
    ax.axvline(1, color=style.INK, lw=0.8)
    place = dict(zip(zip(points.group, points.point, strict=True), lines, strict=True))
    for i, name in enumerate(names):
        rows = table.loc[table.estimator == name]
        at = pd.Series([place[key] for key in zip(rows.group, rows.point, strict=True)], index=rows.index)
        _draw(ax, rows, at + 0.22 * (i - (len(names) - 1) / 2), name)
    style.name_rows([ax], points.point.tolist(), lines, room=LEFT - 0.1)
    ax.set(xlim=SPAN, ylim=(lines[-1] + 0.8, -0.8), xlabel="estimate / learning coefficient")
    heading = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center", "weight": "bold"}
    for group, line in zip(points.group[starts], lines[starts], strict=True):
        style.fit(ax.text(-0.02, line - 0.9, group, **heading), width=LEFT - 0.1)
    legend = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=n_columns, borderpad=0)
    style.fit(*legend.get_texts(), width=(style.WIDTH - LEFT) / n_columns - 0.4)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, at: pd.Series, name: str) -> None:
    color, marker = LOOKS.get(name, OTHER)
    share, error = rows.estimate / rows.true_llc, STANDARD_ERRORS * rows.se / rows.true_llc
    look = {"color": color, "linestyle": "none", "markersize": 4}
    inside = share.between(*SPAN)
    for readable, face in ((True, color), (False, "white")):
        part = inside & ((rows.status == OK) == readable)
        label = name.replace("_", " ") if readable else None
        style_of = look | {"marker": marker, "markerfacecolor": face, "elinewidth": 0.8, "label": label}
        ax.errorbar(share[part], at[part], xerr=error[part], **style_of)
    for end, arrow, beyond in ((SPAN[0], "<", share < SPAN[0]), (SPAN[1], ">", share > SPAN[1])):
        ax.plot([end] * int(beyond.sum()), at[beyond], marker=arrow, clip_on=False, **look)


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
