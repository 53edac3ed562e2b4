"""Documents of numbers: activations in tables, compared side by side, and the appendix of every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from superposition import wording
from superposition.documents.shared import ShownStudy, Sources
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Grid, GridRow, Head, Picture
from superposition.figures import style
from superposition.figures.directions import Ends
from superposition.figures.polygons import thumbnails
from superposition.figures.step_axes import comparison_figure
from superposition.measures.history import Key
from superposition.measures.summary import llc_measure, readable
from superposition.quantities import COUNTS, LOSS, RECOVERED, SHOWN
from superposition.status import DIVERGED, may_be_read

WIDTHS = {"loss": 3.4, "n_represented": 3.3, "n_recovered": 2.9, "polygon": 2.0, "onset": 2.5}  # of all others 2.3
POLYGON_CM, FEW = 1.3, 6  # width of a polygon, which is smaller where more than a few activations are compared
ROUNDING = 1e-12  # losses up to this are 0 but for rounding
LEFT_OUT = ("logged_loss", "polygon")  # measures that only the document of all activations shows

Group = tuple[str, str, Sequence[str]]  # the name of some activations, their training preset, and they


def _estimate(measure: str, row: Mapping[str, Any], n_open: int) -> Cell:
    """Return the cell of a row of the summary: median, interval, and how many runs are excluded or not at a minimum."""
    is_count = measure in COUNTS
    counts = [f"n = {row['n_used']}"] if row["n_excluded"] else []
    counts += [f"{n_open} at the last step"] if n_open else []
    details = [wording.interval(row["low"], row["high"], is_count=is_count)]
    details += [text.replace(" ", wording.FIXED_SPACE) for text in counts]
    show = wording.count if is_count else wording.number
    return Cell(show(row["median"]), detail="; ".join(filter(None, details)))


def headings(samplers: Sequence[str]) -> dict[str, str]:
    """Return the headings of all measures that tables show, by measure."""
    return SHOWN | {llc_measure(sampler): f"LLC ({sampler})" for sampler in samplers}


@dataclass(frozen=True, kw_only=True)
class ShownEnds:
    """Ends of the runs of a study: runs and medians over seeds as tables, and models by preset and activation.

    `n_initial` is the number of features of the initial polygon by training preset.
    """

    study: ShownStudy
    runs: pd.DataFrame
    summary: pd.DataFrame
    ends: Mapping[Key, Ends]
    n_initial: Mapping[str, int]

    @cached_property
    def polygons(self) -> dict[Key, bytes]:
        """Pictures of final polygons."""
        return thumbnails(self.ends, self.runs, n_initial=self.n_initial, printed=self.study.printed)

    def grid(self, groups: Sequence[Group], measures: Mapping[str, str], *, polygon_cm: float = POLYGON_CM) -> Grid:
        """Return activations in groups, each with its polygon and the measures that have a heading."""
        grid = Grid([Head("Activation", 3.1), Head("Polygon", 2.3, "center")])
        grid.columns += [Head(title, WIDTHS.get(measure, 2.3), "number") for measure, title in measures.items()]
        grid.columns += [Head("Runs used", 2.0, "center")]
        records = self.summary.set_index(["training", "activation", "measure"]).to_dict("index")
        for title, training, names in groups:
            grid.rows.append(title)
            for name in names:
                label, loss = self.study.labels[name], records[training, name, LOSS.name]
                alt = f"Final feature directions of {label}: {self.study.places[training]}."
                picture = Picture(source=self.polygons[training, name], alt=alt, width_cm=polygon_cm)
                n_open = {LOSS.name: int(records[training, name, "loss_at_step"]["n_used"])}
                rows = {measure: records.get((training, name, measure)) for measure in measures}
                cells = [_estimate(key, row, n_open.get(key, 0)) if row else Cell() for key, row in rows.items()]
                used = Cell(str(loss["n_used"]), detail=f"{loss['n_excluded']} excluded")
                grid.rows.append([label, Cell(picture=picture), *cells, used])
        return grid


def tables_document(ends: ShownEnds, template: str) -> Document:
    """Return the document of tables."""
    title, study = "Superposition by activation: tables", ends.study
    document = Document(study.citation, title=title, subject="Final measures of every activation", landscape=True)

    def activations(training: str, caption: str) -> None:
        groups = [(family, training, list(names)) for family, names in study.families.items()]
        grid = ends.grid(groups, headings(study.samplers_of(training)))
        document.table(grid, caption=caption, label=f"activations-{training}")

    document.compose(template, {"activations": activations}, study=study)
    return document


def appendix_document(study: ShownStudy, inputs: Sources) -> Document:
    """Return the appendix: of each activation one row for each run, with its statuses in words, and its training."""
    title, runs = "Superposition by activation: every run", inputs.tables["runs"]
    document = Document(study.citation, title=title, subject="Final measures of every run", landscape=True)
    half_cm = document.text_width_cm / 2 - 0.1
    shown = runs.assign(**{llc_measure(sampler): readable(runs, sampler) for sampler in study.samplers})
    of_activation = dict(tuple(shown.groupby("activation")))

    def every_run(name: str, caption: str) -> None:
        document.table(_runs(study, of_activation[name]), caption=caption, label=f"runs-{name}")

    def training(which: str, caption: str) -> None:
        name, _, presets = which.partition("/")
        alt = f"Polygons, loss, LLC and features of {study.printed[name]['label']} over training: "
        beside = [
            Picture(source=inputs.figures[preset, name], alt=f"{alt}{study.places[preset]}.", width_cm=half_cm)
            for preset in presets.split(",")
        ]
        document.pictures(*beside, caption=caption, label=f"training-{which}")

    counts: dict[str, Any] = {"n_runs": len(runs), "n_diverged": int((runs.status == DIVERGED).sum())}
    document.compose(inputs.template, {"runs": every_run, "training": training}, study=study, **counts)
    return document


def _runs(study: ShownStudy, runs: pd.DataFrame) -> Grid:
    grid = Grid([Head("Seed", 1.1, "center"), Head("Run", 2.8)])
    grid.columns += [Head(heading, 2.1, "number") for heading in SHOWN.values()]
    for sampler in study.samplers:
        grid.columns += [Head(f"LLC ({sampler})", 3.0, "number", point=0.22), Head("Estimate", 2.4)]
    for training, place in study.places.items():
        grid.rows.append(wording.sentence(place))
        grid.rows += [_run(run, study.samplers) for run in runs.loc[runs.training == training].to_dict("records")]
    return grid


def _run(run: Mapping[str, Any], samplers: Sequence[str]) -> GridRow:
    """Return the row of one run; its LLC is missing where it may not be read."""
    finite = may_be_read(run["status"])
    ended = "ok" if finite else f"diverged by step {wording.count(run['diverged_step'])}"
    cells: list[Cell | str] = [str(run["seed"]), ended]
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


def comparison_document(
    ends: ShownEnds, template: str, curves: Mapping[tuple[str, str], pd.DataFrame], *, title: str, band: float
) -> Document:
    """Return the document that compares the activations of a study.

    Args:
        ends: Ends of the study, of which the compared activations alone are printed.
        template: The document's text.
        curves: Curves over training, by training preset and activation.
        title: Title of the comparison.
        band: Share of runs within the bands of curves.
    """
    study, labels, subject = ends.study, ends.study.labels, "Comparison of activations"
    document = Document(study.citation, title=f"{title}, side by side", subject=subject, landscape=False)
    (before, first_where), (after, last_where) = study.compared
    presets = list(dict.fromkeys((before["training"], after["training"])))

    def activations(name: str, caption: str) -> None:
        samplers = dict.fromkeys(sampler for training in presets for sampler in study.samplers_of(training))
        measures = {key: heading for key, heading in headings(list(samplers)).items() if key not in LEFT_OUT}
        groups = [(wording.sentence(study.places[training]), training, list(labels)) for training in presets]
        polygon_cm = POLYGON_CM if len(labels) <= FEW else 0.7 * POLYGON_CM
        document.table(ends.grid(groups, measures, polygon_cm=polygon_cm), caption=caption, label=name)

    def over_training(which: str, caption: str) -> None:
        shown = {label: curves[presets[-1], name] for name, label in labels.items()}
        document.figure(style.png(comparison_figure(shown, samplers=study.samplers_of(presets[-1]))), caption, which)

    medians = ends.summary.pivot(index=["training", "activation"], columns="measure", values="median")
    first, last = (medians.loc[presets[i]].reindex(list(labels)).rename(labels) for i in (0, -1))
    text = sentence(first, last, where=(first_where, last_where))
    values = {"sentence": text, "labels": list(labels.values()), "where": last_where, "band": band}
    blocks = {"activations": activations, "curves": over_training}
    document.compose(template, blocks, study=study, **values)
    return document


def sentence(before: pd.DataFrame, after: pd.DataFrame, *, where: tuple[str, str]) -> str:
    """Return what medians by label show of two procedures: recovered features, and which loss is the lowest."""
    first, second = (_recovered(pd.Series(rows[RECOVERED.name]).dropna()) for rows in (before, after))
    parts = [f"{where[1]}, {second}"] if second else []
    parts += [f"{where[0]}, {first}"] if first and first != second else []
    losses = pd.Series(after[LOSS.name]).dropna()
    lowest = [str(name) for name, loss in losses.items() if loss <= max(losses.min(), ROUNDING)]
    if parts and 0 < len(lowest) < len(losses):
        value = "0 to rounding" if losses.min() <= ROUNDING else wording.number(losses.min())
        have = f"{wording.listing(lowest)} {'has' if len(lowest) == 1 else 'have'}"
        parts.insert(1, f"{have} the lowest loss there ({value})")
    if not parts:
        return f"All runs of {wording.listing(list(after.index))} diverged."
    return f"{wording.sentence('; '.join(parts))}."


def _recovered(medians: pd.Series) -> str:
    """Return how many features the typical run of each activation recovers, ties together, the most first."""
    parts = []
    for value, names in sorted(medians.groupby(medians).groups.items(), reverse=True):
        number = wording.count(value) if value else "none"
        noun = "" if parts else " of the features" if not value else " feature" if value == 1 else " features"
        verb = "" if parts else " recovers" if len(names) == 1 else " recover"
        parts.append(f"{wording.listing(list(names))}{verb} {number}{noun}")
    return wording.listing(parts)
