"""Appendix: one row for each run of an activation, with its statuses in words, and its training."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from superposition import palette, wording
from superposition.documents.shared import Figures, Study
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Column, Grid, Group, Picture, Row
from superposition.measures.final import llc_measure, readable
from superposition.quantities import COUNTS, SHOWN
from superposition.status import DIVERGED, may_be_read


def appendix_document(study: Study, runs: pd.DataFrame, figures: Figures) -> Document:
    """Return the appendix.

    Args:
        study: What the documents say about the study.
        runs: Table of runs.
        figures: Training figures by training preset and activation.
    """
    document = Document(
        study.work,
        title="Superposition by activation: every run",
        subject="Final measures of every run",
        landscape=True,
    )
    document.text(*_introduction(runs))
    document.contents()
    shown = {name: row for name, row in study.printed.items() if name in set(runs.activation)}
    for family, names in palette.by_family(shown).items():
        document.heading(wording.title(family), 1, on_new_page=True)
        for number, name in enumerate(names):
            document.heading(study.printed[name]["label"], 2, on_new_page=number > 0)
            _add_activation(document, study, runs.loc[runs.activation == name], study.printed[name])
            _add_training(document, study, name, figures)
    return document


def _introduction(runs: pd.DataFrame) -> list[str]:
    diverged = int((runs.status == DIVERGED).sum())
    return [
        f"One row for each of the study's {wording.plural(len(runs), 'run')}: values after the last training step, and "
        "the LLC at the last checkpoint with its standard deviation over chains. "
        f"{wording.plural(diverged, 'run')} diverged.",
        f"A dash ({wording.MISSING}) stands for a value that is missing or may not be read; the statuses say why. "
        "Estimates that may not be read stand in the table of runs in results/tables. A run has no onset if it "
        "represents no feature beside the initial ones at its end.",
    ]


def _add_activation(document: Document, study: Study, runs: pd.DataFrame, printed: Mapping[str, str]) -> None:
    """Add the definition of an activation and the table of its runs."""
    name, label, formula = runs.activation.iloc[0], printed["label"], printed["formula"]
    document.text(f"$\\varphi(x) = {formula}$")
    grid = Grid(columns=_columns(study.samplers))
    runs = runs.assign(**{llc_measure(sampler): readable(runs, sampler) for sampler in study.samplers})
    for training in study.training:
        selected = runs.loc[runs.training == training]
        grid.rows.append(Group(f"Training preset {training}"))
        grid.rows += [_row(run, study.samplers) for run in selected.to_dict("records")]
    document.table(grid, caption=f"Every run of {label}.", label=f"runs-{name}")
    document.note(f"{wording.MISSING}: missing, or may not be read; see the status beside it.")


def _add_training(document: Document, study: Study, name: str, figures: Figures) -> None:
    """Add the training figures of an activation, two presets side by side."""
    label, presets = (
        study.printed[name]["label"],
        [training for training in study.training if (training, name) in figures],
    )
    for start in range(0, len(presets), 2):
        beside = presets[start : start + 2]
        drawn = [
            Picture(
                source=figures[training, name],
                alt=f"Polygons, loss, LLC and features of {label} over training with preset {training}.",
                width_cm=document.text_width_cm / 2 - 0.1,
            )
            for training in beside
        ]
        caption = (
            f"Training of {label}; from left to right, preset {wording.listing(beside)}. Above, polygons of the run "
            "whose final loss is the median; below, loss with the largest drop of every run, LLC by sampler preset "
            f"(hollow where it may not be read), and numbers of features with onsets.{study.llc_note}"
        )
        document.pictures(*drawn, caption=caption, label=f"training-{name}-{start}")


def _columns(samplers: Sequence[str]) -> list[Column]:
    columns = [Column(heading="Seed", width=1.1, align="center"), Column(heading="Run", width=2.8)]
    columns += [Column(heading=heading, width=2.1, align="number") for heading in SHOWN.values()]
    for sampler in samplers:
        columns.append(Column(heading=f"LLC ({sampler})", width=3.0, align="number", point=0.22))
        columns.append(Column(heading="Estimate", width=2.4))
    return columns


def _row(run: Mapping[str, Any], samplers: Sequence[str]) -> Row:
    """Return the row of one run; its LLC is missing where it may not be read."""
    finite = may_be_read(run["status"])
    cells = [str(run["seed"]), "ok" if finite else f"diverged by step {wording.count(run['diverged_step'])}"]
    for measure in SHOWN:
        show = wording.count if measure in COUNTS else wording.number
        cells.append(show(run[measure]) if finite else wording.MISSING)
    for sampler in samplers:
        shown, spread = wording.number(run[llc_measure(sampler)]), wording.number(run[f"llc_std_{sampler}"])
        known = wording.MISSING not in (shown, spread) and spread != "0"
        status = run[f"status_{sampler}"]  # missing where no protocol has the two presets
        cells += [
            f"{shown} ± {spread}".replace(" ", wording.FIXED_SPACE) if known else shown,
            wording.words(status) if isinstance(status, str) else wording.MISSING,
        ]
    return cells
