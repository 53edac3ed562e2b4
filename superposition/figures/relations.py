"""Figures that compare all activations and protocols by numbers, whose labels stand where each can be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator
from scipy.optimize import isotonic_regression
from scipy.sparse.csgraph import connected_components

from superposition.figures import step_axes, style
from superposition.measures.summary import llc_measure
from superposition.palette import Printed, by_family
from superposition.quantities import LOSS, RECOVERED

MEASURES = {LOSS.name: f"final {LOSS.with_unit}", RECOVERED.name: RECOVERED.label}  # axis labels

LINE, TOUCH = 8.5, 7.0  # distance of labels below each other, and of points that touch, in points
WIDEST = 0.42  # widest line of labels, as a share of a panel
LABEL = {"textcoords": "offset points", "fontsize": style.SMALL, "annotation_clip": False}
POINTER = {"arrowstyle": "-", "color": style.FAINT, "linewidth": 0.5, "shrinkA": 0}  # from a label to what it names

SMALLEST = 2 * step_axes.LOWEST  # smaller losses are drawn there
NOTE = "Medians over seeds after training, with {:.0%} bootstrap intervals. Diverged runs are left out."
HOLLOW_NOTE = "\nOnly LLC estimates that may be read; hollow: of less than half of the runs."
SMALL_NOTE = f" Losses below {step_axes.short(SMALLEST)}: drawn there."


@dataclass(frozen=True, kw_only=True)
class Medians:
    """Results of all activations: the summary, labels of training presets in the order of panels, what is printed."""

    summary: pd.DataFrame
    training: Mapping[str, str]
    printed: Printed
    confidence: float

    def of(self, measure: str) -> pd.DataFrame:
        """Return the rows of one measure, by training preset and activation."""
        return self.summary[self.summary.measure == measure].set_index(["training", "activation"])


@style.styled
def relation_figure(medians: Medians, sampler: str | None) -> Figure:
    """Return a scatter of superposition against the LLC of a sampler preset, or the loss, a panel for each preset."""
    training, printed = medians.training, medians.printed
    x, y = medians.of(RECOVERED.name), medians.of(llc_measure(sampler) if sampler else LOSS.name)
    if not sampler:
        y[["median", "low", "high"]] = y[["median", "low", "high"]].clip(lower=SMALLEST)
    n_columns = min(len(training), 2)
    n_lines, room = -(-len(training) // n_columns), style.WIDTH / n_columns - 0.8
    note = NOTE.format(medians.confidence) + (HOLLOW_NOTE if sampler else SMALL_NOTE)
    figure = style.laid_out((3.3 if n_columns == 1 else 2.3) * n_lines + 0.6, note)
    axes = style.in_use(figure.subplots(n_lines, n_columns, sharex=True, sharey=True, squeeze=False), len(training))
    for ax, (preset, title) in zip(axes, training.items(), strict=True):
        ax.set(ylabel=f"final LLC\n({sampler})" if sampler else MEASURES[LOSS.name], xlabel=MEASURES[RECOVERED.name])
        ax.label_outer()
        style.fit(ax.set_title(title, loc="left"), width=room)
        _draw_points(ax, x.loc[preset], y.loc[preset], printed, room=room)
    if not sampler:
        step_axes.loss_axis(axes[0])
    axes[-1].margins(x=0.08)
    dot = {"marker": "o", "linestyle": "none", "markersize": 4.5}
    handles = [Line2D([], [], color=style.FAMILY_COLORS[family], label=family, **dot) for family in by_family(printed)]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), columnspacing=0.9, handletextpad=0.1)
    style.lay_out(figure)
    for ax, preset in zip(axes, training, strict=True):
        names = _known(x.loc[preset], y.loc[preset])
        shown = [table.loc[preset].loc[names, ["median", "low", "high"]] for table in (x, y)]
        intervals = np.stack(shown).astype(float)
        place_beside(ax, [printed[name]["label"] for name in names], intervals.transpose(2, 1, 0))
    return figure


def _known(x: pd.DataFrame, y: pd.DataFrame) -> pd.Index:
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
    families, last = by_family(medians.printed), len(medians.training) - 1
    heights = [max(0.75, 0.17 * len(names) + 0.25) for names in families.values()]
    room = 1.6 / max(1, last)
    words = " ".join(medians.training.values()).split()
    upright = max(style.text_width(word, style.SMALL) for word in words) > room
    names = [style.wrapped(name, width=1.2 if upright else room) for name in medians.training.values()]
    figure = style.laid_out(sum(heights) + (2.1 if upright else 1.15), NOTE.format(medians.confidence))
    axes = figure.subplots(len(families), 2, sharex=True, sharey="col", squeeze=False, height_ratios=heights)
    for column, (measure, title) in zip(axes.T, MEASURES.items(), strict=True):
        column[0].set_title(title, loc="left")
        for ax, (family, members) in zip(column, families.items(), strict=True):
            _draw_slopes(ax, medians.of(measure), members, [*medians.training], color=style.FAMILY_COLORS[family])
            ax.spines.bottom.set_bounds(0, last)
        column[-1].set_xticks(range(last + 1), names, rotation=90 if upright else 0)
    step_axes.loss_axis(axes[0, 0])
    axes[0, 1].yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 4, 10], integer=True))
    axes[-1, 0].set_xlim(-0.1, last + max(0.65, 0.59 * (last + 0.1)))  # labels need the inches that two presets leave
    for ax, family in zip(axes[:, 0], families, strict=True):
        ax.set_ylabel(family.replace(" ", "\n").replace("-", "-\n"))
    style.lay_out(figure)
    for column, measure in zip(axes.T, MEASURES, strict=True):
        ends = medians.of(measure)["median"][[*medians.training][-1]]
        for ax, members in zip(column, families.values(), strict=True):
            points = np.column_stack([np.full(len(members), last), ends[members].astype(float)])
            _spread(ax, points, [medians.printed[name]["label"] for name in members])
    return figure


def _draw_slopes(ax: Axes, medians: pd.DataFrame, names: Sequence[str], training: Sequence[str], *, color: str) -> None:
    """Draw one line for each activation across the presets, with intervals, side by side where they would coincide."""
    shifts = 0.025 * (np.arange(len(names)) - (len(names) - 1) / 2)
    look = {"fmt": "o-", "color": color, "linewidth": 0.9, "markersize": 2.8, "elinewidth": 0.7}
    for shift, name in zip(shifts, names, strict=True):
        rows = medians.loc[[(preset, name) for preset in training]]
        ax.errorbar(np.arange(len(training)) + shift, rows["median"], yerr=_arms(rows), **look)


def place_beside(ax: Axes, texts: Sequence[str], intervals: Float[np.ndarray, "3 point 2"]) -> list[Annotation]:
    """Label points where labels hide neither points, their bars, nor each other.

    Points that touch have one label, which names them from the top down; one far from its point gets a line to it.
    Positions around each are tried in a fixed order, nearest first, so equal data give equal figures. Intervals are the
    points, then lower and upper ends of their bars. The figure must have been laid out before.
    """
    (pixels, left, right), scale = map(ax.transData.transform, intervals), ax.figure.dpi / 72
    across = np.column_stack([left[:, 0], pixels[:, 1], right[:, 0], pixels[:, 1]])
    along = np.column_stack([pixels[:, 0], left[:, 1], pixels[:, 0], right[:, 1]])
    grown = scale * np.array([-1, -1, 1, 1])
    taken, labels = np.vstack([np.tile(pixels, 2) + 3 * grown, across + grown, along + grown]), []
    for group in _touching(pixels, TOUCH * scale):
        text = style.wrapped(", ".join(texts[int(i)] for i in group), width=WIDEST * ax.bbox.width / ax.figure.dpi)
        lines = text.split("\n")
        width = max(style.text_width(line, style.SMALL) for line in lines) * ax.figure.dpi
        size = np.array([width, LINE * len(lines) * scale])
        box = _free_place(pixels[group], size, taken, np.array(ax.bbox.extents), scale)
        taken = np.vstack([taken, box])
        ends = np.clip(pixels[group], box[:2], box[2:])
        away = np.linalg.norm(ends - pixels[group], axis=1)
        nearest = away.argmin()
        named = group[nearest]
        is_far = away[nearest] > 9 * scale
        arrow = POINTER | {"shrinkB": 0, "relpos": (ends[nearest] - box[:2]) / size} if is_far else None
        place = {"xytext": (box[:2] - pixels[named]) / scale, "va": "bottom"}
        labels.append(ax.annotate(text, tuple(intervals[0, named]), arrowprops=arrow, **place, **LABEL))
    return labels


def _touching(pixels: np.ndarray, distance: float) -> list[np.ndarray]:
    """Return groups of points that touch, directly or through others; groups and their points from the top down."""
    near = np.linalg.norm(pixels[:, None] - pixels[None], axis=-1) <= distance
    group = connected_components(near, directed=False)[1]
    down = np.lexsort((pixels[:, 0], -pixels[:, 1]))
    return [down[group[down] == name] for name in dict.fromkeys(group[down].tolist())]


def _free_place(named: np.ndarray, size: np.ndarray, taken: np.ndarray, within: np.ndarray, scale: float) -> np.ndarray:
    """Return the box of a label at the nearest place around points that is free, or else hides least.

    Boxes are their left, lower, right and upper edges, in pixels.
    """
    radii, angles = np.arange(5, 90, 4) * scale, np.deg2rad([0, 180, 45, -45, 135, -135, 90, -90, 20, -20])
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    middle, half = (named.min(0) + named.max(0)) / 2, np.ptp(named, axis=0) / 2
    low = middle + (radii[:, None, None] + half) * directions + size * (directions - 1) / 2
    places = np.concatenate([low, low + size], axis=-1).reshape(-1, 4)
    hidden = _shared(places, taken) + size.prod() - _shared(places, within[None])
    return places[(hidden < 1).argmax() if (hidden < 1).any() else hidden.argmin()]  # free: to a square pixel


def _shared(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the area of each box that other boxes cover."""
    low, high = np.maximum(boxes[:, None, :2], others[:, :2]), np.minimum(boxes[:, None, 2:], others[:, 2:])
    return np.clip(high - low, 0, None).prod(-1).sum(1)


