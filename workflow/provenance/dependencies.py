"""Definitions of the package that a piece of code depends on, read from syntax trees: nothing is imported.

A definition is a function, class or constant at the top level of a module. Code depends on every definition that it
names, directly or through others, with decorators, defaults and base classes; on all of a module that it passes on as a
value; and on the statements at the top level of every module that it uses, which run when the module is imported. A
name that a function binds itself, such as a parameter, is none of them. Docstrings, comments, layout, annotations and
assertions are no part of it. The values on a YAML page of the same name beside a module are among its statements.

What cannot be followed is not written in the package: imports in another form than ``from superposition.folder import
module`` and ``from superposition.folder.module import name`` are refused, and no registry is filled by decorators or
other modules. Of the package's own registries, jobs depend on the rows that they name, see `provenance`.
"""

import ast
import functools
import hashlib
import symtable
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from superposition.errors import StudyError

PACKAGE = Path(__file__).parents[2] / "superposition"
"""Folder of the package."""

Definition = tuple[str, str]
"""Module, dotted from the package on, and name of a definition, or one of the names below."""

WHOLE = "*"
"""Stands for every definition of a module."""

STATEMENTS = ""
"""Stands for the statements at the top level of a module that define nothing."""

REGISTRIES: dict[Definition, Definition] = {
    ("activations", "ACTIVATIONS"): ("activations", "Activation"),
    ("activations", "BY_NAME"): ("activations", "Activation"),
    ("families.rows", "FAMILIES"): ("families.rows", "Family"),
    ("families.rows", "FAMILY_BY_NAME"): ("families.rows", "Family"),
    ("tables.store", "TABLES"): ("tables.columns", "Table"),
}
"""Definitions of which only the class of their rows is followed: jobs depend on their own activation and tables."""


@functools.cache
def parsed(path: Path) -> tuple[ast.Module, list[ast.Import | ast.ImportFrom]]:
    """Return the syntax tree of a file without docstrings and annotations, and all imports in it."""
    module, imported = ast.parse(path.read_text()), []
    for node in ast.walk(module):
        if isinstance(body := getattr(node, "body", None), list):
            bare = [child for child in body if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)]
            body[:] = [child for child in body if child not in bare] or [ast.Pass()]  # docstrings and such
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imported.append(node)
    return module, imported


@functools.cache
def page(path: Path) -> Any:
    """Return the values on the page of the same name beside a module, which it reads; None without one."""
    beside = path.with_suffix(".yaml")
    return yaml.safe_load(beside.read_text(encoding="utf-8")) if beside.exists() else None


@functools.cache
def definitions(path: Path) -> dict[str, ast.Module]:
    """Return the statements at the top level of a file by the name that they define."""
    statements: dict[str, list[ast.stmt]] = {STATEMENTS: []}
    for node in parsed(path)[0].body:
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Assert):
            for name in _defined(node) or [STATEMENTS]:
                statements.setdefault(name, []).append(node)
    if values := page(path):
        statements[STATEMENTS].append(ast.Expr(ast.Constant(repr(values))))
    return {name: ast.Module(body=nodes, type_ignores=[]) for name, nodes in statements.items()}


