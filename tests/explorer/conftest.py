"""The page of a small study, of the least one, and a browser that reads it."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from conftest import four_protocols
from filelock import FileLock
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from workflow.study import Study

from .browser import CHROMIUM, DRIVER, Reader
from .small_study import explore


@pytest.fixture(scope="package")
def small(config) -> Study:
    """Four activations, three seeds, 300 steps."""
    notebook = {**config["training_presets"]["notebook"], "n_steps": 300, "logged_last": 300}
    changes = {
        "activations": ["relu", "gelu", "celu", "tanh"],
        "protocols": four_protocols(),
        "seeds": "1-3",
        "training_presets": {**config["training_presets"], "notebook": notebook},
        "recording": {"loss": {"first": 20, "count": 60}, "weights": {"count": 40}},
        "checkpoints": {"count": 6, "last": 300},
        "figures": {**config["figures"], "moments": [0, 300]},
        "cross_check": {**config["cross_check"], "steps": [0, 300]},
        "refined": {**config["refined"], "steps": [0, 300]},
    }
    return Study({**config, **changes})


@pytest.fixture(scope="package")
def explored(small, cpu, tmp_path_factory) -> Path:
    """A folder with the results of the small study and its page, made once for all test processes."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / "explored", shared / "explored.done"
    with FileLock(shared / "explored.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            explore(small, cpu, folder)
            done.touch()
    return folder


@pytest.fixture(scope="package")
def least(config, cpu, tmp_path_factory) -> dict:
    """What a page holds of a study of one activation, one seed and one protocol, without families or best answers."""
    notebook = {**config["training_presets"]["notebook"], "n_steps": 50, "logged_last": 50}
    changes = {
        "activations": ["relu"],
        "protocols": {"only": {"label": "the only one", "training": "notebook", "sampler": "notebook"}},
        "seeds": "1",
        "training_presets": {**config["training_presets"], "notebook": notebook},
        "recording": {"loss": {"first": 5, "count": 10}, "weights": {"count": 10}},
        "checkpoints": {"count": 3, "last": 50},
        "figures": {**config["figures"], "moments": [0, 50]},
        "cross_check": {**config["cross_check"], "steps": [0, 50]},
        "refined": {**config["refined"], "steps": [0, 50]},
    }
    folder = tmp_path_factory.mktemp("least")
    explore(Study({**config, **changes}), cpu, folder, without=("families", "family_runs", "critical_points"))
    return json.loads((folder / "content.json").read_text())


@pytest.fixture(scope="package")
def table(explored) -> Callable[[str], pd.DataFrame]:
    """Tables of the small study by name."""
    return lambda name: pd.read_parquet(explored / f"{name}.parquet")


@pytest.fixture(scope="package")
def chrome() -> Iterator[Chrome]:
    """Debian's Chromium without a window, which logs its console and its requests."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("no browser: Debian's packages chromium and chromium-driver are needed")
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses to run as root with its sandbox
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--window-size=1280,1000", *root):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with Chrome(options=options, service=Service(DRIVER)) as driver:
        yield driver


@pytest.fixture
def reader(chrome, explored) -> Reader:
    reader = Reader(chrome, (explored / "index.html").as_uri())
    for log in ("browser", "performance"):
        chrome.get_log(log)
    return reader
