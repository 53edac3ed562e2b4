"""What a comparison document holds: some activations side by side, under every training preset."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from superposition import history, wording
from superposition.comparison_curves import comparison_figure
from superposition.document import Document
from superposition.grid import Cell, Column, Grid, Group, Picture, Row
from superposition.history import History, representative_seed
from superposition.report import Study, Values, estimate, headings, reading_guide, summary_rows
from superposition.schedules import nearest_steps
from superposition.thumbnails import thumbnail

FIGURE_CM = 16.5
POLYGON_CM = 1.4
MOST_COLUMNS = 6
"""Activations that fit side by side; more of them continue in further tables and pictures."""

Key = tuple[str, str]
"""Training preset and activation."""


def read_histories(
    printed: Mapping[str, Mapping[str, str]],
    *,
    trajectory: Iterable[str],
    loss: Iterable[str],
    superposition: Iterable[str],
    llc: Mapping[str, Iterable[str]],
) -> dict[Key, History]:
    """Return the histories of activations by training preset and activation.

    Args:
        printed: Label, family and formula of the activations.
        trajectory: Trajectories in folders ``.../{training}/{activation}/seeds-{seeds}/``, as the study lays out runs.
        loss: Loss tables in the same folders.
        superposition: Superposition tables in the same folders.
        llc: LLC tables in the same folders, by sampler preset.
    """
    files = {"trajectory": _by_key(trajectory), "loss": _by_key(loss), "superposition": _by_key(superposition)}
    estimates = {sampler: _by_key(paths) for sampler, paths in llc.items()}
    return {
        key: history.read(
            key[0],
            {name: printed[key[1]][name] for name in ("label", "family", "formula")},
            **{name: paths[key] for name, paths in files.items()},
            llc={sampler: paths[key] for sampler, paths in estimates.items()},
        )
        for key in files["trajectory"]
    }


def _by_key(paths: Iterable[str]) -> dict[Key, list[Path]]:
    found: dict[Key, list[Path]] = {}
    for path in map(Path, paths):
        found.setdefault((path.parts[-4], path.parts[-3]), []).append(path)
    return found


def comparison_document(
    study: Study,
    summary: pd.DataFrame,
    histories: Mapping[Key, History],
    *,
    title: str,
    moments: Sequence[int],
    band: float,
    n_initial: Mapping[str, int],
) -> Document:
    """Return the document that compares some activations.

    Args:
        study: What the documents say about the study.
        summary: Medians and intervals of all measures.
        histories: Runs of the compared activations by training preset and activation.
        title: What is compared.
        moments: Steps at which polygons are shown, each at the nearest recorded step.
        band: Share of the seeds within the bands of curves.
        n_initial: Number of features of the initial polygon by training preset.
    """
    document = Document(
        study.work, title=f"{title}, side by side", subject="Comparison of activations", landscape=False
    )
    document.text(*reading_guide(study))
    rows = {training: summary_rows(summary, training) for training in study.training}
    names = list(study.printed)
    parts = [names[start : start + MOST_COLUMNS] for start in range(0, len(names), MOST_COLUMNS)]
    for number, training in enumerate(study.training):
        document.heading(f"Training preset {training}", 1, on_new_page=number > 0)
        for position, part in enumerate(parts):
            labels = wording.listing([study.printed[name]["label"] for name in part])
            if len(parts) > 1:
                document.heading(labels, 2, on_new_page=position > 0)
            chosen = {name: histories[training, name] for name in part}
            grid = _side_by_side(study, rows[training], chosen, moments=moments, n_initial=n_initial[training])
            _add_table(document, study, grid, labels, label=f"numbers-{training}-{position}")
            _add_curves(document, list(chosen.values()), labels, band, label=f"curves-{training}-{position}")
    return document


def _add_table(document: Document, study: Study, grid: Grid, labels: str, *, label: str) -> None:
    caption = (
        f"{labels}: polygons over training of the run whose final loss is the median, each on its own scale, and "
        f"medians over seeds with {wording.percent(study.resampling.confidence)} bootstrap intervals."
    )
    document.table(grid, caption=caption, label=label)
    document.note(f"Black: features that start as the initial polygon. {wording.MISSING}: no run has a value.")


def _side_by_side(
    study: Study,
    rows: Mapping[str, Values],
    histories: Mapping[str, History],
    *,
    moments: Sequence[int],
    n_initial: int,
) -> Grid:
    """Return a table with a column for each activation: polygons over training, then numbers."""
    columns = [Column(heading="Activation", width=2.15)]
    columns += [Column(heading=runs.label, width=2.7, align="center") for runs in histories.values()]
    grid = Grid(columns=columns, rows=[Group("Feature directions")])
    first = next(iter(histories.values()))
    for step in nearest_steps(list(moments), first.trajectory.steps.tolist()):
        polygons = [_polygon(runs, step, n_initial) for runs in histories.values()]
        grid.rows.append([f"Step {step}", *polygons])
    grid.rows.append(Group("After training"))
    for measure, heading in headings(study.samplers).items():
        grid.rows.append([heading, *(estimate(rows[name], measure) for name in histories)])
    grid.rows.append(_used(rows, histories))
    return grid


def _polygon(runs: History, step: int, n_initial: int) -> Cell:
    """Return the cell with the polygon of the median run at a recorded step; a dash where it is not finite."""
    seed = representative_seed(runs.final.loss)
    W = runs.weights(seed)[int(np.flatnonzero(runs.trajectory.steps == step)[0])]
    if not np.isfinite(W).all():
        return Cell()
    picture = thumbnail(W, n_initial=n_initial, family=runs.family)
    alt = f"Feature directions of {runs.label} at step {step} of training, seed {seed}."
    return Cell(picture=Picture(source=picture, alt=alt, width_cm=POLYGON_CM))


def _used(rows: Mapping[str, Values], names: Mapping[str, History]) -> Row:
    used = [rows[name]["loss"] for name in names]
    return ["Runs used", *(Cell(text=str(row["n_used"]), detail=f"{row['n_excluded']} excluded") for row in used)]


def _add_curves(document: Document, histories: Sequence[History], labels: str, band: float, *, label: str) -> None:
    """Add the picture of losses, LLC and represented features over training."""
    png = BytesIO()
    comparison_figure(histories, band=band).savefig(png, format="png", dpi=200)
    caption = (
        f"Loss, LLC and represented features of {labels} over training with preset {histories[0].training}. Lines: "
        f"medians over seeds; bands: the middle {wording.percent(band)} of the seeds. An LLC is shown where at least "
        "half of the runs have one that may be read."
    )
    picture = Picture(source=png.getvalue(), alt=caption, width_cm=FIGURE_CM)
    document.picture(picture, caption=caption, label=label)