def _defined(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines, none for one that does something else."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [name for target in targets for name in ast.walk(target)]
        if all(isinstance(name, ast.Name | ast.Tuple | ast.expr_context) for name in names):
            return [name.id for name in names if isinstance(name, ast.Name)]
    return []


def imported_names(path: Path) -> list[str]:
    """Return the names under which a file imports anything, in this package or elsewhere."""
    aliases = [alias for node in parsed(path)[1] for alias in node.names]
    return [alias.asname or alias.name.partition(".")[0] for alias in aliases]


@functools.cache
def imports(path: Path) -> dict[str, Definition]:
    """Return what names stand for in a file that it imports from this package.

    Raises:
        StudyError: If the file imports from the package in a form that cannot be followed.
    """
    meanings: dict[str, Definition] = {}
    for node in parsed(path)[1]:
        if isinstance(node, ast.Import):
            if any(alias.name.split(".")[0] == PACKAGE.name for alias in node.names):
                raise _cannot_follow(node, path)
            continue
        first, _, module = (node.module or "").partition(".")
        if node.level or (first == PACKAGE.name and node.names[0].name == "*"):
            raise _cannot_follow(node, path)
        if first == PACKAGE.name:
            for alias in node.names:
                inner = f"{module}.{alias.name}" if module else alias.name
                is_module = module_path(inner).exists()
                meanings[alias.asname or alias.name] = (inner, WHOLE) if is_module else (module, alias.name)
    return meanings


def module_path(module: str) -> Path:
    """Return where a module of this package lies; a folder's own statements are in its ``__init__``."""
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def module_name(path: Path) -> str:
    """Return the name of a module of this package, dotted from the package on."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _cannot_follow(node: ast.stmt, path: Path) -> StudyError:
    """Return the error that names an import in another form than those that are followed."""
    forms = f"`from {PACKAGE.name}.folder import module` or `from {PACKAGE.name}.folder.module import name`"
    where, hint = f"{path.name}, line {node.lineno}", "reruns follow what code names: write it in one of these forms"
    return StudyError(expected=forms, found=ast.unparse(node), where=where, hint=hint)


def keyword(call: ast.Call, name: str) -> ast.expr:
    """Return what a call passes as one of its keyword arguments."""
    return next(argument.value for argument in call.keywords if argument.arg == name)


@functools.cache
def references(node: ast.AST, path: Path) -> frozenset[Definition]:
    """Return the definitions that a piece of code in a file names."""
    imported, own = imports(path), definitions(path) if path.is_relative_to(PACKAGE) else {}
    read, bases, named = _read_from_module(node, {*imported, *own}), set(), set()
    for child in ast.walk(node):  # an attribute comes before what it is an attribute of
        if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name) and child.value.id in read:
            module, name = imported.get(child.value.id, ("", ""))
            if name == WHOLE:
                bases.add(child.value)
                named.add((module, child.attr))
        elif isinstance(child, ast.Name) and child.id in read and child not in bases:
            named.add(imported.get(child.id) or (module_name(path), child.id))
    return frozenset(named)


def _read_from_module(node: ast.AST, known: set[str]) -> set[str]:
    """Return those names of a module that code reads and no function in it binds, as Python's compiler sees them."""
    names = [child for child in ast.walk(node) if isinstance(child, ast.Name)]
    read = {name.id for name in names if isinstance(name.ctx, ast.Load)} & known
    bound = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
    bound |= {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
    if not read & bound:  # nearly always, and the compiler takes longer to say so
        return read
    free: set[str] = set()
    scopes = [symtable.symtable(ast.unparse(node), "", "exec")]
    for scope in scopes:
        used = (name for name in scope.get_symbols() if name.is_referenced() or name.is_imported())
        at_top = scope.get_type() != "function"
        free |= {name.get_name() for name in used if at_top or name.is_global() or name.is_imported()}
        scopes += scope.get_children()
    return free & read


def closure(roots: Iterable[Definition]) -> dict[Definition, ast.AST]:
    """Return all definitions that the given ones execute, themselves included."""
    executed: dict[Definition, ast.AST] = {}
    waiting = [*roots]
    while waiting:
        module, name = waiting.pop()
        path = module_path(module)
        if (module, name) in REGISTRIES:
            waiting.append(REGISTRIES[module, name])
        elif (module, name) not in executed and path.exists():
            known = definitions(path)
            if name in known:
                executed[module, name] = known[name]
                waiting += [*references(known[name], path), (module, STATEMENTS), *_folders(module)]
            elif name == WHOLE:
                waiting += [(module, each) for each in known]
            elif name in imports(path):  # imported from there, though defined elsewhere
                waiting.append(imports(path)[name])
    return executed


def _folders(module: str) -> list[Definition]:
    """Return the statements of the folders that a module lies in, which run when it is imported."""
    parts = module.split(".")
    return [(".".join(parts[:depth]), STATEMENTS) for depth in range(len(parts))]


_dump = functools.cache(ast.dump)  # many scripts depend on the same definitions


def digest(parts: Mapping[Definition, ast.AST | str]) -> str:
    """Return a hash of definitions, and of declarations of tables as text."""
    texts = {key: part if isinstance(part, str) else _dump(part) for key, part in parts.items()}
    text = "\n".join(f"{key}: {texts[key]}" for key in sorted(texts))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
