"""Tables of the study in a document: readable headings, and notes from what their columns declare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from superposition import wording
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Cell, Column, Grid, Group
from superposition.palette import FILLS
from superposition.tables import columns, store

WORDS = {"llc": "LLC", "p": "p", "id": "Id", "r": "R", "std": "s.d."}
"""Parts of column names that are not words."""

NUMBER_WIDTH, TEXT_WIDTH = 2.0, 3.0


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Columns and rows of a table that a document shows, with their caption.

    Attributes:
        table: Name of the table's declaration.
        caption: Caption.
        columns: Columns in the order in which they are shown.
        intervals: Columns of the lower and upper end of a value's interval, which stands below it.
        group_by: Column whose values head groups of rows, nothing for none.
        overall: Column of which only rows without a value are shown, those over all its values; nothing for all rows.
        leave_out: Patterns by column; rows whose value matches as a whole are left out.
        widths: Relative widths of columns, for those that need another than their type has.
    """

    table: str
    caption: str
    columns: Sequence[str]
    intervals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    group_by: str = ""
    overall: str = ""
    leave_out: Mapping[str, str] = field(default_factory=dict)
    widths: Mapping[str, float] = field(default_factory=dict)


def heading(name: str) -> str:
    """Return the heading of a column: its name as words, without the `n` of numbers."""
    parts = [WORDS.get(part, part) for part in name.removeprefix("n_").split("_")]
    return wording.title(" ".join(parts))


def add_declared(
    document: Document, frame: pd.DataFrame, selection: Selection, *, printed: Mapping[str, Mapping[str, str]]
) -> None:
    """Add a table of the study to a document, with the declared meanings of its columns below.

    Args:
        document: The document.
        frame: The table.
        selection: What of it is shown.
        printed: Labels of activations, which stand for their names.
    """
    declared = {column.name: column for column in store.TABLES[selection.table]}
    shown = [declared[name] for name in selection.columns]
    grid = Grid(columns=[_column(column, selection.widths) for column in shown])
    group = None
    for row in _selected(frame, selection).to_dict("records"):
        if selection.group_by and row[selection.group_by] != group:
            group = row[selection.group_by]
            grid.rows.append(Group(_group(selection.group_by, str(group), printed)))
        grid.rows.append([cell(row, column, selection.intervals.get(column.name), printed) for column in shown])
    document.table(grid, caption=selection.caption, label=selection.table)
    document.note(meanings(shown))


def _selected(frame: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """Return the rows that a document shows."""
    if selection.overall:
        frame = frame.loc[frame[selection.overall].isna()]
    for column, pattern in selection.leave_out.items():
        frame = frame.loc[~frame[column].astype("string").str.fullmatch(pattern).fillna(False).astype(bool)]
    return frame


def cell(
    row: Mapping[str, Any],
    column: columns.Column,
    interval: tuple[str, str] | None,
    printed: Mapping[str, Mapping[str, str]],
) -> Cell:
    """Return the cell of a declared column in a row; activations show their labels, verdicts their colour."""
    value = row[column.name]
    if wording.is_missing(value):
        return Cell()
    if column.type == columns.BOOL:
        return Cell(text="yes" if value else "no")
    if column.type in (columns.INT, columns.FLOAT):
        show = wording.count if column.type == columns.INT else wording.number
        ends = [row[end] for end in interval] if interval else []
        return Cell(text=show(value), detail=wording.interval(*ends) if ends else "")
    text = printed[value]["label"] if value in printed else wording.words(str(value))
    return Cell(text=text, fill=FILLS.get(text, ""))


def meanings(shown: Sequence[columns.Column]) -> str:
    """Return what columns mean, as their declarations say, in one paragraph."""
    parts = [
        f"{heading(column.name)}: {column.meaning[:1].lower()}{column.meaning[1:].rstrip('.')}" for column in shown
    ]
    return f"{'; '.join(parts)}. {wording.MISSING}: no value."


def _column(column: columns.Column, widths: Mapping[str, float]) -> Column:
    is_number = column.type in (columns.INT, columns.FLOAT)
    is_said = column.unit.startswith("as ") or column.unit.lower() == heading(column.name).lower()
    unit = f" ({column.unit})" if column.unit and not is_said else ""
    width = widths.get(column.name, NUMBER_WIDTH if is_number else TEXT_WIDTH)
    return Column(heading=heading(column.name) + unit, width=width, align="number" if is_number else "text")


def _group(column: str, value: str, printed: Mapping[str, Mapping[str, str]]) -> str:
    if value in printed:
        return printed[value]["label"]
    return f"Training preset {value}" if column == "training" else wording.title(value)
