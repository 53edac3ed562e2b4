"""Figure of a family of activations: what is possible and what runs find, against its parameter."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from superposition.figures import style
from superposition.status import OK

DECADES = 1.3  # a parameter whose values span more decades, and are positive, has a logarithmic axis


@style.styled
def family_figure(runs: pd.DataFrame, best: pd.DataFrame, jumps: pd.DataFrame, *, printed: Mapping[str, Any]) -> Figure:
    """Return recovered features, loss and LLC against the parameter: the best possible as lines, runs as dots."""
    color = style.FAMILY_COLORS[printed["family"]]
    figure = Figure(figsize=(style.WIDTH, 6.0), layout="constrained")
    axes = figure.subplots(3, 1, sharex=True, height_ratios=(1.2, 1, 1))
    ended = runs.loc[runs.status == OK]
    _draw_counts(axes[0], ended, color=color)
    for ax, name in ((axes[1], "loss"), (axes[2], "llc")):
        read = ended if name == "loss" else ended.loc[ended.llc_status == OK]
        ax.plot(read.value, read[name].astype(float), "o", color=color, markersize=2.5, alpha=0.3, markeredgewidth=0)
        medians = read.groupby("value")[name].median()
        ax.plot(medians.index, medians, color=color, linewidth=0.9, label="median of runs")
    points = _known(best, jumps)
    axes[0].plot(points.index, points.capacity, color=style.INK, drawstyle="steps-post")
    axes[1].plot(points.index, points.best_loss, color=style.INK, label="best possible")
    _axes(axes, best, printed)
    n_read = int((ended.llc_status == OK).sum())
    figure.suptitle(f"{printed['label']}:  ${printed['formula']}$", x=0.01, ha="left")
    figure.supxlabel(style.wrapped(_note(len(runs), len(ended), n_read, printed)), x=0.01, ha="left", **style.NOTE)
    return figure


def _draw_counts(ax: Axes, ended: pd.DataFrame, *, color: str) -> None:
    """Draw how many runs recover how many features, as the area of dots."""
    counts = ended.groupby(["value", "n_recovered"], as_index=False).agg(n=("seed", "size"))
    share = counts.n / counts.groupby("value").n.transform("sum")
    ax.scatter(counts.value, counts.n_recovered.astype(float), s=60 * share, color=color, alpha=0.7, linewidths=0)


def _known(best: pd.DataFrame, jumps: pd.DataFrame) -> pd.DataFrame:
    """Return capacity and lowest loss by value, those on both sides of every jump among them."""
    parts = [best.set_index("value")[["capacity", "best_loss"]]]
    for end in ("low", "high"):
        side = jumps.set_index(end)[[f"capacity_{end}", f"best_loss_{end}"]]
        parts.append(side.set_axis(["capacity", "best_loss"], axis=1))
    points = pd.concat([part for part in parts if len(part)]).astype(float)
    return points.loc[~points.index.duplicated()].sort_index()


def _axes(axes: np.ndarray, best: pd.DataFrame, printed: Mapping[str, Any]) -> None:
    values = best.value[best.value > 0]
    if len(values) == len(best) > 1 and np.log10(values.max() / values.min()) > DECADES:
        axes[0].set_xscale("log")
        axes[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes[0].set(ylabel="recovered features", ylim=(-0.5, None))
    axes[0].yaxis.set_major_locator(MaxNLocator(integer=True))
    axes[1].set(ylabel="final loss (MSE)", ylim=(0, None))
    axes[2].set(ylabel="LLC", xlabel=printed["parameter"])
    axes[1].legend(loc="best")
    for ax in axes:
        for value in printed["limits"].values():
            ax.axvline(value, color=style.PALE, linewidth=0.7, zorder=0)
    _name_limits(axes[0], printed["limits"])


def _name_limits(ax: Axes, limits: Mapping[str, float]) -> None:
    """Name registered activations above the axes, moved to the right where names would overlap."""
    inches, end = ax.get_figure().get_figwidth(), -np.inf  # type: ignore[union-attr]
    for value in sorted(set(limits.values())):
        share = ax.transAxes.inverted().transform(ax.transData.transform((value, 0)))[0]
        place = max(72 * inches * share, end)  # in points, as the axes are nearly as wide as the figure
        name = ", ".join(label for label, at in limits.items() if at == value)
        options = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "rotation": 90, "ha": "center"}
        ax.annotate(name, (value, 1), xytext=(place - 72 * inches * share, 2), **options, **style.NOTE)
        end = place + 1.5 * style.SMALL


def _note(n: int, n_ended: int, n_read: int, printed: Mapping[str, Any]) -> str:
    diverged = f" Left out: {n - n_ended} diverged." if n > n_ended else ""
    best = "Black: the best that searches found; where the function itself jumps, they miss some."
    return (
        f"{printed['question']} Area of dots above: share of a value's runs. LLC of the {n_read} of {n_ended} ends "
        f"where it may be read.{diverged} {best} "
        "Vertical lines: registered activations."
    )
