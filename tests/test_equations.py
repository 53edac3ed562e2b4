"""Formulas as equations of Word."""

import pytest
from docx.oxml.ns import qn

from superposition import equations, provenance


def tags(latex: str) -> list[str]:
    return [node.tag.rpartition("}")[2] for node in equations.inline(latex)]


def text(latex: str) -> str:
    return "".join(node.text or "" for node in equations.inline(latex).iter(qn("m:t")))


@pytest.mark.parametrize("activation", provenance.activation_names())
def test_every_activations_formula_becomes_an_equation(activation):
    formula = provenance.printed(activation)["formula"]
    assert "x" in text(formula)
    assert "\\" not in text(formula)


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
    ("latex", "message"), [(r"\int x", r"\int"), ("x_", "ends too early"), ("x }", "not expected")]
)
def test_latex_that_is_not_covered_is_named(latex, message):
    with pytest.raises(ValueError, match=message.replace("\\", r"\\")):
        equations.inline(latex)
