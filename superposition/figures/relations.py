"""Figures that compare all activations and protocols by numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from superposition.figures import step_axes, style
from superposition.figures.labels import place_beside, spread
from superposition.measures.final import llc_measure
from superposition.palette import Printed, by_family
from superposition.quantities import LOSS, RECOVERED

MEASURES = {LOSS.name: f"final {LOSS.with_unit}", RECOVERED.name: RECOVERED.label}
"""Axis labels."""


@dataclass(frozen=True, kw_only=True)
class Medians:
    """Results of all activations: the table of the summary, presets in the order of panels, and what is printed."""

    summary: pd.DataFrame
    training: Sequence[str]
    printed: Printed
    confidence: float

    def of(self, measure: str) -> pd.DataFrame:
        """Return the rows of one measure, by training preset and activation."""
        return self.summary[self.summary.measure == measure].set_index(["training", "activation"])

    @property
    def note(self) -> str:
        """Note on medians and intervals."""
        intervals = f"{self.confidence:.0%} bootstrap intervals"
        return f"Medians over seeds after training, with {intervals}. Diverged runs are left out."


@style.styled
def relation_figure(medians: Medians, sampler: str | None) -> Figure:
    """Return a scatter of superposition against the LLC of a sampler preset, or the loss, a panel for each preset."""
    training, printed = medians.training, medians.printed
    x, y = medians.of(RECOVERED.name), medians.of(llc_measure(sampler) if sampler else LOSS.name)
    if not sampler:
        y = y.assign(**{end: y[end].clip(lower=2 * step_axes.LOWEST) for end in ("median", "low", "high")})
    n_columns = 1 if len(training) <= 2 else 2
    n_lines = -(-len(training) // n_columns)
    figure = Figure(figsize=(style.WIDTH, (3.3 if n_columns == 1 else 2.4) * n_lines + 0.9), layout="constrained")
    axes = style.in_use(figure.subplots(n_lines, n_columns, sharex=True, sharey=True, squeeze=False), len(training))
    for ax, preset in zip(axes, training, strict=True):
        ax.set(ylabel=f"final LLC\n({sampler})" if sampler else MEASURES[LOSS.name], xlabel=MEASURES[RECOVERED.name])
        ax.label_outer()
        ax.set_title(f"training preset {preset}", loc="left")
        _draw_points(ax, x.loc[preset], y.loc[preset], printed, room=style.WIDTH / n_columns - 0.8)
    if not sampler:
        step_axes.loss_axis(axes[0])
    axes[-1].margins(x=0.08)
    dot = {"marker": "o", "linestyle": "none", "markersize": 4.5}
    families = by_family(printed)
    handles = [Line2D([], [], color=style.FAMILY_COLORS[family], label=family, **dot) for family in families]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), columnspacing=0.9, handletextpad=0.1)
    hollow = "\nOnly LLC estimates that may be read; hollow: of less than half of the runs."
    small = f" Losses below {2 * step_axes.LOWEST:.0e}: drawn there.".replace("e-06", "·10⁻⁶")
    figure.supxlabel(medians.note + (hollow if sampler else small), x=0.01, ha="left", **style.NOTE)
    style.lay_out(figure)
    for ax, preset in zip(axes, training, strict=True):
        names = _known(x.loc[preset], y.loc[preset])
        ends = [np.column_stack([each.loc[preset][end][names] for each in (x, y)]) for end in ("median", "low", "high")]
        place_beside(ax, ends[0], [printed[name]["label"] for name in names], low=ends[1], high=ends[2])
    return figure


def _known(x: pd.DataFrame, y: pd.DataFrame) -> pd.Index:
    """Return the activations with both values."""
    return x.index[np.isfinite(x["median"]) & np.isfinite(y["median"])]


def _draw_points(ax: Axes, x: pd.DataFrame, y: pd.DataFrame, printed: Printed, *, room: float) -> None:
    """Draw medians with intervals both ways, hollow where less than half of the runs count; name what has no value."""
    for name in _known(x, y):
        color = style.FAMILY_COLORS[printed[name]["family"]]
        px, py = x.loc[name], y.loc[name]
        bars = {"xerr": _arms(px), "yerr": _arms(py), "elinewidth": 0.6, "ecolor": to_rgba(color, 0.6)}
        face = "white" if py["n_used"] < py["n_excluded"] else color
        ax.errorbar(px["median"], py["median"], fmt="o", color=color, markerfacecolor=face, markersize=4.5, **bars)
    missing = [printed[name]["label"] for name in x.index[~np.isfinite(y["median"])]]
    if missing:
        text = style.wrapped("no value: " + ", ".join(missing), width=room)
        ax.text(0, 1.02, text, transform=ax.transAxes, va="bottom", **style.NOTE)
        ax.set_title(ax.get_title(loc="left"), loc="left", pad=8 + 9 * (text.count("\n") + 1))


def _arms(rows: pd.Series | pd.DataFrame) -> np.ndarray:
    """Return the lengths of intervals' arms, as matplotlib wants them."""
    return np.reshape([rows["median"] - rows["low"], rows["high"] - rows["median"]], (2, -1))


