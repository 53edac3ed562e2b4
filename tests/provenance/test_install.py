"""The package can be installed: itself, with what it imports, and nothing else."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, packages_distributions

import pytest
from conftest import ROOT, readme_example
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONAL = {Requirement(line).name for lines in PROJECT["optional-dependencies"].values() for line in lines}
PINS = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))


def imported() -> set[str]:
    """Distributions that the package imports, by their names in lower case."""
    roots = set()
    for path in (ROOT / "superposition").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                roots |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                roots.add(node.module.split(".")[0])
    known = packages_distributions()
    return {
        canonicalize_name(known[root][0])
        for root in roots - set(sys.stdlib_module_names) - {"superposition"}
        if root.replace("_", "-") not in OPTIONAL
    }


def test_dependencies_are_what_the_package_imports():
    assert {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]} == imported()


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *sorted(OPTIONAL)])
def test_the_pinned_environment_meets_every_dependency(line):
    requirement = Requirement(line)
    assert requirement.specifier.contains(PINS[requirement.name])


@pytest.mark.workflow
def test_it_installs_itself_alone_and_runs_readme_s_example_from_an_empty_folder(tmp_path):
    source, target, empty = (tmp_path / name for name in ("source", "target", "empty"))
    empty.mkdir()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    subprocess.run(command, check=True, timeout=300)
    assert {path.name for path in target.iterdir() if path.suffix != ".dist-info"} == {"superposition"}
    for kind in ("*.py", "*.md"):
        written = {path.relative_to(target) for path in (target / "superposition").rglob(kind)}
        assert written == {path.relative_to(ROOT) for path in (ROOT / "superposition").rglob(kind)}
    (metadata,) = target.glob("*.dist-info")
    required = {canonicalize_name(Requirement(line).name) for line in Distribution.at(metadata).requires or []}
    required -= OPTIONAL
    assert required == imported()
    code = readme_example() + "\nimport superposition; print(superposition.__file__)"
    found = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=empty,
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert found.returncode == 0, found.stderr
    assert str(target) in found.stdout.splitlines()[-1]
