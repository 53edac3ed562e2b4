"""The signature figure: every activation as the post saw it, under control, and at its best."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from superposition import wording
from superposition.figures import polygons, style
from superposition.measures import geometry
from superposition.measures.history import Key
from superposition.tables.columns import RUN_KEYS
from superposition.tables.trajectory import Trajectory

COLUMNS = 14
"""Activations beside each other: the registry fills two blocks of them."""

# Sizes in inches.
MARGIN = 0.72
"""Room for the names of rows, on the left."""

NAME, GAP, TOP, BELOW = 0.22, 0.24, 0.08, 0.36
"""Room for names of activations, between blocks, above all of them, and for the note."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a block: how all activations end under one procedure.

    Attributes:
        label: Name of the row as printed.
        W: Weights by activation, shape (seed, hidden, feature); none for an activation without any.
        recovered: Recovered features of these models by activation, one value for each seed.
        is_cloud: Whether all seeds are shown on one another, instead of the one with the median count.
    """

    label: str
    W: Mapping[str, Float[np.ndarray, "seed hidden feature"]]
    recovered: Mapping[str, Float[np.ndarray, " seed"]]
    is_cloud: bool


@style.styled
def signature_figure(
    rows: Sequence[Row], *, printed: Mapping[str, Mapping[str, str]], thresholds: geometry.Thresholds
) -> Figure:
    """Return the signature figure: activations from the fewest recovered features to the most, in the rows given.

    Args:
        rows: Rows from top to bottom; the last but one of several gives the order, or the only one.
        printed: Label and family by activation.
        thresholds: From when on a feature counts as represented, and belongs to the polygon.
    """
    names = ordered(rows[min(1, len(rows) - 1)].recovered, printed)
    blocks = [names[i : i + COLUMNS] for i in range(0, len(names), COLUMNS)]
    side = (style.WIDTH - MARGIN) / max(min(COLUMNS, len(names)), 6)
    block = NAME + len(rows) * (side + 0.1)
    height = TOP + len(blocks) * (block + GAP) + BELOW
    page = style.page(Figure(figsize=(style.WIDTH, height)))
    labels: list[Text] = []
    for i, shown in enumerate(blocks):
        top = height - TOP - i * (block + GAP)
        for j, row in enumerate(rows):
            middle = top - NAME - j * (side + 0.1) - side / 2
            page.text(0.05, middle, style.wrapped(row.label, width=MARGIN - 0.1), va="center", fontsize=style.SMALL)
            for k, name in enumerate(shown):
                x = MARGIN + side * (k + 0.5)
                color = style.FAMILY_COLORS[printed[name]["family"]]
                _draw(page, row, name, (x, middle), side=side, color=color, thresholds=thresholds)
        labels += [
            page.text(MARGIN + side * (k + 0.5), top - NAME + 0.05, printed[name]["label"], ha="center")
            for k, name in enumerate(shown)
        ]
    for label in labels:
        label.set_fontsize(style.SMALL)
    style.fit(*labels, width=side - 0.02)
    page.text(0.05, 0.04, style.wrapped(_note(rows)), va="bottom", **style.NOTE)
    return page.figure  # type: ignore[return-value]


def ordered(recovered: Mapping[str, Float[np.ndarray, " seed"]], names: Iterable[str]) -> list[str]:
    """Return activations from the fewest recovered features to the most, by their mean; those without any runs last."""
    means = pd.Series({name: pd.Series(recovered.get(name, np.empty(0)), dtype=float).mean() for name in names})
    return [str(name) for name in means.sort_values(kind="stable", na_position="last").index]


def _draw(
    page: Axes,
    row: Row,
    name: str,
    centre: tuple[float, float],
    *,
    side: float,
    color: str,
    thresholds: geometry.Thresholds,
) -> None:
    """Draw one activation's models in one row, and below them how many features they recover."""
    counts = pd.Series(row.recovered.get(name, np.empty(0)), dtype=float)
    below = centre[1] - side / 2 - 0.085
    if not counts.notna().any():
        page.text(*centre, wording.MISSING, ha="center", va="center", color=style.FAINT)
        return
    finite = row.W[name][counts.notna().to_numpy()]
    counts = counts.dropna()
    directions = [polygons.upright(polygons.in_plane(W[None])[0]) for W in finite]
    if row.is_cloud:
        _draw_cloud(page, directions, centre, side=side, color=color)
    else:
        chosen = int((counts - counts.median()).abs().to_numpy().argmin())
        W = directions[chosen]
        counted = geometry.represented(W, thresholds=thresholds)
        look = polygons.Look(n_initial=0, color=color, half_side=polygons.extent([W]), radius=np.inf)
        polygons.draw(page, W, look, centre=centre, scale=(side - 0.06) / 2 / look.half_side, counted=counted)
    page.text(centre[0], below, _range(counts), ha="center", va="bottom", fontsize=style.SMALL - 1.5)


def _draw_cloud(
    page: Axes, directions: Sequence[np.ndarray], centre: tuple[float, float], *, side: float, color: str
) -> None:
    """Draw the ends of all features of all seeds, each seed on its own scale."""
    scaled = [W / polygons.extent([W]) for W in directions]
    ends = np.concatenate(scaled, axis=1) * (side - 0.06) / 2 + np.array(centre)[:, None]
    page.plot(*ends, "o", color=color, markersize=1.6, markeredgewidth=0, alpha=0.45)


def _range(counts: pd.Series) -> str:
    low, high = counts.min(), counts.max()
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _note(rows: Sequence[Row]) -> str:
    cloud = "Dots: ends of all features of all seeds. " if any(row.is_cloud for row in rows) else ""
    shape = "Shapes: the run with the median count; pale rays are features that are not represented. "
    counts = "Below: recovered features, range over seeds. Feature 0 points up; every panel has its own scale."
    return f"{cloud}{shape}{counts}"


def rows_of(trajectories: Mapping[Key, Trajectory], runs: pd.DataFrame, shown: Mapping[str, str]) -> list[Row]:
    """Return the rows of the procedures that are shown, the first as a cloud.

    Args:
        trajectories: Weights of all runs.
        runs: Table of runs, seeds in the order of the weights.
        shown: Training preset by label of the row, from top to bottom.
    """
    counts = {
        (str(training), str(name)): group.n_recovered.to_numpy(dtype=float, na_value=np.nan)
        for (training, name), group in runs.groupby(RUN_KEYS[:2])  # type: ignore[misc]
    }
    return [
        Row(
            label=label,
            W={name: run.W[:, -1] for (preset, name), run in trajectories.items() if preset == training},
            recovered={name: values for (preset, name), values in counts.items() if preset == training},
            is_cloud=i == 0 and len(shown) > 1,
        )
        for i, (label, training) in enumerate(shown.items())
    ]
