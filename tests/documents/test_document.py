"""Word documents: what holds for all of them, and that they render."""

import re
import shutil
import subprocess
import sys
from zipfile import ZipFile

import docx
import pytest
import yaml
from conftest import ROOT
from docx.oxml.ns import qn
from lxml import etree

from superposition import release
from superposition.documents.word.document import Document
from superposition.documents.word.grid import Grid, Head
from superposition.errors import StudyError

from .reading import ACTIVATIONS, TRAINING, captions, cells, headings

pytestmark = pytest.mark.document


def test_no_cell_is_empty_or_shows_a_value_that_is_none(opened):
    for cell in cells(opened):
        shows_more = any(True for _ in cell._tc.iter(qn("w:drawing"), qn("m:oMath")))
        assert cell.text.strip() or shows_more
        words = cell.text.replace("[", " ").replace("]", " ").replace(",", " ").split()
        assert not {"nan", "None", "<NA>", "NaT", "inf", "-inf"} & set(words), cell.text


def test_paper_and_supplement_say_in_the_same_words_what_the_model_is_and_what_a_verdict_means(saved):
    defined = []
    for name in ("replication", "supplement"):
        document = docx.Document(saved[name])
        texts = [paragraph.text for paragraph in document.paragraphs]
        verdicts = re.search(r"A verdict is replicated if .*? inconclusive otherwise\.", " ".join(texts))
        at = texts.index("The model is the tied autoencoder")
        model = [etree.tostring(paragraph._p) for paragraph in document.paragraphs[at : at + 4]]
        defined.append((verdicts[0], model))
    assert defined[0] == defined[1]


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
