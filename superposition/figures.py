"""Figures of one activation: how it trained, how its runs ended, and its polygon as a thumbnail."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from superposition import curves, polygons, style
from superposition.geometry import Thresholds
from superposition.history import History, representative_seed
from superposition.schedules import nearest_steps


@style.styled
def training_figure(
    history: History, *, moments: Sequence[int], band: float, thresholds: Thresholds, n_initial: int
) -> Figure:
    """Return the polygons of one run at some moments above loss, LLC and superposition of all runs over training.

    Args:
        history: The runs. Polygons are those of the run whose final loss is the median; see representative_seed.
        moments: Steps at which polygons are drawn, each at the nearest recorded step.
        band: Share of the seeds, around the median, that bands hold, in [0, 1].
        thresholds: From when on a feature counts as represented, for the onset of superposition.
        n_initial: Number of features of the initial polygon.
    """
    seed = representative_seed(history.final.loss)
    steps = nearest_steps(list(moments), history.trajectory.steps.tolist())
    height, n_panels = min(1.5, style.WIDTH / len(steps)) + 0.1, 2 + len(history.llc)
    figure = Figure(figsize=(style.WIDTH, height + 1.2 * n_panels + 0.8), layout="constrained")
    figure.suptitle(_title(history), x=0.01, ha="left")
    grid = figure.add_gridspec(2, 1, height_ratios=[height, 1.2 * n_panels])
    upper, lower = figure.add_subfigure(grid[0]), figure.add_subfigure(grid[1])
    panels = list(upper.subplots(1, len(steps), squeeze=False)[0])
    radius = _draw_moments(panels, history, seed, steps, n_initial=n_initial)
    axes = list(lower.subplots(n_panels, 1, sharex=True))
    _draw_curves(axes, history, seed, band=band, onsets=history.onsets(thresholds, n_initial=n_initial))
    curves.mark_moments(axes, steps)
    figure.supxlabel(_training_note(history, seed, band, radius), x=0.01, ha="left", **style.NOTE)
    return figure


def _draw_moments(axes: Sequence[Axes], history: History, seed: int, steps: Sequence[int], *, n_initial: int) -> float:
    """Draw the directions of one run at some recorded steps on a common scale; return the circle's radius."""
    index = np.searchsorted(history.trajectory.steps, steps)
    W = polygons.in_plane(history.weights(seed))[index]
    look = _look(history, W, n_initial=n_initial)
    for ax, letter, step, directions in zip(axes, curves.letters(len(steps)), steps, W, strict=True):
        polygons.draw(ax, directions, **look)
        ax.set_title(f"{letter}   step {step:,}")
    return look["radius"]


def _look(history: History, W: Iterable[Float[np.ndarray, "*batch 2 feature"]], *, n_initial: int) -> dict[str, Any]:
    """Return how polygons that share a scale are drawn."""
    half_side = polygons.extent(W)
    return {
        "n_initial": n_initial,
        "color": style.FAMILY_COLORS[history.family],
        "half_side": half_side,
        "radius": polygons.reference_radius(half_side),
    }


def _draw_curves(
    axes: Sequence[Axes], history: History, seed: int, *, band: float, onsets: Float[np.ndarray, " seed"]
) -> None:
    """Draw loss, LLC by sampler preset and counts of features, one below the other, over the same steps."""
    color = style.FAMILY_COLORS[history.family]
    curves.draw_loss(axes[0], history.loss, seed, color=color, band=band)
    for ax, (sampler, table) in zip(axes[1:-1], history.llc.items(), strict=True):
        curves.draw_llc(ax, table, sampler, color=color)
    n_features = history.trajectory.W.shape[-1]
    curves.draw_counts(axes[-1], history.superposition, color=color, band=band, n_features=n_features)
    curves.draw_onsets(axes[-1], onsets)
    for ax in axes:
        curves.step_axis(ax, int(history.trajectory.steps[-1]))
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes[-1].set_xlabel("training step")
    axes[0].figure.align_ylabels()


def _title(history: History) -> str:
    return rf"{history.label},  $\varphi(x) = {history.formula}$,  training preset {history.training}"


def _training_note(history: History, seed: int, band: float, radius: float) -> str:
    """Return what a reader has to know to read a training figure."""
    n_seeds = len(history.trajectory.seeds)
    which, lines = f"seed {seed}", ""
    if n_seeds > 1:
        which += f", whose final loss is the median of {n_seeds}"
        lines = f"Lines: median over seeds (LLC: if half are readable); bands: the middle {band:.0%} of seeds.\n"
    return (
        f"Polygons: {which}; black: features that start as the initial polygon; grey circle: length {radius:g}.\n"
        f"{polygons.plane_note(history.trajectory.W.shape[2])}{lines}"
        "Axes of LLC: linear from 0 to 10, logarithmic outside. Ticks above the last panel: onset of superposition.\n"
        f"{_diverged_note(history)}"
    ).strip()


def _diverged_note(history: History) -> str:
    if not history.n_diverged:
        return ""
    if len(history.trajectory.seeds) == 1:
        return "The run diverged and is shown until then."
    return f"{history.n_diverged} of {len(history.trajectory.seeds)} runs diverged and count until then."


@style.styled
def seeds_figure(history: History, *, n_initial: int) -> Figure:
    """Return a contact sheet: the final polygon of every run, with its loss and number of represented features."""
    seeds = history.trajectory.seeds.tolist()
    n_columns = 5 if len(seeds) <= 25 else 8
    n_rows = -(-len(seeds) // n_columns)
    side = style.WIDTH / n_columns
    figure = Figure(figsize=(style.WIDTH, n_rows * (side + 0.4) + 0.7), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    W = [polygons.upright(polygons.in_plane(history.weights(seed))[-1]) for seed in seeds]
    look = _look(history, W, n_initial=n_initial)
    for ax, seed, directions in zip(axes, seeds, W, strict=False):
        polygons.draw(ax, directions, **look)
        ax.set_title(f"seed {seed}")
        ax.text(0.5, 0, _ending(history, seed), transform=ax.transAxes, ha="center", va="top", fontsize=style.SMALL)
    for ax in axes[len(seeds) :]:
        ax.set_axis_off()
    figure.suptitle(_title(history), x=0.01, ha="left")
    note = f"Directions after training, turned so that feature 0 points up; grey circle: length {look['radius']:g}.\n"
    plane = polygons.plane_note(history.trajectory.W.shape[2])
    figure.supxlabel(f"{note}{plane}".strip(), x=0.01, ha="left", **style.NOTE)
    return figure


def _ending(history: History, seed: int) -> str:
    """Return how one run ended, in words."""
    step = history.trajectory.steps[history.trajectory.diverged[history.trajectory.seeds == seed][0]]
    if len(step):
        return f"diverged by step {step[0]:,}"
    last = history.final.loc[seed]
    return f"loss {last.loss:.3g}\n{last.n_represented} represented"


@style.styled
def polygon_thumbnail(W: Float[np.ndarray, "hidden feature"], *, n_initial: int, color: str = style.INK) -> Figure:
    """Return the polygon of one model as a square of 0.6 inch, for a cell of a table."""
    directions = polygons.upright(polygons.in_plane(W[None])[0])
    figure = Figure(figsize=(0.6, 0.6))
    ax = figure.add_axes((0, 0, 1, 1))
    half_side = polygons.extent([directions])
    polygons.draw(ax, directions, n_initial=n_initial, color=color, half_side=half_side, radius=0)
    return figure
