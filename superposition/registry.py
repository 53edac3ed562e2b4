"""What the registry of activations says, read from its syntax tree: planning needs no PyTorch.

What is wrong with a row is found by it before any job runs.
"""

import ast
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from superposition import dependencies, equations
from superposition.dependencies import definitions, imported_names, keyword
from superposition.presets import StudyError, closest

NAME = re.compile("[a-z][a-z0-9_]*")
"""What an activation may be called: its name is part of paths."""


def activation_names() -> list[str]:
    """Return the names of all activations in the registry's order.

    Raises:
        StudyError: On the first row that cannot be used.
    """
    return list(rows())


def printed(activation: str) -> dict[str, str]:
    """Return what figures print of an activation: its label, family and formula."""
    return _texts(activation, "label", "family", "formula")


def cited(activation: str) -> dict[str, str]:
    """Return what documents print of an activation: what figures print, and its reference."""
    return _texts(activation, "label", "family", "formula", "reference")


@functools.cache
def rows() -> dict[str, ast.Call]:
    """Return the syntax trees of the rows by the activation's name.

    Raises:
        StudyError: On the first row that cannot be used.
    """
    found: dict[str, ast.Call] = {}
    for row in _elements("ACTIVATIONS"):
        fields = _fields(row)
        name = _text(fields, "name")
        if not NAME.fullmatch(name):
            expected = "lower-case letters, digits and _, a letter first"
            raise _mistake(fields["name"], expected, repr(name), "folders of results bear the name")
        if name in found:
            raise _mistake(fields["name"], "a name of its own", repr(name), f"line {found[name].lineno} has it already")
        _check(fields)
        found[name] = cast(ast.Call, row)
    return found


def _check(fields: Mapping[str, ast.expr]) -> None:
    """Raise StudyError if jobs would stumble over a field of a row."""
    for name in ("label", "reference"):
        _text(fields, name)
    family, families = _text(fields, "family"), [str(_string(element)) for element in _elements("FAMILIES")]
    if family not in families:
        raise _mistake(fields["family"], "one of FAMILIES", repr(family), closest(family, families))
    formula = _text(fields, "formula")
    try:
        equations.inline(formula)
    except ValueError as error:
        raise _mistake(fields["formula"], "LaTeX that documents can print", repr(formula), str(error)) from error
    function, known = fields["function"], [*_module(), *imported_names(_path())]
    if isinstance(function, ast.Name) and function.id not in known:
        expected = "a function that the module defines or imports"
        raise _mistake(function, expected, function.id, closest(function.id, known))


def _fields(row: ast.expr) -> dict[str, ast.expr]:
    """Return the fields of a row by name, in the order of the class."""
    (record,) = _module()["Activation"].body
    names = [ast.unparse(node.target) for node in cast(ast.ClassDef, record).body if isinstance(node, ast.AnnAssign)]
    if not isinstance(row, ast.Call) or row.args or sorted(str(given.arg) for given in row.keywords) != sorted(names):
        expected = f"Activation({', '.join(f'{name}=...' for name in names)})"
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
    if isinstance(node, ast.Name) and node.id in _module():
        node = _value(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _elements(constant: str) -> list[ast.expr]:
    """Return the elements of a tuple that the module defines."""
    return cast(ast.Tuple, _value(constant)).elts


def _value(constant: str) -> ast.expr:
    (assignment,) = _module()[constant].body
    return cast(ast.expr, cast(ast.Assign | ast.AnnAssign, assignment).value)


def _module() -> dict[str, ast.Module]:
    return definitions(_path())


def _path() -> Path:
    return dependencies.PACKAGE / "activations.py"


def _mistake(node: ast.expr, expected: str, found: str, hint: str) -> StudyError:
    where = f"{dependencies.PACKAGE.name}/activations.py, line {node.lineno}"
    return StudyError(expected=expected, found=found, where=where, hint=hint)


def _texts(activation: str, *names: str) -> dict[str, str]:
    row = rows()[activation]
    return {name: str(_string(keyword(row, name))) for name in names}
