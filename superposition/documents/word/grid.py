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

Align = Literal["text", "number", "center"]


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
    align: Align = "text"
    point: float = 0.45


@dataclass(frozen=True)
class Cell:
    """A cell: a text with equations and references, and a smaller line below it, or a picture; filled with RRGGBB."""

    text: str = ""
    detail: str = ""
    fill: str = ""
    picture: Picture | None = None


Row = Sequence[Cell | str]  # a row: one cell for each column; a text is a cell with that text


@dataclass(frozen=True)
class Group:
    """A row over the whole width that names the rows below it."""

    text: str


@dataclass
class Grid:
    """A table: its columns and rows."""

    columns: list[Head]
    rows: list[Row | Group] = field(default_factory=list)


PlacedPicture = tuple[Element, Picture]  # a paragraph that waits for its picture


def build(grid: Grid, *, width_cm: float) -> tuple[Element, list[PlacedPicture]]:
    """Return the table's element, its columns filling a width, and the paragraphs of its pictures.

    Raises:
        ValueError: If a row has another number of cells than there are columns.
    """
    total = sum(column.width for column in grid.columns)
    widths = [round(TWIPS_PER_CM * width_cm * column.width / total) for column in grid.columns]
    pictures: list[PlacedPicture] = []
    heads = [
        _cell(width, [paragraph("TableHead", inline(column.heading, is_bold=True), *_across(column.align))], head=True)
        for column, width in zip(grid.columns, widths, strict=True)
    ]
    rows = [_row(heads, element("w:tblHeader"))]
    for row in grid.rows:
        if isinstance(row, Group):
            content = paragraph("TableGroup", inline(row.text, is_bold=True))
            rows.append(_row([_cell(sum(widths), [content], span=len(widths), fill=palette.GROUP)]))
            continue
        if len(row) != len(widths):
            raise ValueError(f"a row has {len(row)} cells where the table has {len(widths)} columns: {row}")
        cells = []
        for content, column, width in zip(row, grid.columns, widths, strict=True):
            cell = Cell(content) if isinstance(content, str) else content
            lines = _lines(cell, column, width)
            if cell.picture:
                pictures.append((lines[0], cell.picture))
            cells.append(_cell(width, lines, fill=cell.fill))
        rows.append(_row(cells))
    for text in rows[-1].iter(qn("w:pPr")):  # the note below a table is no orphan
        text.find(qn("w:pStyle")).addnext(element("w:keepNext"))
    columns = element("w:tblGrid", *(element("w:gridCol", w=width) for width in widths))
    rules = [element(f"w:{side}", **RULE) for side in ("top", "bottom")]
    margins = (element(f"w:{side}", w=60, type="dxa") for side in ("left", "right"))
    properties = element(
        "w:tblPr",
        element("w:tblW", w=sum(widths), type="dxa"),
        element("w:tblBorders", *rules, element("w:insideH", **HAIRLINE)),
        element("w:tblLayout", type="fixed"),
        element("w:tblCellMar", *margins),
    )
    return element("w:tbl", properties, columns, *rows), pictures


def _row(cells: Iterable[Element], *properties: Element) -> Element:
    return element("w:tr", element("w:trPr", element("w:cantSplit"), *properties), *cells)


def _cell(width: int, content: Iterable[Element], *, span: int = 1, fill: str = "", head: bool = False) -> Element:
    properties = [element("w:tcW", w=width, type="dxa")]
    properties += [element("w:gridSpan", val=span)] if span > 1 else []
    properties += [element("w:tcBorders", element("w:bottom", **RULE))] if head else []
    properties += [element("w:shd", val="clear", color="auto", fill=fill)] if fill else []
    vertical = element("w:vAlign", val="bottom" if head else "center")
    return element("w:tc", element("w:tcPr", *properties, vertical), *content)


def _across(align: Align) -> list[Element]:
    return [] if align == "text" else [element("w:jc", val="center")]


def _lines(cell: Cell, column: Head, width: int) -> list[Element]:
    """Return the paragraphs of a cell; an empty cell shows a dash."""
    if cell.picture:
        return [paragraph("TableText", [], *_across("center"))]
    text, alignment = cell.text or MISSING, _across(column.align)
    if column.align == "number" and text != MISSING:  # Word aligns at a decimal tab stop of a cell without a tab
        alignment = [element("w:tabs", element("w:tab", val="decimal", pos=round(column.point * width)))]
    lines = [paragraph("TableText", inline(text), *alignment)]
    return [*lines, paragraph("TableDetail", inline(cell.detail), *_across(column.align))] if cell.detail else lines
