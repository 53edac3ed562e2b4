"""Pieces of a Word document in WordprocessingML, and its styles: one font, and a named style for each paragraph.

Text may hold `$...$`, an equation in LaTeX; `[[label]]`, a reference to the caption with that label; `[[^3]]`, a raised
mark that leads to `[[=3]]`, the entry with that number in a list.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from lxml.etree import _Element as Element

from superposition import equations
from superposition.palette import ACCENT, INK, SMALL_PRINT

ENTRY, ENTRIES = "entry_", 100_000
"""Prefix of the names of entries' bookmarks, and start of their identifiers, after those of captions and headings."""

LOOKS: dict[str, dict[str, dict[str, str]]] = {
    "plain": {},
    "bold": {"w:b": {}},
    "mark": {"w:color": {"val": ACCENT}, "w:vertAlign": {"val": "superscript"}},
}
"""Properties of a run by its look: their attributes by tag."""

INLINE = re.compile(r"(\$[^$]+\$|\[\[[^\]]+\]\])")


def element(tag: str, *children: Element, **attributes: object) -> Element:
    """Return an element such as `w:p`; attributes are in the namespace of its tag."""
    node = OxmlElement(tag)
    for name, value in attributes.items():
        node.set(qn(f"{tag.partition(':')[0]}:{name}"), str(value))
    node.extend(children)
    return node


def run(text: str, look: str = "plain", *, tag: str = "w:t") -> Element:
    """Return a run of text with one of the ``LOOKS``, or of the instruction of a field (`w:instrText`)."""
    content = element(tag)
    content.text = text
    content.set(qn("xml:space"), "preserve")
    return _run(content, look)


def _run(content: Element, look: str) -> Element:
    properties = [element(tag, **attributes) for tag, attributes in LOOKS[look].items()]
    return element("w:r", *([element("w:rPr", *properties)] if properties else []), content)


def field(instruction: str, shown: str, look: str = "plain") -> list[Element]:
    """Return the runs of a field: what Word computes, such as `PAGE`, and what is shown until it does."""
    begin, separate, end = (_run(element("w:fldChar", fldCharType=kind), look) for kind in ("begin", "separate", "end"))
    return [begin, run(f" {instruction} ", look, tag="w:instrText"), separate, run(shown, look), end]


def bookmarked(name: str, identifier: int, *content: Element) -> list[Element]:
    """Return content inside a bookmark; its identifier must be unique in the document."""
    start = element("w:bookmarkStart", id=identifier, name=name)
    return [start, *content, element("w:bookmarkEnd", id=identifier)]


def bookmark_name(label: str) -> str:
    """Return the bookmark of a label: letters, digits and underscores, at most 40 of them."""
    name = re.sub(r"\W", "_", label)
    if len(name) > 36:  # two that begin alike are two
        name = f"{name[:27]}_{hashlib.sha256(label.encode()).hexdigest()[:8]}"
    return f"ref_{name}"


def resolve(root: Element, numbers: Mapping[str, str]) -> None:
    """Put the numbers of captions, such as `Table 3` by label, into all references below an element.

    Raises:
        ValueError: If a reference has no caption.
    """
    by_bookmark = {bookmark_name(label): number for label, number in numbers.items()}
    for instruction in root.iter(qn("w:instrText")):
        kind, *arguments = (instruction.text or "").split()
        if kind == "REF" and not arguments[0].startswith(ENTRY):
            shown = instruction.getparent().getnext().getnext().find(qn("w:t"))
            if arguments[0] not in by_bookmark:
                raise ValueError(f"no caption has the label {shown.text!r}; there are {', '.join(numbers) or 'none'}")
            shown.text = by_bookmark[arguments[0]]


def inline(text: str, look: str = "plain") -> list[Element]:
    """Return the runs of a text with its equations and references, which show labels until they are resolved."""
    nodes: list[Element] = []
    for part in INLINE.split(text):
        if part.startswith("$") and len(part) > 1:
            nodes.append(equations.inline(part.strip("$")))
        elif part.startswith("[[^"):  # a field, as LibreOffice makes no link of a hyperlink to a bookmark
            number = part.strip("[^]")
            nodes += field(f"REF {ENTRY}{number} \\h \\* MERGEFORMAT", number, "mark")
        elif part.startswith("[[="):
            number = part.strip("[=]")
            nodes += bookmarked(f"{ENTRY}{number}", ENTRIES + int(number), run(number))
        elif part.startswith("[["):
            label = part.strip("[]")
            nodes += field(f"REF {bookmark_name(label)} \\h", label)
        elif part:
            nodes.append(run(part, look))
    return nodes


