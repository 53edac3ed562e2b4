"""Parts that documents share: the study, how an estimate looks, and tables of the study as they are declared."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from superposition import palette, wording
from superposition.documents.word.document import Blocks, Document
from superposition.documents.word.grid import Cell, Grid, Head
from superposition.palette import FILLS, Printed
from superposition.protocols import CONTROLLED, POST, Protocols, compared_protocols, presets_of, training_labels
from superposition.tables import columns, store

Figures = Mapping[tuple[str, str], str]
"""Paths of figures by folder and name; figures of a training preset lie in a folder of its name."""


def by_folder(paths: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return the paths of files by folder and name."""
    return {(Path(path).parent.name, Path(path).stem): str(path) for path in paths}


def text_of(paths: Iterable[str]) -> str:
    """Return the text of a document from its files, of which the later ones take up what the former define."""
    return "\n".join(Path(path).read_text(encoding="utf-8") for path in paths)


WHERE = ("under the post’s procedure", "in a controlled experiment")
"""What sentences call the post's protocol and the controlled one."""


@dataclass(frozen=True, kw_only=True)
class ShownStudy:
    """The study as documents see it.

    Attributes:
        citation: Values of the citation file (CITATION.cff) of its work.
        printed: What is printed of each of its activations.
        confidence: Level of the intervals.
        n_followed: Number of seeds whose LLC is estimated over training, None for all.
    """

    citation: Mapping[str, Any]
    printed: Printed
    protocols: Protocols
    confidence: float
    n_followed: int | None

    @property
    def llc_note(self) -> str:
        """On which seeds the LLC over training rests, as a further sentence; nothing where it is all of them."""
        return f" LLC over training: first {wording.plural(self.n_followed, 'seed')}." if self.n_followed else ""

    @property
    def samplers(self) -> list[str]:
        """Sampler presets."""
        return presets_of(self.protocols, "sampler")

    def samplers_of(self, training: str) -> list[str]:
        """Sampler presets with which the LLC of a training preset's runs is estimated."""
        return presets_of(self.protocols, "sampler", training=training)

    @property
    def compared(self) -> list[tuple[Mapping[str, str], str]]:
        """The post's protocol and the controlled one, or first and last, with where that is, in words."""
        words: dict[str, str] = dict(zip((POST, CONTROLLED), WHERE, strict=True))
        protocols = [(name, self.protocols[name]) for name in compared_protocols(self.protocols)]
        return [(row, words.get(name, f"with protocol “{row['label']}”")) for name, row in protocols]

    @property
    def places(self) -> dict[str, str]:
        """Training presets, and what documents call each."""
        return training_labels(self.protocols)

    @property
    def labels(self) -> dict[str, str]:
        """Labels of activations by name."""
        return {name: row["label"] for name, row in self.printed.items()}

    @property
    def families(self) -> dict[str, dict[str, str]]:
        """Labels of activations by name, below the heading of each family."""
        families = palette.by_family(self.printed).items()
        return {wording.title(family): {name: self.labels[name] for name in names} for family, names in families}

    def label(self, training: str, sampler: str) -> str:
        """Name of the protocol of a training and a sampler preset in text."""
        pair = {"training": training, "sampler": sampler}
        return next(protocol["label"] for protocol in self.protocols.values() if pair.items() <= protocol.items())


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a document is made from: its text, the tables and figures that exist, and the works that it cites."""

    template: str
    tables: Mapping[str, pd.DataFrame]
    figures: Figures
    references: str = ""


def study_of(citation: str | Path, **values: Any) -> ShownStudy:
    """Return what documents need to know of the study, with what its citation file says."""
    return ShownStudy(citation=yaml.safe_load(Path(citation).read_text()), **values)


def blocks_of(document: Document, figures: Figures, grids: Mapping[str, Callable[[], Grid]]) -> Blocks:
    """Return the blocks `figure`, of one that exists, and `table`, by which texts call what a document is given.

    The name of a figure of a training preset stands behind that of its folder.
    """

    def figure(name: str, caption: str) -> None:
        folder, _, file = name.rpartition("/")
        if path := figures.get((folder or "figures", file)):
            document.figure(path, caption, name)

    return {"figure": figure, "table": lambda name, caption: document.table(grids[name](), caption=caption, label=name)}


WORDS = {"llc": "LLC", "p": "p", "id": "Id", "r": "R", "std": "s.d."}  # parts of column names that are not words

NUMBERS = (columns.INT, columns.FLOAT)


def declared(study: ShownStudy, name: str, table: pd.DataFrame, shown: Mapping[str, Any]) -> tuple[Grid, str]:
    """Return a table as a document shows it, and the meanings of its columns, as it is declared under its name.

    Args:
        study: Labels of activations and training presets, which head groups of rows.
        name: Name of the table.
        table: Its rows.
        shown: Which of its columns and rows are shown, and how: workflow/documents/supplement.yaml explains.
    """
    known = {column.name: column for column in store.TABLES[name]}
    chosen = [known[column] for column in shown["columns"]]
    widths, ends = (shown.get(kind, {}) for kind in ("widths", "intervals"))
    for column, pattern in shown.get("leave_out", {}).items():
        table = table.loc[~table[column].astype("string").str.fullmatch(pattern, na=False)]
    titles = study.places | study.labels
    grid = Grid([_column(column, widths.get(column.name)) for column in chosen])
    for group, rows in table.groupby(shown["group_by"], sort=False):
        grid.rows.append(wording.title(titles.get(str(group), str(group))))
        for row in rows.to_dict("records"):
            grid.rows.append([_cell(row, column, ends.get(column.name), study.labels) for column in chosen])
    meanings = [(_heading(column.name), column.meaning.rstrip(".")) for column in chosen]
    note = "; ".join(f"{heading}: {meaning[:1].lower()}{meaning[1:]}" for heading, meaning in meanings)
    return grid, f"{note}. {wording.MISSING}: no value."


def _cell(
    row: Mapping[str, Any], column: columns.Column, ends: Sequence[str] | None, labels: Mapping[str, str]
) -> Cell:
    """Return the cell of a declared column in a row; activations show their labels, verdicts their colour."""
    value = row[column.name]
    if wording.is_missing(value):
        return Cell()
    if column.type == columns.BOOL:
        return Cell("yes" if value else "no")
    if column.type in NUMBERS:
        show = wording.count if column.type == columns.INT else wording.number
        return Cell(show(value), detail=wording.interval(*(row[end] for end in ends)) if ends else "")
    text = labels.get(value, wording.words(str(value)))
    return Cell(text, fill=FILLS.get(text, ""))


def _heading(name: str) -> str:
    """Return the heading of a column: its name as words, without the `n` of numbers."""
    return wording.title(" ".join(WORDS.get(part, part) for part in name.removeprefix("n_").split("_")))


def _column(column: columns.Column, width: float | None) -> Head:
    is_number, heading = column.type in NUMBERS, _heading(column.name)
    is_said = column.unit.startswith("as ") or column.unit.lower() == heading.lower()
    unit = f" ({column.unit})" if column.unit and not is_said else ""
    return Head(heading + unit, width or (2.0 if is_number else 3.0), "number" if is_number else "text")


def statements(verdicts: Mapping[str, pd.DataFrame]) -> Grid:
    """Return statements as rows and protocols, by their labels, as columns: word, colour, and the measured value."""
    grid = Grid([Head("The post says", 6.4), *(Head(wording.title(label), 3.3) for label in verdicts)])
    for (name, statement), _ in pd.concat(verdicts.values()).groupby(["id", "statement"], sort=False):  # type: ignore[misc]
        records = [pd.DataFrame(rows[rows.id == name]).to_dict("records") for rows in verdicts.values()]
        grid.rows.append([f"{statement} ({name})", *(_verdict(record[0]) if record else Cell() for record in records)])
    return grid


def _verdict(row: Mapping[str, Any]) -> Cell:
    text = f"{row['verdict']}: {row['reason']}" if row["reason"] else row["verdict"]
    if wording.is_missing(row["estimate"]):
        return Cell(text)
    return Cell(text, detail=measured_value(row), fill=FILLS.get(row["verdict"], ""))


def measured_value(row: Mapping[str, Any]) -> str:
    """Return the estimate of a verdict with its unit and interval: `1.07 decades [0.569, 1.62]`."""
    unit, ends = f" {row['unit']}" if row["unit"] else "", [wording.in_text(row[end]) for end in ("low", "high")]
    return f"{wording.in_text(row['estimate'])}{unit} [{ends[0]},{wording.FIXED_SPACE}{ends[1]}]"
