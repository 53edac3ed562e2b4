"""Rows of activations and of families, read from the syntax trees of their modules: planning needs no PyTorch.

What is wrong with a row is found by it before any job runs.
"""

import ast
import functools
import re
from collections.abc import Mapping
from typing import Any, cast

from superposition import equations, palette, printable
from superposition.errors import StudyError, closest
from superposition.provenance import dependencies
from superposition.provenance.dependencies import definitions, imported_names, keyword

MODULE, FAMILY_MODULE = "activations.py", "families/rows.py"
"""Modules of the rows."""

NAME = re.compile("[a-z][a-z0-9_]{0,39}")
"""Names that an activation may have: they are part of paths."""

ROOM = {"label": 40, "reference": 100, "formula": 150}
"""Most characters of a text that is printed."""

NOT_RUN = "rows are read without running the module: write each of them out, even those of a family"


def printed(activation: str) -> dict[str, str]:
    """Return what figures print of an activation: its label, family and formula."""
    return {name: text for name, text in cited(activation).items() if name != "reference"}


def cited(activation: str) -> dict[str, str]:
    """Return what documents print of an activation: what figures print, and its reference."""
    row = rows()[activation]
    return {name: str(_string(keyword(row, name))) for name in ("label", "family", "formula", "reference")}


@functools.cache
def rows() -> dict[str, ast.Call]:
    """Return the syntax trees of the rows by the activation's name, in the registry's order.

    Raises:
        StudyError: On the first row that cannot be used.
    """
    by_name: dict[str, ast.Call] = {}
    labels: dict[str, int] = {}
    registry = _value("ACTIVATIONS")
    if not isinstance(registry, ast.Tuple | ast.List):
        raise _mistake(registry, "ACTIVATIONS = (..., ...), one tuple", ast.unparse(registry), NOT_RUN)
    for row in registry.elts:
        fields = _fields(row)
        name = _text(fields, "name")
        if not NAME.fullmatch(name):
            expected = "lower-case letters, digits and _, a letter first, at most 40"
            raise _mistake(fields["name"], expected, repr(name), "folders of results bear the name")
        if name in by_name:
            hint = f"line {by_name[name].lineno} has it already"
            raise _mistake(fields["name"], "a name of its own", repr(name), hint)
        _check(fields)
        label = _text(fields, "label")
        if label in labels:  # legends and tables would show one in place of the other
            raise _mistake(fields["label"], "a label of its own", repr(label), f"line {labels[label]} has it already")
        by_name[name], labels[label] = cast(ast.Call, row), row.lineno
    return by_name


def _check(fields: Mapping[str, ast.expr]) -> None:
    """Raise StudyError if jobs would stumble over a field of a row."""
    for name in ("label", "reference"):
        text = _text(fields, name)
        try:
            printable.check(text, longest=ROOM[name], drawn=name == "label")
        except ValueError as error:
            raise _mistake(fields[name], f"a {name} that can be printed", repr(text), str(error)) from error
    family, families = _text(fields, "family"), list(palette.FAMILY_COLORS)
    if family not in families:
        raise _mistake(fields["family"], "a family with a colour", repr(family), closest(family, families))
    formula = _text(fields, "formula")
    try:
        if len(formula) > ROOM["formula"]:
            raise ValueError(f"there is room for {ROOM['formula']} characters")
        equations.inline(formula)
    except ValueError as error:
        raise _mistake(fields["formula"], "LaTeX that documents can print", repr(formula), str(error)) from error
    function, known = fields["function"], [*_module(), *imported_names(dependencies.PACKAGE / MODULE)]
    if isinstance(function, ast.Name) and function.id not in known:
        expected = "a function that the module defines or imports"
        raise _mistake(function, expected, function.id, closest(function.id, known))


