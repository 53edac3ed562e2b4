"""Pieces of a Word document in WordprocessingML: elements, text, fields, bookmarks.

Text may hold `$...$`, an equation in LaTeX, and `[[label]]`, a reference to the caption with that label.
"""

import hashlib
import re
from collections.abc import Iterable

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from lxml.etree import _Element as Element

from superposition import equations

INLINE = re.compile(r"(\$[^$]+\$|\[\[[^\]]+\]\])")


def element(tag: str, *children: Element, **attributes: object) -> Element:
    """Return an element such as `w:p`; attributes are in the namespace of its tag."""
    node = OxmlElement(tag)
    prefix = tag.partition(":")[0]
    for name, value in attributes.items():
        node.set(qn(f"{prefix}:{name}"), str(value))
    node.extend(children)
    return node


def run(text: str, *properties: Element, tag: str = "w:t") -> Element:
    """Return a run of plain text.

    Args:
        text: The text.
        properties: Children of `w:rPr`, for what a style cannot say.
        tag: Element of the text, `w:instrText` in the instruction of a field.
    """
    node = element(tag)
    node.text = text
    node.set(qn("xml:space"), "preserve")
    return element("w:r", *([element("w:rPr", *properties)] if properties else []), node)


def bold(text: str) -> Element:
    """Return a run of bold text."""
    return run(text, element("w:b"))


def field(instruction: str, shown: str, *, is_bold: bool = False) -> list[Element]:
    """Return the runs of a field.

    Args:
        instruction: What Word computes, such as `PAGE`.
        shown: What is shown until Word computes it.
        is_bold: Whether it is shown in bold.
    """

    def look() -> list[Element]:
        return [element("w:b")] if is_bold else []

    def mark(kind: str) -> Element:
        look_of_mark = [element("w:rPr", *look())] if is_bold else []
        return element("w:r", *look_of_mark, element("w:fldChar", fldCharType=kind))

    code = run(f" {instruction} ", *look(), tag="w:instrText")
    return [mark("begin"), code, mark("separate"), run(shown, *look()), mark("end")]


def bookmarked(name: str, identifier: int, content: Iterable[Element]) -> list[Element]:
    """Return content inside a bookmark; its identifier must be unique in the document."""
    start = element("w:bookmarkStart", id=identifier, name=name)
    return [start, *content, element("w:bookmarkEnd", id=identifier)]


def bookmark_name(label: str) -> str:
    """Return the bookmark of a label: letters, digits and underscores, at most 40 of them."""
    name = re.sub(r"\W", "_", label)
    if len(name) > 36:  # two that begin alike are two
        name = f"{name[:27]}_{hashlib.sha256(label.encode()).hexdigest()[:8]}"
    return f"ref_{name}"


def reference(label: str) -> list[Element]:
    """Return a reference to a caption, which shows the label until `resolve` puts the caption's number there."""
    return field(f"REF {bookmark_name(label)} \\h", label)


def resolve(root: Element, numbers: dict[str, str]) -> None:
    """Put the numbers of captions into all references below an element.

    Args:
        root: Element in which references are looked for.
        numbers: Texts such as `Table 3` by label.

    Raises:
        ValueError: If a reference has no caption.
    """
    by_bookmark = {bookmark_name(label): number for label, number in numbers.items()}
    for instruction in root.iter(qn("w:instrText")):
        kind, *arguments = (instruction.text or "").split()
        if kind == "REF":
            shown = instruction.getparent().getnext().getnext().find(qn("w:t"))
            if arguments[0] not in by_bookmark:
                raise ValueError(f"no caption has the label {shown.text!r}; there are {', '.join(numbers) or 'none'}")
            shown.text = by_bookmark[arguments[0]]


def inline(text: str, *, is_bold: bool = False) -> list[Element]:
    """Return the runs of a text with its equations and references."""
    nodes: list[Element] = []
    for part in INLINE.split(text):
        if part.startswith("$") and len(part) > 1:
            nodes.append(equations.inline(part.strip("$")))
        elif part.startswith("[["):
            nodes += reference(part.strip("[]"))
        elif part:
            nodes.append(bold(part) if is_bold else run(part))
    return nodes


def paragraph(style: str, content: Iterable[Element], *properties: Element) -> Element:
    """Return a paragraph.

    Args:
        style: Identifier of its style: the name without spaces.
        content: Its runs.
        properties: Further children of `w:pPr`, in the order of the standard.
    """
    return element("w:p", element("w:pPr", element("w:pStyle", val=style), *properties), *content)
