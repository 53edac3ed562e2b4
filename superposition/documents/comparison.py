"""Comparison document: what sets some activations apart, in a sentence, a table and their curves."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from superposition import wording
from superposition.documents.shared import Study, Values, estimate, headings, runs_used, summary_rows
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group, Picture
from superposition.figures import style
from superposition.figures.comparison import comparison_figure
from superposition.quantities import LOSS, RECOVERED

POLYGON_CM = 1.3
LEFT_OUT = ("logged_loss", "polygon")
"""Measures that only the document of all activations shows."""

Pictures = Mapping[tuple[str, str], bytes]
"""Final polygons by training preset and activation."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Results of the activations of a comparison.

    Attributes:
        summary: Medians and intervals of all measures.
        polygons: Final polygons by training preset and activation.
        curves: Tables of curves, by training preset and activation.
    """

    summary: pd.DataFrame
    polygons: Pictures
    curves: Mapping[tuple[str, str], pd.DataFrame]


def comparison_document(study: Study, compared: Compared, *, title: str, band: float) -> Document:
    """Return the document that compares some activations.

    Args:
        study: What the documents say about the study; its activations are those that are compared.
        compared: What is shown of them.
        title: What is compared.
        band: Share of the seeds within the bands of curves.
    """
    document = Document(
        study.work, title=f"{title}, side by side", subject="Comparison of activations", landscape=False
    )
    labels = {name: row["label"] for name, row in study.printed.items()}
    (before, first_where), (after, last_where) = study.compared
    first, last = before["training"], after["training"]
    rows = {training: summary_rows(compared.summary, training) for training in dict.fromkeys((first, last))}
    document.text(sentence(rows[first], rows[last], labels, where=(first_where, last_where)))
    caption = (
        f"{wording.listing(list(labels.values()))}: final polygon of the run whose loss is the median, and medians "
        f"over seeds with {wording.percent(study.confidence)} bootstrap intervals."
    )
    note = (
        "Polygons: each on its own scale, pale where a feature is not recovered; black, features that start as the "
        f"initial polygon. n: runs with a value, where some have none. {wording.MISSING}: no run has a value."
    )
    document.table(_table(study, compared.polygons, rows, labels), caption=caption, label="numbers", note=note)
    shown = {label: compared.curves[last, name] for name, label in labels.items()}
    samplers = study.samplers_of(last)
    drawn = style.png(comparison_figure(shown, samplers=samplers))
    caption = (
        f"Loss, LLC and recovered features over training with preset {last}. Lines: medians over seeds; bands: the "
        f"middle {wording.percent(band)} of the seeds. An LLC is shown where at least half of the runs have one that "
        f"may be read.{study.llc_note} The training of each activation with every preset stands in appendix.docx."
    )
    document.figure(drawn, caption, "curves")
    return document


def sentence(
    before: Mapping[str, Values], after: Mapping[str, Values], labels: Mapping[str, str], *, where: tuple[str, str]
) -> str:
    """Return what a comparison shows: how many features each activation recovers, and which loss is the lowest.

    Args:
        before: Rows of the summary by activation and measure, under the first procedure.
        after: Those under the second, which may be the same.
        labels: Names of the compared activations as printed.
        where: The two procedures in words.
    """
    parts = [_recovered(after, labels, where[1])]
    if before != after and _recovered(before, labels, "") != _recovered(after, labels, ""):
        parts.append(_recovered(before, labels, where[0]))
    losses = pd.Series({labels[name]: after[name][LOSS.name]["median"] for name in labels}, dtype=float).dropna()
    said = "; ".join(filter(None, parts))
    if not said:
        return f"All runs of {wording.listing(list(labels.values()))} diverged."
    text = f"{said[:1].upper()}{said[1:]}."
    if len(losses) > 1 and losses.min() < losses.max():
        shown = f"{wording.number(losses.min())}, the highest {wording.number(losses.max())} ({losses.idxmax()})"
        text += f" {losses.idxmin()} has the lowest loss {where[1]}, {shown}."
    return text


def _recovered(rows: Mapping[str, Values], labels: Mapping[str, str], where: str) -> str:
    """Return how many features the typical run of each activation recovers, ties together, the most first."""
    medians = pd.Series({labels[name]: rows[name][RECOVERED.name]["median"] for name in labels}, dtype=float).dropna()
    groups = medians.groupby(medians).groups
    parts = [
        f"{wording.count(value)} of {wording.listing(list(groups[value]))}" for value in sorted(groups, reverse=True)
    ]
    return (
        f"{where} the typical run recovers {wording.listing(parts)}".replace(" of ", " features of ", 1)
        if parts
        else ""
    )


def _table(
    study: Study, polygons: Pictures, rows: Mapping[str, Mapping[str, Values]], labels: Mapping[str, str]
) -> Grid:
    """Return activations as rows, below the name of each procedure."""
    presets = list(rows)
    samplers = dict.fromkeys(sampler for training in presets for sampler in study.samplers_of(training))
    measures = {name: title for name, title in headings(list(samplers)).items() if name not in LEFT_OUT}
    grid = Grid([Column("Activation", 2.3), Column("Polygon", 1.8, "center")])
    grid.columns += [Column(title, 2.2, "number") for title in measures.values()]
    grid.columns += [Column("Runs used", 1.7, "center")]
    for training in presets:
        grid.rows.append(Group(f"Training preset {training}"))
        for name, label in labels.items():
            alt = f"Final feature directions of {label} with training preset {training}."
            picture = Picture(source=polygons[training, name], alt=alt, width_cm=POLYGON_CM)
            cells = [estimate(rows[training][name][one]) if one in rows[training][name] else Cell() for one in measures]
            grid.rows.append([label, Cell(picture=picture), *cells, runs_used(rows[training][name])])
    return grid
