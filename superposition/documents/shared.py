"""Wording that all documents share: what is printed of an activation and a measure, and how an estimate looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from superposition import wording
from superposition.documents.word.document import Document, Work, work
from superposition.documents.word.grid import Cell, Picture
from superposition.measures.final import llc_measure
from superposition.palette import Printed
from superposition.protocols import Protocols, presets_of
from superposition.quantities import COUNTS, SHOWN

Figures = Mapping[tuple[str, str], str]
"""Paths of figures by folder and name; figures of a training preset lie in a folder of its name."""


def by_folder(paths: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the paths of files by folder and name."""
    return {(Path(path).parent.name, Path(path).stem): str(path) for path in paths}


@dataclass(frozen=True, kw_only=True)
class Study:
    """The study as documents see it.

    Attributes:
        work: The work that documents belong to.
        printed: What is printed of each activation.
        protocols: Its protocols.
        confidence: Level of the intervals.
        n_followed: Number of seeds whose LLC is estimated over training, None for all.
    """

    work: Work
    printed: Printed
    protocols: Protocols
    confidence: float
    n_followed: int | None

    @property
    def llc_note(self) -> str:
        """On which seeds the LLC over training rests, as a further sentence; nothing where it is all of them."""
        return f" LLC over training: first {wording.plural(self.n_followed, 'seed')}." if self.n_followed else ""

    @property
    def training(self) -> list[str]:
        """Training presets."""
        return presets_of(self.protocols, "training")

    @property
    def samplers(self) -> list[str]:
        """Sampler presets."""
        return presets_of(self.protocols, "sampler")

    def samplers_of(self, training: str) -> list[str]:
        """Sampler presets with which the LLC of a training preset's runs is estimated."""
        return presets_of(self.protocols, "sampler", training=training)

    def label(self, training: str, sampler: str) -> str:
        """Name of the protocol of a training and a sampler preset in text."""
        pair = {"training": training, "sampler": sampler}
        return next(one["label"] for one in self.protocols.values() if pair.items() <= one.items())


def study(citation: str | Path, **values: Any) -> Study:
    """Return what documents need to know of the study: the work that its citation file describes, and the rest."""
    return Study(work=work(yaml.safe_load(Path(citation).read_text())), **values)


FIGURE_CM = 16.5
"""Width at which figures are drawn, so that their text has its size."""


def add_figure(document: Document, source: str | bytes, caption: str, label: str) -> None:
    """Add a figure, from its file or as bytes, with its caption."""
    document.pictures(Picture(source=source, alt=caption, width_cm=FIGURE_CM), caption=caption, label=label)


def headings(samplers: Sequence[str]) -> dict[str, str]:
    """Return the headings of all measures that tables show, by measure."""
    return SHOWN | {llc_measure(sampler): f"LLC ({sampler})" for sampler in samplers}


Values = Mapping[str, Mapping[str, Any]]
"""Rows of the summary of one activation, by measure."""


def estimate(values: Values, measure: str) -> Cell:
    """Return the cell of a measure: median, interval, and the number of runs if some are excluded.

    Args:
        values: Rows of the summary by measure.
        measure: The measure.
    """
    row = values[measure]
    show = wording.count if measure in COUNTS else wording.number
    details = [wording.interval(row["low"], row["high"], is_count=measure in COUNTS)]
    if row["n_excluded"]:
        details.append(f"n = {row['n_used']}".replace(" ", wording.FIXED_SPACE))
    return Cell(text=show(row["median"]), detail="; ".join(filter(None, details)))


def summary_rows(summary: pd.DataFrame, training: str) -> dict[str, Values]:
    """Return the rows of one training preset by activation and measure."""
    found: dict[str, dict[str, Any]] = {}
    for row in summary.loc[summary.training == training].to_dict("records"):
        found.setdefault(row["activation"], {})[row["measure"]] = row
    return {**found}


def reading_guide(study: Study) -> list[str]:
    """Return how the tables of activations are to be read, in paragraphs."""
    confidence = wording.percent(study.confidence)
    return [
        f"Values of an activation are medians over seeds; below each stands the {confidence} bootstrap interval of the "
        "median. The loss is the expected mean squared error after training; beside it stands the value that the "
        "original logs for the same runs, the error over the training sample divided by the batch size.",
        f"A dash ({wording.MISSING}) stands where no run has a value. Runs that diverged are left out of all measures. "
        "An LLC estimate enters only where it may be read: not where the checkpoint is no minimum, or where chains "
        "drift, escaped or diverged. A run has no onset if it recovers no more features than the initial ones at its "
        "end. Where some runs have no value, n says how many have one.",
    ]
