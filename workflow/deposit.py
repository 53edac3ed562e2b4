"""Contents of a deposit: files of the results and sources of the workflow, their folders, and metadata of the whole."""

import mimetypes
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from workflow.crate import CrateFile
from workflow.folders import sources
from workflow.outputs import FOLDERS, OF_BATCH, describe

LEFT_OUT = re.compile(r"(.*/)?[.~].*")
"""Names of what is no result anywhere: what Snakemake and killed jobs leave, and locks, which name who opens a file."""

WHOLE = (
    "Results of the study: weights, losses and LLC estimates of single runs (runs/), what they were trained on "
    "(inputs/), tables over all runs (tables/), "
    "figures (figures/), documents (documents/), and the workflow that made them (workflow/). "
    "workflow/docs/outputs.md says what every file, column and array holds."
)
"""Description of a deposit of the results."""

MAIN = "workflow/Snakefile"
"""The workflow, among the sources that lie beside the results."""

GIVEN = ("provenance.json", "workflow/config/config.yaml")
"""Inputs of the run: the configuration, as it was merged and as it is written."""

ABOUT = {"main": MAIN, "description": WHOLE, "objects": GIVEN}
"""Metadata of the whole, by argument of ``crate.results_crate``."""

MEDIA_TYPES = mimetypes.MimeTypes()
"""Python's own list, not that of the machine, with what it lacks."""
for suffix, kind in {
    ".parquet": "application/vnd.apache.parquet",
    ".safetensors": "application/octet-stream",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".yaml": "application/yaml",
    ".md": "text/markdown",
}.items():
    MEDIA_TYPES.add_type(kind, suffix)


def parts(results: Path, root: Path) -> list[CrateFile]:
    """Return all files of the results, and the sources of the workflow to go with them.

    Args:
        results: Folder of the results.
        root: Folder of the Snakefile.
    """
    lying = {path.relative_to(results).as_posix(): path for path in results.rglob("*") if path.is_file()}
    files = {path: source for path, source in lying.items() if not path.startswith("workflow/")}  # of another version
    files |= {f"workflow/{path.relative_to(root).as_posix()}": path for path in sources(root)}
    return [
        CrateFile(path=path, source=files[path], meaning=meaning, media_type=media_type(path))
        for path in sorted(files)
        if (meaning := describe(path)) and not LEFT_OUT.fullmatch(path)
    ]


def folders(files: Iterable[CrateFile]) -> dict[str, str]:
    """Return what the folders of some files hold: those at the top, and those of batches of runs."""
    around = {str(folder) for file in files for folder in PurePosixPath(file.path).parents}
    described = {folder: meaning for folder, meaning in FOLDERS.items() if folder in around}
    for folder in sorted(around):
        if match := OF_BATCH.expression.fullmatch(folder):
            described[folder] = OF_BATCH.meaning.format(**match.groupdict())
    return described


def media_type(path: str) -> str:
    """Return the media type of a file by its suffix, the same on every machine."""
    return MEDIA_TYPES.guess_type(path)[0] or "text/plain"
