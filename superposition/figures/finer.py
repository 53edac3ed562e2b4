"""Figures of finer tools than one LLC: the LLC of each feature, influences, and covariances of the weights."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from superposition.figures import step_axes, style
from superposition.status import INFLUENCE, OF_DATA, OK, RESTRICTED, may_be_read
from superposition.wording import plural

ROW = 2.1  # height of a row of panels in inches


@style.styled
def refined_figure(table: pd.DataFrame, *, printed: dict[str, dict[str, str]]) -> Figure:
    """Return a row of panels for each activation: LLC of its features, by parameters and by data, and influences."""
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
    chi = rows[rows.step == rows.step.max()].pivot(index="part", columns="by", values="value").to_numpy(float)
    others = np.abs(chi[~np.eye(len(chi), dtype=bool)])
    size = float(np.nanmax(others)) if np.isfinite(others).any() else 1.0
    shown = ax.imshow(chi, cmap="RdBu_r", vmin=-size, vmax=size)
    ax.set(xlabel="more frequent feature", ylabel="loss of feature", xticks=range(len(chi)), yticks=range(len(chi)))
    figure.colorbar(shown, ax=ax, shrink=0.8)


TRAJECTORIES = {0.0: "SGD", 1.0: "SGLD"}  # names of the trajectories of a noise level

SHADES = (1.0, 0.65, 0.4)
"""Opacity of the lines of the largest eigenvalues, largest first; further ones are as the last."""


@style.styled
def covariance_figure(table: pd.DataFrame, *, title: str, color: str, band: float) -> Figure:
    """Return the largest eigenvalues over training steps: a row for each batch size, a column for each noise level."""
    batch_sizes, noise_levels = sorted(table.batch_size.unique()), sorted(table.noise_level.unique())
    figure = Figure(figsize=(style.WIDTH, 1.5 * len(batch_sizes) + 0.9), layout="constrained")
    axes = figure.subplots(len(batch_sizes), len(noise_levels), squeeze=False, sharex=True)
    readable = table.loc[may_be_read(table.status)]
    for row, batch_size in zip(axes, batch_sizes, strict=True):
        for ax, noise_level in zip(row, noise_levels, strict=True):
            rows = readable[(readable.batch_size == batch_size) & (readable.noise_level == noise_level)]
            _draw_eigenvalues(ax, rows, color=color, band=band)
            step_axes.step_axis(ax, int(table.step.max()))
        row[0].set_ylabel(f"batch size {batch_size or 'all'}\neigenvalue")
    for column, noise_level in zip(axes.T, noise_levels, strict=True):
        column[0].set_title(TRAJECTORIES.get(noise_level, f"noise {noise_level:g}"))
        column[-1].set_xlabel("training step")
    axes[0, -1].legend(title="eigenvalue", loc="center left", bbox_to_anchor=(1.0, 0.5))
    style.fit(figure.suptitle(title, x=0.01, ha="left"), width=style.WIDTH - 0.16)
    n_seeds, n_lost = table.seed.nunique(), table[~may_be_read(table.status)].seed.nunique()
    lost = f"\nRuns with checkpoints or trajectories that diverged, left out there: {n_lost} of {n_seeds}."
    note = (
        "Largest eigenvalues of the covariance of the weights over trajectories that start at each checkpoint.\n"
        f"Lines: median over {plural(n_seeds, 'seed')}; bands: the middle {band:.0%} of them; vertical axes differ."
    )
    figure.supxlabel(note + (lost if n_lost else ""), x=0.01, ha="left", **style.NOTE)
    return figure


def _draw_eigenvalues(ax: Axes, table: pd.DataFrame, *, color: str, band: float) -> None:
    for rank, rows in table.groupby("rank"):
        over_seeds = rows.groupby("step").eigenvalue.quantile([(1 - band) / 2, 0.5, (1 + band) / 2]).unstack()
        low, median, high = (over_seeds[quantile].where(over_seeds[quantile] > 0) for quantile in over_seeds)
        steps, alpha = over_seeds.index.to_numpy(dtype=float), SHADES[min(int(str(rank)), len(SHADES)) - 1]
        ax.fill_between(steps, low, high, color=color, **(style.BAND | {"alpha": style.BAND["alpha"] * alpha}))
        ax.plot(steps, median, color=color, alpha=alpha, label=f"{rank}.")
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7), numticks=6))
    ax.yaxis.set_major_formatter(FuncFormatter(_scientific))
    ax.yaxis.set_minor_locator(NullLocator())


def _scientific(value: float, _position: object) -> str:
    """Return a tick label, such as 0.2 or 2·10⁻⁴."""
    digits, power = f"{value:.1e}".split("e")
    return f"{value:g}" if value >= 1e-3 else f"${digits.removesuffix('.0')}\\cdot 10^{{{int(power)}}}$"
