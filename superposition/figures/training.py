"""Figures of one activation: how its runs trained, near which critical points they were, and how each ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from superposition import wording
from superposition.figures import polygons, step_axes, style
from superposition.figures.directions import in_plane, plane_note, upright
from superposition.measures.history import History, by_quantity, representative_seed
from superposition.measures.phases import followed
from superposition.measures.transitions import EventSettings
from superposition.palette import MINIMA, SADDLES
from superposition.quantities import LOSS, RECOVERED, REPRESENTED
from superposition.schedules import nearest_steps
from superposition.status import MINIMUM, SADDLE, may_be_read

# Places are fixed rather than found by a layout engine: all training figures align, and each takes half the time.
ABOVE, PANEL, GAP, RIGHT = 0.47, 0.98, 0.22, 1.45
"""In inches: room for title and names of polygons; height of a panel, space between two, and room for their legends."""

EDGE: dict[str, Any] = {"color": style.INK, "clip_on": False}  # look of marks at the edges of axes
COLORS = {MINIMUM: MINIMA, SADDLE: SADDLES}  # of the labels of each kind that occur most, and last of all others


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Marks of the figures of one activation: steps near which polygons are drawn, what counts as a loss drop, etc.

    `procedure` is what figures call the training preset, `n_initial` the number of features of the initial polygon,
    `n_free` of those that are there without superposition, and `band` the share of seeds within bands.
    """

    moments: Sequence[int]
    settings: EventSettings
    procedure: str
    n_initial: int
    n_free: int
    recovered: Bool[np.ndarray, "seed step feature"]
    band: float


@style.styled
def training_figure(history: History, over_seeds: pd.DataFrame, marks: Marks) -> Figure:
    """Return the polygons of one run at some moments above loss, LLC and superposition of all runs over training."""
    seed, recorded = representative_seed(history.final.loss), history.trajectory.steps
    steps = nearest_steps(list(marks.moments), recorded.tolist())
    room = style.WIDTH / len(steps)
    places = np.searchsorted(recorded, steps)
    W = in_plane(history.trajectory.of(seed).W[0])[places]
    counted = marks.recovered[history.trajectory.seeds == seed][0][places]
    look = polygons.shared(W, history.family, n_initial=marks.n_initial)
    side, count = min(1.5, room), 3 + len(history.llc)
    content = ABOVE + side + 0.4 + count * (PANEL + GAP) - GAP + step_axes.BELOW + 0.06
    note = _training_note(history, seed, marks, look)
    figure, page, foot = style.sheet(content, note, title(history, marks.procedure), room=ABOVE - 0.2)
    below = step_axes.BELOW + foot + 0.06
    axes = step_axes.stacked(figure, count, panel=PANEL, gap=GAP, right=RIGHT, below=below, last=int(recorded[-1]))
    _draw_curves(axes, history, by_quantity(over_seeds), marks)
    names, top = [], page.get_ylim()[1] - ABOVE
    for i, step in enumerate(steps):
        x, letter = room * (i + 0.5), chr(ord("a") + i)
        polygons.draw(page, W[i], counted[i], centre=(x, top - side / 2), side=side, **look)
        names.append(page.text(x, top + 0.03, f"{letter}   step {step:,}", ha="center"))
        for ax in axes:
            ax.axvline(step, color=style.FAINT, linewidth=0.6, linestyle=(0, (4, 3)), zorder=0.5)
        place = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center", "fontsize": style.SMALL}
        axes[0].annotate(letter, (step, 1), xycoords=("data", "axes fraction"), **place)
    style.fit(*names, width=0.95 * room)
    return figure