def _fields(row: ast.expr) -> dict[str, ast.expr]:
    """Return the fields of a row by name, in the order of the class."""
    (record,) = _module()["Activation"].body
    names = [ast.unparse(node.target) for node in cast(ast.ClassDef, record).body if isinstance(node, ast.AnnAssign)]
    expected = f"Activation({', '.join(f'{name}=...' for name in names)})"
    if not isinstance(row, ast.Call) or ast.unparse(row.func) != "Activation":
        raise _mistake(row, expected, ast.unparse(row), NOT_RUN)
    if row.args or sorted(str(given.arg) for given in row.keywords) != sorted(names):
        raise _mistake(row, expected, ast.unparse(row), "every field once, by name, and no other")
    return {name: keyword(row, name) for name in names}


def _text(fields: Mapping[str, ast.expr], name: str) -> str:
    """Return the text that a row gives as a field: in quotes, or as the name of a constant of the module."""
    text = _string(fields[name])
    if text is None:
        found, hint = ast.unparse(fields[name]), "it is read without running the module"
        raise _mistake(fields[name], f"{name} as a text in quotes, or a constant that is one", found, hint)
    return text


def _string(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        if node.id not in _module():  # the name of a family
            return vars(palette).get(node.id)
        node = _value(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _value(constant: str) -> ast.expr:
    assignments = _module().get(constant, ast.Module([], [])).body
    if len(assignments) != 1 or not isinstance(assignments[0], ast.Assign | ast.AnnAssign) or not assignments[0].value:
        node = assignments[-1] if assignments else ast.Constant(None, lineno=1)
        raise _mistake(node, f"one assignment of {constant}", f"{len(assignments)} statements", NOT_RUN)
    return assignments[0].value


@functools.cache
def family_rows() -> dict[str, ast.Call]:
    """Return the syntax trees of the rows of the families by name; raise StudyError as `rows` does."""
    by_name: dict[str, ast.Call] = {}
    for row in _module(FAMILY_MODULE)["FAMILIES"].body[0].value.elts:  # type: ignore[attr-defined]
        try:
            name, (low, high) = (ast.literal_eval(keyword(row, key)) for key in ("name", "within"))
        except (AttributeError, StopIteration, TypeError, ValueError) as error:
            expected = "Family(name=..., within=(smallest, largest), ...), both written out"
            raise _mistake(row, expected, ast.unparse(row), NOT_RUN, FAMILY_MODULE) from error
        if name in by_name or not low <= high:
            wrong = f"{name!r}, {low:g} to {high:g}"
            raise _mistake(row, "a name of its own, and a range", wrong, "change the row", FAMILY_MODULE)
        by_name[name] = row
    return by_name


def family_field(family: str, name: str) -> Any:
    """Return what a family's row gives as one of its fields that is written out."""
    return ast.literal_eval(keyword(family_rows()[family], name))


def printed_family(family: str) -> dict[str, Any]:
    """Return what figures print of a family, with the colour of the first activation that it has as a limit."""
    limits = family_field(family, "limits")
    kind = printed(next(iter(limits)))["family"] if limits else palette.CONTROL
    return {name: family_field(family, name) for name in ("label", "parameter", "formula", "question")} | {
        "family": kind,
        "limits": {printed(name)["label"]: value for name, (value, _) in limits.items()},
    }


def _module(name: str = MODULE) -> dict[str, ast.Module]:
    try:
        return definitions(dependencies.PACKAGE / name)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno or 1 if isinstance(error, SyntaxError) else 1
        found = f"{error.msg}: {(error.text or '').strip()}" if isinstance(error, SyntaxError) else f"{error}: "
        raise StudyError(expected="Python code", found=found, where=place(line, name), hint="see this line") from error


def place(line: int, module: str = MODULE) -> str:
    """Return how messages name a line of the module."""
    return f"{dependencies.PACKAGE.name}/{module}, line {line}"


def _mistake(node: ast.expr | ast.stmt, expected: str, found: str, hint: str, module: str = MODULE) -> StudyError:
    return StudyError(expected=expected, found=found, where=place(node.lineno, module), hint=hint)