def _spread(ax: Axes, ends: Float[np.ndarray, "line 2"], texts: Sequence[str]) -> None:
    """Label the right ends of lines in a column beside them, moved apart where they would overlap."""
    order, scale = np.argsort(ends[:, 1], kind="stable")[: np.isfinite(ends[:, 1]).sum()], ax.figure.dpi / 72
    within = np.clip(ends[:, 1], *ax.get_ylim())  # a line below would leave the axis
    ends = np.column_stack([ends[:, 0], within])[order]
    pixels = ax.transData.transform(ends)
    moved = apart(pixels[:, 1], LINE * scale, (ax.bbox.y0, ax.bbox.y1))
    look = LABEL | {"va": "center", "arrowprops": POINTER | {"shrinkB": 3, "relpos": (0, 0.5)}}
    for i, end, pixel, target in zip(order, ends, pixels, moved, strict=True):
        label = ax.annotate(texts[int(i)], tuple(end), xytext=(16, (target - pixel[1]) / scale), **look)
        style.fit(label, width=(ax.bbox.x1 - pixel[0]) / ax.figure.dpi - 16 / 72)


def apart(
    values: Float[np.ndarray, " label"], distance: float, within: tuple[float, float]
) -> Float[np.ndarray, " label"]:
    """Return the positions nearest to sorted `values` in squares that keep order, distance and limits, where they fit.

    With k-th smallest value v_k, positions v_k - k * distance have only to be increasing: isotonic regression.
    """
    shifts = distance * np.arange(len(values))
    moved = isotonic_regression(values - shifts).x if len(values) else values
    return np.clip(moved, within[0], max(within[0], within[1] - distance * (len(values) - 1))) + shifts
