"""The supplement: its sections, verdicts, deviations, equations and figures."""

from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn

from superposition.documents.supplement import supplement_document
from superposition.palette import FILLS
from superposition.status import VERDICTS

from .reading import ACTIVATIONS, SAMPLERS, TRAINING, captions, cells, headings

pytestmark = pytest.mark.document


def test_every_figure_is_in_the_main_document_with_a_caption_below(saved):
    document = docx.Document(saved["supplement"])
    shown = captions(document, "Figure")
    # Of every preset, the overview and both families; the comparison of presets; and the validation.
    assert len(shown) == len(TRAINING) * (1 + 2) + 2
    for paragraph in document.paragraphs:
        if paragraph.style.name == "Figure":
            following = paragraph._p.getnext()
            assert following.find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val")) == "Caption"
            assert list(paragraph._p.iter(qn("w:drawing")))


def test_the_main_document_has_its_sections_in_order(saved):
    assert headings(docx.Document(saved["supplement"]), 1) == [
        "Abstract",
        "Verdicts",
        "What changes under control, and why",
        "Methods",
        "Results: all activations",
        "Results by family",
        "Validation of the LLC",
        "Deviations of the original",
        "Limits",
        "Evidence for every verdict",
        "Environment and provenance",
        "References",
    ]


def test_what_changes_under_control_is_what_the_presets_set_otherwise(saved):
    texts = [paragraph.text for paragraph in docx.Document(saved["supplement"]).paragraphs]
    (at,) = (i for i, text in enumerate(texts) if text.startswith("From training preset notebook to zero_bias"))
    assert "1 value changed" in texts[at]
    assert texts[at + 1].startswith("bias_std from 10 to 0: ")
    assert not any(" from 8 to 8" in text for text in texts)


def test_sections_without_a_table_are_left_out(study, inputs, tmp_path):
    only = replace(inputs, tables={name: inputs.tables[name] for name in ("runs", "summary")})
    supplement_document(study, only).save(tmp_path / "t.docx")
    shown = headings(docx.Document(tmp_path / "t.docx"), 1)
    assert not {"Verdicts", "Validation of the LLC", "Evidence for every verdict"} & set(shown)
    assert {"Methods", "Limits"} < set(shown)


def test_a_loss_over_a_sample_of_the_population_is_said_where_there_is_one(study, inputs, tmp_path):
    exact = dict(inputs.presets["training"])
    sampled = {
        "uniform": exact["notebook"] | {"values": "uniform"},  # infinitely many inputs
        "large": exact["notebook"] | {"n_features": 13, "sparsity": 0.5, "population_size": 8191},  # 2^13 = 8192 inputs
        "small": exact["notebook"] | {"n_features": 13, "sparsity": 0.5, "population_size": 8192},
    }
    notes = {}
    for name, added in {"exact": {}, "sampled": sampled}.items():
        shown = replace(inputs, presets={**inputs.presets, "training": exact | added})
        supplement_document(study, shown).save(tmp_path / f"{name}.docx")
        texts = [paragraph.text for paragraph in docx.Document(tmp_path / f"{name}.docx").paragraphs]
        notes[name] = [text for text in texts if "fixed sample" in text]
    assert notes["exact"] == []
    (text,) = notes["sampled"]
    assert text.endswith("of 4,096 inputs with training preset uniform and of 8,191 inputs with training preset large.")


def test_verdicts_have_a_word_a_colour_and_a_value(saved):
    table = docx.Document(saved["supplement"]).tables[0]
    assert [cell.text for cell in table.rows[0].cells][1:] == [
        f"{t} × {s}".replace("_", " ").capitalize() for t in TRAINING for s in SAMPLERS
    ]
    for cell, verdict in zip(table.rows[1].cells[1:], (*VERDICTS[:3], VERDICTS[4]), strict=True):
        shading = cell._tc.tcPr.find(qn("w:shd"))
        assert (shading.get(qn("w:fill")) if shading is not None else "") == FILLS.get(verdict, "")
        numbers = "" if verdict == "not testable" else "\n1 [0.25, 1]"
        assert cell.text.replace("\u00a0", " ") == f"{verdict}: text{numbers}"


def test_the_abstract_counts_verdicts_and_what_changes_them(saved):
    abstract = " ".join(paragraph.text for paragraph in docx.Document(saved["supplement"]).paragraphs[3:6])
    # The post's protocol is the first of the four, the controlled one the last.
    assert "“notebook × notebook”, 1 replicated and 1 not testable" in abstract
    assert "“zero_bias × sgld”, 1 replicated and 1 not testable" in abstract
    assert "2 verdicts differ between the two." in abstract
    assert "18 runs, of which 3 diverged" in abstract


def test_deviations_are_shown_over_all_activations_and_snapshots(saved):
    texts = [cell.text for cell in cells(docx.Document(saved["supplement"]))]
    assert "of all" in texts
    assert not {"of one", "of a snapshot"} & set(texts)


def test_equations_are_equations_of_word(saved):
    document = docx.Document(saved["supplement"])
    displayed = list(document.element.iter(qn("m:oMathPara")))
    inline = list(document.element.iter(qn("m:oMath")))
    assert len(displayed) == 8  # two of the model, three of geometry, three of the LLC
    assert len(inline) == len(displayed) + len(ACTIVATIONS)
