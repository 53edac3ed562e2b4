"""Word documents: what their readers find in them, and that they render.

The study in these documents is made up: three activations of two families, two training presets, three seeds; the runs
of one activation diverged with one preset, and some LLC estimates may not be read. Verdicts are made up as well.
"""

import dataclasses
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from zipfile import ZipFile

import docx
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, four_protocols
from docx.oxml.ns import qn

from superposition import release, wording
from superposition.claims.statement import VERDICTS
from superposition.documents import shared
from superposition.documents.paper import paper
from superposition.documents.paper.findings import FindingLimits
from superposition.documents.paper.sources import Source, Tables, TracedText
from superposition.documents.supplement import SupplementSources, supplement_document
from superposition.documents.tables import ShownEnds, appendix_document, comparison_document, sentence, tables_document
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Grid, Head
from superposition.errors import StudyError
from superposition.figures.directions import Ends
from superposition.measures.final import summary_table
from superposition.measures.history import History
from superposition.palette import FILLS
from superposition.provenance import registry
from superposition.quantities import MEASURED
from superposition.statistics import Resampling
from superposition.tables import columns, frames, store
from superposition.tables.trajectory import Trajectory
from workflow.study import Study

pytestmark = pytest.mark.document

ACTIVATIONS = ("relu", "relu_squared", "tanh")
TRAINING = ("notebook", "zero_bias")
SAMPLERS = ("notebook", "sgld")
SEEDS = (1, 2, 3)
STATISTICS = {"confidence": 0.95, "resamples": 50, "seed": 0}


@pytest.fixture(scope="module")
def study() -> shared.ShownStudy:
    return shared.study_of(
        ROOT / "CITATION.cff",
        printed={name: registry.cited(name) for name in ACTIVATIONS},
        protocols=four_protocols(),
        confidence=STATISTICS["confidence"],
        n_followed=2,
    )


@pytest.fixture(scope="module")
def runs() -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([TRAINING, ACTIVATIONS, SEEDS], names=["training", "activation", "seed"])
    runs = keys.to_frame(index=False)
    diverged = (runs.training == "notebook") & (runs.activation == "relu_squared")
    runs["status"] = np.where(diverged, "diverged", "ok")
    runs["diverged_step"] = pd.array(np.where(diverged, 13, None), dtype="Int64")
    for position, measure in enumerate(quantity.name for quantity in MEASURED):
        runs[measure] = np.where(diverged, np.nan, runs.seed + position)
    runs["onset"] = pd.array([None] * len(runs), dtype="Int64")
    runs["end_status"] = np.where(diverged, "diverged", "converged")
    open_end = (runs.training == "zero_bias") & (runs.seed == 2)
    runs["loss_at_step"] = pd.array(np.where(open_end, 20_000, None), dtype="Int64")
    for sampler in SAMPLERS:
        runs[f"llc_{sampler}"] = np.where(diverged, np.nan, 1.25 * runs.seed)
        runs[f"llc_std_{sampler}"] = np.where(diverged, np.nan, 0.5)
        runs[f"status_{sampler}"] = np.where(runs.seed == 3, "not_a_minimum", "ok")
    return runs


@pytest.fixture(scope="module")
def summary(runs) -> pd.DataFrame:
    times = runs[["training", "activation", "seed"]].assign(drop_start=1.0, drop_end=9.0, distance=0.1, onset=5.0)
    times = pd.concat([times.assign(variant=name) for name in ("base", "n_represented")])
    return summary_table(runs, times, samplers=dict.fromkeys(TRAINING, SAMPLERS), resampling=Resampling(**STATISTICS))


@pytest.fixture(scope="module")
def shown_ends(study, histories, runs, summary) -> ShownEnds:
    """Ends of runs that recover every feature."""
    ends = {
        key: Ends(runs.trajectory.W[:, -1], np.ones((len(SEEDS), 8), dtype=bool), runs.trajectory.seeds)
        for key, runs in histories.items()
    }
    return ShownEnds(study=study, runs=runs, summary=summary, ends=ends, n_initial=dict.fromkeys(TRAINING, 2))


def text_of(*names: str) -> str:
    return shared.text_of(ROOT / "workflow" / "documents" / f"{name}.md" for name in names)


