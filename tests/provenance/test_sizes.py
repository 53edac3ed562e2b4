"""Functions and modules of the package and the workflow are short."""

import ast
import statistics
from pathlib import Path

from conftest import ROOT

MODULES = [path for folder in ("superposition", "workflow") for path in sorted((ROOT / folder).rglob("*.py"))]
LONGEST, LONG, TYPICAL = 60, 35, 12
"""Most lines of any body of a function, of nine in ten, and of the median."""

LONGEST_MODULE = 250


def bodies(path: Path) -> dict[str, int]:
    """Return the number of lines of the body of every function of a module, without its docstring."""
    functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    return {f"{path.stem}.{node.name}:{node.lineno}": lines_of(node) for node in functions}


def lines_of(function: ast.FunctionDef) -> int:
    code = function.body[ast.get_docstring(function) is not None :]
    return code[-1].end_lineno - code[0].lineno + 1 if code else 0


def test_bodies_of_functions_are_short():
    sizes = {name: size for path in MODULES for name, size in bodies(path).items()}
    assert {name: size for name, size in sizes.items() if size > LONGEST} == {}
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= LONG
    assert statistics.median(sizes.values()) <= TYPICAL


def test_modules_are_short():
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}
    assert {path: size for path, size in sizes.items() if size > LONGEST_MODULE} == {}


def test_lines_of_a_body_are_those_after_the_docstring():
    source = 'def f():\n    """Text,\n\n    and more."""\n    x = [\n        1,\n    ]\n    return x\n'
    (function,) = ast.parse(source).body
    assert lines_of(function) == 4
