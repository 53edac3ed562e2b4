r"""How a formula in LaTeX becomes an equation of Word.

Covers the LaTeX that the study writes: letters, numbers, operators, sub- and superscripts, `\frac`, `\sqrt`, `\hat`,
`\mathrm`, sums with limits, brackets that grow, the names in ``SYMBOLS`` and the functions in ``FUNCTIONS``.

Source: Office Math Markup Language, ECMA-376 Part 1, section 22.1.
"""

import re
from collections.abc import Callable

from docx.oxml import OxmlElement
from docx.oxml.ns import nsmap, qn
from lxml.etree import _Element as Element

nsmap.setdefault("m", "http://schemas.openxmlformats.org/officeDocument/2006/math")

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")
SYMBOLS = {
    r"\alpha": "α", r"\beta": "β", r"\gamma": "γ", r"\epsilon": "ε", r"\eta": "η", r"\lambda": "λ", r"\sigma": "σ",
    r"\varphi": "φ", r"\Phi": "Φ", r"\partial": "∂", r"\nabla": "∇", r"\cdot": "·",
    r"\times": "×", r"\neq": "≠", r"\leq": "≤",
    r"\geq": "≥", r"\approx": "≈", r"\in": "∈", r"\top": "⊤", r"\to": "→", r"\sim": "∼", r"\|": "‖", r"\,": "\u2009",
    r"\;": "\u2005", r"\quad": "\u2003", "-": "−", "*": "∗",
}  # fmt: skip
FUNCTIONS = ("max", "min", "log", "tanh", "exp", "sign")
CLOSING = {"(": ")", "[": "]", "|": "|"}
ENDS_A_SUM = {"+", "-", "=", ",", r"\neq", r"\approx", r"\leq", r"\geq", r"\quad"}
"""Tokens at which the operand of a sum ends."""


def inline(latex: str) -> Element:
    """Return a formula as an equation within text.

    Raises:
        ValueError: If the formula uses LaTeX that this module does not cover.
    """
    return _node("m:oMath", *_Parser(latex).sequence())


def display(latex: str) -> Element:
    """Return a formula as an equation that stands alone."""
    return _node("m:oMathPara", inline(latex))


def _node(tag: str, *children: Element, **attributes: str) -> Element:
    node = OxmlElement(tag)
    for name, value in attributes.items():
        node.set(qn(f"m:{name}"), value)
    node.extend(children)
    return node


def _text(text: str, *, upright: bool = False) -> Element:
    """Return a run: italic letters as mathematics has them, or upright."""
    content = _node("m:t")
    content.text = text
    content.set(qn("xml:space"), "preserve")
    style = [_node("m:rPr", _node("m:sty", val="p"))] if upright else []
    return _node("m:r", *style, content)


class _Parser:
    """A formula that is being read from left to right."""

    def __init__(self, latex: str):
        self._latex = latex
        self._tokens = TOKEN.findall(latex)

    def sequence(self, *, ends: frozenset[str] | set[str] = frozenset()) -> list[Element]:
        """Return everything up to one of the tokens in `ends`, which is left, or to the end."""
        nodes: list[Element] = []
        while self._tokens and self._tokens[0] not in ends:
            nodes.append(self._scripted())
        return nodes

    def _next(self) -> str:
        if not self._tokens:
            raise ValueError(f"formula {self._latex!r}: ends too early")
        return self._tokens.pop(0)

    def _scripted(self) -> Element:
        """Return the next atom with its sub- and superscript."""
        token = self._next()
        scripts: dict[str, Element] = {}
        base = None if token == r"\sum" else self._atom(token)
        while self._tokens and self._tokens[0] in "_^":
            kind = "m:sub" if self._next() == "_" else "m:sup"
            scripts[kind] = _node(kind, *self._argument())
        if base is None:
            return self._sum(scripts)
        if token in (r"\max", r"\min") and "m:sub" in scripts:
            return _node("m:limLow", _node("m:e", base), _node("m:lim", *scripts["m:sub"]))
        if not scripts:
            return base
        tag = "m:sSubSup" if len(scripts) == 2 else next(iter(scripts)).replace("m:s", "m:sS")
        return _node(tag, _node("m:e", base), *(scripts[kind] for kind in ("m:sub", "m:sup") if kind in scripts))

    def _argument(self) -> list[Element]:
        """Return what is in braces, or the next atom."""
        token = self._next()
        if token != "{":
            return [self._atom(token)]
        nodes = self.sequence(ends={"}"})
        self._next()
        return nodes

    def _atom(self, token: str) -> Element:
        if token in _COMMANDS:
            return _COMMANDS[token](self)
        if token in CLOSING:
            return self._bracketed(token)
        if token.removeprefix("\\") in FUNCTIONS:
            return _text(token.removeprefix("\\"), upright=True)
        if token.startswith("\\") and token not in SYMBOLS:
            raise ValueError(f"formula {self._latex!r}: {token} is not covered by superposition/equations.py")
        if token in "{}_^":
            raise ValueError(f"formula {self._latex!r}: {token} is not expected here")
        return _text(SYMBOLS.get(token, token))

    def _bracketed(self, opening: str) -> Element:
        nodes = self.sequence(ends={CLOSING[opening]})
        self._next()
        characters = _node("m:dPr", _node("m:begChr", val=opening), _node("m:endChr", val=CLOSING[opening]))
        return _node("m:d", characters, _node("m:e", *nodes))

    def _sum(self, scripts: dict[str, Element]) -> Element:
        hidden = [_node("m:supHide", val="1")] if "m:sup" not in scripts else []
        properties = _node("m:naryPr", _node("m:chr", val="∑"), _node("m:limLoc", val="undOvr"), *hidden)
        operand = self.sequence(ends=ENDS_A_SUM | {"}", *CLOSING.values()})
        limits = [scripts.get(kind, _node(kind)) for kind in ("m:sub", "m:sup")]
        return _node("m:nary", properties, *limits, _node("m:e", *operand))

    def fraction(self) -> Element:
        r"""Return the fraction whose `\frac` was read."""
        return _node("m:f", _node("m:num", *self._argument()), _node("m:den", *self._argument()))

    def root(self) -> Element:
        r"""Return the square root whose `\sqrt` was read."""
        hidden = _node("m:radPr", _node("m:degHide", val="1"))
        return _node("m:rad", hidden, _node("m:deg"), _node("m:e", *self._argument()))

    def hat(self) -> Element:
        r"""Return the letter under the `\hat` that was read."""
        return _node("m:acc", _node("m:accPr", _node("m:chr", val="\u0302")), _node("m:e", *self._argument()))

    def upright(self) -> Element:
        r"""Return the upright word whose `\mathrm` was read."""
        words = []
        self._next()
        while (token := self._next()) != "}":
            words.append(token)
        return _text("".join(words), upright=True)


_COMMANDS: dict[str, Callable[[_Parser], Element]] = {
    r"\frac": _Parser.fraction,
    r"\sqrt": _Parser.root,
    r"\hat": _Parser.hat,
    r"\mathrm": _Parser.upright,
}
