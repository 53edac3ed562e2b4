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
from superposition.measures.final import llc_measure
from superposition.palette import Printed, by_family
from superposition.quantities import LOSS, RECOVERED

MEASURES = {LOSS.name: f"final {LOSS.with_unit}", RECOVERED.name: RECOVERED.label}  # axis labels

LINE, TOUCH, WIDEST = 8.5, 7.0, 0.42
"""Distance of labels below each other, and of points that touch, in points; widest line of labels, of a panel."""

POINTER = {"color": style.FAINT, "linewidth": 0.5}  # line from a label to what it names
Boxes = Float[np.ndarray, "box 4"]  # left, lower, right and upper edge of boxes, in pixels


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
    n_columns = min(len(training), 2)
    n_lines = -(-len(training) // n_columns)
    figure = Figure(figsize=(style.WIDTH, (3.3 if n_columns == 1 else 2.3) * n_lines + 0.6), layout="constrained")
    axes = style.in_use(figure.subplots(n_lines, n_columns, sharex=True, sharey=True, squeeze=False), len(training))
    for ax, (preset, title) in zip(axes, training.items(), strict=True):
        ax.set(ylabel=f"final LLC\n({sampler})" if sampler else MEASURES[LOSS.name], xlabel=MEASURES[RECOVERED.name])
        ax.label_outer()
        style.fit(ax.set_title(title, loc="left"), width=style.WIDTH / n_columns - 0.8)
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
    room = 1.6 / max(1, last)
    upright = any(style.text_width(word, style.SMALL) > room for name in training.values() for word in name.split())
    names = [style.wrapped(name, width=1.2 if upright else room) for name in training.values()]
    tall = max(style.text_width(line, style.SMALL) for name in names for line in name.split("\n")) if upright else 0.25
    height = sum(heights) + 0.9 + tall
    figure = Figure(figsize=(style.WIDTH, height), layout="constrained")
    axes = figure.subplots(len(families), 2, sharex=True, sharey="col", squeeze=False, height_ratios=heights)
    found = {measure: medians.of(measure) for measure in MEASURES}
    for column, (measure, values) in zip(axes.T, found.items(), strict=True):
        column[0].set_title(MEASURES[measure], loc="left")
        for ax, (family, members) in zip(column, families.items(), strict=True):
            _draw_slopes(ax, values, members, list(training), color=style.FAMILY_COLORS[family])
            ax.spines.bottom.set_bounds(0, last)
        column[-1].set_xticks(range(len(training)), names, rotation=90 if upright else 0)
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
        for ax, members in zip(column, families.values(), strict=True):
            ends = values.loc[list(training)[-1]]["median"][members].to_numpy()
            spread(ax, last, ends, [printed[name]["label"] for name in members])
    return figure


def _draw_slopes(ax: Axes, found: pd.DataFrame, names: Sequence[str], training: Sequence[str], *, color: str) -> None:
    """Draw one line for each activation across the presets, with intervals, side by side where they would coincide."""
    shifts = 0.025 * (np.arange(len(names)) - (len(names) - 1) / 2)
    look = {"fmt": "o-", "color": color, "linewidth": 0.9, "markersize": 2.8, "elinewidth": 0.7}
    for shift, name in zip(shifts, names, strict=True):
        rows = found.loc[[(preset, name) for preset in training]]
        ax.errorbar(np.arange(len(training)) + shift, rows["median"], yerr=_arms(rows), **look)


def place_beside(
    ax: Axes,
    points: Float[np.ndarray, "point 2"],
    texts: Sequence[str],
    *,
    low: Float[np.ndarray, "point 2"],
    high: Float[np.ndarray, "point 2"],
) -> list[Annotation]:
    """Label points where labels hide neither points nor each other; a label far from its point gets a line to it.

    Points that touch have one label, which names them from the top down. Positions around each are tried in a fixed
    order, nearest first, so equal data give equal figures. The figure must have been laid out before.

    Args:
        ax: Where the points are drawn.
        points: The points, in the axes' data coordinates.
        texts: Their labels.
        low: Lower ends of the points' error bars, which labels avoid as well.
        high: Upper ends.
    """
    pixels, scale = ax.transData.transform(points), ax.figure.dpi / 72
    left, right = ax.transData.transform(low), ax.transData.transform(high)
    # Points, their error bars across and along.
    taken = [np.hstack([pixels - 3 * scale, pixels + 3 * scale])]
    taken += [np.column_stack([left[:, 0], pixels[:, 1] - scale, right[:, 0], pixels[:, 1] + scale])]
    taken += [np.column_stack([pixels[:, 0] - scale, left[:, 1], pixels[:, 0] + scale, right[:, 1]])]
    labels = []
    for group in _touching(pixels, TOUCH * scale):
        around = np.concatenate([pixels[group].min(0), pixels[group].max(0)])
        text = style.wrapped(", ".join(texts[int(i)] for i in group), width=WIDEST * ax.bbox.width / ax.figure.dpi)
        label = ax.annotate(text, tuple(points[group[0]]), xytext=(0, 0), textcoords="offset points", va="bottom")
        label.set_fontsize(style.SMALL)
        extent = label.get_window_extent()
        size = np.array([extent.width, extent.height - 0.7 * scale])
        box = _free_place(around, size, np.vstack(taken), np.array(ax.bbox.extents), scale)
        taken.append(box[None])
        label.set_position(tuple((box[:2] - pixels[group[0]]) / scale))
        label.set_in_layout(False)
        ends = np.clip(pixels[group], box[:2], box[2:])
        away = np.linalg.norm(ends - pixels[group], axis=1)
        if away.min() > 9 * scale:
            line = ax.transData.inverted().transform([pixels[group][away.argmin()], ends[away.argmin()]])
            ax.plot(*line.T, zorder=1, **POINTER)
        labels.append(label)
    return labels


def _touching(pixels: np.ndarray, distance: float) -> list[np.ndarray]:
    """Return groups of points that touch, directly or through others; groups and their points from the top down."""
    near = np.linalg.norm(pixels[:, None] - pixels[None], axis=-1) <= distance
    group = connected_components(near, directed=False)[1]
    down = np.lexsort((pixels[:, 0], -pixels[:, 1]))
    return [down[group[down] == name] for name in dict.fromkeys(group[down].tolist())]


def _free_place(around: np.ndarray, size: np.ndarray, taken: Boxes, within: np.ndarray, scale: float) -> np.ndarray:
    """Return the box of a label at the nearest place around what it names that is free, or else hides least."""
    radii, angles = np.arange(5, 90, 4) * scale, np.deg2rad([0, 180, 45, -45, 135, -135, 90, -90, 20, -20])
    radius, angle = (grid.ravel()[:, None] for grid in np.meshgrid(radii, angles, indexing="ij"))
    direction = np.hstack([np.cos(angle), np.sin(angle)])
    middle, half = (around[:2] + around[2:]) / 2, (around[2:] - around[:2]) / 2
    low = middle + (radius + half) * direction + size * (direction - 1) / 2
    places = np.hstack([low, low + size])
    hidden = _shared(places, taken).sum(1) + size.prod() - _shared(places, within[None])[:, 0]
    return places[(hidden < 1).argmax() if (hidden < 1).any() else hidden.argmin()]  # free: to a square pixel


def _shared(boxes: Boxes, others: Float[np.ndarray, "other 4"]) -> Float[np.ndarray, "box other"]:
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    return np.clip(high - low, 0, None).prod(-1)


def spread(ax: Axes, x: float, y: Float[np.ndarray, " line"], texts: Sequence[str]) -> list[Annotation]:
    """Label the right ends of lines in a column beside them, moved apart where they would overlap."""
    used, y = (
        np.flatnonzero(np.isfinite(y)),
        np.clip(y, *ax.get_ylim()),
    )  # a line to an end below the axis would leave it
    pixels = ax.transData.transform(np.column_stack([np.full(len(used), x), y[used]]))
    scale = ax.figure.dpi / 72
    moved = apart(pixels[:, 1], LINE * scale, low=ax.bbox.y0, high=ax.bbox.y1)
    look = {"textcoords": "offset points", "va": "center", "fontsize": style.SMALL, "annotation_clip": False}
    look["arrowprops"] = POINTER | {"arrowstyle": "-", "shrinkA": 0, "shrinkB": 3, "relpos": (0, 0.5)}
    labels = []
    for i, pixel, target in zip(used.tolist(), pixels, moved, strict=True):
        place = (16, (target - pixel[1]) / scale)
        labels.append(ax.annotate(texts[i], (x, y[i]), xytext=place, **look))
        labels[-1].set_in_layout(False)
        style.fit(labels[-1], width=(ax.bbox.x1 - pixel[0]) / ax.figure.dpi - place[0] / 72)
    return labels


def apart(
    values: Float[np.ndarray, " label"], distance: float, *, low: float, high: float
) -> Float[np.ndarray, " label"]:
    """Return the positions nearest to `values` in squares that keep order, distance and, where they fit, the limits.

    With k-th smallest value v_k, positions v_k - k * distance have only to be increasing: isotonic regression.
    """
    if not len(values):
        return values
    order, shifts = np.argsort(values, kind="stable"), distance * np.arange(len(values))
    moved = isotonic_regression(values[order] - shifts).x
    result = np.empty(len(values))
    result[order] = np.clip(moved, low, max(low, high - shifts[-1])) + shifts
    return result
