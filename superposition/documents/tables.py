"""Documents of numbers: all activations in one table for each training preset, and the appendix of every run."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from superposition import palette, wording
from superposition.documents.shared import (
    Figures,
    Study,
    Values,
    estimate,
    headings,
    reading_guide,
    runs_used,
    summary_rows,
)
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group, Picture, Row
from superposition.measures.final import llc_measure, readable
from superposition.quantities import COUNTS, LOSS, SHOWN
from superposition.status import DIVERGED, may_be_read

THUMBNAIL_CM = 1.3
WIDTHS = {"n_represented": 2.0, "n_recovered": 1.9, "polygon": 1.7}


def tables_document(study: Study, summary: pd.DataFrame, thumbnails: Mapping[tuple[str, str], bytes]) -> Document:
    """Return the document of tables."""
    title = "Superposition by activation: tables"
    document = Document(study.work, title=title, subject="Final measures of every activation", landscape=True)
    document.text(*reading_guide(study))
    for number, training in enumerate(study.training):
        document.heading(wording.sentence(study.place(training)), 1, on_new_page=number > 0)
        rows, measures = summary_rows(summary, training), headings(study.samplers_of(training))
        grid = Grid([Column("Activation", 2.3), Column("Final polygon", 1.8, "center")])
        grid.columns += [Column(title, WIDTHS.get(measure, 2.6), "number") for measure, title in measures.items()]
        grid.columns += [Column("Runs used", 1.7, "center")]
        for family, names in palette.by_family(
            {name: study.printed[name] for name in study.printed if name in rows}
        ).items():
            grid.rows.append(Group(wording.title(family)))
            for name in names:
                polygon = _polygon(study.printed[name]["label"], rows[name], thumbnails.get((training, name)))
                n_open = int(rows[name]["loss_at_step"]["n_used"])
                cells = [estimate(rows[name][one], n_open if one == LOSS.name else 0) for one in measures]
                grid.rows.append([study.printed[name]["label"], polygon, *cells, runs_used(rows[name])])
        caption = (
            f"Final state of the runs of every activation: {study.place(training)}. Medians over seeds with "
            f"{wording.percent(study.confidence)} bootstrap intervals; polygon of the run whose loss is the median."
        )
        note = (
            "Polygons: feature directions, each on its own scale; pale, features that are not recovered; black, those "
            "that are and start as the initial polygon, if there is one; grey circle, length 1. n: runs with a value, "
            f"where some have none. {wording.MISSING}: no run has a value."
        )
        document.table(grid, caption=caption, label=f"activations-{training}", note=note)
    return document


def _polygon(label: str, values: Values, thumbnail: bytes | None) -> Cell:
    corners = wording.count(values["polygon"]["median"])
    alt = f"Final feature directions of {label}; corners in the median run: {corners}."
    return Cell(picture=Picture(source=thumbnail, alt=alt, width_cm=THUMBNAIL_CM)) if thumbnail else Cell()


def appendix_document(study: Study, runs: pd.DataFrame, figures: Figures) -> Document:
    """Return the appendix: of each activation one row for each run, with its statuses in words, and its training."""
    title = "Superposition by activation: every run"
    document = Document(study.work, title=title, subject="Final measures of every run", landscape=True)
    diverged = wording.plural(int((runs.status == DIVERGED).sum()), "run")
    document.text(
        f"One row for each of the study's {wording.plural(len(runs), 'run')}: values after the last training step, and "
        f"the LLC at the last checkpoint with its standard deviation over chains. {diverged} diverged.",
        f"A dash ({wording.MISSING}) stands for a value that is missing or may not be read; the statuses say why. "
        "Estimates that may not be read stand in the table of runs in results/tables. A run has no onset if it "
        "recovers no more features than the initial ones at its end. A loss “at step” so many is that of a run that "
        "has not ended at a minimum.",
    )
    document.contents()
    runs = runs.assign(**{llc_measure(sampler): readable(runs, sampler) for sampler in study.samplers})
    of_activation = dict(tuple(runs.groupby("activation")))
    shown = {name: row for name, row in study.printed.items() if name in of_activation}
    for family, names in palette.by_family(shown).items():
        document.heading(wording.title(family), 1, on_new_page=True)
        for number, name in enumerate(names):
            label = study.printed[name]["label"]
            document.heading(label, 2, on_new_page=number > 0)
            document.text(f"$\\varphi(x) = {study.printed[name]['formula']}$")
            note = f"{wording.MISSING}: missing, or may not be read; see the status beside it."
            grid = _runs(study, of_activation[name])
            document.table(grid, caption=f"Every run of {label}.", label=f"runs-{name}", note=note)
            _add_training(document, study, name, figures)
    return document


def _add_training(document: Document, study: Study, name: str, figures: Figures) -> None:
    """Add the training figures of an activation, two presets side by side."""
    label, width_cm = study.printed[name]["label"], document.text_width_cm / 2 - 0.1
    presets = [training for training in study.training if (training, name) in figures]
    for start in range(0, len(presets), 2):
        beside = presets[start : start + 2]
        alt = f"Polygons, loss, LLC and features of {label} over training: "
        drawn = [
            Picture(source=figures[one, name], alt=f"{alt}{study.place(one)}.", width_cm=width_cm) for one in beside
        ]
        caption = (
            f"Training of {label}; from left to right, {wording.listing(list(map(study.place, beside)))}. Above, "
            "polygons of the run whose final loss is the median; below, loss with the largest drop of every run, LLC "
            f"by sampler preset (hollow where it may not be read), and numbers of features with onsets.{study.llc_note}"
        )
        document.pictures(*drawn, caption=caption, label=f"training-{name}-{start}")


def _runs(study: Study, runs: pd.DataFrame) -> Grid:
    """Return the table of the runs of an activation."""
    grid = Grid([Column("Seed", 1.1, "center"), Column("Run", 2.8)])
    grid.columns += [Column(heading, 2.1, "number") for heading in SHOWN.values()]
    for sampler in study.samplers:
        grid.columns += [Column(f"LLC ({sampler})", 3.0, "number", point=0.22), Column("Estimate", 2.4)]
    for training in study.training:
        grid.rows.append(Group(wording.sentence(study.place(training))))
        grid.rows += [_run(run, study.samplers) for run in runs.loc[runs.training == training].to_dict("records")]
    return grid


def _run(run: Mapping[str, Any], samplers: Sequence[str]) -> Row:
    """Return the row of one run; its LLC is missing where it may not be read."""
    finite = may_be_read(run["status"])
    cells: list[Cell | str] = [
        str(run["seed"]),
        "ok" if finite else f"diverged by step {wording.count(run['diverged_step'])}",
    ]
    for measure in SHOWN:
        show = wording.count if measure in COUNTS else wording.number
        shown = show(run[measure]) if finite else wording.MISSING
        stopped = measure == LOSS.name and finite and not pd.isna(run["loss_at_step"])  # the run is not at a minimum
        cells.append(Cell(shown, detail=f"at step {int(run['loss_at_step']):,}") if stopped else shown)
    for sampler in samplers:
        shown, spread = wording.number(run[llc_measure(sampler)]), wording.number(run[f"llc_std_{sampler}"])
        known = wording.MISSING not in (shown, spread) and spread != "0"
        cells.append(f"{shown} ± {spread}".replace(" ", wording.FIXED_SPACE) if known else shown)
        status = run[f"status_{sampler}"]  # missing where no protocol has the two presets
        cells.append(wording.words(status) if isinstance(status, str) else wording.MISSING)
    return cells
