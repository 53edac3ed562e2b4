"""Rows of activations and of families, read from the syntax trees of their modules: planning needs no PyTorch.

What is wrong with a row is found by it before any job runs.
"""

import ast
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from superposition import equations, palette, printable
from superposition.errors import StudyError, closest
from superposition.provenance import dependencies
from superposition.provenance.dependencies import definitions, imported_names, keyword, parsed

NAME = re.compile("[a-z][a-z0-9_]{0,39}")
"""Names that a row may have: they are part of paths."""

ROOM = {"label": 40, "parameter": 10, "reference": 100, "question": 100, "formula": 150}
"""Most characters of a text that is printed."""

NOT_RUN = "rows are read without running the module: write each of them out, even those of a family"


@dataclass(frozen=True)
class Registry:
    """Rows that a module writes out: its path below the package, the name of their tuple, and that of their class."""

    module: str
    constant: str
    record: str

    def rows(self) -> Iterator[tuple[str, ast.Call, dict[str, ast.expr]]]:
        """Yield name, syntax tree and fields of every row, whose name and texts can be used; else raise StudyError."""
        names: dict[str, int] = {}
        labels: dict[str, int] = {}
        table = self.value(self.constant)
        if not isinstance(table, ast.Tuple | ast.List):
            raise self.mistake(table, f"{self.constant} = (..., ...), one tuple", ast.unparse(table), NOT_RUN)
        for row in table.elts:
            fields = self._fields(row)
            name = self.text(fields, "name")
            if not NAME.fullmatch(name):
                expected = "lower-case letters, digits and _, a letter first, at most 40"
                raise self.mistake(fields["name"], expected, repr(name), "folders of results bear the name")
            self._check_texts(fields)
            self._check_function(fields["function"])
            # Legends and tables would show one label in place of the other.
            for key, before in (("name", names), ("label", labels)):
                text = self.text(fields, key)
                if text in before:
                    hint = f"line {before[text]} has it already"
                    raise self.mistake(fields[key], f"a {key} of its own", repr(text), hint)
                before[text] = row.lineno
            yield name, cast(ast.Call, row), fields

    def _fields(self, row: ast.expr) -> dict[str, ast.expr]:
        """Return the fields of a row by name, in the order of the class."""
        (record,) = self.code()[self.record].body
        body = cast(ast.ClassDef, record).body
        names = [ast.unparse(node.target) for node in body if isinstance(node, ast.AnnAssign)]
        expected = f"{self.record}({', '.join(f'{name}=...' for name in names)})"
        if not isinstance(row, ast.Call) or ast.unparse(row.func) != self.record:
            raise self.mistake(row, expected, ast.unparse(row), NOT_RUN)
        if row.args or sorted(str(given.arg) for given in row.keywords) != sorted(names):
            raise self.mistake(row, expected, ast.unparse(row), "every field once, by name, and no other")
        return {name: keyword(row, name) for name in names}

    def _check_texts(self, fields: Mapping[str, ast.expr]) -> None:
        """Raise StudyError if figures or documents could not print a text of a row, or its formula."""
        for name in (name for name in fields if name in ROOM):
            text = self.text(fields, name)
            try:
                if name != "formula":
                    printable.check(text, longest=ROOM[name], drawn=name in ("label", "parameter"))
                elif len(text) > ROOM[name]:
                    raise ValueError(f"there is room for {ROOM[name]} characters")
                else:
                    equations.inline(text)
            except ValueError as error:
                expected = "LaTeX that documents can print" if name == "formula" else f"a {name} that can be printed"
                raise self.mistake(fields[name], expected, repr(text), str(error)) from error

    def _check_function(self, function: ast.expr) -> None:
        """Raise StudyError if a row's function is a name that the module does not know."""
        path, code = dependencies.PACKAGE / self.module, self.code()
        if isinstance(function, ast.Name) and function.id not in [*code, *imported_names(path)]:
            expected = "a function that the module defines or imports"
            usable = [
                name for name, each in code.items() if any(isinstance(node, ast.FunctionDef) for node in each.body)
            ]
            modules = [alias for node in parsed(path)[1] if isinstance(node, ast.Import) for alias in node.names]
            usable += [alias.asname or alias.name for alias in modules]
            raise self.mistake(function, expected, function.id, closest(function.id, usable))

    def text(self, fields: Mapping[str, ast.expr], name: str) -> str:
        """Return the text that a row gives as a field: in quotes, or as the name of a constant of the module."""
        text = self.string(fields[name])
        if text is None:
            found, hint = ast.unparse(fields[name]), "it is read without running the module"
            raise self.mistake(fields[name], f"{name} as a text in quotes, or a constant that is one", found, hint)
        return text

    def string(self, node: ast.expr) -> str | None:
        """Return the text that an expression is, if it is one."""
        if isinstance(node, ast.Name):
            if node.id not in self.code():  # the name of a family
                return vars(palette).get(node.id)
            node = self.value(node.id)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def value(self, constant: str) -> ast.expr:
        """Return what the module assigns to a constant."""
        assignments = self.code().get(constant, ast.Module([], [])).body
        first = assignments[0] if len(assignments) == 1 else None
        if not isinstance(first, ast.Assign | ast.AnnAssign) or not first.value:
            node = assignments[-1] if assignments else ast.Constant(None, lineno=1)
            raise self.mistake(node, f"one assignment of {constant}", f"{len(assignments)} statements", NOT_RUN)
        return first.value

    def code(self) -> dict[str, ast.Module]:
        """Return the module's definitions by name."""
        try:
            return definitions(dependencies.PACKAGE / self.module)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = error.lineno or 1 if isinstance(error, SyntaxError) else 1
            found = f"{error.msg}: {(error.text or '').strip()}" if isinstance(error, SyntaxError) else f"{error}: "
            raise StudyError(
                expected="Python code", found=found, where=self.place(line), hint="see this line"
            ) from error

    def place(self, line: int) -> str:
        """Return how messages name a line of the module."""
        return f"{dependencies.PACKAGE.name}/{self.module}, line {line}"

    def mistake(self, node: ast.expr | ast.stmt, expected: str, found: str, hint: str) -> StudyError:
        """Return the error that names what is wrong at a place of the module."""
        return StudyError(expected=expected, found=found, where=self.place(node.lineno), hint=hint)


