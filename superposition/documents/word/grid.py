"""Tables in Word: rules above and below, a header that repeats, groups that stay with their rows."""

from collections.abc import Sequence
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

Align = Literal["text", "number", "center"]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture with the text that stands for it where it cannot be seen.

    Attributes:
        source: Path of an image file, or its bytes.
        alt: Alternative text.
        width_cm: Width on the page.
    """

    source: str | bytes
    alt: str
    width_cm: float


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its heading, its share of the width, and how values are aligned.

    Attributes:
        heading: Heading; may hold equations.
        width: Width relative to the other columns.
        align: ``text`` to the left, ``number`` at the decimal point, ``center``.
        point: Where the decimal point stands, as a share of the column's width.
    """

    heading: str
    width: float
    align: Align = "text"
    point: float = 0.45


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The content of a cell.

    Attributes:
        text: First line; may hold equations and references.
        detail: Second, smaller line, such as an interval; left out where empty.
        fill: Background as RRGGBB; none where empty.
        picture: A picture in place of the text.
    """

    text: str = ""
    detail: str = ""
    fill: str = ""
    picture: Picture | None = None


Row = Sequence[Cell | str]
"""A row: one cell for each column; a text is a cell with that text."""


@dataclass(frozen=True)
class Group:
    """A row over the whole width that names the rows below it."""

    text: str


@dataclass(kw_only=True)
class Grid:
    """A table: its columns and rows."""

    columns: Sequence[Column]
    rows: list[Row | Group] = field(default_factory=list)


PlacedPicture = tuple[Element, Picture]
"""A paragraph that waits for its picture."""


def build(grid: Grid, *, width_cm: float) -> tuple[Element, list[PlacedPicture]]:
    """Return the table's element, and the paragraphs of its pictures.

    Args:
        grid: The table.
        width_cm: Its width, which the columns share.

    Raises:
        ValueError: If a row has another number of cells than there are columns.
    """
    total = sum(column.width for column in grid.columns)
    widths = [round(width_cm * TWIPS_PER_CM * column.width / total) for column in grid.columns]
    pictures: list[PlacedPicture] = []
    rows = [_header(grid.columns, widths)]
    for row in grid.rows:
        if isinstance(row, Group):
            rows.append(_group(row, sum(widths), len(widths)))
            continue
        if len(row) != len(widths):
            raise ValueError(f"a row has {len(row)} cells where the table has {len(widths)} columns: {row}")
        rows.append(_row(row, grid.columns, widths, pictures))
    for text in rows[-1].iter(qn("w:pPr")):  # the note below a table is no orphan
        text.find(qn("w:pStyle")).addnext(element("w:keepNext"))
    columns = element("w:tblGrid", *(element("w:gridCol", w=width) for width in widths))
    return element("w:tbl", _table_properties(sum(widths)), columns, *rows), pictures


def _table_properties(width: int) -> Element:
    """Return the properties of a table: fixed widths, rules above and below, hairlines between rows."""
    margins = (element(f"w:{side}", w=60, type="dxa") for side in ("left", "right"))
    return element(
        "w:tblPr",
        element("w:tblW", w=width, type="dxa"),
        element(
            "w:tblBorders", *(element(f"w:{s}", **RULE) for s in ("top", "bottom")), element("w:insideH", **HAIRLINE)
        ),
        element("w:tblLayout", type="fixed"),
        element("w:tblCellMar", *margins),
    )


def _cell(width: int, *content: Element, span: int = 1, fill: str = "", header: bool = False) -> Element:
    properties = [element("w:tcW", w=width, type="dxa")]
    if span > 1:
        properties.append(element("w:gridSpan", val=span))
    if header:
        properties.append(element("w:tcBorders", element("w:bottom", **RULE)))
    if fill:
        properties.append(element("w:shd", val="clear", color="auto", fill=fill))
    vertical = element("w:vAlign", val="bottom" if header else "center")
    return element("w:tc", element("w:tcPr", *properties, vertical), *content)


def _header(columns: Sequence[Column], widths: Sequence[int]) -> Element:
    """Return the header row, which repeats on every page and stays with the row below it."""
    cells = []
    for column, width in zip(columns, widths, strict=True):
        alignment = element("w:jc", val="left" if column.align == "text" else "center")
        cells.append(_cell(width, paragraph("TableHead", inline(column.heading, is_bold=True), alignment), header=True))
    return element("w:tr", element("w:trPr", element("w:cantSplit"), element("w:tblHeader")), *cells)


def _group(group: Group, width: int, span: int) -> Element:
    content = paragraph("TableGroup", inline(group.text, is_bold=True))
    return element(
        "w:tr", element("w:trPr", element("w:cantSplit")), _cell(width, content, span=span, fill=palette.GROUP)
    )


def _row(row: Row, columns: Sequence[Column], widths: Sequence[int], pictures: list[PlacedPicture]) -> Element:
    cells = []
    for content, column, width in zip(row, columns, widths, strict=True):
        cell = Cell(text=content) if isinstance(content, str) else content
        lines = _lines(cell, column, width)
        if cell.picture:
            pictures.append((lines[0], cell.picture))
        cells.append(_cell(width, *lines, fill=cell.fill))
    return element("w:tr", element("w:trPr", element("w:cantSplit")), *cells)


def _lines(cell: Cell, column: Column, width: int) -> list[Element]:
    """Return the paragraphs of a cell; an empty cell shows a dash."""
    if cell.picture:
        return [paragraph("TableText", [], element("w:jc", val="center"))]
    text = cell.text or MISSING
    lines = [paragraph("TableText", inline(text), *_alignment(text, column, width))]
    if cell.detail:
        centred = [] if column.align == "text" else [element("w:jc", val="center")]
        lines.append(paragraph("TableDetail", inline(cell.detail), *centred))
    return lines


def _alignment(text: str, column: Column, width: int) -> list[Element]:
    """Return the properties that align a value: Word aligns at a decimal tab stop of a cell without a tab."""
    if column.align == "number" and text != MISSING:
        return [element("w:tabs", element("w:tab", val="decimal", pos=round(column.point * width)))]
    return [] if column.align == "text" else [element("w:jc", val="center")]
