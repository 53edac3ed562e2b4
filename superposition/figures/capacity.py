"""What activations cannot do, were not trained to, and did: a picture of the best possible beside what runs reach."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from superposition.figures import step_axes, style
from superposition.figures.relations import Medians
from superposition.palette import by_family
from superposition.status import AT_A_JUMP, ATTAINED

ROW = 0.165
"""Height of the line of an activation in inches."""

LOWEST = 5e-4
"""Left end of the axis of losses, unless runs reach lower."""

MARKERS = "osD^v"
"""Marks of training presets, in their order; that of the last is filled."""

BEST: dict[str, Any] = {"linestyle": "none", "marker": "|", "markersize": 9, "markeredgewidth": 1.6}


@style.styled
def capacity_figure(medians: Medians, capacity: pd.DataFrame) -> Figure:
    """Return recovered features and loss of every activation: the best possible, and medians of training presets.

    Args:
        medians: What runs reach.
        capacity: The best possible loss of each training preset and activation; that of the first preset is shown.
    """
    training, printed = medians.training, medians.printed
    rows = [name for names in by_family(printed).values() for name in names]
    best = capacity[capacity.training == training[0]].set_index("activation").loc[rows]
    note = style.wrapped(_note(medians.confidence))
    below, above = 0.48 + 0.125 * (note.count("\n") + 1), 0.34
    height = above + ROW * (len(rows) + 1) + below
    figure = Figure(figsize=(style.WIDTH, height))
    style.page(figure).text(0.08, 0.05, note, va="bottom", **style.NOTE)
    place = {"left": 1.05 / style.WIDTH, "right": 1 - 0.15 / style.WIDTH, "wspace": 0.08}
    axes = figure.subplots(1, 2, sharey=True, gridspec_kw=place | {"bottom": below / height, "top": 1 - above / height})
    for ax, measure in zip(axes, ("n_recovered", "loss"), strict=True):
        found = medians.of(measure)
        reached = {preset: found.loc[preset].loc[rows] for preset in training}
        _draw_best(ax, best, measure, reached)
        _draw_reached(ax, reached, [style.FAMILY_COLORS[printed[name]["family"]] for name in rows])
        ax.tick_params(axis="y", length=0)
        ax.spines.left.set_visible(False)
    axes[0].set(xlabel="recovered features", ylim=(len(rows), -1))
    axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[1].set_xlabel("loss (MSE)")
    axes[0].set_yticks(range(len(rows)), [printed[name]["label"] for name in rows])
    for label in axes[0].get_yticklabels():
        style.fit(label, width=0.95)
    _legend(axes[0], training)
    return figure


def _draw_best(ax: Axes, best: pd.DataFrame, measure: str, reached: Mapping[str, pd.DataFrame]) -> None:
    """Draw the best possible of every activation; the loss on a logarithmic axis, at whose left edge is what is 0."""
    lines = np.arange(len(best))
    for line in lines:
        ax.axhline(float(line), color=style.PALE, linewidth=0.4, zorder=0)
    color = [style.INK if status in (ATTAINED, AT_A_JUMP) else style.FAINT for status in best.status]
    if measure == "n_recovered":
        ax.hlines(lines, best.n_recovered_least, best.n_recovered, color=style.FAINT, linewidth=1.6, zorder=1)
        values = best.n_recovered.astype(float)
    else:
        medians = np.concatenate([found["median"].to_numpy(dtype=float) for found in reached.values()])
        largest = np.nanmax([*medians, best.best_loss.max()])
        low = min(LOWEST, np.nanmin(medians) / 2)
        ax.set(xscale="log", xlim=(low, 1.5 * largest))
        ax.xaxis.set_major_formatter(step_axes.short)
        values = best.best_loss.where(best.best_loss >= low)
        for line in lines[best.best_loss < low]:
            ax.plot(low, line, marker="<", color=color[line], markersize=4.5, clip_on=False)
    for line, value in zip(lines, values, strict=True):
        ax.plot(value, line, color=color[line], zorder=2, clip_on=False, **BEST)


def _draw_reached(ax: Axes, reached: Mapping[str, pd.DataFrame], colors: Sequence[str]) -> None:
    """Draw the medians of training presets with their intervals, one little above the other."""
    shifts = 0.22 * (np.arange(len(reached)) - (len(reached) - 1) / 2)
    for position, found in enumerate(reached.values()):
        for line, color in enumerate(colors):
            row, y = found.iloc[line], line + shifts[position]
            ax.plot([row["low"], row["high"]], [y, y], color=color, linewidth=0.8)
            ax.plot(row["median"], y, color=color, **_mark(position, len(reached)))


def _mark(position: int, count: int) -> dict[str, Any]:
    """Return the look of the mark of a training preset, by its place among them."""
    hollow = {} if position == count - 1 else {"markerfacecolor": "white"}
    return {"marker": MARKERS[position % len(MARKERS)], "markersize": 3.8, "linestyle": "none"} | hollow


def _legend(ax: Axes, training: Sequence[str]) -> None:
    handles = [Line2D([], [], color=style.INK, label="best possible", **BEST)]
    for position, preset in enumerate(training):
        handles.append(Line2D([], [], color=style.FAINT, label=f"reached, {preset}", **_mark(position, len(training))))
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderpad=0, handletextpad=0.4)


def _note(confidence: float) -> str:
    return (
        "Upright bars: the best possible, grey where it is approached only or may be lower still, with a line over all "
        "that best answers recover; arrows at the left edge: best losses below the axis, of 0. Other marks: medians "
        f"over seeds with {confidence:.0%} bootstrap intervals, in the colour of the family. A mark left of its bar in "
        "features and right of it in loss: the activation can do better than it was trained to."
    )
