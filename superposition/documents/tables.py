"""Documents of numbers: activations in tables, compared side by side, and the appendix of every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from superposition import palette, wording
from superposition.documents.shared import Figures, Study, reading_guide
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Grid, Group, Head, Picture, Row
from superposition.figures import style
from superposition.figures.step_axes import comparison_figure
from superposition.measures.final import llc_measure, readable
from superposition.quantities import COUNTS, LOSS, RECOVERED, SHOWN
from superposition.status import DIVERGED, may_be_read

WIDTHS = {"loss": 3.4, "n_represented": 3.3, "n_recovered": 2.9, "polygon": 2.0, "onset": 2.5}
"""Relative widths of columns; of all others 2.3."""
POLYGON_CM, FEW = 1.3, 6  # width of a polygon, which is smaller where more than a few activations are compared
ROUNDING = 1e-12  # losses up to this are 0 but for rounding
LEFT_OUT = ("logged_loss", "polygon")  # measures that only the document of all activations shows

Pictures = Mapping[tuple[str, str], bytes]
"""Final polygons by training preset and activation."""

Values = Mapping[str, Mapping[str, Any]]  # rows of the summary of one activation, by measure


def _estimate(row: Mapping[str, Any], n_open: int) -> Cell:
    """Return the cell of a row of the summary: median, interval, and how many runs are excluded or not at a minimum."""
    is_count = row["measure"] in COUNTS
    details = [wording.interval(row["low"], row["high"], is_count=is_count)]
    if row["n_excluded"]:
        details.append(f"n = {row['n_used']}".replace(" ", wording.FIXED_SPACE))
    if n_open:
        details.append(f"{n_open} at the last step".replace(" ", wording.FIXED_SPACE))
    show = wording.count if is_count else wording.number
    return Cell(show(row["median"]), detail="; ".join(filter(None, details)))


def summary_rows(summary: pd.DataFrame, training: str) -> dict[str, Values]:
    """Return the rows of one training preset by activation and measure."""
    found: dict[str, dict[str, Any]] = {}
    for row in summary.loc[summary.training == training].to_dict("records"):
        found.setdefault(row["activation"], {})[row["measure"]] = row
    return {**found}


def headings(samplers: Sequence[str]) -> dict[str, str]:
    """Return the headings of all measures that tables show, by measure."""
    return SHOWN | {llc_measure(sampler): f"LLC ({sampler})" for sampler in samplers}


def tables_document(study: Study, summary: pd.DataFrame, thumbnails: Pictures) -> Document:
    """Return the document of tables."""
    title = "Superposition by activation: tables"
    document = Document(study.work, title=title, subject="Final measures of every activation", landscape=True)
    document.text(*reading_guide(study))
    for number, training in enumerate(study.training):
        document.heading(wording.sentence(study.place(training)), 1, on_new_page=number > 0)
        rows = summary_rows(summary, training)
        families = palette.by_family({name: study.printed[name] for name in study.printed if name in rows})
        groups = [(wording.title(family), training, names) for family, names in families.items()]
        grid = _activations(study, {training: rows}, groups, thumbnails, headings(study.samplers_of(training)))
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


def _activations(
    study: Study,
    rows: Mapping[str, Mapping[str, Values]],
    groups: Sequence[tuple[str, str, Sequence[str]]],
    polygons: Pictures,
    measures: Mapping[str, str],
    *,
    polygon_cm: float = POLYGON_CM,
) -> Grid:
    """Return activations below the names of their groups, each with its polygon and the measures that have a heading.

    A group has a name, a training preset and activations; rows of the summary are by training preset and activation.
    """
    grid = Grid([Head("Activation", 3.1), Head("Polygon", 2.3, "center")])
    grid.columns += [Head(title, WIDTHS.get(one, 2.3), "number") for one, title in measures.items()]
    grid.columns += [Head("Runs used", 2.0, "center")]
    for title, training, names in groups:
        grid.rows.append(Group(title))
        for name in names:
            label, found = study.printed[name]["label"], rows[training][name]
            alt = f"Final feature directions of {label}: {study.place(training)}."
            picture = Picture(source=polygons[training, name], alt=alt, width_cm=polygon_cm)
            n_open = {LOSS.name: int(found["loss_at_step"]["n_used"])}
            cells = [_estimate(found[one], n_open.get(one, 0)) if one in found else Cell() for one in measures]
            used = Cell(str(found["loss"]["n_used"]), detail=f"{found['loss']['n_excluded']} excluded")
            grid.rows.append([label, Cell(picture=picture), *cells, used])
    return grid


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
    grid = Grid([Head("Seed", 1.1, "center"), Head("Run", 2.8)])
    grid.columns += [Head(heading, 2.1, "number") for heading in SHOWN.values()]
    for sampler in study.samplers:
        grid.columns += [Head(f"LLC ({sampler})", 3.0, "number", point=0.22), Head("Estimate", 2.4)]
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
    samplers = dict.fromkeys(sampler for training in rows for sampler in study.samplers_of(training))
    measures = {name: title for name, title in headings(list(samplers)).items() if name not in LEFT_OUT}
    groups = [(wording.sentence(study.place(training)), training, list(labels)) for training in rows]
    polygon_cm = POLYGON_CM if len(labels) <= FEW else 0.7 * POLYGON_CM
    grid = _activations(study, rows, groups, compared.polygons, measures, polygon_cm=polygon_cm)
    document.table(grid, caption=caption, label="numbers", note=note)
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
