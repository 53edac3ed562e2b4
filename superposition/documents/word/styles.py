"""Styles of all Word documents: one font, and a named style for every kind of paragraph."""

from dataclasses import dataclass
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from superposition.documents.word.wordml import element
from superposition.palette import ACCENT, INK, SMALL_PRINT

FONT = "Arial"
LANGUAGE = "en-GB"

LEFT, CENTER = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER


@dataclass(frozen=True, kw_only=True)
class Form:
    """Form of the paragraphs of a style: sizes and spaces in points."""

    size: float
    before: float = 0
    after: float = 0
    spacing: float = 1.0
    bold: bool = False
    color: str = INK.removeprefix("#")
    align: Any = LEFT
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
    "Figure": Form(size=10, before=8, align=CENTER, with_next=True),
    "Note": Form(size=8, before=3, after=10, color=SMALL_PRINT),
    "Table Head": Form(size=8, before=2, after=2, with_next=True),
    "Table Group": Form(size=8.5, before=2, after=2, with_next=True),
    "Table Text": Form(size=8.5, before=1, after=1),
    "Table Detail": Form(size=6.5, after=1, color=SMALL_PRINT),
    "TOC Heading": Form(size=12, before=10, after=4, bold=True, color=ACCENT, with_next=True),
    "toc 1": Form(size=9, before=2),
    "toc 2": Form(size=8, indent_cm=0.5),
    "Footer": Form(size=8, color=SMALL_PRINT, align=CENTER),
}
"""Looks by style; the first word of a name that Word knows decides how Word treats it."""

BUILT_IN = ("TOC Heading", "toc 1", "toc 2")


def apply(document: Any) -> None:
    """Give a document of python-docx the styles of the study: one font for all scripts, one language, no ornaments."""
    styles = document.styles
    for name, look in STYLES.items():
        if name not in styles:
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name in BUILT_IN).base_style = styles["Normal"]
        style, form = styles[name], styles[name].paragraph_format
        style.font.size, style.font.bold, style.font.italic = Pt(look.size), look.bold, False
        style.font.color.rgb = RGBColor.from_string(look.color)
        form.space_before, form.space_after, form.line_spacing = Pt(look.before), Pt(look.after), look.spacing
        form.alignment, form.keep_with_next, form.widow_control = look.align, look.with_next, True
        if look.indent_cm:
            form.left_indent = Cm(look.indent_cm)
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        fonts.attrib.clear()  # the template's theme fonts
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{script}"), FONT)
        for old in properties.findall(qn("w:lang")):
            properties.remove(old)
        properties.append(element("w:lang", val=LANGUAGE))
    # The line that the template draws under the title, and the wide letters of the subtitle.
    for name, tag in (("Title", "w:pBdr"), ("Title", "w:spacing"), ("Subtitle", "w:spacing")):
        style = styles[name].element
        properties = style.pPr if tag == "w:pBdr" else style.rPr
        for ornament in properties.findall(qn(tag)):
            properties.remove(ornament)
