"""Tables in Word: rules above and below, a header that repeats, groups that stay with their rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from docx.oxml.ns import qn
from lxml.etree import _Element as Element

from superposition import palette
from superposition.documents.word.wordml import element, inline, paragraph
from superposition.wording import MISSING

TWIPS_PER_CM = 567
RULE = {"val": "single", "sz": 8, "space": 0, "color": palette.RULE}
HAIRLINE = {"val": "single", "sz": 2, "space": 0, "color": palette.HAIRLINE}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture: the path of its file or its bytes, the text that stands for it, and its width on the page."""

    source: str | bytes
    alt: str
    width_cm: float


@dataclass(frozen=True)
class Head:
    """The head of a column: its heading, which may hold equations, and its width relative to those of the others.

    ``number`` aligns at the decimal point, which stands at a share of the column's width.
    """

    heading: str
    width: float
    align: Literal["text", "number", "center"] = "text"
    point: float = 0.45


@dataclass(frozen=True)
class Cell:
    """A cell: a text with equations and references, and a smaller line below it, or a picture; filled with RRGGBB."""

    text: str = ""
    detail: str = ""
    fill: str = ""
    picture: Picture | None = None


GridRow = Sequence[Cell | str]
"""A row: one cell for each column, a text is a cell with that text. A text as a row is the name of those below it."""


@dataclass
class Grid:
    """A table: its columns and rows."""

    columns: list[Head]
    rows: list[GridRow] = field(default_factory=list)


def build(grid: Grid, *, width_cm: float) -> tuple[Element, list[tuple[Element, Picture]]]:
    """Return the table's element, its columns filling a width, and its pictures with the paragraphs that wait for them.

    Raises:
        ValueError: If a row has another number of cells than there are columns.
    """
    share = TWIPS_PER_CM * width_cm / sum(column.width for column in grid.columns)
    widths = [round(share * column.width) for column in grid.columns]
    pictures: list[tuple[Element, Picture]] = []
    heads = [paragraph("TableHead", inline(head.heading, "bold"), *_across(head)) for head in grid.columns]
    rows = [_row((_cell(*cell, head=True) for cell in zip(widths, heads, strict=True)), element("w:tblHeader"))]
    for row in grid.rows:
        if isinstance(row, str):
            name = paragraph("TableGroup", inline(row, "bold"))
            rows.append(_row([_cell(sum(widths), name, span=len(widths), fill=palette.GROUP)]))
            continue
        if len(row) != len(widths):
            raise ValueError(f"a row has {len(row)} cells where the table has {len(widths)} columns: {row}")
        cells = [Cell(cell) if isinstance(cell, str) else cell for cell in row]
        lines = list(map(_lines, cells, grid.columns, widths))
        pictures += [(line[0], cell.picture) for line, cell in zip(lines, cells, strict=True) if cell.picture]
        rows.append(_row(_cell(w, *line, fill=cell.fill) for w, line, cell in zip(widths, lines, cells, strict=True)))
    for text in rows[-1].iter(qn("w:pPr")):  # the note below a table is no orphan
        text.find(qn("w:pStyle")).addnext(element("w:keepNext"))
    rules = [element(f"w:{side}", **RULE) for side in ("top", "bottom")]
    properties = element(
        "w:tblPr",
        element("w:tblW", w=sum(widths), type="dxa"),
        element("w:tblBorders", *rules, element("w:insideH", **HAIRLINE)),
        element("w:tblLayout", type="fixed"),
        element("w:tblCellMar", *(element(f"w:{side}", w=60, type="dxa") for side in ("left", "right"))),
    )
    columns = element("w:tblGrid", *(element("w:gridCol", w=width) for width in widths))
    return element("w:tbl", properties, columns, *rows), pictures


def _row(cells: Iterable[Element], *properties: Element) -> Element:
    return element("w:tr", element("w:trPr", element("w:cantSplit"), *properties), *cells)


def _cell(width: int, *content: Element, span: int = 1, fill: str = "", head: bool = False) -> Element:
    properties = [element("w:tcW", w=width, type="dxa")]
    properties += [element("w:gridSpan", val=span)] if span > 1 else []
    properties += [element("w:tcBorders", element("w:bottom", **RULE))] if head else []
    properties += [element("w:shd", val="clear", color="auto", fill=fill)] if fill else []
    vertical = element("w:vAlign", val="bottom" if head else "center")
    return element("w:tc", element("w:tcPr", *properties, vertical), *content)


def _across(column: Head) -> list[Element]:
    return [] if column.align == "text" else [element("w:jc", val="center")]


def _lines(cell: Cell, column: Head, width: int) -> list[Element]:
    """Return the paragraphs of a cell; an empty cell shows a dash."""
    if cell.picture:
        return [paragraph("TableText", [], element("w:jc", val="center"))]
    text, alignment = cell.text or MISSING, _across(column)
    if column.align == "number" and text != MISSING:  # Word aligns at a decimal tab stop of a cell without a tab
        alignment = [element("w:tabs", element("w:tab", val="decimal", pos=round(column.point * width)))]
    lines = [paragraph("TableText", inline(text), *alignment)]
    return [*lines, paragraph("TableDetail", inline(cell.detail), *_across(column))] if cell.detail else lines
