"""The benchmark of a GPU, tried without one."""

import csv
import os
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.workflow
def test_every_part_of_the_benchmark_of_a_gpu_runs_on_a_cpu_and_leaves_its_table(tmp_path):
    command = [ROOT / "benchmarks" / "gpu.sh", "--device", "cpu", "--quick", tmp_path]
    result = subprocess.run(command, env={**os.environ, "PYTHON": sys.executable}, capture_output=True, text=True)
    with (tmp_path / "gpu_parts.csv").open() as file:
        ended = {row["part"]: row["exit_status"] for row in csv.DictReader(file)}
    assert set(ended.values()) == {"0"}, result.stdout
    with (tmp_path / "gpu_steps.csv").open() as file:
        variants = {row["variant"] for row in csv.DictReader(file)}
    assert variants == {"graph", "core", "eager", "limit", "compiled", "drawn"}
