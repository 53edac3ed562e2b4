"""Word documents from top to bottom: headings, text, numbered captions, pictures, tables.

Numbers of captions are fields of Word, and references to them follow when somebody inserts one; both also show their
values in programs that compute no fields.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.section import Section
from docx.shared import Cm, Emu
from docx.text.paragraph import Paragraph
from lxml.etree import _Element as Element

from superposition import equations, release
from superposition.documents.word import grid, styles, wordml
from superposition.documents.word.grid import Grid, Picture
from superposition.documents.word.wordml import bold, bookmarked, element, field, inline, paragraph, run
from superposition.tables import files

PAGE_CM = 21.0, 29.7
MARGIN_CM = 2.0
CONTENTS_DEPTH = 2

CAPTION_CM = 2.5
"""Room that a picture as high as the page leaves for its caption."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """The work that a document belongs to.

    Attributes:
        title: Title of the work.
        authors: Names as printed.
        keywords: Keywords.
        version: Version of the work.
        date: When documents were made, as far as they say it.
    """

    title: str
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    version: str
    date: datetime


def work(citation: Mapping[str, Any]) -> Work:
    """Return what the values of a citation file (CITATION.cff) say about the work."""
    names = [
        author.get("name") or f"{author['given-names']} {author['family-names']}" for author in citation["authors"]
    ]
    return Work(
        title=citation["title"],
        authors=tuple(names),
        keywords=tuple(citation["keywords"]),
        version=str(citation["version"]),
        date=release.date(citation),
    )


class Document:
    """A Word document that is being written.

    Text may hold `$...$`, an equation in LaTeX, and `[[label]]`, a reference to a caption, which may come later.
    """

    def __init__(self, work: Work, *, title: str, subject: str, landscape: bool):
        """Start a document with its title.

        Args:
            work: The work that the document belongs to.
            title: Title on the first page and in the properties.
            subject: What the document holds, in its properties.
            landscape: Whether its first pages lie on their side.
        """
        self._docx = docx.Document()
        self._body = self._docx.element.body
        self._numbers: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._headings: list[tuple[int, str, str]] = []
        self._contents: Element | None = None
        styles.apply(self._docx)
        _set_properties(self._docx, work, title=title, subject=subject)
        self._width_cm = _set_page(self._docx.sections[0], landscape=landscape)
        _set_footer(self._docx.sections[0], title)
        self._append(paragraph("Title", [run(title)]))
        self._append(paragraph("Subtitle", [run(f"{', '.join(work.authors)} · version {work.version}")]))

    @property
    def text_width_cm(self) -> float:
        """Width of the text in the present section."""
        return self._width_cm

    @property
    def _height_cm(self) -> float:
        """Height of the text in the present section."""
        return Emu(self._docx.sections[-1].page_height or 0).cm - 2 * MARGIN_CM

    def heading(self, text: str, level: int, *, on_new_page: bool = False) -> None:
        """Add a heading, which the navigation pane and the table of contents show."""
        bookmark = f"heading_{len(self._headings)}"
        self._headings.append((level, text, bookmark))
        breaks = [element("w:pageBreakBefore")] if on_new_page else []
        self._append(paragraph(f"Heading{level}", self._bookmarked(bookmark, [run(text)]), *breaks))

    def text(self, *paragraphs: str, style: str = "BodyText") -> None:
        """Add paragraphs of text."""
        for content in paragraphs:
            self._append(paragraph(style, inline(content)))

    def bullets(self, *items: str) -> None:
        """Add a list of items with bullets."""
        self.text(*items, style="ListBullet")

    def note(self, content: str) -> None:
        """Add a note below a table or picture."""
        self.text(content, style="Note")

    def equation(self, latex: str) -> None:
        """Add an equation that stands alone."""
        self._append(paragraph("Equation", [equations.display(latex)]))

    def table(self, table: Grid, *, caption: str, label: str) -> None:
        """Add a table below its numbered caption."""
        self._caption("Table", caption, label, style="TableCaption")
        built, pictures = grid.build(table, width_cm=self.text_width_cm)
        self._append(built)
        for place, picture in pictures:
            self._draw(place, picture)

    def pictures(self, *pictures: Picture, caption: str, label: str) -> None:
        """Add a picture, or several side by side, above their numbered caption."""
        place = paragraph("Figure", [])
        self._append(place)
        for picture in pictures:
            self._draw(place, picture)
        self._caption("Figure", caption, label, style="Caption")

    def contents(self) -> None:
        """Add the table of contents here; it is filled when the document is saved."""
        self._append(paragraph("TOCHeading", [run("Contents")]))
        self._contents = paragraph("TOC1", [])
        self._append(self._contents)

    def section(self, *, landscape: bool) -> None:
        """Continue on a new page, upright or on its side."""
        self._width_cm = _set_page(self._docx.add_section(WD_SECTION.NEW_PAGE), landscape=landscape)

    def save(self, path: str | Path) -> None:
        """Fill the table of contents and the references, and write the document.

        Raises:
            ValueError: If a reference has no caption.
        """
        if self._contents is not None:
            self._fill_contents(self._contents)
        wordml.resolve(self._body, self._numbers)
        saved = BytesIO()
        self._docx.save(saved)
        with files.whole(path) as part:
            _write_undated(saved, part)

    def _append(self, node: Element) -> None:
        self._body.sectPr.addprevious(node)

    def _bookmarked(self, name: str, content: list[Element]) -> list[Element]:
        self._counts["bookmark"] += 1
        return bookmarked(name, self._counts["bookmark"], content)

    def _caption(self, kind: str, caption: str, label: str, *, style: str) -> None:
        if label in self._numbers:
            raise ValueError(f"two captions have the label {label!r}")
        self._counts[kind] += 1
        number = str(self._counts[kind])
        self._numbers[label] = f"{kind} {number}"
        numbered = [bold(f"{kind} "), *field(f"SEQ {kind} \\* ARABIC", number, is_bold=True)]
        marked = self._bookmarked(wordml.bookmark_name(label), numbered)
        self._append(paragraph(style, [*marked, bold(". "), *inline(caption)]))

    def _draw(self, place: Element, picture: Picture) -> None:
        source = BytesIO(picture.source) if isinstance(picture.source, bytes) else picture.source
        shape = Paragraph(place, self._docx._body).add_run().add_picture(source, width=Cm(picture.width_cm))  # type: ignore[arg-type]
        room = Cm(self._height_cm - CAPTION_CM)
        if shape.height > room:  # a picture of many presets
            shape.width, shape.height = round(shape.width * room / shape.height), room
        shape._inline.docPr.set("descr", picture.alt)
        for side in ("distT", "distB", "distL", "distR"):  # LibreOffice would leave 3 mm around it
            shape._inline.set(side, "0")

    def _fill_contents(self, place: Element) -> None:
        """Put the field of the table of contents in place of a paragraph.

        It lists links to the present headings. Word adds page numbers, which only a program that lays out pages knows.
        """
        entries = [
            paragraph(f"TOC{level}", [element("w:hyperlink", run(text), anchor=bookmark)])
            for level, text, bookmark in self._headings
            if level <= CONTENTS_DEPTH
        ]
        *opening, _, end = field(f'TOC \\o "1-{CONTENTS_DEPTH}" \\h \\z \\u', "")
        for position, node in enumerate(opening, start=1):
            entries[0].insert(position, node)
        entries[-1].append(end)
        for entry in entries:
            place.addprevious(entry)
        place.getparent().remove(place)


def _set_properties(document: Any, work: Work, *, title: str, subject: str) -> None:
    properties = document.core_properties
    properties.title = title
    properties.subject = subject
    properties.author = "; ".join(work.authors)
    properties.last_modified_by = ""
    properties.keywords = ", ".join(work.keywords)
    properties.category = work.title
    properties.version = work.version
    properties.comments = ""
    properties.language = styles.LANGUAGE
    properties.created = properties.modified = work.date


def _write_undated(saved: BytesIO, path: Path) -> None:
    """Write a zip file again without the times at which its members were written: each has the first that zip knows."""
    with ZipFile(saved) as dated, ZipFile(path, "w") as undated:
        for name in dated.namelist():
            undated.writestr(ZipInfo(name), dated.read(name), ZIP_DEFLATED)


def _set_page(section: Section, *, landscape: bool) -> float:
    """Set size and margins of the pages of a section, and return the width of its text in centimetres."""
    width, height = PAGE_CM[::-1] if landscape else PAGE_CM
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(width), Cm(height)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    section.footer_distance = Cm(1)
    return width - 2 * MARGIN_CM


def _set_footer(section: Section, title: str) -> None:
    """Put the title and the page number at the foot of every page; later sections inherit it."""
    place = section.footer.paragraphs[0]._p
    numbers = [run(" · page "), *field("PAGE", "1"), run(" of "), *field("NUMPAGES", "1")]
    place.getparent().replace(place, paragraph("Footer", [run(title), *numbers]))
