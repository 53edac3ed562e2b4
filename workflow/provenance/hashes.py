"""Code that a result depends on, and what the result was made with.

Snakemake does not see changes in the modules that a script imports. The rules therefore pass, as a param, a hash of the
code that they execute: of their script, and of every definition of the package that it depends on. It is a hash of
syntax trees without docstrings and annotations, so wording and layout change nothing.
"""

import ast
import functools
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from superposition.tables import columns
from workflow.provenance import dependencies, registry
from workflow.provenance.dependencies import Definition, closure, digest, keyword, references

REGISTRY = ("tables.store", "TABLES")
USES = {("tables.store", "write"): 2, **{("tables.frames", name): 1 for name in ("of", "read", "read_runs")}}
USES |= {("tables.store", "write_all"): 1, ("tables.frames", "read_all"): 0}
"""Functions that are given the name of a table, or paths that say it, and the position of that argument."""

GENERAL = {"tables.store", "tables.frames", "tables.checks"}
"""Modules that pass names of tables on, or go through all of them."""

ANY_TABLE = object()
"""Stands for a table that is a value."""


@functools.cache
def code_hash(script: str | Path) -> str:
    """Return a hash of a script, a Python file, and of all code of this package that it executes."""
    path = Path(script)
    tree, _ = dependencies.parsed(path)
    executed = closure(references(tree, path))
    return digest({("", path.stem): tree} | executed | _tables_used({("", path): tree} | executed))


def _tables_used(code: Mapping[tuple[str, Any], ast.AST]) -> dict[Definition, str]:
    """Return the declarations of the tables that code reads, writes or looks up.

    A table is named by a text where it is used. Where it is a value instead, such as the name of a file, it is one of
    the texts in the code.
    """
    named: set[object] = set()
    for (module, name), node in code.items():
        if module not in GENERAL:
            named |= _named(node, name if isinstance(name, Path) else dependencies.module_path(module))
    if ANY_TABLE in named:
        named |= {node.value for tree in code.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {("TABLES", name): text for name, text in _declarations().items() if name in named}


@functools.cache
def _named(tree: ast.AST, path: Path) -> frozenset[object]:
    """Return the tables that a piece of code names where it uses them, with ``ANY_TABLE`` if one is a value."""
    tables: set[object] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (used := references(node.func, path) & USES.keys()):
            names = node.args[USES[min(used)] :]
        elif isinstance(node, ast.Subscript) and REGISTRY in references(node.value, path):
            names = [node.slice]
        else:
            continue
        tables.add(names[0].value if names and isinstance(names[0], ast.Constant) else ANY_TABLE)
    return frozenset(tables)


def tables_hash() -> str:
    """Return a hash of the declarations of all tables, for code that goes through all of them."""
    return digest({("TABLES", name): text for name, text in _declarations().items()})


@functools.cache
def _declarations() -> dict[str, str]:
    """Return the declaration of every table, with all columns and ranges that it shares with others."""
    return {name: repr(table) for name, table in columns.declared(dependencies.PACKAGE / "tables" / "declared").items()}


@functools.cache
def function_hash(activation: str) -> str:
    """Return a hash of an activation's function: of all that numbers can depend on."""
    path = dependencies.PACKAGE / registry.ACTIVATIONS.module
    function = keyword(registry.rows()[activation], "function")
    return digest({("", activation): function, **closure(references(function, path))})


@functools.cache
def family_hash(family: str) -> str:
    """Return a hash of a family's function and range: of all in its row that numbers can depend on."""
    row = registry.family_rows()[family]
    parts = {("", name): keyword(row, name) for name in ("parameter", "function", "within")}
    path = dependencies.PACKAGE / registry.FAMILIES.module
    return digest({**parts, **closure(references(parts["", "function"], path))})


def versions() -> dict[str, str]:
    """Return the versions that results were made with: Python, platform, commit and main libraries."""
    libraries = ("snakemake", "torch", "numpy", "scipy", "pandas", "pyarrow", "devinterp")
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "commit": commit(),
        **{library: metadata.version(library) for library in libraries},
    }


def commit() -> str:
    """Return the commit of the working tree, with `-dirty` if tracked files differ from it, or `unknown`."""
    described = _git(dependencies.PACKAGE, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    return (described if tracked(dependencies.PACKAGE) else "") or "unknown"


def tracked(folder: Path) -> set[Path]:
    """Return the files below a folder that git tracks: none without git, or in a copy inside another repository."""
    names = _git(folder, "ls-files", "-z").split("\0")
    return {folder / name for name in names if name}


def _git(folder: Path, *command: str) -> str:
    """Return what git says of a folder, nothing where there is no git or no repository."""
    try:
        result = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return result.stdout.strip()
