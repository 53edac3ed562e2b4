"""Figures of one activation: how its runs trained, near which critical points they were, and how each ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from superposition.figures import polygons, step_axes, style
from superposition.figures.directions import in_plane, plane_note, upright
from superposition.measures.history import History, by_quantity, representative_seed
from superposition.measures.phases import followed
from superposition.measures.transitions import EventSettings
from superposition.palette import MINIMA, SADDLES
from superposition.quantities import LOSS, RECOVERED, REPRESENTED
from superposition.schedules import nearest_steps
from superposition.status import MINIMUM, NONE, SADDLE, may_be_read

# In inches. Places are fixed rather than found by a layout engine: all training figures align, and each takes half the
# time.
ABOVE, PANEL, GAP, RIGHT = 0.47, 0.98, 0.22, 1.45
"""Room for title and names of polygons; height of a panel, space between two, and room for their legends."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Marks of the figures of one activation.

    Attributes:
        moments: Steps at which polygons are drawn, each at the nearest recorded step.
        settings: What counts as a loss drop.
        procedure: What figures call the training preset.
        n_initial: Number of features of the initial polygon.
    """

    moments: Sequence[int]
    settings: EventSettings
    procedure: str
    n_initial: int
    recovered: Bool[np.ndarray, "seed step feature"]


@style.styled
def training_figure(history: History, over_seeds: pd.DataFrame, marks: Marks, *, band: float) -> Figure:
    """Return the polygons of one run at some moments above loss, LLC and superposition of all runs over training."""
    seed, recorded = representative_seed(history.final.loss), history.trajectory.steps
    steps = nearest_steps(list(marks.moments), recorded.tolist())
    at = np.searchsorted(recorded, steps)
    W = in_plane(history.trajectory.of(seed).W[0])[at]
    look = polygons.shared(W, history.family, n_initial=marks.n_initial)
    side, count = min(1.5, style.WIDTH / len(steps)), 3 + len(history.llc)
    content = ABOVE + side + 0.4 + count * (PANEL + GAP) - GAP + step_axes.BELOW + 0.06
    figure, page, foot = style.sheet(content, _training_note(history, seed, band, look))
    _write_title(page, history, marks, room=ABOVE - 0.2)
    counted = marks.recovered[history.trajectory.seeds == seed][0][at]
    top, room = page.get_ylim()[1] - ABOVE, style.WIDTH / len(steps)
    names = []
    for i, step in enumerate(steps):
        centre = (room * (i + 0.5), top - side / 2)
        polygons.draw(page, W[i], counted[i], centre=centre, side=side, **look)
        names.append(page.text(centre[0], top + 0.03, f"{_letter(i)}   step {step:,}", ha="center"))
    style.fit(*names, width=0.95 * room)
    below = step_axes.BELOW + foot + 0.06
    axes = step_axes.stacked(figure, count, panel=PANEL, gap=GAP, right=RIGHT, below=below, last=int(recorded[-1]))
    _draw_curves(axes, history, by_quantity(over_seeds), seed, marks)
    _mark_moments(axes, steps)
    return figure


def _letter(position: int) -> str:
    return chr(ord("a") + position)


def _draw_curves(
    axes: Sequence[Axes], history: History, over_seeds: Mapping[str, pd.DataFrame], seed: int, marks: Marks
) -> None:
    color = style.FAMILY_COLORS[history.family]
    draw_loss(axes[0], history.loss, over_seeds[LOSS.name], seed, color=color)
    _draw_drops(axes[0], history.largest_drops(marks.settings), len(history.trajectory.seeds))
    for ax, (sampler, table) in zip(axes[1:-2], history.llc.items(), strict=True):
        _draw_llc(ax, table, over_seeds[f"llc_{sampler}"], sampler, color=color)
    draw_counts(axes[-2], over_seeds, color=color, n_features=history.trajectory.W.shape[-1])
    _draw_onsets(axes[-2], history.onsets(n_initial=marks.n_initial))
    draw_ribbon(axes[-1], history.critical)
    for ax in (ax for ax in axes if ax.get_legend_handles_labels()[0]):
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def draw_loss(ax: Axes, table: pd.DataFrame, over_seeds: pd.DataFrame, seed: int, *, color: str) -> None:
    """Draw the loss over training: the median over seeds, the band around it, and one run."""
    alone = table.seed.nunique() == 1
    label = f"seed {seed}" if alone else "median"
    step_axes.draw_band(ax, over_seeds, color=color, label=label, linestyle="-")
    if not alone:
        run = table[table.seed == seed]
        ax.plot(run.step, run.loss.astype(float), color=style.INK, linewidth=0.6, label=f"seed {seed}")
    step_axes.loss_axis(ax, highest=step_axes.HEADROOM * float(np.fmax.reduce(over_seeds["median"].to_numpy())))
    ax.set_ylabel(LOSS.with_unit)


def draw_counts(ax: Axes, over_seeds: Mapping[str, pd.DataFrame], *, color: str, n_features: int) -> None:
    """Draw the numbers of represented and recovered features over training, medians and bands over seeds."""
    for quantity, ink, linestyle in ((REPRESENTED, color, "-"), (RECOVERED, style.INK, "--")):
        label = quantity.label.removesuffix(" features")
        step_axes.draw_band(ax, over_seeds[quantity.name], color=ink, label=label, linestyle=linestyle)
    ax.set(ylim=(-0.4, n_features * 1.12), ylabel="features")
    ax.yaxis.set_major_locator(FixedLocator(range(0, n_features + 1, -(-n_features // 4))))


def _draw_drops(ax: Axes, drops: np.ndarray, n_runs: int) -> None:
    """Mark above the axes when the loss dropped most: a translucent bar for each run, darker where more runs drop."""
    look = {"color": style.INK, "alpha": max(0.12, 1 / max(n_runs, 1)), "linewidth": 0, "clip_on": False}
    label = f"largest drop\n({len(drops)} of {n_runs} runs)"
    bars = [(start, end - start) for start, end in drops]
    ax.broken_barh(bars, (1.0, 0.05), transform=ax.get_xaxis_transform(), label=label, **look)


def _draw_onsets(ax: Axes, onsets: np.ndarray) -> None:
    """Mark along the upper edge where superposition sets in: a tick for each run, a triangle at their median."""
    found = onsets[np.isfinite(onsets)]
    edge = {"transform": ax.get_xaxis_transform(), "linestyle": "none", "color": style.INK}
    edge |= {"clip_on": False, "in_layout": False}
    ax.plot(found, np.full(len(found), 0.96), marker="|", markersize=5, markeredgewidth=0.7, **edge)
    median, label = [np.median(found)] if len(found) else [], f"onset ({len(found)} of {len(onsets)} runs)"
    ax.plot(median, [1.05] * len(median), marker="v", markersize=4.5, label=label, **edge)


def _draw_llc(ax: Axes, table: pd.DataFrame, over_seeds: pd.DataFrame, sampler: str, *, color: str) -> None:
    """Draw the LLC estimates of all runs: readable ones filled with their median, others hollow."""
    values, readable = table.llc.astype(float), may_be_read(table.status)
    finite = np.isfinite(values)
    dots = {"linestyle": "none", "marker": "o", "markersize": 2.6, "markeredgewidth": 0.5}
    hollow = {"markerfacecolor": "none", "markeredgecolor": style.FAINT, "label": "not readable"}
    ax.plot(table.step[finite & ~readable], values[finite & ~readable], **hollow, **dots)
    shown = finite & readable
    ax.plot(table.step[shown], values[shown], color=color, alpha=0.8, label="readable", **dots)
    if table.seed.nunique() > 1:
        steps = over_seeds.index.to_numpy(dtype=float)
        ax.plot(steps, over_seeds["median"], color=style.INK, linewidth=1, label="median of readable")
    if not finite.all():
        edge = {"transform": ax.get_xaxis_transform(), "clip_on": False, "color": style.FAINT}
        ax.plot(table.step[~finite], np.zeros((~finite).sum()), "x", label="not finite", **edge)
    step_axes.llc_axis(ax, values[finite], sampler)


def _mark_moments(axes: Sequence[Axes], steps: Sequence[int]) -> None:
    """Mark the steps at which polygons are drawn: dashed lines through all axes, letters above the first."""
    for i, step in enumerate(steps):
        for ax in axes:
            ax.axvline(step, color=style.FAINT, linewidth=0.6, linestyle=(0, (4, 3)), zorder=0.5)
        place = {"xytext": (0, 5), "textcoords": "offset points", "ha": "center", "fontsize": style.SMALL}
        axes[0].annotate(_letter(i), (step, 1), xycoords=("data", "axes fraction"), **place)


def _write_title(page: Axes, history: History, marks: Marks, *, room: float) -> None:
    """Write label, formula and procedure at the top of a page, no wider than it and no taller than the room."""
    title = rf"{history.label},  $\varphi(x) = {history.formula}$,  {marks.procedure}"
    written = page.text(0.08, page.get_ylim()[1] - 0.06, title, va="top", fontsize=style.TITLE)
    style.fit(written, width=style.WIDTH - 0.16, height=room)


def _training_note(history: History, seed: int, band: float, look: Mapping[str, Any]) -> str:
    n_seeds, n_diverged = len(history.trajectory.seeds), int(history.trajectory.diverged[:, -1].sum())
    which, lines, lost = f"seed {seed}", "", ""
    black = " black: features that start as the initial polygon;" if look["n_initial"] else ""
    if n_seeds > 1:
        which += f", whose final loss is the median of {n_seeds}"
        lines = f"Lines: median over seeds (LLC: if half are readable); bands: the middle {band:.0%} of seeds. "
    n_followed = len({seed for llc in history.llc.values() for seed in llc.seed[followed(llc)]})
    if 0 < n_followed < n_seeds:
        lines += f"LLC over training, and its line: {n_followed} of {n_seeds} seeds. "
    if n_diverged:
        count = "counts" if n_diverged == 1 else "count"
        lost = f"{n_diverged} of {n_seeds} runs diverged and {count} until then."
        lost = lost if n_seeds > 1 else "The run diverged and is shown until then."
    return (
        f"Polygons: {which};{black} grey circle: length {look['radius']:g}. {polygons.PALE_RAYS}"
        f"{plane_note(history.trajectory.W.shape[2])}{lines}"
        "Last panel, a strip for each followed run: the critical point near it, blank without one. "
        "Axes of LLC: linear from −10 to 10, logarithmic outside. Bars above the loss: largest drop of each run, "
        "darker where more runs drop. Ticks above the counts: onset of superposition, triangle: their median. "
        f"{lost}"
    ).strip()


@style.styled
def seeds_figure(history: History, marks: Marks) -> Figure:
    """Return a contact sheet: the final polygon of every run, with its loss and number of recovered features."""
    seeds = history.trajectory.seeds.tolist()
    n_columns = 5 if len(seeds) <= 25 else 8
    W = [upright(end) for end in history.trajectory.W[:, -1]]
    look = polygons.shared(W, history.family, n_initial=marks.n_initial)
    note = f"Directions after training, turned so that feature 0 points up; grey circle: length {look['radius']:g}. "
    note += polygons.PALE_RAYS + plane_note(history.trajectory.W.shape[2])
    side, room = style.WIDTH / n_columns, style.WIDTH / n_columns + 0.45
    figure, page, _ = style.sheet(0.46 + -(-len(seeds) // n_columns) * room, note)
    _write_title(page, history, marks, room=0.2)
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


COLORS = {MINIMUM: MINIMA, SADDLE: SADDLES}
"""Colours of the labels of each kind that occur most, and last the one of all others."""


def draw_ribbon(ax: Axes, critical: pd.DataFrame) -> None:
    """Draw a strip for each run of an activation, in the colour of the critical point near its checkpoints, if any."""
    ax.set_ylabel("critical\npoint")
    ax.set_yticks([])
    if critical.empty:
        return
    colors = _colors(critical)
    keys = zip(critical.kind, critical.label, strict=True)
    shown = critical.assign(color=[colors.get(key, "none") for key in keys])
    palette = ["none", *dict.fromkeys(colors.values())]
    wide = shown.pivot(index="seed", columns="step", values="color").fillna("none")
    cells = wide.map(palette.index).to_numpy(int)
    mesh = {"cmap": ListedColormap(palette), "vmin": -0.5, "vmax": len(palette) - 0.5, "rasterized": True}
    ax.pcolormesh(_edges(wide.columns.to_numpy(float)), np.arange(len(wide) + 1), cells, **mesh)
    ax.set_ylim(len(wide), 0)
    _name(ax, colors)


def _colors(critical: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return the colour of each kind and label: of their own for those that occur most."""
    near = pd.DataFrame(critical[critical.kind != NONE])
    counts = near.value_counts(["kind", "label"]).reset_index()  # the most frequent first
    found = {}
    for kind, (*own, _) in COLORS.items():
        names = counts.label[counts.kind == kind]
        found |= {(kind, label): COLORS[kind][min(i, len(own))] for i, label in enumerate(names)}
    return found


def _name(ax: Axes, colors: dict[tuple[str, str], str]) -> None:
    """Name the labels with a colour of their own, and the others of each kind together, for the legend."""
    named = {
        color: f"another {kind}" if color == COLORS[kind][-1] else label for (kind, label), color in colors.items()
    }
    for color, name in named.items():
        ax.bar(0, 0, color=color, label=name)


def _edges(steps: Sequence[float] | np.ndarray) -> np.ndarray:
    middles = np.sqrt((np.asarray(steps[:-1]) + 1) * (np.asarray(steps[1:]) + 1)) - 1
    return np.concatenate([[steps[0]], middles, [steps[-1]]])
