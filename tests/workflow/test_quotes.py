"""Numbers that pages quote are those of the tables."""

import json
import re

import pytest
from conftest import ROOT

from workflow import quotes

COMMAND = "after a change: .venv/bin/python -m workflow.quotes"


@pytest.mark.parametrize("page", quotes.PAGES)
def test_every_page_quotes_what_the_tables_say(page):
    text = (ROOT / page).read_text()
    assert quotes.BLOCK.search(text)
    assert text == quotes.renewed(text), COMMAND
    for block in quotes.BLOCK.finditer(text):
        cells = [line.count("|") for line in block[0].splitlines() if line.startswith("|")]
        assert len(block[0].splitlines()) > 2, f"nothing is quoted: {block[2]}"
        assert len(set(cells)) <= 1, f"rows of another length: {block[2]}"
        assert "(nan)" not in block[0], block[2]
        assert not re.search(r"\de\+\d", block[0]), f"a number with e is for programs: {block[2]}"


def test_a_number_that_is_typed_over_a_quote_is_noticed():
    text = (ROOT / "docs" / "deviations.md").read_text()
    assert "× 1.52" in text
    assert quotes.renewed(text.replace("× 1.52", "× 1.53")) == text


def test_the_page_of_deviations_types_no_measured_number():
    prose = quotes.BLOCK.sub("", (ROOT / "docs" / "deviations.md").read_text())
    prose = prose[prose.index("## N1") :]
    # Factors, shares and signed sizes.
    found = set(re.findall(r"× ?\d[\d.]*|−\d[\d.,]*|\d[\d.]* %", prose))
    assert not found


@pytest.mark.parametrize("name", quotes.COPIED)
def test_the_copies_are_those_of_a_full_study_that_lies_here(name):
    if not (ROOT / "results" / "provenance.json").exists():
        pytest.skip("no full study has been run here")
    ran = json.loads((ROOT / "results" / "provenance.json").read_text())["config"]
    if ran["activations"] != "all" or ran["seeds"] != "1-32":
        pytest.skip("another study than the default one lies here")
    if not (ROOT / "results" / "tables" / f"{name}.parquet").exists():
        pytest.skip("a table on request that has not been made here")
    copy = (ROOT / "docs" / "data" / f"{name}.csv").read_text()
    assert copy == quotes.copied(ROOT / "results", name), f"{COMMAND} results"