def made_up(table: str, **values) -> pd.DataFrame:
    """Return rows of a declared table with the given values; other numbers are 1, other texts say what they are."""
    n_rows = max(len(value) for value in values.values())
    fillers = {columns.STRING: "text", columns.FLOAT: 1.0, columns.INT: 1, columns.BOOL: True}
    filled = {column.name: [fillers[column.type]] * n_rows for column in store.TABLES[table]}
    return pd.DataFrame(filled | values)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, pd.DataFrame]:
    """Tables of two statements under the four protocols; every verdict occurs."""
    keys = pd.MultiIndex.from_product([["G1", "S2a"], TRAINING, SAMPLERS]).to_frame(index=False)
    verdict = [*VERDICTS[:3], VERDICTS[4], *VERDICTS[:1:-1], VERDICTS[0]]  # four of each statement
    low, estimate = ([np.nan if word == "not testable" else one for word in verdict] for one in (0.25, 1.0))
    of_claims = {
        "id": keys[0],
        "training": keys[1],
        "sampler": keys[2],
        "verdict": verdict,
        "low": low,
        "estimate": estimate,
        "unit": [""] * 8,
    }
    return {
        "claims": made_up("claims", **of_claims),
        "llc_leaderboard": made_up("llc_leaderboard", group=["quadratic", "quadratic", "TMS"], se=[0.5, 1.0, np.nan]),
        "deviations": made_up(
            "deviations",
            deviation=["N2", "N2", "N3"],
            activation=["relu", None, None],
            setting=[None, None, "snapshot 7"],
            evidence=["of one", "of all", "of a snapshot"],
        ),
    }


@pytest.fixture(scope="module")
def figure(shown_ends, tmp_path_factory) -> str:
    """Path of a picture that stands for every figure."""
    path = tmp_path_factory.mktemp("figures") / "figure.png"
    path.write_bytes(next(iter(shown_ends.polygons.values())))
    return str(path)


@pytest.fixture(scope="module")
def inputs(runs, summary, verdicts, config, figure, histories) -> SupplementSources:
    overviews = [(training, "overview") for training in TRAINING]
    whole = Study(config)
    kinds = {
        "training": {name: whole.training_preset(name) for name in TRAINING},
        "sampler": {name: whole.sampler_preset(name) for name in SAMPLERS},
    }
    return SupplementSources(
        template=text_of("reading", "supplement"),
        references=text_of("references"),
        tables={"runs": runs, "summary": summary, **verdicts},
        figures=dict.fromkeys([*overviews, ("figures", "protocols"), ("figures", "llc-leaderboard")], figure),
        curves={key: runs.curves(band=0.8) for key, runs in histories.items()},
        presets={kind: {k: dataclasses.asdict(v) for k, v in values.items()} for kind, values in kinds.items()},
        meanings={kind: whole.meanings(kind) for kind in kinds},
        thresholds=config["superposition"],
        limits=config["llc_limits"],
        **yaml.safe_load((ROOT / "workflow/documents/supplement.yaml").read_text()),
        versions={"python": "3.11", "torch": "2.13"},
    )


@pytest.fixture(scope="module")
def of_paper(runs, verdicts, figure) -> paper.PaperSources:
    names = ("signature", "answers", "capacity", "onset-vs-drop", "superposition-vs-loss")
    figures = {("figures", name): figure for name in names}
    made = {"file": "results/tables/runs.parquet", "rule": "summarise_runs", "script": "summarise_runs.py"}
    drawn = {"script": "plot.py", "tables": ["runs", "capacity"]}
    return paper.PaperSources(
        template=text_of("replication"),
        references=text_of("references"),
        tables={"runs": runs, "claims": verdicts["claims"]},
        figures=figures,
        n_features=8,
        n_hidden=2,
        limits=FindingLimits(reached=1e-3, mostly=0.5, early=0.5),
        made_by=dict.fromkeys(("runs", "claims", "evidence", "summary", "capacity"), made),
        drawn=dict.fromkeys(names, drawn),
        commit="0123456789abcdef",
    )


@pytest.fixture(scope="module")
def histories(study) -> dict[tuple[str, str], History]:
    """Three runs of every activation, recorded at steps 0, 10 and 100."""
    steps, seeds = np.array([0, 10, 100]), np.array(SEEDS)
    weights = np.random.default_rng(0).normal(size=(3, 3, 2, 8)).astype(np.float32)
    grid = pd.DataFrame({"seed": np.repeat(seeds, 3), "step": np.tile(steps, 3), "status": "ok"})
    curves = grid.assign(loss=0.1, n_represented=2, n_recovered=1)
    return {
        (training, name): History(
            training=training,
            **{key: study.printed[name][key] for key in ("label", "family", "formula")},
            trajectory=Trajectory(W=weights, b=weights[:, :, 0], steps=steps, seeds=seeds),
            loss=curves,
            superposition=curves,
            llc={sampler: grid.assign(llc=1.5, training=training, activation=name) for sampler in SAMPLERS},
            critical=frames.of([], "critical_points"),
        )
        for training in TRAINING
        for name in ACTIVATIONS
    }


