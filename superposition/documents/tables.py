"""Document of tables: for each training preset, how the runs of every activation ended."""

from collections.abc import Mapping, Sequence

import pandas as pd

from superposition import wording
from superposition.documents.shared import Study, Values, estimate, families, headings, reading_guide, summary_rows
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group, Picture, Row

THUMBNAIL_CM = 1.3
WIDTHS = {"n_represented": 2.0, "n_recovered": 1.9, "polygon": 1.7}


def tables_document(study: Study, summary: pd.DataFrame, thumbnails: Mapping[tuple[str, str], bytes]) -> Document:
    """Return the document of tables.

    Args:
        study: What the documents say about the study.
        summary: Medians and intervals of all measures.
        thumbnails: Final polygons by training preset and activation.
    """
    title = "Superposition by activation: tables"
    document = Document(study.work, title=title, subject="Final measures of every activation", landscape=True)
    document.text(*reading_guide(study))
    for number, training in enumerate(study.training):
        document.heading(f"Training preset {training}", 1, on_new_page=number > 0)
        add_table(document, study, summary, thumbnails, training)
    return document


def add_table(
    document: Document,
    study: Study,
    summary: pd.DataFrame,
    thumbnails: Mapping[tuple[str, str], bytes],
    training: str,
) -> None:
    """Add the table of all activations with one training preset to a document, with its caption and note."""
    rows = summary_rows(summary, training)
    samplers = study.samplers_of(training)
    grid = Grid(columns=_columns(samplers))
    for family, names in families({name: row for name, row in study.printed.items() if name in rows}):
        grid.rows.append(Group(wording.title(family)))
        grid.rows += [_row(study, rows[name], name, samplers, thumbnails.get((training, name))) for name in names]
    caption = (
        f"Final state of the runs of every activation with training preset {training}. Medians over seeds with "
        f"{wording.percent(study.confidence)} bootstrap intervals; polygon of the run whose loss is the "
        "median."
    )
    document.table(grid, caption=caption, label=f"activations-{training}")
    document.note(
        "Polygons: feature directions, each on its own scale; black, the features that start as the initial polygon, "
        "if there is one; grey circle, length 1. n: runs with a value, where some have none. "
        f"{wording.MISSING}: no run has a value."
    )


def _columns(samplers: Sequence[str]) -> list[Column]:
    measures = headings(samplers).items()
    return [
        Column(heading="Activation", width=2.3),
        Column(heading="Final polygon", width=1.8, align="center"),
        *(Column(heading=heading, width=WIDTHS.get(measure, 2.6), align="number") for measure, heading in measures),
        Column(heading="Runs used", width=1.7, align="center"),
    ]


def _row(study: Study, values: Values, name: str, samplers: Sequence[str], thumbnail: bytes | None) -> Row:
    """Return the row of one activation."""
    label, used = study.printed[name]["label"], values["loss"]
    alt = (
        f"Final feature directions of {label}; corners in the median run: {wording.count(values['polygon']['median'])}."
    )
    return [
        Cell(text=label),
        Cell(picture=Picture(source=thumbnail, alt=alt, width_cm=THUMBNAIL_CM)) if thumbnail else Cell(),
        *(estimate(values, measure) for measure in headings(samplers)),
        Cell(text=str(used["n_used"]), detail=f"{used['n_excluded']} excluded"),
    ]
