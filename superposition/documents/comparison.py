"""Comparison document: some activations side by side, under every training preset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition import wording
from superposition.documents.shared import Study, add_figure, estimate, headings, reading_guide, summary_rows
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group, Picture
from superposition.figures import style
from superposition.figures.comparison import comparison_figure
from superposition.figures.thumbnails import Key, Shown, thumbnails
from superposition.schedules import nearest_steps
from superposition.tables.trajectory import Trajectory

POLYGON_CM = 1.4
MOST_COLUMNS = 6
"""Activations that fit side by side; more of them continue in further tables and pictures."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Results of the activations of a comparison.

    Attributes:
        summary: Medians and intervals of all measures.
        trajectories: The run that stands for each activation, by training preset and activation.
        curves: Tables of curves, by training preset and activation.
    """

    summary: pd.DataFrame
    trajectories: Mapping[Key, Trajectory]
    curves: Mapping[Key, pd.DataFrame]


def comparison_document(
    study: Study,
    compared: Compared,
    *,
    title: str,
    moments: Sequence[int],
    band: float,
    n_initial: Mapping[str, int],
) -> Document:
    """Return the document that compares some activations.

    Args:
        study: What the documents say about the study; its activations are those that are compared.
        compared: What is shown of them.
        title: What is compared.
        moments: Steps at which polygons are shown, each at the nearest recorded step.
        band: Share of the seeds within the bands of curves.
        n_initial: Number of features of the initial polygon by training preset.
    """
    document = Document(
        study.work, title=f"{title}, side by side", subject="Comparison of activations", landscape=False
    )
    document.text(*reading_guide(study))
    names = list(study.printed)
    parts = [names[start : start + MOST_COLUMNS] for start in range(0, len(names), MOST_COLUMNS)]
    for number, training in enumerate(study.training):
        document.heading(f"Training preset {training}", 1, on_new_page=number > 0)
        for position, part in enumerate(parts):
            labels = wording.listing([study.printed[name]["label"] for name in part])
            if len(parts) > 1:
                document.heading(labels, 2, on_new_page=position > 0)
            grid = _side_by_side(study, compared, training, part, moments=moments, n_initial=n_initial[training])
            _add_table(document, study, grid, labels, label=f"numbers-{training}-{position}")
            _add_curves(document, study, compared, training, part, band, label=f"curves-{training}-{position}")
    return document


def _add_table(document: Document, study: Study, grid: Grid, labels: str, *, label: str) -> None:
    caption = (
        f"{labels}: polygons over training of the run whose final loss is the median, each on its own scale, and "
        f"medians over seeds with {wording.percent(study.confidence)} bootstrap intervals."
    )
    document.table(grid, caption=caption, label=label)
    document.note(
        "Black: features that start as the initial polygon, if there is one; grey circle, where it fits: length 1. "
        f"{wording.MISSING}: no run has a value."
    )


def _side_by_side(
    study: Study, compared: Compared, training: str, names: Sequence[str], *, moments: Sequence[int], n_initial: int
) -> Grid:
    """Return a table with a column for each activation: polygons over training, then numbers."""
    labels, rows = [study.printed[name]["label"] for name in names], summary_rows(compared.summary, training)
    columns = [Column(heading="Activation", width=2.15)]
    columns += [Column(heading=label, width=2.7, align="center") for label in labels]
    grid = Grid(columns=columns, rows=[Group("Feature directions")])
    recorded = compared.trajectories[training, names[0]].steps.tolist()
    for step in nearest_steps(list(moments), recorded):
        shown = [
            Shown(
                compared.trajectories[training, name].W[0, recorded.index(step)],
                n_initial,
                study.printed[name]["family"],
            )
            for name in names
        ]
        grid.rows.append([f"Step {step}", *_polygons(shown, labels, step)])
    grid.rows.append(Group("After training"))
    for measure, heading in headings(study.samplers_of(training)).items():
        grid.rows.append([heading, *(estimate(rows[name], measure) for name in names)])
    used = [rows[name]["loss"] for name in names]
    cells = [Cell(text=str(row["n_used"]), detail=f"{row['n_excluded']} excluded") for row in used]
    grid.rows.append(["Runs used", *cells])
    return grid


def _polygons(shown: Sequence[Shown], labels: Sequence[str], step: int) -> list[Cell]:
    """Return cells with the polygons of models at a step; a dash where one is not finite."""
    cells = []
    for model, label, picture in zip(shown, labels, thumbnails(shown), strict=True):
        alt = f"Feature directions of {label} at step {step} of training, in the run whose final loss is the median."
        finite = bool(np.isfinite(model.W).all())
        cells.append(Cell(picture=Picture(source=picture, alt=alt, width_cm=POLYGON_CM)) if finite else Cell())
    return cells


def _add_curves(
    document: Document,
    study: Study,
    compared: Compared,
    training: str,
    names: Sequence[str],
    band: float,
    *,
    label: str,
) -> None:
    """Add the picture of losses, LLC and recovered features over training."""
    over_seeds = {study.printed[name]["label"]: compared.curves[training, name] for name in names}
    drawn = style.png(comparison_figure(over_seeds, samplers=study.samplers_of(training)))
    caption = (
        f"Loss, LLC and recovered features of {wording.listing(list(over_seeds))} over training with preset "
        f"{training}. Lines: medians over seeds; bands: the middle {wording.percent(band)} of the seeds. An LLC is "
        f"shown where at least half of the runs have one that may be read.{study.llc_note}"
    )
    add_figure(document, drawn, caption, label)