def _draw_curves(axes: Sequence[Axes], history: History, over_seeds: Mapping[str, pd.DataFrame], marks: Marks) -> None:
    draw_loss(axes[0], history, over_seeds)
    _draw_drops(axes[0], history.largest_drops(marks.settings), len(history.trajectory.seeds))
    for ax, (sampler, table) in zip(axes[1:-2], history.llc.items(), strict=True):
        _draw_llc(ax, table, over_seeds[f"llc_{sampler}"], sampler, color=style.FAMILY_COLORS[history.family])
    draw_counts(axes[-2], history, over_seeds)
    _draw_onsets(axes[-2], history.onsets(n_free=marks.n_free))
    _draw_ribbon(axes[-1], history.critical)
    for ax in (ax for ax in axes if ax.get_legend_handles_labels()[0]):
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def draw_loss(ax: Axes, history: History, over_seeds: Mapping[str, pd.DataFrame]) -> None:
    """Draw the loss over training: the median over seeds, the band around it, and the representative run."""
    seed, curve, alone = representative_seed(history.final.loss), over_seeds[LOSS.name], len(history.final) == 1
    label = f"seed {seed}" if alone else "median"
    step_axes.draw_band(ax, curve, color=style.FAMILY_COLORS[history.family], label=label)
    if not alone:
        run = history.loss[history.loss.seed == seed]
        ax.plot(run.step, run.loss.astype(float), color=style.INK, linewidth=0.6, label=f"seed {seed}")
    step_axes.loss_axis(ax, highest=step_axes.HEADROOM * np.fmax.reduce(curve["median"].to_numpy()))
    ax.set_ylabel(LOSS.with_unit)


