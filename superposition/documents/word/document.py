"""Word documents from top to bottom: headings, text, numbered captions, pictures, tables; and their PDF twins.

Numbers of captions are fields of Word, and references to them follow when somebody inserts one; both also show their
values in programs that compute no fields.
"""

import itertools
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Emu
from docx.text.paragraph import Paragraph
from jinja2 import Environment, StrictUndefined
from lxml.etree import _Element as Element

from superposition import equations, release, wording
from superposition.documents.word import grid, wordml
from superposition.documents.word.grid import Grid, Picture
from superposition.documents.word.wordml import bookmarked, element, field, inline, paragraph, run
from superposition.errors import StudyError
from superposition.tables import files

LONGEST = 3600  # seconds after which LibreOffice hangs: the appendix of a hundred seeds takes minutes, others seconds

PAGE_CM, MARGIN_CM = (21.0, 29.7), 2.0
FIGURE_CM, CAPTION_CM = 16.5, 2.5
"""Width at which figures are drawn, so that their text has its size, and room for the caption of one that is high."""


Blocks = Mapping[str, Callable[[str, str], None]]  # what a text can call, by name: with a name and a caption


class Document:
    """A Word document that is being written; `wordml` says what its texts may hold. References may precede captions."""

    def __init__(self, citation: Mapping[str, Any], *, title: str, subject: str, landscape: bool):
        """Start a document of the work that a citation file (CITATION.cff) describes, with its title."""
        self._docx = docx.Document()
        self._body = self._docx.element.body
        self._numbers: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._headings: list[tuple[int, str, str]] = []
        self._contents: Element | None = None
        self._identifiers = itertools.count(1)
        wordml.apply(self._docx)
        names = (who.get("name") or f"{who['given-names']} {who['family-names']}" for who in citation["authors"])
        authors, version, date = list(names), str(citation["version"]), release.date(citation)
        properties = {"title": title, "subject": subject, "author": "; ".join(authors), "category": citation["title"]}
        properties |= {"keywords": ", ".join(citation["keywords"]), "version": version, "language": wordml.LANGUAGE}
        properties |= {"created": date, "modified": date, "last_modified_by": "", "comments": ""}
        for name, value in properties.items():
            setattr(self._docx.core_properties, name, value)
        self.text_width_cm = _set_page(self._docx.sections[0], landscape=landscape)
        place = self._docx.sections[0].footer.paragraphs[0]._p  # later sections inherit it
        numbers = [run(" · page "), *field("PAGE", "1"), run(" of "), *field("NUMPAGES", "1")]
        place.getparent().replace(place, paragraph("Footer", [run(title), *numbers]))
        self._append(paragraph("Title", [run(title)]))
        self._append(paragraph("Subtitle", [run(f"{', '.join(authors)} · version {version}")]))

    def compose(
        self, template: str, blocks: Blocks, *, printed: Callable[[Any], Any] | None = None, **values: Any
    ) -> None:
        """Add the parts of a text, which empty lines separate.

        `#` begins a heading, `##` one below it, and `#!` one on a new page; `-` an item of a list; `>` a note; `$$` an
        equation that stands alone. `@block name caption` calls a block with both. All else is a paragraph.

        Args:
            template: The text, in Jinja's notation.
            blocks: What `@` can call by name, beside `contents`, `upright` and `landscape`.
            printed: What becomes of every value that the text prints; None for the value itself.
            **values: What the text names, beside `wording`.
        """
        built_in = {
            "contents": lambda *_: self.contents(),
            "upright": lambda *_: self.section(landscape=False),
            "landscape": lambda *_: self.section(landscape=True),
        }
        notation = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=printed)
        text = notation.from_string(template).render(wording=wording, **values)
        for part in re.split(r"\n\s*\n", text.strip()):
            words = re.sub(r"[ \n]+", " ", part.strip())  # fixed spaces stay
            mark, _, rest = words.partition(" ")
            if mark.startswith("@"):
                name, _, caption = rest.partition(" ")
                {**built_in, **blocks}[mark[1:]](name, caption)
            elif mark.startswith("#"):
                self.heading(rest, mark.count("#"), on_new_page=mark.endswith("!"))
            elif mark == "-":
                items = re.split(r"\n- ", part.strip()[2:])
                self.text(*(re.sub(r"[ \n]+", " ", item) for item in items), style="ListBullet")
            elif mark == ">":
                self.text(rest, style="Note")
            elif mark.startswith("$$"):
                self._append(paragraph("Equation", [equations.display(words.strip("$"))]))
            elif words:
                self.text(words)

    def heading(self, text: str, level: int, *, on_new_page: bool = False) -> None:
        """Add a heading, which the navigation pane and the table of contents show."""
        bookmark = f"heading_{len(self._headings)}"
        self._headings.append((level, text, bookmark))
        breaks = [element("w:pageBreakBefore")] if on_new_page else []
        self._append(paragraph(f"Heading{level}", bookmarked(bookmark, next(self._identifiers), run(text)), *breaks))

    def text(self, *paragraphs: str, style: str = "BodyText") -> None:
        """Add paragraphs of text."""
        for content in paragraphs:
            self._append(paragraph(style, inline(content)))

    def table(self, table: Grid, *, caption: str, label: str) -> None:
        """Add a table below its numbered caption, whose last row stays with the note that may follow."""
        self._caption("Table", caption, label, style="TableCaption")
        built, pictures = grid.build(table, width_cm=self.text_width_cm)
        self._append(built)
        for place, picture in pictures:
            self._draw(place, picture)

    def figure(self, source: str | bytes, caption: str, label: str) -> None:
        """Add a figure, from its file or as bytes, with its caption."""
        self.pictures(Picture(source=source, alt=caption, width_cm=FIGURE_CM), caption=caption, label=label)

    def pictures(self, *pictures: Picture, caption: str, label: str) -> None:
        """Add a picture, or several side by side, above their numbered caption."""
        place = paragraph("Figure", [])
        self._append(place)
        for picture in pictures:
            self._draw(place, picture)
        self._caption("Figure", caption, label, style="Caption")

    def contents(self) -> None:
        """Add the table of contents here, filled when the document is saved: links to the headings, with their pages.

        Programs that lay out pages put in their numbers, Word when it is asked to: it would else ask whoever opens it.
        """
        self._append(paragraph("TOCHeading", [run("Contents")]))
        stop = element("w:tab", val="right", pos=round(grid.TWIPS_PER_CM * self.text_width_cm))
        self._contents = paragraph("TOC1", [], element("w:tabs", stop))
        self._append(self._contents)

    def section(self, *, landscape: bool) -> None:
        """Continue on a new page, upright or on its side."""
        self.text_width_cm = _set_page(self._docx.add_section(WD_SECTION.NEW_PAGE), landscape=landscape)

    def save(self, path: str | Path) -> None:
        """Fill the table of contents and the references, as `wordml.resolve` does, and write the document."""
        if self._contents is not None:
            for level, text, bookmark in self._headings:
                tabs = self._contents.pPr.findall(qn("w:tabs"))
                link = element("w:hyperlink", run(text), anchor=bookmark)
                page = [element("w:r", element("w:tab")), *field(f"PAGEREF {bookmark}", "")]
                self._contents.addprevious(paragraph(f"TOC{level}", [link, *page], *deepcopy(tabs)))
            self._body.remove(self._contents)
        wordml.resolve(self._body, self._numbers)
        saved = BytesIO()
        self._docx.save(saved)
        # Again without the times at which members were written: each has the first that zip knows.
        with files.whole(path) as part, ZipFile(saved) as dated, ZipFile(part, "w") as undated:
            for name in dated.namelist():
                undated.writestr(ZipInfo(name), dated.read(name), ZIP_DEFLATED)

    def _append(self, node: Element) -> None:
        self._body.sectPr.addprevious(node)

    def _caption(self, kind: str, caption: str, label: str, *, style: str) -> None:
        if label in self._numbers:
            raise ValueError(f"two captions have the label {label!r}")
        self._counts[kind] += 1
        number = str(self._counts[kind])
        self._numbers[label] = f"{kind} {number}"
        numbered = [run(f"{kind} ", "bold"), *field(f"SEQ {kind} \\* ARABIC", number, "bold")]
        marked = bookmarked(wordml.bookmark_name(label), next(self._identifiers), *numbered)
        self._append(paragraph(style, [*marked, run(". ", "bold"), *inline(caption)]))

    def _draw(self, place: Element, picture: Picture) -> None:
        source = BytesIO(picture.source) if isinstance(picture.source, bytes) else picture.source
        shape = Paragraph(place, self._docx._body).add_run().add_picture(source, width=Cm(picture.width_cm))  # type: ignore[arg-type]
        room = Cm(Emu(self._docx.sections[-1].page_height or 0).cm - 2 * MARGIN_CM - CAPTION_CM)
        if shape.height > room:  # a picture of many presets
            shape.width, shape.height = round(shape.width * room / shape.height), room
        shape._inline.docPr.set("descr", picture.alt)
        for side in ("distT", "distB", "distL", "distR"):  # LibreOffice would leave 3 mm around it
            shape._inline.set(side, "0")


def _set_page(section: Section, *, landscape: bool) -> float:
    width, height = PAGE_CM[::-1] if landscape else PAGE_CM
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(width), Cm(height)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    section.footer_distance = Cm(1)
    return width - 2 * MARGIN_CM


def print_documents(documents: Sequence[str], pdfs: Sequence[str], *, office: str) -> None:
    """Write the PDF twin of each document.

    One process with a profile of its own lays out all: another LibreOffice that is open would take the call in vain.

    Raises:
        StudyError: If LibreOffice made no PDF of a document.
    """
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *documents]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
        for document, path in zip(documents, pdfs, strict=True):
            made = Path(folder) / f"{Path(document).stem}.pdf"
            if not made.exists():
                raise StudyError(
                    expected=f"a PDF of {document}",
                    found=(done.stderr or done.stdout).strip() or "none, and no message",
                    where=office,
                    hint="open the document in LibreOffice, or run without LibreOffice on PATH: PDFs are then left out",
                )
            with files.whole(path) as part:
                part.write_bytes(made.read_bytes())
