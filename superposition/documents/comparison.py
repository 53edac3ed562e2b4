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

POLYGON_CM, FEW = 1.3, 6
"""Width of a polygon, which is smaller where there are more than a few activations."""

WIDTHS = {"loss": 3.1, "n_represented": 3.0, "n_recovered": 2.5}
"""Widths of columns that need another than most."""

ROUNDING = 1e-12
"""Losses up to this are 0 but for rounding."""

LEFT_OUT = ("logged_loss", "polygon")
"""Measures that only the document of all activations shows."""

Pictures = Mapping[tuple[str, str], bytes]
"""Final polygons by training preset and activation."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Results of compared activations: summary, final polygons and curves by training preset and activation."""

    summary: pd.DataFrame
    polygons: Pictures
    curves: Mapping[tuple[str, str], pd.DataFrame]


def comparison_document(study: Study, compared: Compared, *, title: str, band: float) -> Document:
    """Return the document that compares the activations of a study, with curves and the bands that they have."""
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
        f"Loss, LLC and recovered features over training, {last_where}. Lines: medians over seeds; bands: the "
        f"middle {wording.percent(band)} of the seeds. An LLC is shown where at least half of the runs have one that "
        f"may be read.{study.llc_note} The training of each activation under every protocol stands in appendix.docx."
    )
    document.figure(drawn, caption, "curves")
    return document


def sentence(
    before: Mapping[str, Values], after: Mapping[str, Values], labels: Mapping[str, str], *, where: tuple[str, str]
) -> str:
    """Return what rows of the summary show of two procedures: recovered features, and which loss is the lowest."""
    first, second = _recovered(before, labels), _recovered(after, labels)
    said = [f"{where[1]}, {second}"] if second else []
    said += [f"{where[0]}, {first}"] if first and first != second else []
    losses = pd.Series({labels[name]: after[name][LOSS.name]["median"] for name in labels}, dtype=float).dropna()
    lowest = [str(name) for name, loss in losses.items() if loss <= max(losses.min(), ROUNDING)]
    if said and 0 < len(lowest) < len(losses):
        value = "0 to rounding" if losses.min() <= ROUNDING else wording.number(losses.min())
        said.append(
            f"{wording.listing(lowest)} {'has' if len(lowest) == 1 else 'have'} the lowest loss there ({value})"
        )
        said = [said[0], said[-1], *said[1:-1]]
    if not said:
        return f"All runs of {wording.listing(list(labels.values()))} diverged."
    return f"{wording.sentence('; '.join(said))}."


def _recovered(rows: Mapping[str, Values], labels: Mapping[str, str]) -> str:
    """Return how many features the typical run of each activation recovers, ties together, the most first."""
    medians = pd.Series({labels[name]: rows[name][RECOVERED.name]["median"] for name in labels}, dtype=float).dropna()
    parts = []
    for value, names in sorted(medians.groupby(medians).groups.items(), reverse=True):
        number = wording.count(value) if value else "none"
        noun = "" if parts else " of the features" if not value else " feature" if value == 1 else " features"
        verb = "recovers" if len(names) == 1 else "recover"
        parts.append(f"{wording.listing(list(names))} {verb if not parts else ''} {number}{noun}".replace("  ", " "))
    return "; ".join(parts[:-1]).replace("; ", ", ") + (" and " if len(parts) > 1 else "") + "".join(parts[-1:])


def _table(
    study: Study, polygons: Pictures, rows: Mapping[str, Mapping[str, Values]], labels: Mapping[str, str]
) -> Grid:
    """Return activations as rows, below the name of each procedure."""
    presets = list(rows)
    samplers = dict.fromkeys(sampler for training in presets for sampler in study.samplers_of(training))
    measures = {name: title for name, title in headings(list(samplers)).items() if name not in LEFT_OUT}
    width_cm = POLYGON_CM if len(labels) <= FEW else 0.7 * POLYGON_CM
    grid = Grid([Column("Activation", 2.4), Column("Polygon", 2.0, "center")])
    grid.columns += [Column(title, WIDTHS.get(one, 2.5), "number") for one, title in measures.items()]
    grid.columns += [Column("Runs used", 2.1, "center")]
    for training in presets:
        grid.rows.append(Group(wording.sentence(study.place(training))))
        for name, label in labels.items():
            alt = f"Final feature directions of {label}: {study.place(training)}."
            picture = Picture(source=polygons[training, name], alt=alt, width_cm=width_cm)
            cells = [estimate(rows[training][name][one]) if one in rows[training][name] else Cell() for one in measures]
            grid.rows.append([label, Cell(picture=picture), *cells, runs_used(rows[training][name])])
    return grid