ACTIVATIONS = Registry("activations.py", "ACTIVATIONS", "Activation")
FAMILIES = Registry("families/rows.py", "FAMILIES", "Family")


@functools.cache
def rows() -> dict[str, ast.Call]:
    """Return the syntax trees of the rows of activations by name, in the registry's order.

    Raises:
        StudyError: On the first row that cannot be used.
    """
    by_name = {}
    for name, row, fields in ACTIVATIONS.rows():
        family, families = ACTIVATIONS.text(fields, "family"), list(palette.FAMILY_COLORS)
        if family not in families:
            expected = "a family with a colour"
            raise ACTIVATIONS.mistake(fields["family"], expected, repr(family), closest(family, families))
        by_name[name] = row
    return by_name


def printed(activation: str) -> dict[str, str]:
    """Return what figures print of an activation: its label, family and formula."""
    return {name: text for name, text in cited(activation).items() if name != "reference"}


def cited(activation: str) -> dict[str, str]:
    """Return what documents print of an activation: what figures print, and its reference."""
    row = rows()[activation]
    return {name: str(ACTIVATIONS.string(keyword(row, name))) for name in ("label", "family", "formula", "reference")}


WRITTEN_OUT: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "within": ("(smallest, largest)", lambda ends: len(ends) == 2 and ends[0] <= ends[1]),
    "limits": (
        "{name of an activation: (value of the parameter, distance), ...}",
        lambda limits: limits.keys() <= rows().keys() and all(len(pair) == 2 for pair in limits.values()),
    ),
}
"""Form of what a family's row writes out, and whether a value has it."""


@functools.cache
def family_rows() -> dict[str, ast.Call]:
    """Return the syntax trees of the rows of families by name; raise StudyError as `rows` does."""
    by_name = {}
    for name, row, fields in FAMILIES.rows():
        for field, (form, fits) in WRITTEN_OUT.items():
            try:
                usable = fits(ast.literal_eval(fields[field]))
            except (AttributeError, IndexError, TypeError, ValueError):
                usable = False
            if not usable:
                hint = "it is read without running the module: write it out in numbers"
                raise FAMILIES.mistake(fields[field], f"{field}={form}", ast.unparse(fields[field]), hint)
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