def paragraph(style: str, content: Iterable[Element], *properties: Element) -> Element:
    """Return a paragraph of a style, named without spaces, with further children of `w:pPr` in the standard's order."""
    return element("w:p", element("w:pPr", element("w:pStyle", val=style), *properties), *content)


FONT, LANGUAGE = "Arial", "en-GB"


@dataclass(frozen=True, kw_only=True)
class Form:
    """Form of the paragraphs of a style: sizes and spaces in points."""

    size: float
    before: float = 0
    after: float = 0
    spacing: float = 1.0
    bold: bool = False
    color: str = INK.removeprefix("#")
    align: Any = WD_ALIGN_PARAGRAPH.LEFT
    with_next: bool = False
    indent_cm: float = 0


STYLES: dict[str, Form] = {
    "Normal": Form(size=10),
    "Title": Form(size=17, after=4, bold=True, color=ACCENT),
    "Subtitle": Form(size=10, after=14, color=SMALL_PRINT),
    "Heading 1": Form(size=15, before=18, after=6, bold=True, color=ACCENT, with_next=True),
    "Heading 2": Form(size=12, before=14, after=4, bold=True, color=ACCENT, with_next=True),
    "Heading 3": Form(size=10.5, before=10, after=3, bold=True, color=ACCENT, with_next=True),
    "Body Text": Form(size=10, after=6, spacing=1.15),
    "List Bullet": Form(size=10, after=3, spacing=1.15),
    "Equation": Form(size=10, before=2, after=8),
    "Caption": Form(size=9, before=4, after=14),
    "Table Caption": Form(size=9, before=10, after=4, with_next=True),
    "Figure": Form(size=10, before=8, align=WD_ALIGN_PARAGRAPH.CENTER, with_next=True),
    "Note": Form(size=8, before=3, after=10, color=SMALL_PRINT),
    "Table Head": Form(size=8, before=2, after=2, with_next=True),
    "Table Group": Form(size=8.5, before=2, after=2, with_next=True),
    "Table Text": Form(size=8.5, before=1, after=1),
    "Table Detail": Form(size=6.5, after=1, color=SMALL_PRINT),
    "TOC Heading": Form(size=12, before=10, after=4, bold=True, color=ACCENT, with_next=True),
    "toc 1": Form(size=9, before=2),
    "toc 2": Form(size=8, indent_cm=0.5),
    "Footer": Form(size=8, color=SMALL_PRINT, align=WD_ALIGN_PARAGRAPH.CENTER),
}
"""Forms by style; the first word of a name that Word knows decides how Word treats it."""


def apply(document: Any) -> None:
    """Give a document of python-docx the styles of the study: one font for all scripts, one language, no ornaments."""
    styles = document.styles
    for name, form in STYLES.items():
        if name not in styles:
            is_known = "toc" in name.lower()
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=is_known).base_style = styles["Normal"]
        style, layout = styles[name], styles[name].paragraph_format
        # The template's theme fonts and language, its line under the title, and the wide letters of the subtitle.
        for ornament in style.element.xpath(".//w:rFonts | .//w:lang | .//w:pBdr | w:rPr/w:spacing"):
            ornament.getparent().remove(ornament)
        style.font.size, style.font.bold, style.font.italic = Pt(form.size), form.bold, False
        style.font.color.rgb = RGBColor.from_string(form.color)
        layout.space_before, layout.space_after, layout.line_spacing = Pt(form.before), Pt(form.after), form.spacing
        layout.alignment, layout.keep_with_next, layout.widow_control = form.align, form.with_next, True
        if form.indent_cm:
            layout.left_indent = Cm(form.indent_cm)
        fonts = style.element.rPr.get_or_add_rFonts()
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{script}"), FONT)
        style.element.rPr.append(element("w:lang", val=LANGUAGE))
