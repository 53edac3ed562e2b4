"""The made-up study of the documents in tests, and what is read in a document."""

import docx
import pandas as pd
from conftest import ROOT

from superposition.documents import shared
from superposition.tables import columns, store

ACTIVATIONS = ("relu", "relu_squared", "tanh")
TRAINING = ("notebook", "zero_bias")
SAMPLERS = ("notebook", "sgld")
SEEDS = (1, 2, 3)


def text_of(*names: str) -> str:
    return shared.text_of(ROOT / "workflow" / "documents" / f"{name}.md" for name in names)


def made_up(table: str, **values) -> pd.DataFrame:
    """Return rows of a declared table with the given values; other numbers are 1, other texts say what they are."""
    n_rows = max(len(value) for value in values.values())
    fillers = {columns.STRING: "text", columns.FLOAT: 1.0, columns.INT: 1, columns.BOOL: True}
    filled = {column.name: [fillers[column.type]] * n_rows for column in store.TABLES[table]}
    return pd.DataFrame(filled | values)


def headings(document, level: int) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == f"Heading {level}"]


def captions(document, kind: str) -> list[str]:
    return [
        p.text for p in document.paragraphs if p.style.name in ("Caption", "Table Caption") and p.text.startswith(kind)
    ]


def cells(document) -> list:
    """Return all cells of all tables; cells of a group row once."""
    return [
        docx.table._Cell(cell, table) for table in document.tables for row in table._tbl.tr_lst for cell in row.tc_lst
    ]


def row_of(document, label: str, *, table: int) -> list[str]:
    """Return the texts of a row, with ordinary spaces."""
    rows = document.tables[table].rows
    return next([c.text.replace("\u00a0", " ") for c in row.cells] for row in rows if row.cells[0].text == label)