def draw_counts(ax: Axes, history: History, over_seeds: Mapping[str, pd.DataFrame]) -> None:
    """Draw the numbers of represented and recovered features over training, medians and bands over seeds."""
    n_features, color = history.trajectory.W.shape[-1], style.FAMILY_COLORS[history.family]
    for quantity, ink, linestyle in ((REPRESENTED, color, "-"), (RECOVERED, style.INK, "--")):
        label = quantity.label.removesuffix(" features")
        step_axes.draw_band(ax, over_seeds[quantity.name], color=ink, label=label, linestyle=linestyle)
    ax.set(ylim=(-0.4, n_features * 1.12), ylabel="features")
    ax.yaxis.set_major_locator(FixedLocator(range(0, n_features + 1, -(-n_features // 4))))


def _draw_drops(ax: Axes, drops: np.ndarray, n_runs: int) -> None:
    """Mark above the axes when the loss dropped most: a translucent bar for each run, darker where more runs drop."""
    look = EDGE | {"alpha": max(0.12, 1 / max(n_runs, 1)), "linewidth": 0, "transform": ax.get_xaxis_transform()}
    label = f"largest drop\n({len(drops)} of {n_runs} runs)"
    ax.broken_barh([(start, end - start) for start, end in drops], (1.0, 0.05), label=label, **look)


def _draw_onsets(ax: Axes, onsets: np.ndarray) -> None:
    """Mark along the upper edge where superposition sets in: a tick for each run, a triangle at their median."""
    steps = onsets[np.isfinite(onsets)]
    edge = EDGE | {"transform": ax.get_xaxis_transform(), "linestyle": "none", "in_layout": False}
    ax.plot(steps, np.full(len(steps), 0.96), marker="|", markersize=5, markeredgewidth=0.7, **edge)
    median, label = [np.median(steps)] if len(steps) else [], f"onset ({len(steps)} of {len(onsets)} runs)"
    ax.plot(median, [1.05] * len(median), marker="v", markersize=4.5, label=label, **edge)


def _draw_llc(ax: Axes, table: pd.DataFrame, over_seeds: pd.DataFrame, sampler: str, *, color: str) -> None:
    """Draw the LLC estimates of all runs: readable ones filled with their median, others hollow."""
    values, readable = table.llc.astype(float), may_be_read(table.status)
    finite = np.isfinite(values)
    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 2.6, "markeredgewidth": 0.5}
    hollow: dict[str, Any] = {"color": style.FAINT, "markerfacecolor": "none", "label": "not readable"}
    for shown, look in ((~readable, hollow), (readable, {"color": color, "alpha": 0.8, "label": "readable"})):
        ax.plot(table.step[finite & shown], values[finite & shown], **dots, **look)
    if table.seed.nunique() > 1:
        ax.plot(over_seeds["median"].astype(float), color=style.INK, linewidth=1, label="median of readable")
    if not finite.all():
        edge = EDGE | {"transform": ax.get_xaxis_transform(), "color": style.FAINT}
        ax.plot(table.step[~finite], np.zeros((~finite).sum()), "x", label="not finite", **edge)
    step_axes.llc_axis(ax, values[finite], sampler)


def _draw_ribbon(ax: Axes, critical: pd.DataFrame) -> None:
    """Draw a strip for each run of an activation, in the colour of the critical point near its checkpoints, if any."""
    ax.set(ylabel="critical\npoint", yticks=[])
    counts = critical.value_counts(["kind", "label"]).reset_index()  # the most frequent first
    colors, names = {}, {}
    for kind, (*frequent, other) in COLORS.items():
        for i, label in enumerate(counts.label[counts.kind == kind]):
            color, name = (frequent[i], label) if i < len(frequent) else (other, f"another {kind}")
            colors[kind, label], names[color] = color, name
    for color, name in names.items():
        ax.bar(0, 0, color=color, label=name)
    if len(critical):
        keys = zip(critical.kind, critical.label, strict=True)
        shown = critical.assign(color=[colors.get(key, "none") for key in keys])
        wide = shown.pivot(index="seed", columns="step", values="color").fillna("none")
        cells = to_rgba_array(wide.to_numpy().ravel().tolist()).reshape(*wide.shape, 4)
        steps = wide.columns.to_numpy(float)
        middles = np.sqrt((steps[:-1] + 1) * (steps[1:] + 1)) - 1
        ax.pcolormesh([steps[0], *middles, steps[-1]], np.arange(len(wide) + 1), cells, rasterized=True)
        ax.set_ylim(len(wide), 0)


def title(history: History, procedure: str) -> str:
    """Return the activation, its formula and what figures call the training preset, in one line."""
    return rf"{history.label},  $\varphi(x) = {history.formula}$,  {procedure}"


def _training_note(history: History, seed: int, marks: Marks, look: Mapping[str, Any]) -> str:
    n_seeds, n_diverged = len(history.trajectory.seeds), int(history.trajectory.diverged[:, -1].sum())
    n_followed = len({seed for llc in history.llc.values() for seed in llc.seed[followed(llc)]})
    which = f"seed {seed}" + (f", whose final loss is the median of {n_seeds}" if n_seeds > 1 else "")
    black = " black: features that start as the initial polygon;" if look["n_initial"] else ""
    lines = f"Lines: median over seeds (LLC: if half are readable); bands: the middle {marks.band:.0%} of seeds. "
    few = f"LLC over training, and its line: {n_followed} of {n_seeds} seeds. "
    lost = f"Diverged, and shown until then: {n_diverged} of {wording.plural(n_seeds, 'run')}."
    return (
        f"Polygons: {which};{black} grey circle: length {look['radius']:g}. {polygons.GREY_RAYS}"
        f"{plane_note(history.trajectory.W.shape[2])}{lines if n_seeds > 1 else ''}"
        f"{few if 0 < n_followed < n_seeds else ''}"
        "Last panel, a strip for each followed run: the critical point near it, blank without one. "
        "Axes of LLC: linear from −10 to 10, logarithmic outside. Bars above the loss: largest drop of each run, "
        "darker where more runs drop. Ticks above the counts: onset of superposition, triangle: their median. "
        f"{lost if n_diverged else ''}"
    ).strip()


@style.styled
def seeds_figure(history: History, marks: Marks) -> Figure:
    """Return a contact sheet: the final polygon of every run, with its loss and number of recovered features."""
    seeds = history.trajectory.seeds.tolist()
    n_columns = 5 if len(seeds) <= 25 else 8
    W = [upright(end) for end in history.trajectory.W[:, -1]]
    look = polygons.shared(W, history.family, n_initial=marks.n_initial)
    note = f"Directions after training, turned so that feature 0 points up; grey circle: length {look['radius']:g}. "
    note += polygons.GREY_RAYS + plane_note(history.trajectory.W.shape[2])
    side, room = style.WIDTH / n_columns, style.WIDTH / n_columns + 0.45
    content = 0.46 + -(-len(seeds) // n_columns) * room
    figure, page, _ = style.sheet(content, note, title(history, marks.procedure), room=0.2)
    for i, (seed, W_end) in enumerate(zip(seeds, W, strict=True)):
        x, top = side * (i % n_columns + 0.5), page.get_ylim()[1] - 0.4 - room * (i // n_columns)
        page.text(x, top, f"seed {seed}", ha="center")
        centre = (x, top - side / 2)
        polygons.draw(page, W_end, marks.recovered[i, -1], centre=centre, side=side - 0.08, **look)
        page.text(x, top - side, _ending(history, seed), ha="center", va="top", fontsize=style.SMALL)
    return figure


def _ending(history: History, seed: int) -> str:
    step = history.trajectory.steps[history.trajectory.diverged[history.trajectory.seeds == seed][0]]
    if len(step):
        return f"diverged by\nstep {step[0]:,}"
    last = history.final.loc[seed]
    return f"loss {last.loss:.3g}\n{last.n_recovered} recovered"