@pytest.fixture(scope="module")
def saved(study, runs, shown_ends, inputs, of_paper, histories, figure, tmp_path_factory) -> dict:
    """Paths of all documents by name."""
    folder = tmp_path_factory.mktemp("documents")
    every = dict.fromkeys(histories, figure)
    appendix = shared.Sources(template=text_of("appendix"), tables={"runs": runs}, figures=every)
    documents = {
        "tables": tables_document(shown_ends, text_of("reading", "tables")),
        "appendix": appendix_document(study, appendix),
        "supplement": supplement_document(study, inputs),
        "replication": paper.paper(study, of_paper)[0],
        "comparison": comparison_document(shown_ends, text_of("comparison"), inputs.curves, title="Three", band=0.8),
    }
    for name, document in documents.items():
        document.save(folder / f"{name}.docx")
    return {name: folder / f"{name}.docx" for name in documents}


@pytest.fixture(params=["tables", "appendix", "supplement", "replication", "comparison"])
def name(request) -> str:
    return request.param


@pytest.fixture
def opened(saved, name):
    return docx.Document(saved[name])


def headings(document, level: int) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs if paragraph.style.name == f"Heading {level}"]


def captions(document, kind: str) -> list[str]:
    return [
        p.text for p in document.paragraphs if p.style.name in ("Caption", "Table Caption") and p.text.startswith(kind)
    ]


def cells(document) -> list:
    """Return all cells of all tables; cells of a group row once."""
    return [
        docx.table._Cell(cell, table) for table in document.tables for row in table._tbl.tr_lst for cell in row.tc_lst
    ]


def row_of(document, label: str, *, table: int) -> list[str]:
    """Return the texts of a row, with ordinary spaces."""
    rows = document.tables[table].rows
    return next([c.text.replace("\u00a0", " ") for c in row.cells] for row in rows if row.cells[0].text == label)


def test_no_cell_is_empty_or_shows_a_value_that_is_none(opened):
    for cell in cells(opened):
        shows_more = any(True for _ in cell._tc.iter(qn("w:drawing"), qn("m:oMath")))
        assert cell.text.strip() or shows_more
        words = cell.text.replace("[", " ").replace("]", " ").replace(",", " ").split()
        assert not {"nan", "None", "<NA>", "NaT", "inf", "-inf"} & set(words), cell.text


def test_every_table_has_a_caption_in_order_and_a_header_that_repeats(opened):
    shown = captions(opened, "Table")
    assert len(shown) == len(opened.tables) > 0
    assert [caption.split(".")[0] for caption in shown] == [f"Table {i + 1}" for i in range(len(shown))]
    for table in opened.tables:
        first, *others = table._tbl.tr_lst
        assert first.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        assert all(row.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in others)


def test_captions_are_numbered_by_fields_and_stay_with_their_tables(opened):
    fields = [node.text.split()[:2] for node in opened.element.iter(qn("w:instrText"))]
    assert fields.count(["SEQ", "Table"]) == len(opened.tables)
    assert opened.styles["Table Caption"].paragraph_format.keep_with_next
    for table in opened.tables:
        before = table._tbl.getprevious()
        assert before.find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val")) == "TableCaption"


def test_tables_have_no_vertical_rules(opened):
    for table in opened.tables:
        borders = table._tbl.tblPr.find(qn("w:tblBorders"))
        assert {child.tag.rpartition("}")[2] for child in borders} == {"top", "bottom", "insideH"}


def test_tables_are_as_wide_as_the_text_of_their_section_at_most(opened):
    # A section's properties stand in its last paragraph, those of the last section at the end.
    sections, position = list(opened.sections), 0
    for block in opened.element.body:
        if block.tag == qn("w:tbl"):
            section = sections[position]
            text = section.page_width.twips - section.left_margin.twips - section.right_margin.twips
            widths = [int(column.get(qn("w:w"))) for column in block.find(qn("w:tblGrid"))]
            assert sum(widths) <= text + len(widths)  # a twip per column for rounding
        position += bool(list(block.iter(qn("w:sectPr")))) and block.tag == qn("w:p")


def test_every_picture_has_an_alternative_text(opened):
    for properties in opened.element.iter(qn("wp:docPr")):
        assert len(properties.get("descr", "")) > 20


