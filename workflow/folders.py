"""Folder of the sources, and folders in which results may lie: new ones, or ones that this workflow made."""

import os
import tempfile
from pathlib import Path

from superposition.errors import StudyError
from superposition.tables import files
from workflow.provenance.hashes import tracked

CODE = ("superposition/**/*.py", "superposition/tables/declared/*.md", "superposition/*/*.yaml", "workflow/**/*")
"""Files that a run executes."""

SOURCES = (
    "Snakefile",
    "*.cff",
    "*.md",
    "LICENSE",
    "Makefile",
    "pyproject.toml",
    "requirements.txt",
    "config/README.md",
    "config/config.yaml",
    "config/smoke.yaml",
    "docs/**/*",
    "envs/*.def",
    "envs/*.yaml",
    "profiles/default/*",
    *CODE,
)
"""Files that somebody needs to run the study again, below the folder of the Snakefile.

Left out is what speaks of a machine, a cluster or an account: ``slurm/``, configurations and profiles of one's own.
"""

GENERATED = {"__pycache__", ".snakemake", "results"}
"""Folders among these that Python and Snakemake make."""

PRODUCTS = (
    "inputs",
    "families",
    "runs",
    "tables",
    "figures",
    "documents",
    "report",
    "workflow",
    "provenance.json",
    "ro-crate-metadata.json",
)
"""Entries of the results folder that the workflow writes, beside logs and benchmarks."""

MARKS = (
    *("logs/draw_inputs/*.log", "logs/compare_estimators.log", "logs/map_capacity/*.log", "logs/search_family/*.log"),
    *("logs/run_model/*.log", "logs/run_chen.log", "logs/run_factorial/*.log"),
    "inputs/*/seeds-*.safetensors",
)
"""By what a folder of results is known: nothing is made before one of these, whichever files were asked for."""

MADE = ("results", ".snakemake")
"""Folders beside the sources that are none."""

NAME_LIMIT = 255
"""Longest name of a file or folder, in bytes, on nearly every file system."""

PATH_LIMIT = 700
"""Longest path of the results folder, in bytes: paths below it have up to 300 more, and macOS takes 1,024."""


def check_results_folder(results: str, root: Path) -> None:
    """Raise StudyError if results would be written over what the workflow did not make.

    Args:
        results: The folder, as configured.
        root: Folder of the workflow's sources.
    """
    if results.startswith("~"):
        raise _refused("the path of a folder", results, "~ is no home folder here; write its whole path")
    given = Path(results).absolute()
    if len(os.fsencode(given)) > PATH_LIMIT or any(len(os.fsencode(part)) > NAME_LIMIT for part in given.parts):
        expected = f"a path of at most {PATH_LIMIT} bytes, each name in it of at most {NAME_LIMIT}"
        raise _refused(expected, f"{len(os.fsencode(given))} bytes, {results}", "choose a shorter one")
    folder, root = given.resolve(), root.resolve()
    if root.is_relative_to(folder):
        raise _refused("a folder of its own", f"{results}, which holds the workflow itself", "such as results")
    top = folder.relative_to(root).parts[0] if folder.is_relative_to(root) else ""
    if top.startswith(".") or (top and top not in MADE and not _is_beside(folder, root) and _is_source(root / top)):
        raise _refused("a folder of its own", f"{results}, among the sources of the workflow", "such as results")
    _check_empty_or_made(folder, results)


def check_writable(folder: str | Path) -> None:
    """Raise StudyError if nothing can be written to a folder, or to the nearest one above it that exists."""
    present = next(path for path in (Path(folder), *Path(folder).absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=present):
            pass
    except OSError as error:
        raise files.unwritable(folder, error) from error


def _is_beside(folder: Path, root: Path) -> bool:
    """Whether results go below the folder that Snakemake works in, which another workflow has within the sources."""
    work = Path.cwd().resolve()
    return work != root and folder != work and folder.is_relative_to(work)


def _is_source(folder: Path) -> bool:
    """Whether what lies at the top of the repository came with it: no results are in it or directly below."""
    if not folder.exists():
        return False
    made = any(next(folder.glob(f"{prefix}{mark}"), None) for prefix in ("", "*/", "*/*/") for mark in MARKS)
    return not made and any(path.is_file() for path in folder.rglob("*"))


def _check_empty_or_made(folder: Path, results: str) -> None:
    """Raise StudyError if a folder holds what the workflow would overwrite, and no mark of the workflow."""
    if folder.exists() and not folder.is_dir():
        raise _refused("a folder", f"{results}, a file", "choose another name")
    if any(next(folder.glob(mark), None) for mark in MARKS):
        return
    for path in (folder / name for name in PRODUCTS):
        if path.is_file() or any(below.is_file() for below in path.rglob("*")):
            found = f"{path}, which this workflow did not make"
            raise _refused("a folder that is new, or that this workflow made", found, "choose another folder")


def _refused(expected: str, found: str, hint: str) -> StudyError:
    return StudyError(expected=expected, found=found, where="results", hint=hint)


def sources(root: Path) -> list[Path]:
    """Return the sources of the study below the folder of the Snakefile.

    Where git tracks them, notes and drafts that it does not track are left out. Code is not: results depend on it.
    """
    listed, code = ({path for pattern in patterns for path in root.glob(pattern)} for patterns in (SOURCES, CODE))
    chosen = listed & (tracked(root) | code) if tracked(root) else listed
    return sorted(path for path in chosen if path.is_file() and not GENERATED & set(path.relative_to(root).parts))
