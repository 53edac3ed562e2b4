"""Figure of a family of activations: what is possible and what runs find, against its parameter."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from superposition.figures import style
from superposition.status import OK

DECADES = 1.3  # a parameter whose values span more decades, and are positive, has a logarithmic axis


@style.styled
def family_figure(tables: Mapping[str, pd.DataFrame], *, printed: Mapping[str, Any]) -> Figure:
    """Return recovered features, loss and LLC against the parameter: the best possible as lines, runs as dots.

    The tables are those of one family, by the names family_runs, family_best and family_jumps.
    """
    color, runs, best = style.FAMILY_COLORS[printed["family"]], tables["family_runs"], tables["family_best"]
    ended, points = runs.loc[runs.status == OK], _known(best, tables["family_jumps"])
    readable = ended.loc[ended.llc_status == OK]
    n_read, n_lost = len(readable), len(runs) - len(ended)
    diverged = f" Left out: {n_lost} diverged." if n_lost else ""
    note = (
        f"{printed['question']} Area of dots above: share of a value's runs. LLC of the {n_read} of {len(ended)} "
        f"ends where it may be read.{diverged} Black: the best that searches found; where the function itself jumps, "
        "they miss some. Vertical lines: registered activations."
    )
    figure = style.laid_out(6.0, note, f"{printed['label']}:  ${printed['formula']}$")
    axes = counts, losses, llc = figure.subplots(3, 1, sharex=True, height_ratios=(1.2, 1, 1)).tolist()
    seen = ended.groupby("value").n_recovered.value_counts(normalize=True).reset_index()
    area = {"s": 60 * seen.proportion, "alpha": 0.7, "linewidths": 0}
    counts.scatter(seen.value, seen.n_recovered.astype(float), color=color, **area)
    for ax, values in ((losses, ended.set_index("value").loss), (llc, readable.set_index("value").llc)):
        ax.plot(values.astype(float), "o", color=color, markersize=2.5, alpha=0.3, markeredgewidth=0)
        ax.plot(values.groupby("value").median(), color=color, linewidth=0.9, label="median of runs")
    counts.plot(points.capacity, color=style.INK, drawstyle="steps-post")
    losses.plot(points.best_loss, color=style.INK, label="best possible")
    losses.legend(loc="best")
    if best.value.min() > 0 and np.log10(best.value.max() / best.value.min()) > DECADES:
        counts.set_xscale("log")
        llc.xaxis.set_major_formatter("{x:g}")
    counts.set(ylabel="recovered features", ylim=(-0.5, None))
    counts.yaxis.set_major_locator(MaxNLocator(integer=True))
    losses.set(ylabel="final loss (MSE)", ylim=(0, None))
    llc.set(ylabel="LLC", xlabel=printed["parameter"])
    _name_limits(axes, printed["limits"])
    return figure


def _known(best: pd.DataFrame, jumps: pd.DataFrame) -> pd.DataFrame:
    """Return capacity and lowest loss by value, those on both sides of every jump among them."""
    new = {"value": "", "capacity": "capacity_", "best_loss": "best_loss_"}
    sides = [jumps.rename(columns={f"{old}{end}": name for name, old in new.items()}) for end in ("low", "high")]
    points = pd.concat([part.loc[:, [*new]].astype(float) for part in (best, *sides)])
    return points.drop_duplicates("value").set_index("value").sort_index()


def _name_limits(axes: Sequence[Axes], limits: Mapping[str, float]) -> None:
    """Mark registered activations, and name them above the axes, moved to the right where names would overlap."""
    share, end = axes[0].transData + axes[0].transAxes.inverted(), -np.inf
    look = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "rotation": 90, "ha": "center"}
    for value in sorted(set(limits.values())):
        name = ", ".join(label for label, limit in limits.items() if limit == value)
        for ax in axes:
            ax.axvline(value, color=style.PALE, linewidth=0.7, zorder=0)
        place = 72 * style.WIDTH * share.transform((value, 0))[0]  # in points: axes are nearly as wide as the figure
        end = max(place, end + 1.5 * style.SMALL)
        axes[0].annotate(name, (value, 1), xytext=(end - place, 2), **look, **style.NOTE)