def test_a_document_bears_the_date_of_the_release_or_that_of_source_date_epoch(tmp_path, monkeypatch):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())

    def written() -> bytes:
        document = Document(citation, title="Title", subject="Subject", landscape=False)
        document.save(tmp_path / "document.docx")
        return (tmp_path / "document.docx").read_bytes()

    first = written()
    assert docx.Document(tmp_path / "document.docx").core_properties.created.date() == citation["date-released"]
    with ZipFile(tmp_path / "document.docx") as members:
        assert {member.date_time for member in members.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert written() == first
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert written() != first
    assert docx.Document(tmp_path / "document.docx").core_properties.modified.isoformat()[:10] == "1970-01-02"


@pytest.mark.parametrize(
    ("seconds", "released", "message"),
    [
        ("noon", "2026-01-31", "SOURCE_DATE_EPOCH"),
        ("9" * 30, "2026-01-31", "seconds since 1970"),
        ("", None, "CITATION"),
    ],
)
def test_what_is_no_date_is_refused(monkeypatch, seconds, released, message):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", seconds)
    with pytest.raises(StudyError, match=message):
        release.date({"date-released": released})


def test_properties_are_those_of_the_citation_file(opened):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    properties = opened.core_properties
    assert properties.author
    for author in citation["authors"]:
        assert (author.get("name") or author["family-names"]) in properties.author
    assert properties.keywords == ", ".join(citation["keywords"])
    assert properties.category == citation["title"]
    assert properties.title == opened.paragraphs[0].text


def test_pages_are_numbered(opened):
    instructions = [node.text.strip() for node in opened.sections[0].footer._element.iter(qn("w:instrText"))]
    assert instructions == ["PAGE", "NUMPAGES"]


def test_documents_are_written_without_importing_pytorch():
    folder = ("tables", "supplement", "paper.paper")
    modules = [*(f"documents.{module}" for module in folder), "figures.polygons"]
    program = f"import sys, {', '.join(f'superposition.{module}' for module in modules)}\n"
    result = subprocess.run([sys.executable, "-c", program + "sys.exit('torch' in sys.modules)"], cwd=ROOT, check=False)
    assert result.returncode == 0


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


def test_the_table_of_contents_links_to_every_heading(saved):
    document = docx.Document(saved["appendix"])
    anchors = [link.get(qn("w:anchor")) for link in document.element.iter(qn("w:hyperlink"))]
    bookmarks = {node.get(qn("w:name")) for node in document.element.iter(qn("w:bookmarkStart"))}
    assert len(anchors) == len(headings(document, 1) + headings(document, 2))
    assert set(anchors) <= bookmarks


def test_references_show_the_number_of_a_caption_that_comes_later(study, tmp_path):
    document = Document(study.citation, title="t", subject="s", landscape=False)
    document.text("See [[second]] and [[first]].")
    grid = Grid(columns=[Head(heading="a", width=1)], rows=[["1"]])
    document.table(grid, caption="One.", label="first")
    document.table(grid, caption="Two.", label="second")
    document.save(tmp_path / "t.docx")
    texts = [paragraph.text for paragraph in docx.Document(tmp_path / "t.docx").paragraphs]
    assert "See Table 2 and Table 1." in texts


def test_a_reference_without_a_caption_is_named(study, tmp_path):
    document = Document(study.citation, title="t", subject="s", landscape=False)
    document.text("See [[nowhere]].")
    with pytest.raises(ValueError, match="'nowhere'"):
        document.save(tmp_path / "t.docx")


def test_a_row_with_another_number_of_cells_is_refused(study):
    document = Document(study.citation, title="t", subject="s", landscape=False)
    grid = Grid(columns=[Head(heading="a", width=1)], rows=["group", ["1", "2"]])
    with pytest.raises(ValueError, match="2 cells where the table has 1 columns"):
        document.table(grid, caption="c", label="l")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.skipif(shutil.which("pdfinfo") is None, reason="poppler (pdfinfo) is not installed")
def test_documents_render_to_the_expected_number_of_pages(saved, tmp_path):
    # Tables: a page for each preset. Appendix: the introduction, and the table and the figures of each activation.
    # Comparison: a sentence, a table and a figure, of four protocols.
    pages = {"tables": len(TRAINING), "appendix": 1 + 2 * len(ACTIVATIONS), "comparison": 2}
    for name, expected in pages.items():
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, saved[name]]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        info = subprocess.run(["pdfinfo", tmp_path / f"{name}.pdf"], check=True, capture_output=True, text=True).stdout
        assert f"Pages:           {expected}\n" in info


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
    claims = claims.assign(estimate=np.nan, low=np.nan, high=np.nan, reason="not in the study: leaky_relu, solu")
    named = replace(study, protocols=ONE, names={"leaky_relu": "LeakyReLU", "solu": "SoLU"})
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
