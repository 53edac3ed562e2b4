"""How scripts begin, and what those of which there are hundreds of jobs load."""

import ast
import subprocess
import sys

import pytest
from conftest import ROOT

SCRIPTS = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
LONGEST = 25  # lines of a script, which reads, calls one function and writes
CHANGES = {"apply", "assign", "drop", "insert", "merge", "pop", "rename", "update"}  # methods of tables and mappings
HEAVY = ("torch", "pandas", "scipy", "matplotlib", "docx", "statsmodels", "sympy", "arviz")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_begins_before_it_imports_anything_of_size(script):
    statements = [node for node in ast.parse(script.read_text()).body if not isinstance(node, ast.Expr)]
    imported = [node.module for node in statements if isinstance(node, ast.ImportFrom)]
    standard = [module for module in imported if module.split(".")[0] in sys.stdlib_module_names]
    assert imported[len(standard)] == "workflow.job"
    calls = [node for node in ast.parse(script.read_text()).body if isinstance(node, ast.Expr)]
    assert ast.unparse(calls[1]) == "begin(snakemake.log[0])"  # after the docstring


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_is_short(script):
    assert len(script.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_computes_nothing_and_changes_no_table(script):
    for node in ast.walk(ast.parse(script.read_text())):
        found = f"line {getattr(node, 'lineno', 0)}: {ast.unparse(node)}"
        if isinstance(node, ast.BinOp | ast.AugAssign):
            assert isinstance(node.op, ast.BitOr), found  # of mappings
        if isinstance(node, ast.Subscript | ast.Attribute):
            assert isinstance(node.ctx, ast.Load), found
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CHANGES, found


@pytest.mark.parametrize(
    ("script", "loaded"),
    [
        ("draw_inputs", {"torch"}),
        ("train", {"torch"}),
        ("checkpoint", set()),
        ("measure_superposition", set()),
        ("estimate_llc", {"torch"}),
        ("plot_training", {"pandas", "matplotlib"}),
    ],
)
def test_jobs_of_batches_load_what_they_need_and_nothing_else_of_size(script, loaded):
    source = (ROOT / "workflow" / "scripts" / f"{script}.py").read_text()
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = "\n".join([*map(ast.unparse, imports), "import sys", f"print(*(set({HEAVY}) & set(sys.modules)))"])
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(run.stdout.split()) == loaded
