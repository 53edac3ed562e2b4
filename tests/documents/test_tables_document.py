"""Tables of medians, the appendix of all runs, and comparisons of a few activations."""

import docx
import numpy as np
import pandas as pd
import pytest
from docx.oxml.ns import qn

from superposition import wording
from superposition.documents.tables import sentence

from .reading import ACTIVATIONS, SEEDS, TRAINING, headings, row_of

pytestmark = pytest.mark.document


def test_tables_show_every_activation_in_its_family_under_every_preset(saved, study):
    document = docx.Document(saved["tables"])
    assert headings(document, 1) == [wording.sentence(study.places[training]) for training in TRAINING]
    for table in document.tables:
        first = [row.cells[0].text for row in table.rows]
        assert first == ["Activation", "Rectifiers", "ReLU", "ReLU²", "Bounded", "Tanh"]


def test_tables_show_median_interval_and_number_of_runs(saved):
    row = row_of(docx.Document(saved["tables"]), "Tanh", table=0)
    # Losses 1, 2, 3; of LLC 1.25, 2.5 and one that may not be read, the median of two is their mean.
    assert row[2].startswith("2.00\n[")
    assert row[-2].startswith("1.88\n[")
    assert row[-2].endswith("; n = 2")
    assert row[-1] == "3\n0 excluded"


def test_measures_without_any_run_are_dashes_and_counted(saved):
    row = row_of(docx.Document(saved["tables"]), "ReLU²", table=0)
    assert row[2:-1] == [f"{wording.MISSING}\nn = 0"] * (len(row) - 3)
    assert row[-1] == "0\n3 excluded"


def test_every_activation_has_its_final_polygon(saved):
    document = docx.Document(saved["tables"])
    assert len(document.inline_shapes) == len(TRAINING) * len(ACTIVATIONS)


def test_the_appendix_has_a_heading_and_all_runs_for_every_activation(saved):
    document = docx.Document(saved["appendix"])
    assert headings(document, 1) == ["Rectifiers", "Bounded"]
    assert headings(document, 2) == ["ReLU", "ReLU²", "Tanh"]
    for table in document.tables:
        seeds = [row.cells[0].text for row in table.rows]
        expected = [str(seed) for seed in SEEDS]
        assert seeds == ["Seed", "Notebook × notebook", *expected, "Zero_bias × notebook", *expected]


def test_the_appendix_shows_the_training_with_two_presets_side_by_side(saved):
    document = docx.Document(saved["appendix"])
    figures = [paragraph._p for paragraph in document.paragraphs if paragraph.style.name == "Figure"]
    assert [len(list(place.iter(qn("w:drawing")))) for place in figures] == [2] * len(ACTIVATIONS)
    width = document.sections[0].page_width - document.sections[0].left_margin - document.sections[0].right_margin
    assert all(2 * shape.width <= width for shape in document.inline_shapes)


def test_the_appendix_says_in_words_why_a_value_is_missing(saved):
    table = docx.Document(saved["appendix"]).tables[1]  # ReLU², which diverged with the first preset
    diverged, unreadable = ([cell.text for cell in table.rows[i].cells] for i in (2, 8))
    assert diverged[1] == "diverged by step 13"
    assert set(diverged[2:8]) == {wording.MISSING}
    assert unreadable[-2:] == [wording.MISSING, "not a minimum"]


def test_a_loss_that_is_not_that_of_a_minimum_is_one_at_a_step(saved):
    rows = docx.Document(saved["appendix"]).tables[0].rows
    losses = [row.cells[2].text for row in rows if row.cells[0].text in ("1", "2", "3")]
    assert [loss.partition("\n")[2] for loss in losses] == ["", "", "", "", "at step 20,000", ""]
    losses = [row_of(docx.Document(saved["tables"]), "ReLU", table=i)[2] for i in (0, 1)]
    assert ["at the last step" in loss for loss in losses] == [False, True]
    assert losses[1].endswith("1 at the last step")


def test_comparisons_show_activations_side_by_side_under_both_procedures(saved):
    document = docx.Document(saved["comparison"])
    rows = [row.cells[0].text for row in document.tables[0].rows]
    names = ["ReLU", "ReLU²", "Tanh"]
    assert rows == ["Activation", "Notebook × notebook", *names, "Zero_bias × notebook", *names]
    assert len(document.inline_shapes) == len(names) * len(TRAINING) + 1  # polygons, and the curves


def medians(**values):
    """Medians of recovered features and losses by label."""
    return pd.DataFrame.from_dict(values, orient="index", columns=["n_recovered", "loss"], dtype=float)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            medians(ReLU=(4, 0.2), Tanh=(1, 0.3)),
            medians(ReLU=(8, 1e-20), Tanh=(0, 0.1)),
            "Then, ReLU recovers 8 features and Tanh none; ReLU has the lowest loss there (0 to rounding); first, ReLU "
            "recovers 4 features and Tanh 1.",
        ),
        (
            medians(ReLU=(5, 0.1), Tanh=(5, 0.1)),
            medians(ReLU=(5, 0.1), Tanh=(5, 0.1)),
            "Then, ReLU and Tanh recover 5 features.",
        ),
        (
            medians(ReLU=(0, 0.1), Tanh=(0, 0.1)),
            medians(ReLU=(1, 0.1), Tanh=(np.nan, np.nan)),
            "Then, ReLU recovers 1 feature; first, ReLU and Tanh recover none of the features.",
        ),
        (*[medians(ReLU=(np.nan, np.nan), Tanh=(np.nan, np.nan))] * 2, "All runs of ReLU and Tanh diverged."),
    ],
    ids=["two", "ties", "one diverged", "all diverged"],
)
def test_a_comparison_says_what_it_shows_in_a_sentence(before, after, expected):
    assert sentence(before, after, where=("first", "then")) == expected


@pytest.mark.parametrize(("loss", "expected"), [(0.99e-12, "0 to rounding"), (1.01e-12, "1.01·10⁻¹²")])
def test_a_loss_is_0_only_as_far_as_rounding_reaches(loss, expected):
    after = medians(ReLU=(8, loss), Tanh=(8, 0.1))
    assert f"ReLU has the lowest loss there ({expected})" in sentence(after, after, where=("first", "then"))
    tied = sentence(after, medians(ReLU=(8, loss), Tanh=(8, 1e-20), GELU=(8, 0.1)), where=("first", "then"))
    assert ("ReLU and Tanh have the lowest" in tied) == (expected == "0 to rounding")
