"""PDF twins of Word documents."""

import shutil

import docx
import pytest

from superposition.documents.word.document import print_documents
from superposition.errors import StudyError


@pytest.fixture
def office(tmp_path):
    """A program in place of LibreOffice that makes a PDF of every document but one called `broken`."""
    program = tmp_path / "office"
    program.write_text(
        "#!/bin/sh\n"
        'while [ "$1" != --outdir ]; do shift; done\nfolder=$2; shift 2\n'
        'for path; do name=$(basename "$path" .docx); [ $name = broken ] || echo "$name" > "$folder/$name.pdf"; done\n'
        "echo 'Error: source file could not be loaded' >&2\n"
    )
    program.chmod(0o755)
    return str(program)


def test_every_document_gets_its_own_twin(office, tmp_path):
    pdfs = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    print_documents(["/x/one.docx", "/x/two.docx"], list(map(str, pdfs)), office=office)
    assert [path.read_text().strip() for path in pdfs] == ["one", "two"]


def test_a_document_that_libreoffice_cannot_lay_out_is_named_with_what_it_said(office, tmp_path):
    with pytest.raises(StudyError, match=r"a PDF of /x/broken.docx(.|\n)*could not be loaded"):
        print_documents(["/x/broken.docx"], [str(tmp_path / "broken.pdf")], office=office)


@pytest.mark.document
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_makes_a_pdf(tmp_path):
    docx.Document().save(str(tmp_path / "empty.docx"))
    print_documents([str(tmp_path / "empty.docx")], [str(tmp_path / "out.pdf")], office="soffice")
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")