@style.styled
def protocol_figure(medians: Medians) -> Figure:
    """Return a slope chart: final loss and recovered features of every activation from preset to preset, by family.

    Presets stand from left to right.
    """
    training, printed = medians.training, medians.printed
    families, last = by_family(printed), len(training) - 1
    heights = [max(0.75, 0.17 * len(names) + 0.25) for names in families.values()]
    widest = max(style.text_width(name, style.SMALL) for name in training)
    upright = widest > 1.5 / max(1, last)  # names of presets that fit into no line
    height = sum(heights) + 1.1 + (widest if upright else 0)
    figure = Figure(figsize=(style.WIDTH, height), layout="constrained")
    axes = figure.subplots(len(families), 2, sharex=True, sharey="col", squeeze=False, height_ratios=heights)
    found = {measure: medians.of(measure) for measure in MEASURES}
    for column, (measure, values) in zip(axes.T, found.items(), strict=True):
        column[0].set_title(MEASURES[measure], loc="left")
        for ax, (family, names) in zip(column, families.items(), strict=True):
            _draw_slopes(ax, values, names, training, color=style.FAMILY_COLORS[family])
            ax.spines.bottom.set_bounds(0, last)
        column[-1].set_xticks(range(len(training)), training, rotation=90 if upright else 0)
    step_axes.loss_axis(axes[0, 0])
    axes[0, 1].yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 4, 10], integer=True))
    axes[-1, 0].set(
        xlim=(-0.1, last + max(0.65, 0.59 * (last + 0.1)))
    )  # for labels, as many inches as two presets leave
    for ax, family in zip(axes[:, 0], families, strict=True):
        ax.set_ylabel(family.replace(" ", "\n").replace("-", "-\n"))
    figure.supxlabel(medians.note, x=0.01, ha="left", **style.NOTE)
    style.lay_out(figure)
    for column, values in zip(axes.T, found.values(), strict=True):
        for ax, names in zip(column, families.values(), strict=True):
            ends = values.loc[training[-1]]["median"][names].to_numpy()
            spread(ax, last, ends, [printed[name]["label"] for name in names])
    return figure


def _draw_slopes(ax: Axes, found: pd.DataFrame, names: Sequence[str], training: Sequence[str], *, color: str) -> None:
    """Draw one line for each activation across the presets, with intervals, side by side where they would coincide."""
    shifts = 0.025 * (np.arange(len(names)) - (len(names) - 1) / 2)
    look = {"fmt": "o-", "color": color, "linewidth": 0.9, "markersize": 2.8, "elinewidth": 0.7}
    for shift, name in zip(shifts, names, strict=True):
        rows = found.loc[[(preset, name) for preset in training]]
        ax.errorbar(np.arange(len(training)) + shift, rows["median"], yerr=_arms(rows), **look)
