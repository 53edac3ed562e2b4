"""Tests whose programs CI has installed cannot be skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

SKIPPED = """
import pytest

@pytest.mark.document
@pytest.mark.skipif(True, reason="LibreOffice is not installed")
def test_that_its_mark_skips(): ...

@pytest.fixture
def absent():
    pytest.skip("no browser")

@pytest.mark.browser
def test_that_its_fixture_skips(absent): ...

@pytest.mark.document
@pytest.mark.xfail(reason="known")
def test_that_is_known_to_fail():
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("required", "outcomes"), [("", "2 skipped, 1 xfailed"), ("slurm document", "1 skipped, 1 xfailed, 1 error")]
)
def test_a_test_that_must_run_fails_with_the_reason_where_it_would_be_skipped(tmp_path, required, outcomes):
    (tmp_path / "test_programs.py").write_text(SKIPPED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-c", ROOT / "pyproject.toml", tmp_path]
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    variables = os.environ | {"PYTHONPATH": paths, "REQUIRED_LAYERS": required}
    said = subprocess.run(command, env=variables, capture_output=True, text=True, check=False).stdout
    assert outcomes in said.splitlines()[-1]
    reasons = {"document": "LibreOffice is not installed", "browser": "no browser"}
    for layer, reason in reasons.items():
        assert (f"must run here (REQUIRED_LAYERS): Skipped: {reason}" in said) == (layer in required.split())


def program(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("user", "ci", "required"), [(0, "true", "document slurm"), (1000, "true", ""), (0, "false", "")]
)
def test_ci_requires_the_layers_whose_programs_it_could_install(tmp_path, user, ci, required):
    program(tmp_path, "id", f"echo {user}")
    program(tmp_path, "apt-get", 'case "$*" in *chromium*) exit 100;; esac')
    program(tmp_path, "make", 'echo "$1: $REQUIRED_LAYERS"')
    variables = os.environ | {"CI": ci, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([ROOT / ".ci/run"], env=variables, capture_output=True, text=True, check=True)
    assert [line.split() for line in done.stdout.splitlines()] == [
        [f"{target}:", *required.split()] for target in ("check", "test")
    ]
    assert ("tests marked browser" in done.stderr) == bool(required)
