r"""Equations of Word from formulas in LaTeX.

Covers letters, numbers, operators, sub- and superscripts, `\frac`, `\sqrt`, `\hat`, `\mathrm` and `\operatorname`, sums
with limits, brackets, which grow by themselves, and the names in ``SYMBOLS`` and ``FUNCTIONS``. Matplotlib's mathtext,
which writes figures, knows all of these; what only one of the two understands is refused. The converters latex2mathml
and mathml2omml instead print commands that they do not know, and close what was left open.

Source: Office Math Markup Language, ECMA-376 Part 1, section 22.1.
"""

import re

import lxml.etree as etree
from lxml.etree import _Element as Element

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"

TOKEN = re.compile(r"\\(?:mathrm|operatorname) *\{[A-Za-z0-9]+\}|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "varphi": "φ", "phi": "ϕ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
SYMBOLS = {f"\\{name}": letter for name, letter in GREEK.items()} | {
    r"\partial": "∂", r"\nabla": "∇", r"\cdot": "·", r"\times": "×", r"\odot": "⊙", r"\pm": "±", r"\infty": "∞",
    r"\neq": "≠", r"\leq": "≤", r"\geq": "≥", r"\approx": "≈", r"\in": "∈",
    r"\top": "⊤", r"\to": "→", r"\sim": "∼", r"\|": "‖", r"\,": "\u2009", r"\;": "\u2005", r"\quad": "\u2003",
    "-": "−", "*": "∗",
}  # fmt: skip
_LETTERS = {name for name in SYMBOLS if name[0] == "\\" and name[1:].isalpha() and name != r"\quad"}
FUNCTIONS = (
    "max", "min", "exp", "log", "ln", "sin", "cos", "tan", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
    "coth", "sup", "inf", "det", "dim",
)  # fmt: skip
PLAIN = re.compile(r"[A-Za-z+/=<>,.;:!]|\d+(?:\.\d+)?")  # what stands for itself

CLOSING = {"(": ")", "[": "]", "|": "|"}
ENDS_A_SUM = {"+", "-", "=", ",", r"\neq", r"\approx", r"\leq", r"\geq", r"\quad"}
"""Tokens at which the operand of a sum ends."""

DEEPEST = 8
"""Brackets and arguments within each other; matplotlib's parser, which is recursive as well, takes that many."""


def inline(latex: str) -> Element:
    """Return a formula as an equation within text.

    Raises:
        ValueError: If the formula uses LaTeX that this module does not cover.
    """
    return _node("oMath", *_Parser(latex).sequence())


def display(latex: str) -> Element:
    """Return a formula as an equation that stands alone."""
    return _node("oMathPara", inline(latex))


def _node(tag: str, *children: Element, **attributes: str) -> Element:
    node = etree.Element(f"{{{M}}}{tag}", nsmap={"m": M})
    for name, value in attributes.items():
        node.set(f"{{{M}}}{name}", value)
    node.extend(children)
    return node


def _text(text: str, *, upright: bool = False) -> Element:
    content = _node("t")
    content.text = text
    content.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    style = [_node("rPr", _node("sty", val="p"))] if upright else []
    return _node("r", *style, content)


class _Parser:
    """A formula that is being read from left to right."""

    def __init__(self, latex: str):
        self._latex = latex
        self._tokens = TOKEN.findall(latex)
        self._depth = 0

    def sequence(self, *, ends: frozenset[str] | set[str] = frozenset()) -> list[Element]:
        """Return everything up to one of the tokens in `ends`, or to the end; at least one atom.

        Raises:
            ValueError: If there is none, or something that this module does not cover.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refused(f"holds more than {DEEPEST} brackets and arguments within each other")
        nodes = [self._scripted()]
        while self._tokens and self._tokens[0] not in ends:
            nodes.append(self._scripted())
        self._depth -= 1
        return nodes

    def _next(self) -> str:
        if not self._tokens:
            raise self._refused("ends too early")
        return self._tokens.pop(0)

    def _expect(self, expected: str) -> None:
        if (token := self._next()) != expected:
            raise self._refused(f"{token} stands where {expected} is expected")

    def _refused(self, reason: str) -> ValueError:
        return ValueError(f"formula {self._latex!r}: {reason}")

    def _scripted(self) -> Element:
        """Return the next atom with its sub- and superscript."""
        token = self._next()
        scripts: dict[str, Element] = {}
        base = None if token == r"\sum" else self._atom(token)
        while self._tokens and self._tokens[0] in "_^":
            kind = {"_": "sub", "^": "sup"}[self._next()]
            if kind in scripts:
                raise self._refused({"sub": "two subscripts", "sup": "two superscripts"}[kind])
            scripts[kind] = _node(kind, *self._argument())
        if base is None:
            return self._sum(scripts)
        if not scripts:
            return base
        tag = "sSubSup" if len(scripts) == 2 else next(iter(scripts)).replace("s", "sS", 1)
        return _node(tag, _node("e", base), *(scripts[kind] for kind in ("sub", "sup") if kind in scripts))

    def _argument(self) -> list[Element]:
        """Return what is in braces, or a single letter, digit, sign or symbol."""
        if self._tokens[:1] == ["{"]:
            return self._braced()
        token = self._next()
        if not (re.fullmatch("[A-Za-z0-9*+-]", token) or token in _LETTERS):
            raise self._refused(f"{token} needs braces around it")
        return [self._atom(token)]

    def _braced(self) -> list[Element]:
        self._expect("{")
        nodes = self.sequence(ends={"}"})
        self._expect("}")
        return nodes

    def _atom(self, token: str) -> Element:
        if token == r"\frac":
            return _node("f", _node("num", *self._braced()), _node("den", *self._braced()))
        if token == r"\sqrt":
            return _node("rad", _node("radPr", _node("degHide", val="1")), _node("deg"), _node("e", *self._braced()))
        if token == r"\hat":
            return _node("acc", _node("accPr", _node("chr", val="\u0302")), _node("e", *self._argument()))
        if token.endswith("}") and len(token) > 2:
            return _text(token.partition("{")[2][:-1], upright=True)
        if token in CLOSING:
            return self._bracketed(token)
        if token.removeprefix("\\") in FUNCTIONS:
            return _text(token.removeprefix("\\"), upright=True)
        if token.startswith("\\") and token not in SYMBOLS:
            raise self._refused(f"{token} is not covered by superposition/equations.py")
        if token not in SYMBOLS and not PLAIN.fullmatch(token):
            raise self._refused(f"{token} is not expected here")
        return _text(SYMBOLS.get(token, token))

    def _bracketed(self, opening: str) -> Element:
        nodes = self.sequence(ends={CLOSING[opening]})
        self._expect(CLOSING[opening])
        characters = _node("dPr", _node("begChr", val=opening), _node("endChr", val=CLOSING[opening]))
        return _node("d", characters, _node("e", *nodes))

    def _sum(self, scripts: dict[str, Element]) -> Element:
        hidden = [_node("supHide", val="1")] if "sup" not in scripts else []
        properties = _node("naryPr", _node("chr", val="∑"), _node("limLoc", val="undOvr"), *hidden)
        operand = self.sequence(ends=ENDS_A_SUM | {"}", *CLOSING.values()})
        limits = [scripts.get(kind, _node(kind)) for kind in ("sub", "sup")]
        return _node("nary", properties, *limits, _node("e", *operand))
