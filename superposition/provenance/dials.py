"""Families of activations as planning reads them, from the syntax trees of their rows: it needs no PyTorch."""

import ast
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from superposition.presets import StudyError, closest
from superposition.provenance import dependencies, registry
from superposition.provenance.dependencies import closure, definitions, digest, keyword, references

MODULE = "families/rows.py"


@functools.cache
def rows() -> dict[str, ast.Call]:
    """Return the rows of the families by name.

    Raises:
        StudyError: On the first that cannot be read, or whose name another one has.
    """
    found: dict[str, ast.Call] = {}
    for row in definitions(dependencies.PACKAGE / MODULE)["FAMILIES"].body[0].value.elts:  # type: ignore[attr-defined]
        try:
            name, (low, high) = (ast.literal_eval(keyword(row, key)) for key in ("name", "within"))
        except (AttributeError, StopIteration, TypeError, ValueError) as error:
            expected = "Family(name=..., within=(smallest, largest), ...), both written out"
            raise _mistake(row, expected, ast.unparse(row), "rows are read without running the module") from error
        if name in found or not low <= high:
            raise _mistake(row, "a name of its own, and a range", f"{name!r}, {low:g} to {high:g}", "change the row")
        found[name] = row
    return found


def _mistake(row: ast.expr, expected: str, found: str, hint: str) -> StudyError:
    where = f"{dependencies.PACKAGE.name}/{MODULE}, line {row.lineno}"
    return StudyError(expected=expected, found=found, where=where, hint=hint)


def check(values: Mapping[str, Sequence[float]]) -> None:
    """Raise StudyError for a family that is none, or for a value of its parameter that lies outside its range."""
    for name, chosen in values.items():
        where = f"families.values.{name}"
        if name not in rows():
            raise StudyError(
                expected="the name of a family", found=repr(name), where=where, hint=closest(name, list(rows()))
            )
        low, high = field(name, "within")
        for value in chosen:
            if not low <= value <= high:
                hint = f"the range of {name} is given in {dependencies.PACKAGE.name}/{MODULE}"
                raise StudyError(expected=f"values from {low:g} to {high:g}", found=value, where=where, hint=hint)


def field(family: str, name: str) -> Any:
    """Return what a family's row gives as one of its fields that is written out."""
    return ast.literal_eval(keyword(rows()[family], name))


def printed(family: str) -> dict[str, Any]:
    """Return what figures print of a family, with the colour of the first activation that it has as a limit."""
    limits = field(family, "limits")
    kind = registry.printed(next(iter(limits)))["family"] if limits else "control"
    return {name: field(family, name) for name in ("label", "parameter", "formula", "question")} | {
        "family": kind,
        "limits": {registry.printed(name)["label"]: value for name, (value, _) in limits.items()},
    }


@functools.cache
def function_hash(family: str) -> str:
    """Return a hash of a family's function and range: of all in its row that numbers can depend on."""
    parts = {name: keyword(rows()[family], name) for name in ("parameter", "function", "within")}
    found = closure(references(parts["function"], dependencies.PACKAGE / MODULE))
    return digest({("", name): part for name, part in parts.items()} | found)
