"""The paper: findings first, whatever the study holds, and every number with its source."""

import re
from dataclasses import replace

import docx
import numpy as np
import pandas as pd
import pytest
from docx.oxml.ns import qn

from superposition.documents.paper import paper
from superposition.documents.paper.sources import Source, Tables, TracedText
from superposition.tables import store

from .reading import headings, made_up

pytestmark = pytest.mark.document


def test_the_paper_begins_with_its_findings_and_their_picture_and_answers_every_statement(saved):
    document = docx.Document(saved["replication"])
    assert headings(document, 1)[:3] == ["Findings", "Introduction", "The post, statement by statement"]
    texts = [paragraph.text for paragraph in document.paragraphs]
    first = texts.index("Findings")
    picture = next(i for i, text in enumerate(texts) if text.startswith("Figure 1."))
    assert first < picture < texts.index("Introduction")
    answers = document.tables[0]
    assert [row.cells[0].text for row in answers.rows[1:]] == ["text (G1)", "text (S2a)"]


def paper_of(study, of_paper, folder, **changed) -> list[str]:
    """Return the paragraphs of the paper of a study with other sources."""
    document, _, _ = paper.paper(study, replace(of_paper, **changed))
    document.save(folder / "t.docx")
    return [paragraph.text for paragraph in docx.Document(folder / "t.docx").paragraphs]


ONE = {"only": {"label": "the only one", "training": "notebook", "sampler": "notebook"}}
NOTHING = "All runs diverged, so that nothing can be said about superposition."
LITTLE = {
    "one activation": ({"activation": ["relu"]}, {}, "ReLU ends with"),
    "one seed": ({"seed": [1]}, {}, "with 3 activations and 1 seed, 6 runs in all"),
    "one protocol": ({"training": ["notebook"]}, {"protocols": ONE}, "In this study, activations end with"),
    "one run": ({"activation": ["tanh"], "seed": [1], "training": ["notebook"]}, {"protocols": ONE}, "1 run in all"),
    "all diverged": ({"activation": ["relu_squared"], "training": ["notebook"]}, {"protocols": ONE}, NOTHING),
}


@pytest.mark.parametrize("case", LITTLE)
def test_the_paper_of_a_study_with_little_in_it_is_shorter_and_holds_no_gaps(study, of_paper, case, tmp_path):
    kept, of_study, expected = LITTLE[case]
    runs = of_paper.tables["runs"]
    for column, values in kept.items():
        runs = runs[runs[column].isin(values)]
    shown = replace(study, printed={name: study.printed[name] for name in runs.activation.unique()}, **of_study)
    texts = paper_of(shown, of_paper, tmp_path, tables={"runs": runs}, figures={})
    whole = "\n".join(texts)
    assert expected in whole
    assert texts[-1].startswith("van Wingerden")
    assert not re.search(r"\b1 (activations|seeds|runs|features|points|statements|are|have)\b", whole)
    assert not re.search(r"\bnan\b|None|\[\[| {2}| [.,;]|[;:,]\.|\b0 runs|# ", whole)


def test_a_study_of_none_of_the_activations_of_the_post_says_which_are_missing(study, of_paper, tmp_path):
    claims = made_up("claims", id=["G1"], training=["notebook"], sampler=["notebook"], verdict=["not testable"])
    claims = claims.assign(estimate=np.nan, low=np.nan, high=np.nan, reason="not in the study: LeakyReLU, SoLU")
    named = replace(study, protocols=ONE)
    runs = of_paper.tables["runs"][of_paper.tables["runs"].training == "notebook"]
    texts = paper_of(named, of_paper, tmp_path, tables={"runs": runs, "claims": claims}, figures={})
    assert any("Of the post’s 1 statement, in this study, 1 is not testable." in text for text in texts)
    assert "Discussion" not in texts
    cell = docx.Document(tmp_path / "t.docx").tables[0].rows[1].cells[1].text
    assert cell == "not testable: not in the study: LeakyReLU, SoLU"


def test_every_finding_names_tables_that_exist(study, of_paper, tmp_path):
    _, findings, _ = paper.paper(study, of_paper)
    named = {name for names in findings["table"] for name in names.split(", ")}
    assert named and named <= set(store.TABLES)
    store.write(findings, tmp_path / "findings.csv", "findings")


def test_every_number_of_the_paper_leads_to_the_columns_and_rows_that_it_is_made_from(study, of_paper, saved, tmp_path):
    _, _, trace = paper.paper(study, of_paper)
    store.write(trace, tmp_path / "trace.csv", "trace")
    document = docx.Document(saved["replication"])
    links = [re.search("REF (entry_.*?) ", field.text) for field in document.element.iter(qn("w:instrText"))]
    places = [node.get(qn("w:name")) for node in document.element.iter(qn("w:bookmarkStart"))]
    marks = [f"entry_{mark}" for mark in trace.mark.unique()]
    assert list(dict.fromkeys(link[1] for link in links if link)) == marks
    assert [name for name in places if name.startswith("entry_")] == marks
    for row in trace[~trace.part.str.startswith("figure")].itertuples():
        assert set(row.columns.split(", ")) <= {column.name for column in store.TABLES[row.table]} | {"status_sgld"}
    findings = document.paragraphs[4 : 4 + len(paper.paper(study, of_paper)[1])]
    assert [text.text[-2:] for text in findings] == [f".{i}" for i in range(2, 2 + len(findings))]


def test_what_is_read_of_a_table_is_noted_with_its_columns_and_rows():
    tables = Tables({"runs": pd.DataFrame({"training": ["a", "b"], "loss": [1.0, 2.0], "other": [3, 4]})})
    traced = tables.traced(
        "part", lambda read, unit: f"{read.read('runs', 'loss', training='b').loss.sum()} {unit}", "MSE"
    )
    assert (traced.text, traced.sources) == ("2.0 MSE", (Source("runs", "loss", "training = b"),))
    assert "other" not in tables.read("runs", "loss")  # no number comes from a column that is not noted
    again = TracedText("another", "2", traced.sources)
    assert [tables.marked(value) for value in (traced, 7, TracedText("other", "3", ()), again)] == [
        *("2.0 MSE[[^1]]", 7, "3[[^2]]"),
        "2[[^1]]",
    ]


def test_a_study_whose_runs_all_diverged_says_so_on_page_1(study, of_paper, tmp_path):
    runs = of_paper.tables["runs"].assign(status="diverged", n_recovered=np.nan, end_status="diverged")
    texts = paper_of(study, of_paper, tmp_path, tables={"runs": runs}, figures={})
    assert NOTHING in texts
    assert any("18 runs in all, all of which diverged" in text for text in texts)
