"""What all tests share.

The annotations of the package's tensor functions are checked at run time here, and only here: importing the package is
hooked before anything imports it.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import jaxtyping
import numpy as np
import psutil
import pytest
import torch
import yaml
from filelock import FileLock

if importlib.util.find_spec("beartype"):  # the environment of a machine that only runs benchmarks/gpu.sh may lack it
    from beartype import BeartypeConf, beartype

    checked = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int where a float is asked for, as PEP 484 allows
    jaxtyping.install_import_hook("superposition", "conftest.checked")

from superposition.sampler_presets import SamplerPreset
from superposition.training_presets import TrainingPreset
from workflow import presets

ROOT = Path(__file__).parent.parent

REQUIRED = frozenset(os.environ.get("REQUIRED_LAYERS", "").split())
"""Markers of tests that must run here, because `.ci/run` has installed their programs."""

torch.set_num_threads(1)  # as every job of the study


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Let a test that must run here fail where it would be skipped, with the reason."""
    report = yield
    must_run = not REQUIRED.isdisjoint(marker.name for marker in item.iter_markers())
    if must_run and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = "failed", f"this test must run here (REQUIRED_LAYERS): {report.longrepr[2]}"
    return report


def readme_example() -> str:
    """The own-model example as it stands in README."""
    return re.search(r"```python\n(import torch\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]


def protocols(*training: str, samplers: Iterable[str] = ("notebook", "sgld")) -> dict[str, dict[str, str]]:
    """Return protocols as a configuration has them: every training preset with every sampler preset."""
    return {
        f"{first}_{second}": {"label": f"{first} × {second}", "training": first, "sampler": second}
        for first in training
        for second in samplers
    }


def four_protocols() -> dict[str, dict[str, str]]:
    """Return every combination of the post's presets with the controlled ones, the post's first."""
    names = ("post", "sampler_alone", "training_alone", "controlled")
    return dict(zip(names, protocols("notebook", "zero_bias").values(), strict=True))


@pytest.fixture(scope="session")
def config() -> dict:
    """The configuration of the default study."""
    return yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


@pytest.fixture(scope="session")
def notebook(config) -> TrainingPreset:
    """The original procedure, as the study configures it."""
    return presets.training_preset(config["training_presets"], "notebook")


@pytest.fixture(scope="session")
def cpu() -> torch.device:
    return torch.device("cpu")


@pytest.fixture(scope="session")
def notebook_sampler(config) -> SamplerPreset:
    """The notebook's LLC cell, as the study configures it."""
    return presets.sampler_preset(config["sampler_presets"], "notebook")


@pytest.fixture(scope="session")
def sgld_sampler(config) -> SamplerPreset:
    """The study's own sampler settings."""
    return presets.sampler_preset(config["sampler_presets"], "sgld")


@pytest.fixture(scope="session")
def reference() -> dict[str, np.ndarray]:
    """Four executed runs of the original procedure, see tests/data/README.md."""
    return dict(np.load(ROOT / "tests" / "data" / "notebook_trajectories.npz"))


# ------------------------------------------------------------------------------------------------------ the workflow --


SMOKE = ("--configfile", "config/smoke.yaml")
"""Arguments with which Snakemake makes the small study."""


def snakemake(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    """Run Snakemake in a copy of the repository, with the environment that runs the tests."""
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments], cwd=folder, env=environment(), capture_output=True, text=True
    )
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result


def begin(folder: Path, *arguments: str) -> subprocess.Popen:
    """Start Snakemake in a copy of the repository, in a session of its own, and let it run."""
    with (folder / "snakemake.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=folder,
            env=environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_for_script(
    folder: Path, name: str, chosen: Callable[[psutil.Process], bool] = lambda process: True
) -> psutil.Process:
    """Return the first process that executes a script of the workflow in a copy of the repository, and is chosen."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["cwd", "cmdline"]):
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                if _executes(process, folder, name) and chosen(process):
                    return process
        time.sleep(0.1)
    raise AssertionError(f"no process of {name} within three minutes\n{(folder / 'snakemake.log').read_text()}")


def _executes(process: psutil.Process, folder: Path, name: str) -> bool:
    command = process.info["cmdline"] or [""]  # empty for a process that has ended
    python = "python" in Path(command[0]).name
    return python and process.info["cwd"] == str(folder) and command[-1].endswith(f".{name}.py")


def results_of(folder: Path) -> dict[str, bytes]:
    """Return the contents of all tables and weights below a folder, by their paths."""
    found = (path for path in folder.rglob("*") if path.suffix in (".parquet", ".csv", ".safetensors"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def environment() -> dict[str, str]:
    """Return the environment variables of a shell in which this Python's environment is active."""
    variables = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules lie beside the sources, as they do for most users
    return variables


def copy_repository(folder: Path) -> Path:
    """Copy what a commit of the working tree would hold, and return the copy."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(lambda name: (ROOT / name).is_file(), names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def repository(tmp_path) -> Path:
    """A copy of the repository in which nothing has been run."""
    return copy_repository(tmp_path / "repository")


@pytest.fixture(scope="session")
def finished_smoke(tmp_path_factory) -> Path:
    """A copy of the repository with the small study, all of it, made once for all tests and all test processes.

    Tests read it; one that changes anything takes `smoke`.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / "finished_smoke", shared / "finished_smoke.done"
    with FileLock(shared / "finished_smoke.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            made = snakemake(copy_repository(folder), "--cores", "2", *SMOKE)
            done.write_text(made.stdout + made.stderr)
    return folder


@pytest.fixture(scope="session")
def smoke_output(finished_smoke) -> str:
    """What the small study said in the terminal when it was made."""
    return finished_smoke.with_suffix(".done").read_text()


def log_of(folder: Path) -> str:
    """Return all that Snakemake said in its last run in a folder, from its log file."""
    return max((folder / ".snakemake" / "log").glob("*.log")).read_text()  # their names begin with the time


@pytest.fixture
def smoke(finished_smoke, tmp_path) -> Path:
    """A copy of the finished small study, times of files included, to change and plan again."""
    return Path(shutil.copytree(finished_smoke, tmp_path / "smoke", symlinks=True))


def plan(folder: Path, *arguments: str) -> tuple[Counter, str]:
    """Return the number of jobs of each rule that Snakemake would run, and what it says about them."""
    text = snakemake(folder, "--dry-run", *arguments).stdout
    *_, table = ["", *re.findall(r"^job +count\n[- ]+\n(.*?)^total ", text, flags=re.DOTALL | re.MULTILINE)]
    jobs = Counter({name: int(count) for name, count in (line.split() for line in table.splitlines())})
    return jobs, text


def replace(folder: Path, path: str, old: str, new: str) -> None:
    """Replace a text that occurs in a file of a copy."""
    source = (folder / path).read_text()
    assert old in source, f"{old!r} is no longer in {path}: choose another text to edit"
    (folder / path).write_text(source.replace(old, new, 1))


def add_activation(folder: Path) -> None:
    """Add an activation to a copy as a user would."""
    path = "superposition/activations.py"
    replace(
        folder,
        path,
        "_TORCH = ",
        'def double(x: Tensor) -> Tensor:\n    """Return 2 x."""\n    return 2 * x\n\n\n_TORCH = ',
    )
    row = 'Activation(name="double", label="2x", function=double, formula="2x", family=CONTROL, reference="here"),'
    start = "ACTIVATIONS: tuple[Activation, ...] = (\n"
    replace(folder, path, start, f"{start}    {row}\n")
