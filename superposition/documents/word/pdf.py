"""PDF twins of Word documents, laid out by LibreOffice."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from superposition.errors import StudyError
from superposition.tables import files

LONGEST = 3600  # seconds after which LibreOffice hangs: the appendix of a hundred seeds takes minutes, others seconds


def print_documents(documents: Sequence[str], pdfs: Sequence[str], *, office: str) -> None:
    """Write the PDF twin of each document.

    All are laid out by one process with a profile of its own, since another LibreOffice that is open would take the
    call and do nothing.

    Raises:
        StudyError: If LibreOffice made no PDF of a document.
    """
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, *documents]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
        for document, path in zip(documents, pdfs, strict=True):
            made = Path(folder) / f"{Path(document).stem}.pdf"
            if not made.exists():
                raise StudyError(
                    expected=f"a PDF of {document}",
                    found=(done.stderr or done.stdout).strip() or "none, and no message",
                    where=office,
                    hint="open the document in LibreOffice, or run without LibreOffice on PATH: PDFs are then left out",
                )
            with files.whole(path) as part:
                part.write_bytes(made.read_bytes())
