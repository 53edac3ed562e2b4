"""Which code a result depends on, and what it was made with.

Snakemake reruns a job when its inputs, its params or its script change, but it does not see changes in the modules that
a script imports. The rules therefore pass, as a param, a hash of the code that their script executes: of every
function, class and constant of this package that the script refers to, directly or not. It is a hash of syntax trees
without docstrings, so formatting and comments change nothing. Nothing is imported to compute it.
"""

import ast
import functools
import hashlib
import platform
import subprocess
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent
REGISTRIES = ("activations", "ACTIVATIONS"), ("activations", "BY_NAME"), ("tables", "TABLES")
"""Definitions that are not followed: a job depends on its own activation and tables, not on all that are declared."""

Definition = tuple[str, str]
"""Module and name of a definition at the top level of a module of this package."""


@functools.cache
def _tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file without docstrings."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [child for child in body if not _is_text(child)]
    return tree


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is a bare string: a docstring, or the documentation of a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@functools.cache
def _definitions(path: Path) -> dict[str, ast.AST]:
    """Return the top-level definitions of a file by name."""
    found: dict[str, ast.AST] = {}
    for node in _tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {name.id: node for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return found


@functools.cache
def _imports(path: Path) -> dict[str, Definition | str]:
    """Return what names of this package stand for in a file: a module, or a definition in one."""
    found: dict[str, Definition | str] = {}
    for node in _tree(path).body:
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(PACKAGE.name):
            continue
        module = (node.module or "").removeprefix(PACKAGE.name).removeprefix(".")
        for alias in node.names:
            found[alias.asname or alias.name] = (module, alias.name) if module else alias.name
    return found


def _references(node: ast.AST, path: Path) -> Iterable[Definition]:
    """Yield the definitions of this package that a piece of code refers to."""
    imports, own = _imports(path), _definitions(path)
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name):
            module = imports.get(child.value.id)
            if isinstance(module, str):
                yield module, child.attr
        elif isinstance(child, ast.Name):
            target = imports.get(child.id)
            if isinstance(target, tuple):
                yield target
            elif child.id in own and path.parent == PACKAGE:
                yield path.stem, child.id


def _closure(roots: Iterable[Definition]) -> dict[Definition, ast.AST]:
    """Return all definitions that the given ones execute, themselves included."""
    found: dict[Definition, ast.AST] = {}
    waiting = list(roots)
    while waiting:
        module, name = waiting.pop()
        path = PACKAGE / f"{module}.py"
        if (module, name) in found or (module, name) in REGISTRIES or not path.exists():
            continue
        node, imported = _definitions(path).get(name), _imports(path).get(name)
        if isinstance(imported, tuple):  # a definition of another module that this one passes on
            waiting.append(imported)
        if node is not None:
            found[module, name] = node
            waiting += _references(node, path)
    return found


def _digest(parts: Mapping[Definition, ast.AST]) -> str:
    text = "\n".join(f"{key}: {ast.dump(parts[key])}" for key in sorted(parts))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_hash(script: str | Path) -> str:
    """Return a hash of all code of this package that a script executes.

    Args:
        script: Path of a Python file that imports from this package.
    """
    path = Path(script)
    found = _closure(_references(_tree(path), path))
    return _digest(found | _tables_named(_tree(path), *found.values()))


def _tables_named(*code: ast.AST) -> dict[Definition, ast.AST]:
    """Return the declarations of those tables whose names stand as strings in the code."""
    texts = {node.value for tree in code for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    registries = [
        node for node in ast.walk(_definitions(PACKAGE / "tables.py")["TABLES"]) if isinstance(node, ast.Dict)
    ]
    rows = zip(registries[0].keys, registries[0].values, strict=True)
    named = {key.value: value for key, value in rows if isinstance(key, ast.Constant) and key.value in texts}
    return {("TABLES", str(name)): value for name, value in named.items()}


def _rows() -> dict[str, ast.Call]:
    """Return the rows of the registry of activations by name, in order, without importing it."""
    registry = _definitions(PACKAGE / "activations.py")["ACTIVATIONS"]
    calls = [node for node in ast.walk(registry) if isinstance(node, ast.Call)]
    return {str(ast.literal_eval(_keyword(call, "name"))): call for call in calls}


def _keyword(call: ast.Call, name: str) -> ast.expr:
    return next(keyword.value for keyword in call.keywords if keyword.arg == name)


def activation_names() -> list[str]:
    """Return the names of all activations in the registry's order, without importing PyTorch."""
    return list(_rows())


def printed(activation: str) -> dict[str, str]:
    """Return what figures print of an activation, without importing PyTorch: its label, family and formula."""
    return _texts(activation, "label", "family", "formula")


def cited(activation: str) -> dict[str, str]:
    """Return what documents print of an activation: what figures print, and its reference."""
    return _texts(activation, "label", "family", "formula", "reference")


def _texts(activation: str, *keywords: str) -> dict[str, str]:
    constants = _definitions(PACKAGE / "activations.py")
    texts = {}
    for name in keywords:
        value = _keyword(_rows()[activation], name)
        texts[name] = ast.literal_eval(_assigned(constants[value.id]) if isinstance(value, ast.Name) else value)
    return texts


def _assigned(node: ast.AST) -> ast.expr:
    """Return the value of an assignment."""
    return next(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.Constant))


def function_hash(activation: str) -> str:
    """Return a hash of an activation's function: of all that numbers can depend on."""
    path = PACKAGE / "activations.py"
    function = _keyword(_rows()[activation], "function")
    return _digest({("", activation): function, **_closure(_references(function, path))})


def row_hash(activation: str) -> str:
    """Return a hash of an activation's row and function: of all that figures and documents can depend on."""
    return _digest({("", activation): _rows()[activation], ("", function_hash(activation)): ast.Pass()})


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
    command = ["git", "-C", str(PACKAGE), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip() or "unknown"
