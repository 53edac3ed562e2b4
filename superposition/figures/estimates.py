"""Figures of LLC estimates: beside known coefficients, under every setting, of single features; and of covariances."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from superposition import wording
from superposition.calibration.sweeps import BATCH_SIZE, TEMPERATURE
from superposition.figures import step_axes, style
from superposition.measures.history import quantiles
from superposition.palette import Printed
from superposition.status import CLOSE, INFLUENCE, OF_DATA, OK, RESTRICTED, STANDARD_ERRORS, may_be_read

LEFT = 2.35  # room for the names of points, in inches
SPAN = (0.5, 1.5)  # ends of the axis, as shares of the truth; estimates beyond are arrows at its edge
N_COLUMNS = 3  # of the legend of estimators

LOOKS = {
    "sgld": (style.FAMILY_COLORS["bounded"], "s"),
    "calibrated": (style.FAMILY_COLORS["smooth rectifiers"], "v"),
    "sgld_ladder": (style.FAMILY_COLORS["normalising"], "D"),
    "tempered_mala": (style.FAMILY_COLORS["rectifiers"], "o"),
    "": (style.FAMILY_COLORS["exponential-linear"], "^"),
}
"""Colour and mark of estimators, the last of any other."""

NOTE = (
    f"Bars: {STANDARD_ERRORS:g} standard errors. Shaded: within {CLOSE:.0%} of the truth. Hollow: not to be read "
    "by diagnostics.\nAt the edges: estimates beyond the axis. Without a mark: the estimator gives no value there."
)


@style.styled
def leaderboard_figure(table: pd.DataFrame) -> Figure:
    """Return the estimates as shares of the known learning coefficient, one line for each point, by group."""
    points = table[["group", "point"]].drop_duplicates(ignore_index=True)
    starts = points.group.ne(points.group.shift())
    points["line"] = points.index + starts.cumsum() - 1  # a free line before each group, the first of them at -1
    last, n_names = points.line.iloc[-1], table.estimator.nunique()
    above = 0.2 + 0.14 * -(-n_names // N_COLUMNS)
    figure, _, foot = style.sheet(above + style.ROW * (last + 2) + 0.5, NOTE)
    ((ax,),) = style.panels(figure, left=LEFT, above=above, below=0.5 + foot)
    ax.axvspan(1 - CLOSE, 1 + CLOSE, color=style.PALE, lw=0)
    ax.axvline(1, color=style.INK, lw=0.8)
    for i, (name, rows) in enumerate(table.merge(points).groupby("estimator", sort=False)):
        _draw(ax, rows, rows.line + 0.22 * (i - (n_names - 1) / 2), str(name))
    style.name_rows([ax], points.point.tolist(), points.line.to_numpy())
    ax.set(xlim=SPAN, ylim=(last + 0.8, -0.8), xlabel="estimate / learning coefficient")
    heading = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center", "weight": "bold"}
    for group, line in zip(points.group[starts], points.line[starts], strict=True):
        style.fit(ax.text(-0.02, line - 0.9, group, **heading), width=LEFT - 0.1)
    legend = ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=N_COLUMNS, borderpad=0)
    style.fit(*legend.get_texts(), width=(style.WIDTH - LEFT) / N_COLUMNS - 0.4)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, lines: pd.Series, name: str) -> None:
    color, marker = LOOKS.get(name, LOOKS[""])
    share, error = rows.estimate / rows.true_llc, STANDARD_ERRORS * rows.se / rows.true_llc
    look = {"color": color, "linestyle": "none", "markersize": 4}
    bars = look | {"marker": marker, "elinewidth": 0.8}
    for status, face, label in ((rows.status == OK, color, wording.words(name)), (rows.status != OK, "white", None)):
        part = share.between(*SPAN) & status
        ax.errorbar(share[part], lines[part], xerr=error[part], markerfacecolor=face, label=label, **bars)
    for end, arrow, beyond in ((SPAN[0], "<", share < SPAN[0]), (SPAN[1], ">", share > SPAN[1])):
        ax.plot([end] * int(beyond.sum()), lines[beyond], marker=arrow, clip_on=False, **look)


GRIDS = {BATCH_SIZE: ("batch_size", "lr"), TEMPERATURE: ("nbeta", "localization")}  # rows and columns of each sweep
SYMBOLS = {"batch_size": "batch size", "lr": "ε", "nbeta": "nβ", "localization": "γ"}  # names of values of a sampler

TRACE_NOTE = (
    "Horizontal: SGLD step; vertical: nβ (L − L(w*)), linear from −10 to 10. Line and band: mean over chains "
    "± standard deviation; grey: burn-in; dashed: predicted LLC; panel titles: estimate with its standard error."
)


@style.styled
def trace_figure(
    traces: pd.DataFrame, table: pd.DataFrame, *, activation: str, point: str, sweep: str, title: str, color: str
) -> Figure:
    """Return the traces of an activation's first run, which are kept, at a point under all settings of a sweep.

    Args:
        traces: Table of traces, a row for each setting, point and SGLD step.
        table: Table of the estimates, a row for each setting, point and seed.
        activation: Name of the activation.
        point: Name of the point.
        sweep: One of ``GRIDS``.
        title: Title of the figure.
        color: Colour of the traces.
    """
    keys = row_key, column_key = GRIDS[sweep]
    traces, table = (
        rows[(rows.activation == activation) & (rows.point == point) & (rows.sweep == sweep)].set_index([*keys])
        for rows in (traces, table)
    )
    table = table.loc[table.seed == table.seed.min()]
    rows = sorted(table.index.unique(row_key), key=lambda value: (value == 0, value))  # 0, which is all, last
    columns = sorted(table.index.unique(column_key))
    figure = style.laid_out(1.35 * len(rows) + 0.9, TRACE_NOTE, title)
    panels = figure.subplots(len(rows), len(columns), squeeze=False, sharey=True)
    span = [*(traces["mean"] - traces["std"]), *(traces["mean"] + traces["std"])]
    for row, axes in zip(rows, panels, strict=True):
        axes[0].set_ylabel(f"{SYMBOLS[row_key]} {step_axes.short(row) if row else 'all'}")
        for column, ax in zip(columns, axes, strict=True):
            result = table.loc[[(row, column)]].iloc[0]
            _draw_trace(ax, traces.loc[[(row, column)]], result, color=color)
            step_axes.llc_axis(ax, span)
            follows = f", ε {step_axes.short(result.lr)}" if sweep == TEMPERATURE else ""
            ax.set_title(f"{SYMBOLS[column_key]} {step_axes.short(column)}{follows}\n{_outcome(result)}")
    return figure


def _draw_trace(ax: Axes, trace: pd.DataFrame, result: pd.Series, *, color: str) -> None:
    steps, mean, std = (trace[name].to_numpy(float) for name in ("sgld_step", "mean", "std"))
    ax.axvspan(0, result.num_burnin_steps, color=style.PALE, alpha=0.5, linewidth=0)
    ax.fill_between(steps, mean - std, mean + std, color=color, **style.BAND)
    ax.plot(steps, mean, color=color, linewidth=0.9)
    if np.isfinite(result.predicted_llc):
        ax.axhline(result.predicted_llc, color=style.INK, linewidth=0.7, linestyle=(0, (4, 3)))
    ax.set_xlim(0, steps.max())
    ax.xaxis.set_major_locator(MaxNLocator(3, integer=True))


def _outcome(result: pd.Series) -> str:
    """Return the estimate with its standard error, and its status if it may not be read."""
    if not np.isfinite(result.llc):
        return "not finite"
    text = f"{result.llc:.2f} ± {result.llc_std / result.num_chains**0.5:.2f}".replace("-", "−")
    return text if may_be_read(result.status) else f"{text}, {wording.words(result.status)}"


REFINED_NOTE = (
    "First seed of each activation. Coloured: recovered features, grey: others; hollow: may not be read. Influence: "
    "red where the loss of a feature (row) grows if another (column) becomes more frequent, blue where it falls."
)


@style.styled
def refined_figure(table: pd.DataFrame, *, printed: Printed) -> Figure:
    """Return a row of panels for each activation: LLC of its features, by parameters and by data, and influences."""
    names = list(dict.fromkeys(table.activation))
    n_rows = max(1, len(names))  # without any of the activations in the study, empty
    figure = style.laid_out(0.5 + 2.1 * n_rows, REFINED_NOTE)
    grid = figure.subplots(n_rows, 3, squeeze=False, width_ratios=(1, 1, 0.9))
    for axes, name in zip(grid[: len(names)], names, strict=True):
        rows = table.loc[table.activation == name]
        rows = rows.loc[rows.seed == rows.seed.min()]
        color = style.FAMILY_COLORS[printed[name]["family"]]
        for ax, kind, column in ((axes[0], RESTRICTED, "part"), (axes[1], OF_DATA, "by")):
            _draw_features(ax, rows.loc[rows.kind == kind], column, color=color)
        axes[0].set_ylabel(f"{printed[name]['label']}\nLLC")
        _draw_influence(axes[2], rows.loc[rows.kind == INFLUENCE])
    for ax, title in zip(grid[0], ("a feature’s parameters", "a feature’s data", "influence at the end"), strict=True):
        ax.set_title(title)
    return figure


def _draw_features(ax: Axes, rows: pd.DataFrame, column: str, *, color: str) -> None:
    rows = rows.loc[rows[column].str.startswith("feature")]
    for _, feature in rows.groupby(column):
        ink = color if feature.is_recovered.iloc[-1] else style.FAINT
        look = {"color": ink, "markersize": 2.6, "linewidth": 0.8}
        ax.plot(feature.step, feature.value, "o-", markerfacecolor="none", alpha=0.7, **look)
        ax.plot(feature.step, feature.value.where(feature.status == OK), "o", **look)
    step_axes.step_axis(ax, int(rows.step.max()))
    step_axes.llc_axis(ax, rows.value[np.isfinite(rows.value)])
    ax.set_xlabel("training step")


def _draw_influence(ax: Axes, rows: pd.DataFrame) -> None:
    chi = rows[rows.step == rows.step.max()].pivot(index="part", columns="by", values="value").to_numpy(float)
    others = np.abs(chi[~np.eye(len(chi), dtype=bool)])
    size = float(np.nanmax(others)) if np.isfinite(others).any() else 1.0
    shown = ax.imshow(chi, cmap="RdBu_r", vmin=-size, vmax=size)
    ax.set(xlabel="more frequent feature", ylabel="loss of feature", xticks=range(len(chi)), yticks=range(len(chi)))
    ax.figure.colorbar(shown, ax=ax, shrink=0.8)


TRAJECTORIES = {0.0: "SGD", 1.0: "SGLD"}  # names of the trajectories of a noise level
SHADES = (1.0, 0.65, 0.4)  # opacity of the lines of the largest eigenvalues, largest first; further ones as the last


@style.styled
def covariance_figure(table: pd.DataFrame, *, printed: Mapping[str, str], band: float) -> Figure:
    """Return the largest eigenvalues over training steps: a row for each batch size, a column for each noise level.

    The table is of one activation with one training preset; bands hold a share `band` of the seeds.
    """
    readable = table.loc[may_be_read(table.status)]
    n_seeds, n_lost = table.seed.nunique(), table[~may_be_read(table.status)].seed.nunique()
    lost = f"\nRuns with checkpoints or trajectories that diverged, left out there: {n_lost} of {n_seeds}."
    note = (
        "Largest eigenvalues of the covariance of the weights over trajectories that start at each checkpoint.\n"
        f"Lines: median over {wording.plural(n_seeds, 'seed')}; bands: the middle {band:.0%} of them; "
        f"vertical axes differ.{lost if n_lost else ''}"
    )
    batch_sizes, noise_levels = sorted(table.batch_size.unique()), sorted(table.noise_level.unique())
    title = f"{printed['label']},  training preset {table.training.iloc[0]}"
    figure = style.laid_out(1.5 * len(batch_sizes) + 0.9, note, title)
    axes = figure.subplots(len(batch_sizes), len(noise_levels), squeeze=False, sharex=True)
    for row, batch_size in zip(axes, batch_sizes, strict=True):
        for ax, noise_level in zip(row, noise_levels, strict=True):
            rows = readable[(readable.batch_size == batch_size) & (readable.noise_level == noise_level)]
            _draw_eigenvalues(ax, rows, color=style.FAMILY_COLORS[printed["family"]], band=band)
            step_axes.step_axis(ax, int(table.step.max()))
        row[0].set_ylabel(f"batch size {batch_size or 'all'}\neigenvalue")
    for column, noise_level in zip(axes.T, noise_levels, strict=True):
        column[0].set_title(TRAJECTORIES.get(noise_level, f"noise {noise_level:g}"))
        column[-1].set_xlabel("training step")
    axes[0, -1].legend(title="eigenvalue", loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _draw_eigenvalues(ax: Axes, table: pd.DataFrame, *, color: str, band: float) -> None:
    for rank, rows in table.groupby("rank"):
        over_seeds = quantiles(rows, "eigenvalue", band=band)
        alpha = SHADES[min(int(str(rank)), len(SHADES)) - 1]
        step_axes.draw_band(ax, over_seeds.where(over_seeds > 0), color=color, label=f"{rank}.", alpha=alpha)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7), numticks=6))
    ax.yaxis.set_major_formatter(step_axes.short)
    ax.yaxis.set_minor_locator(NullLocator())
