"""The package stands alone; its folders lie in layers: each imports only from those before it and modules beside it."""

import ast
import collections
import re

import pytest

from superposition.provenance import dependencies

LAYERS = (
    "tables",
    "model",
    "llc",
    "estimators",
    "calibration",
    "own_model",
    "measures",
    "capacity",
    "families",
    "claims",
    "questions",
    "other_models",
    "deviations",
    "figures",
    "documents",
    "explorer",
    "provenance",
)
BASE = "modules beside the folders"
MODULES = {dependencies.module_name(path): path for path in sorted(dependencies.PACKAGE.rglob("*.py"))}


def layer(module: str) -> str:
    return module.partition(".")[0] if module.partition(".")[0] in LAYERS else BASE


def allowed(module: str) -> set[str]:
    own = layer(module)
    before = LAYERS[: LAYERS.index(own)] if own != BASE else ()
    return {BASE, own, *before}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_from_layers_before_its_own(module):
    imported = {layer(found) for found, _ in dependencies.imports(MODULES[module]).values()}
    assert imported <= allowed(module)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_the_package_knows_neither_the_workflow_nor_snakemake(module):
    imported = {name.partition(".")[0] for name in _imported(MODULES[module])}
    assert not {name for name in imported if name == "workflow" or name.startswith("snakemake")}


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text())):  # also in functions
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_every_folder_is_a_layer_and_says_what_lives_there():
    folders = [path for path in dependencies.PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__"]
    assert {path.name for path in folders if path.parent == dependencies.PACKAGE} == set(LAYERS)
    for folder in folders:
        if folder.name == "declared":  # pages, no code
            assert (folder / "README.md").exists()
            continue
        (text,) = ast.parse((folder / "__init__.py").read_text()).body  # nothing runs when a folder is imported
        assert isinstance(text, ast.Expr), folder


def test_no_two_modules_give_one_name_to_two_types():
    defined = collections.defaultdict(list)
    for path in [*MODULES.values(), *sorted((dependencies.PACKAGE.parent / "workflow").rglob("*.py"))]:
        for node in ast.parse(path.read_text()).body:
            named = [node.name] if isinstance(node, ast.ClassDef) else []
            if isinstance(node, ast.Assign):
                named = [target.id for target in node.targets if isinstance(target, ast.Name)]
            for name in named:
                if re.fullmatch("[A-Z]+[a-z][A-Za-z]*", name):  # constants are in capitals
                    defined[name].append(path.name)
    assert {name: paths for name, paths in defined.items() if len(paths) > 1} == {}
