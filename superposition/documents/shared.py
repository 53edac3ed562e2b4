"""Wording that all documents share: what is printed of an activation and a measure, and how an estimate looks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from superposition import wording
from superposition.documents.word.document import Work, work
from superposition.documents.word.grid import Cell
from superposition.measures.final import llc_measure
from superposition.protocols import Protocols, presets_of
from superposition.tables import store

Printed = Mapping[str, Mapping[str, str]]
"""What is printed of each activation: label, family, formula and reference, in the order of the registry."""


Figures = Mapping[tuple[str, str], str]
"""Paths of figures by folder and name; figures of a training preset lie in a folder of its name."""


def by_folder(paths: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the paths of files by folder and name."""
    return {(Path(path).parent.name, Path(path).stem): str(path) for path in paths}


@dataclass(frozen=True, kw_only=True)
class Study:
    """What documents need to know of the study.

    Attributes:
        work: The work that documents belong to.
        printed: What is printed of each activation.
        protocols: Its protocols.
        confidence: Level of the intervals.
    """

    work: Work
    printed: Printed
    protocols: Protocols
    confidence: float

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
        """What the protocol of a training and a sampler preset is called in text."""
        pair = {"training": training, "sampler": sampler}
        return next(one["label"] for one in self.protocols.values() if pair.items() <= one.items())


def study(citation: str | Path, *, printed: Printed, protocols: Protocols, confidence: float) -> Study:
    """Return what documents need to know of the study.

    Args:
        citation: Path of the citation file (CITATION.cff).
        printed: What is printed of each activation.
        protocols: Its protocols.
        confidence: Level of the intervals.
    """
    return Study(
        work=work(yaml.safe_load(Path(citation).read_text())),
        printed=printed,
        protocols=protocols,
        confidence=confidence,
    )


HEADINGS = {
    "loss": "Loss (MSE)",
    "logged_loss": "As logged",
    "n_represented": "Represented features",
    "n_recovered": "Recovered features",
    "polygon": "Polygon corners",
    "onset": "Onset (step)",
}
"""Measures that the tables show, and their headings."""

COUNTS = {column.name for column in store.TABLES["runs"] if column.type == store.INT}
"""Measures that are whole numbers in every run."""


def headings(samplers: Sequence[str]) -> dict[str, str]:
    """Return the headings of all measures that tables show, by measure."""
    return HEADINGS | {llc_measure(sampler): f"LLC ({sampler})" for sampler in samplers}


def families(printed: Printed) -> Iterator[tuple[str, list[str]]]:
    """Yield each family with its activations, in the order of the registry."""
    for family in dict.fromkeys(row["family"] for row in printed.values()):
        yield family, [name for name, row in printed.items() if row["family"] == family]


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
        "drift, escaped or diverged. A run has no onset if it represents no feature beside the initial ones at its "
        "end. Where some runs have no value, n says how many have one.",
    ]
