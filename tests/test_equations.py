"""Formulas as equations of Word."""

import random

import pytest
from docx.oxml.ns import nsmap, qn
from matplotlib.mathtext import MathTextParser

from superposition import equations
from workflow.provenance import registry

nsmap["m"] = equations.M


def tags(latex: str) -> list[str]:
    return [node.tag.rpartition("}")[2] for node in equations.inline(latex)]


def text(latex: str) -> str:
    return "".join(node.text or "" for node in equations.inline(latex).iter(qn("m:t")))


@pytest.mark.parametrize("activation", registry.rows())
def test_every_activations_formula_becomes_an_equation(activation):
    formula = registry.printed(activation)["formula"]
    assert "x" in text(formula)
    assert "\\" not in text(formula)


COVERED = [name for name in (*equations.SYMBOLS, *(f"\\{name}" for name in equations.FUNCTIONS)) if name[0] == "\\"]


@pytest.mark.parametrize("latex", [*(f"{name} x" for name in COVERED), r"\operatorname{erf}(x)", r"(x)^2"])
def test_figures_can_print_what_documents_can(latex):
    assert "x" in text(latex)
    MathTextParser("path").parse(f"${latex}$")


def test_a_bracket_with_a_script_is_one_atom():
    assert tags(r"(\frac{x}{2})^2") == ["sSup"]


def test_names_of_functions_are_upright():
    for latex in (r"\sin", r"\mathrm{erf}", r"\operatorname{erf}"):
        (run,) = equations.inline(latex)
        assert run.find(f".//{qn('m:sty')}").get(qn("m:val")) == "p"


def test_scripts_fractions_and_roots_have_their_elements():
    assert tags("x_i") == ["sSub"]
    assert tags("x^2") == ["sSup"]
    assert tags("x_i^2") == ["sSubSup"]
    assert tags(r"\frac{1}{2} + \sqrt{x}") == ["f", "r", "rad"]


def test_a_sum_holds_its_terms_up_to_the_next_operator():
    (sum_, plus, rest) = equations.inline(r"\sum_j o_{ij}^2 + b")
    assert sum_.find(qn("m:e")).find(qn("m:sSubSup")) is not None
    assert plus.find(qn("m:t")).text == "+"
    assert rest.find(qn("m:t")).text == "b"


def test_brackets_close_where_they_opened():
    (outer,) = equations.inline("(a (b) c)")
    assert outer.find(qn("m:e")).find(qn("m:d")) is not None


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"\int x", r"\int"),
        ("x_", "ends too early"),
        ("x }", "not expected"),
        ("x^12", "needs braces"),  # LaTeX's x^1 2
        (r"\left(x\right)", r"\left is not covered"),
        (r"\mathrm x", r"\mathrm is not covered"),
        (r"x \}", r"\} is not covered"),
        ("x_i_j", "two subscripts"),
        (r"\frac12", "is expected"),
    ],
)
def test_latex_that_is_not_covered_is_named(latex, message):
    with pytest.raises(ValueError, match=message.replace("\\", r"\\")):
        equations.inline(latex)


ATOMS = ["x", "2", "0.5", "12", *"+-*/=<>,.;:!()[]|'%#~&@", r"\sum", r"\mathrm{ab}", r"\operatorname{erf}", *COVERED]


def formula(draw: random.Random, depth: int) -> str:
    """Return a random formula; not every one can be printed."""

    def argument() -> str:
        return draw.choice(["x", "2", r"\alpha", "{" + formula(draw, depth - 1) + "}"]) if depth else "x"

    parts = []
    for _ in range(draw.randint(1, 3)):
        inner = formula(draw, depth - 1) if depth else "x"
        forms = [rf"\frac {argument()}{argument()}", rf"\sqrt {argument()}", rf"\hat {argument()}"]
        forms += [f"({inner})", f"|{inner}|", *draw.choices(ATOMS, k=5)]
        scripts = [script + argument() for script in draw.sample("_^", 2) if draw.random() < 0.3]
        parts.append(f"{draw.choice(forms)} {' '.join(scripts)} ")
    return "".join(parts)


def test_figures_can_print_every_formula_that_is_not_refused():
    draw, parser, accepted = random.Random(0), MathTextParser("path"), 0
    for _ in range(1500):
        latex = formula(draw, 2)
        try:
            equations.inline(latex)
        except ValueError:
            continue
        accepted += 1
        parser.parse(f"${latex}$")
    assert accepted > 300
