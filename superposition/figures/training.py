"""Figures of one activation: how it trained, how its runs ended, and its polygon as a thumbnail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition.figures import polygons, ribbon, step_axes, style
from superposition.measures.curves import followed
from superposition.measures.geometry import Thresholds
from superposition.measures.history import History, by_quantity, representative_seed
from superposition.measures.transitions import Settings
from superposition.schedules import nearest_steps

# Sizes in inches. Places are fixed rather than found by a layout engine: all training figures align, and each takes
# half the time.
ABOVE = 0.47
"""Title, and names of polygons."""

PANEL, GAP = 0.98, 0.22
"""Height of a panel of curves, and the space between two."""

LEFT, RIGHT = 0.82, 1.45
"""Left of the panels, where their axes are named, and right of them, where their legends stand."""

AXIS = 0.42
"""Below the panels, where their common axis is named."""

LINE = 0.125
"""Height of a line of a note."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Marks of a training figure.

    Attributes:
        moments: Steps at which polygons are drawn, each at the nearest recorded step.
        thresholds: From when on a feature counts as represented, for the onset of superposition.
        settings: What counts as a loss drop.
        n_initial: Number of features of the initial polygon.
    """

    moments: Sequence[int]
    thresholds: Thresholds
    settings: Settings
    n_initial: int


@style.styled
def training_figure(history: History, over_seeds: pd.DataFrame, marks: Marks, *, band: float) -> Figure:
    """Return the polygons of one run at some moments above loss, LLC and superposition of all runs over training.

    Args:
        history: The runs. Polygons are those of the run whose final loss is the median; see representative_seed.
        over_seeds: What the runs say together; see History.curves.
        marks: What is marked.
        band: Share of the seeds that bands hold, for the note.
    """
    seed = representative_seed(history.final.loss)
    steps = nearest_steps(list(marks.moments), history.trajectory.steps.tolist())
    shown = polygons.in_plane(history.weights(seed)[_at(history, steps)])
    look = polygons.shared(shown, history.family, n_initial=marks.n_initial)
    note = style.wrapped(_training_note(history, seed, band, look))
    side, n_panels = min(1.5, style.WIDTH / len(steps)), 3 + len(history.llc)
    below = AXIS + LINE * (note.count("\n") + 1) + 0.06
    height = ABOVE + side + 0.4 + n_panels * (PANEL + GAP) - GAP + below
    figure = Figure(figsize=(style.WIDTH, height))
    page = style.page(figure)
    _write_title(page, history, room=ABOVE - 0.2)
    page.text(0.08, 0.05, note, va="bottom", **style.NOTE)
    _draw_moments(page, history, seed, steps, top=height - ABOVE, side=side, look=look)
    grid = {"left": LEFT / style.WIDTH, "right": 1 - RIGHT / style.WIDTH, "hspace": GAP / PANEL}
    grid |= {"bottom": below / height, "top": 1 - (ABOVE + side + 0.4) / height}
    axes = list(figure.subplots(n_panels, 1, sharex=True, gridspec_kw=grid))
    _draw_curves(axes, history, by_quantity(over_seeds), seed, marks)
    step_axes.mark_moments(axes, steps)
    return figure


def _at(history: History, steps: Sequence[int]) -> np.ndarray:
    """Return the positions of recorded steps."""
    return np.searchsorted(history.trajectory.steps, steps)


def _draw_moments(
    page: Axes,
    history: History,
    seed: int,
    steps: Sequence[int],
    *,
    top: float,
    side: float,
    look: polygons.Look,
) -> None:
    """Draw the directions of one run at some recorded steps side by side on a common scale."""
    room = style.WIDTH / len(steps)
    W = polygons.in_plane(history.weights(seed))[_at(history, steps)]
    names = [f"{letter}   step {step:,}" for letter, step in zip(step_axes.letters(len(steps)), steps, strict=True)]
    centres = [room * (i + 0.5) for i in range(len(steps))]
    for centre, directions in zip(centres, W, strict=True):
        polygons.draw_in_square(page, directions, look, (centre, top - side / 2), side)
    texts = [page.text(centre, top + 0.03, name, ha="center") for centre, name in zip(centres, names, strict=True)]
    style.fit(*texts, width=0.95 * room)


def _draw_curves(
    axes: Sequence[Axes], history: History, over_seeds: Mapping[str, pd.DataFrame], seed: int, marks: Marks
) -> None:
    """Draw loss, LLC by sampler preset and counts of features, one below the other, over the same steps."""
    color, n_runs = style.FAMILY_COLORS[history.family], len(history.trajectory.seeds)
    step_axes.draw_loss(axes[0], history.loss, over_seeds["loss"], seed, color=color)
    step_axes.draw_drops(axes[0], history.largest_drops(marks.settings), n_runs)
    for ax, (sampler, table) in zip(axes[1:-2], history.llc.items(), strict=True):
        step_axes.draw_llc(ax, table, over_seeds[f"llc_{sampler}"], sampler, color=color)
    step_axes.draw_counts(axes[-2], over_seeds, color=color, n_features=history.trajectory.W.shape[-1])
    step_axes.draw_onsets(axes[-2], history.onsets(marks.thresholds, n_initial=marks.n_initial))
    width = style.WIDTH - LEFT - RIGHT
    ribbon.draw_ribbon(axes[-1], history.critical)
    for ax in axes:
        step_axes.step_axis(ax, int(history.trajectory.steps[-1]))
        ax.yaxis.set_label_coords(-0.48 / width, 0.5)
        if ax.get_legend_handles_labels()[0]:
            ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes[-1].set_xlabel("training step")


def _write_title(page: Axes, history: History, *, room: float) -> None:
    """Write label, formula and preset at the top of a page, no wider than it and no taller than the room."""
    title = rf"{history.label},  $\varphi(x) = {history.formula}$,  training preset {history.training}"
    written = page.text(0.08, page.get_ylim()[1] - 0.06, title, va="top", fontsize=style.TITLE)
    style.fit(written, width=style.WIDTH - 0.16, height=room)


def _training_note(history: History, seed: int, band: float, look: polygons.Look) -> str:
    """Return what a reader has to know to read a training figure."""
    n_seeds = len(history.trajectory.seeds)
    which, lines = f"seed {seed}", ""
    black = " black: features that start as the initial polygon;" if look.n_initial else ""
    if n_seeds > 1:
        which += f", whose final loss is the median of {n_seeds}"
        lines = f"Lines: median over seeds (LLC: if half are readable); bands: the middle {band:.0%} of seeds. "
    n_followed = len({seed for llc in history.llc.values() for seed in llc.seed[followed(llc)]})
    if 0 < n_followed < n_seeds:
        lines += f"LLC over training, and its line: {n_followed} of {n_seeds} seeds. "
    return (
        f"Polygons: {which};{black} grey circle: length {look.radius:g}. "
        f"{polygons.plane_note(history.trajectory.W.shape[2])}{lines}"
        "Last panel, a strip for each followed run: the critical point near it, blank without one. "
        "Axes of LLC: linear from −10 to 10, logarithmic outside. Bars above the loss: largest drop of each run, "
        "darker where more runs drop. Ticks above the counts: onset of superposition, triangle: their median. "
        f"{_diverged_note(history)}"
    ).strip()


def _diverged_note(history: History) -> str:
    if not history.n_diverged:
        return ""
    if len(history.trajectory.seeds) == 1:
        return "The run diverged and is shown until then."
    count = "counts" if history.n_diverged == 1 else "count"
    return f"{history.n_diverged} of {len(history.trajectory.seeds)} runs diverged and {count} until then."


@style.styled
def seeds_figure(history: History, *, n_initial: int) -> Figure:
    """Return a contact sheet: the final polygon of every run, with its loss and number of recovered features."""
    seeds = history.trajectory.seeds.tolist()
    n_columns = 5 if len(seeds) <= 25 else 8
    W = [polygons.upright(polygons.in_plane(history.weights(seed))[-1]) for seed in seeds]
    look = polygons.shared(W, history.family, n_initial=n_initial)
    note = f"Directions after training, turned so that feature 0 points up; grey circle: length {look.radius:g}. "
    note = style.wrapped(f"{note}{polygons.plane_note(history.trajectory.W.shape[2])}")
    side, room = style.WIDTH / n_columns, style.WIDTH / n_columns + 0.45
    height = 0.4 + -(-len(seeds) // n_columns) * room + LINE * (note.count("\n") + 1) + 0.06
    page = style.page(Figure(figsize=(style.WIDTH, height)))
    _write_title(page, history, room=0.2)
    page.text(0.08, 0.05, note, va="bottom", **style.NOTE)
    for i, (seed, directions) in enumerate(zip(seeds, W, strict=True)):
        x, top = side * (i % n_columns + 0.5), height - 0.4 - room * (i // n_columns)
        page.text(x, top, f"seed {seed}", ha="center")
        polygons.draw_in_square(page, directions, look, (x, top - side / 2), side - 0.08)
        page.text(x, top - side, _ending(history, seed), ha="center", va="top", fontsize=style.SMALL)
    return page.figure  # type: ignore[return-value]


def _ending(history: History, seed: int) -> str:
    """Return how one run ended, in words."""
    step = history.trajectory.steps[history.trajectory.diverged[history.trajectory.seeds == seed][0]]
    if len(step):
        return f"diverged by\nstep {step[0]:,}"
    last = history.final.loc[seed]
    return f"loss {last.loss:.3g}\n{last.n_recovered} recovered"
