"""The explorer: what its page holds, and how it behaves in a browser, used as a reader would use it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, four_protocols
from filelock import FileLock
from selenium.webdriver import Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from superposition import palette, wording
from superposition.activations import BY_NAME
from superposition.claims.evidence_table import evidence_table
from superposition.claims.judge import judge_statements
from superposition.claims.statement import ClaimSettings
from superposition.documents.shared import study_of
from superposition.explorer import page
from superposition.explorer.run_data import (
    COUNTS,
    EVENTS,
    FACTS,
    NOT_FINITE,
    UNITS,
    index,
    packed,
    packed_runs,
    quantised,
    shortened,
    stages,
)
from superposition.figures import families, lines
from superposition.figures.directions import extent, outline
from superposition.measures import geometry
from superposition.measures.final import EndLimits, runs_table
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.measures.phases import transition_tables
from superposition.measures.transitions import EventSettings
from superposition.model.training import loss_table
from superposition.provenance import registry
from superposition.schedules import nearest_steps
from superposition.statistics import Resampling
from superposition.tables import store
from superposition.tables.columns import RUN_KEYS
from superposition.tables.trajectory import Trajectory, load
from workflow.study import Study

PAGE = ROOT / "workflow" / "report" / "explorer"
SCRIPTS = re.findall(
    r'"(\w+)"', re.search(r"part=\[(.*?)\]", (ROOT / "workflow/rules/write_explorer.smk").read_text(), re.DOTALL)[1]
)
LIMIT = 8e6
"""Largest size of the page in bytes."""

DIVERGED = ("notebook", "tanh", 3)
MISSING = ("zero_bias", "gelu", 2)
"""Runs of the small study that are made to diverge at step 100, and to be missing."""

STATUSES = ["not_a_minimum", "ok", "escaped", "ok", "ok", "ok", "ok"]
LLC = [-500.0, 1.25, 900.0, 4.0, 5.5, 6.25, 7.25]
"""LLC estimates at the checkpoints of every run of the small study."""

# ----------------------------------------------------------------------------------------------------- a small study --


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
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
            _explore(small, cpu, folder)
            done.touch()
    return folder


def _explore(small: Study, cpu, folder: Path, without: Sequence[str] = ()) -> None:
    """Train the small study, and write its tables and its page."""
    trajectories, recovered, loss, superposition = _train(small, cpu)
    checkpoints = nearest_steps(small.checkpoint_steps, small.weight_steps("notebook"))
    assert len(checkpoints) <= len(LLC)
    llc = superposition[superposition.step.isin(checkpoints)][["training", "activation", "seed", "step"]]
    n_runs = len(llc) // len(checkpoints)
    values, statuses = LLC[: len(checkpoints)] * n_runs, STATUSES[: len(checkpoints)] * n_runs
    llc = llc.assign(llc=values, llc_std=0.1, predicted_llc=values, status=statuses)
    tables = _tables(small, loss, superposition, {name: llc for name in small.sampler})
    sources = page.PageSources(
        trajectories=trajectories,
        recovered=recovered,
        llc={name: llc for name in small.sampler},
        tables={name: table for name, table in tables.items() if name not in without}
        | {"loss": loss, "superposition": superposition},
        training={name: asdict(preset) for name, preset in small.training.items()},
        families={"relu_cap": registry.printed_family("relu_cap")},
        commit="0123abc" * 6,
    )
    content = page.page_content(_study(small), sources)
    (folder / "index.html").write_text(page.page(content, **_parts()))
    (folder / "content.json").write_text(json.dumps(content))
    for name, table in {**tables, "loss": loss, "superposition": superposition}.items():
        table.to_parquet(folder / f"{name}.parquet")
    for (training, activation), runs in trajectories.items():
        runs.save(folder / f"{training}-{activation}.safetensors")


def _train(small: Study, cpu) -> tuple[dict, dict, pd.DataFrame, pd.DataFrame]:
    """Return weights, recovered features, losses and superposition of all runs but the missing one; one diverged."""
    from superposition.model.draws import draw_inputs
    from superposition.model.training import outputs_of, train

    trajectories, recovered, losses, measured = {}, {}, [], []
    for training, preset in small.training.items():
        inputs = draw_inputs(preset.inputs, seeds=small.seeds)
        for name in small.activations:
            steps = {"weight_steps": small.weight_steps(training), "loss_steps": small.loss_steps(training)}
            runs, loss = train(BY_NAME[name], preset, inputs, **steps, device=cpu)
            table = pd.DataFrame(loss_table(preset, runs.seeds, loss))
            if DIVERGED[:2] == (training, name):
                lost = runs.seeds == DIVERGED[2], runs.steps >= 100
                runs.W[np.ix_(*lost)] = np.nan
                table.loc[(table.seed == DIVERGED[2]) & (table.step >= 100), ["loss", "sample_loss", "logged_loss"]] = (
                    np.nan
                )
            if MISSING[:2] == (training, name):
                kept = runs.seeds != MISSING[2]
                runs = replace(runs, W=runs.W[kept], b=runs.b[kept], seeds=runs.seeds[kept])
                table = table[table.seed != MISSING[2]]
            trajectories[training, name] = runs
            thresholds = Thresholds(**small.config["superposition"])
            outputs = outputs_of(BY_NAME[name], preset, runs)
            recovered[training, name] = geometry.recovered(np.nan_to_num(outputs.outputs), thresholds=thresholds)
            found = pd.DataFrame(superposition_table(runs, outputs, thresholds=thresholds))
            losses.append(table.assign(training=training, activation=name))
            measured.append(found.assign(training=training, activation=name))
    return trajectories, recovered, pd.concat(losses, ignore_index=True), pd.concat(measured, ignore_index=True)


def _tables(small: Study, loss: pd.DataFrame, superposition: pd.DataFrame, llc) -> dict[str, pd.DataFrame]:
    thresholds = Thresholds(**small.config["superposition"])
    n_free = {name: preset.n_free for name, preset in small.training.items()}
    keys = superposition[["training", "activation"]].drop_duplicates()
    given = {"n_free": n_free, "provenance": {}}
    ends = superposition.groupby(["training", "activation", "seed"], sort=False).tail(1)[[*RUN_KEYS, "step"]]
    ends = ends.assign(**{column.name: 0.0 for column in store.TABLES["ends"].columns[2:]})
    limits = EndLimits(**small.config["end_limits"])
    best = keys.assign(best_loss=0.0)
    runs = runs_table(superposition, loss, ends, llc, end_limits=limits, capacity=best, **given)
    num_chains = {name: preset.num_chains for name, preset in small.sampler.items()}
    settings = EventSettings(**{**small.config["transitions"], "shuffles": 20})
    common = {
        "n_free": n_free,
        "thresholds": thresholds,
        "settings": settings,
        "post_sampler": "notebook",
        "seed": 0,
    }
    events, transitions = transition_tables(superposition, loss, llc, num_chains=num_chains, **common)
    n_hidden, claims = dict.fromkeys(small.training, 2), ClaimSettings(**small.config["claims"])
    evidence = evidence_table(
        runs, transitions, loss, llc, protocols=small.protocols, n_hidden=n_hidden, settings=claims
    )
    judged = judge_statements(
        evidence,
        presets=list(small.training),
        printed={name: registry.printed(name) for name in small.activations},
        settings=claims,
        resampling=Resampling(confidence=0.95, resamples=100, seed=0),
    )
    capacity = keys.assign(best_loss=0.01, n_recovered=[5] * (len(keys) - 1) + [pd.NA])
    found = {"runs": runs, "run_transitions": transitions, "transitions": events, "capacity": capacity}
    return {**found, "evidence": evidence, **judged, **_families(), "critical_points": _critical_points()}


def _families() -> dict[str, pd.DataFrame]:
    """Return tables of one family: two values, of which the second has a run that diverged and no readable LLC."""
    keys = {"family": "relu_cap", "parameter": "n"}
    runs = {"seed": [1, 2, 1, 2], "status": ["ok", "ok", "ok", "diverged"], "n_recovered": [2, 4, 8, np.nan]}
    measured = {"loss": [0.1, 0.2, 0.01, np.nan], "llc": [5.0, 6.0, 7.0, np.nan]}
    statuses = {"llc_status": ["ok", "ok", "drifting", "diverged"]}
    medians = {"n_recovered": [3, 8], "loss": [0.15, 0.01], "llc": [5.5, np.nan]}
    ends = {f"{name}{end}": values for name, values in medians.items() for end in ("", "_low", "_high")}
    both = {**keys, "value": [1.0, 2.0]}
    jump = {"low": [1.25, 7], "high": [1.26, 8], "capacity_low": [3, 2], "capacity_high": [8, 5]}
    of_others = {"family": ["relu_cap", "swish_beta"], "parameter": ["n", "\\beta"]}
    return {
        "family_runs": pd.DataFrame({**keys, "value": [1.0, 1.0, 2.0, 2.0], **runs, **measured, **statuses}),
        "families": pd.DataFrame({**both, "best_loss": [0.05, 0.0], "capacity": [3, 8], **ends}),
        "family_jumps": pd.DataFrame({**of_others, **jump}),
    }


def _critical_points() -> pd.DataFrame:
    """Return labels of the checkpoints of one run: near none, at a saddle, and twice at a minimum."""
    keys = {"training": "notebook", "activation": "relu", "seed": 1, "step": [0, 50, 100, 300]}
    near = [("none near", "none near"), ("4 live", "saddle"), ("5 live", "minimum"), ("5 live", "minimum")]
    return pd.DataFrame({**keys, "label": [label for label, _ in near], "kind": [kind for _, kind in near]})


def _study(small: Study):
    return study_of(
        ROOT / "CITATION.cff",
        printed={name: registry.cited(name) for name in small.activations},
        protocols=small.protocols,
        confidence=small.config["statistics"]["confidence"],
        n_followed=None,
    )


def _parts() -> dict:
    """Return template, style and scripts of the page."""
    scripts = [(PAGE / f"{name}.js").read_text() for name in SCRIPTS]
    return {"template": (PAGE / "page.html").read_text(), "style": (PAGE / "page.css").read_text(), "scripts": scripts}


@pytest.fixture(scope="module")
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
    _explore(Study({**config, **changes}), cpu, folder, without=("families", "family_runs", "critical_points"))
    return json.loads((folder / "content.json").read_text())


@pytest.fixture(scope="module")
def table(explored) -> Callable[[str], pd.DataFrame]:
    """Tables of the small study by name."""
    return lambda name: pd.read_parquet(explored / f"{name}.parquet")


# ------------------------------------------------------------------------------------------------ what it is made of --


def test_rounded_weights_differ_by_at_most_half_a_unit_of_the_longest_entry_of_their_run():
    rng = np.random.default_rng(0)
    W = (rng.normal(size=(5, 7, 2, 8)) * 10.0 ** rng.integers(-8, 12, size=(5, 1, 1, 1))).astype(np.float32)
    units, scale = quantised(W)
    assert np.abs(units).max((1, 2, 3)).tolist() == [UNITS] * 5
    restored = units * scale[:, None, None, None].astype(float)
    longest = np.abs(W).max((1, 2, 3))
    assert (np.abs(restored - W).max((1, 2, 3)) <= 0.501 * longest / UNITS).all()  # 0.5, and float32 itself


def test_steps_that_are_not_finite_are_marked_and_zero_weights_stay_zero():
    W = np.zeros((2, 3, 2, 8), np.float32)
    W[1, 0, 0, 0], W[1, 1, 0, 0], W[1, 2, 1, 3] = np.nan, np.inf, 2.0
    units, scale = quantised(W)
    assert (units == NOT_FINITE).all((-2, -1)).tolist() == [[False] * 3, [True, True, False]]
    assert units[1, 2, 1, 3] == UNITS
    assert scale == pytest.approx([0, 2 / UNITS])
    assert not units[0].any()


def test_losses_keep_five_digits():
    values = 10 ** np.random.default_rng(0).uniform(-30, 8, 1000).astype(np.float32)
    assert np.abs(shortened(values) / values - 1).max() < 1e-5
    assert np.isnan(shortened(np.float32([np.nan]))).all()
    assert shortened(np.float32([0, np.inf])).tolist() == [0, np.inf]


def _unpacked(text: str, kind: str) -> np.ndarray:
    """Return a packed array: the lowest bytes of all values come first."""
    planes = np.frombuffer(zlib.decompress(b64decode(text)), np.uint8)
    return planes.reshape(np.dtype(kind).itemsize, -1).T.copy().view(kind).ravel()


def test_a_page_of_the_full_study_stays_under_the_limit(config, explored):
    full = Study(config)
    content = json.loads((explored / "content.json").read_text())
    n_runs = len(full.activations) * full.config["llc_seeds"]  # the page shows the seeds that are followed
    assert n_runs == 270
    for training, preset in full.training.items():
        content["training"][training] = _of_full_size(full, training, preset.n_hidden, preset.n_features)
    content["training"] = {name: content["training"][name] for name in full.training}
    content["values"] = [
        {name: [0.123456] * n_runs if isinstance(values, list) else values for name, values in row.items()}
        for row in content["values"]
    ]
    size = len(page.page(content, **_parts()).encode())
    # 3 presets x 270 runs x about 250 steps x 16 weights are 3 million. Those of a random walk change by more than
    # those of runs, which are packed to 2 MB: by some hundred of 4,095 units a step, in 9 bits, hence 5 MB in base64.
    assert 4e6 < size < LIMIT


def _of_full_size(full: Study, training: str, n_hidden: int, n_features: int) -> dict:
    """Return the packed runs of a training preset with as many steps as the full study records."""
    steps, seeds = full.weight_steps(training), full.seeds[: full.config["llc_seeds"]]
    shape = (len(seeds), len(steps), n_hidden, n_features)
    W = np.random.default_rng(0).normal(size=shape).cumsum(1).astype(np.float32)
    runs = Trajectory(W=W, b=W[:, :, 0], steps=np.array(steps), seeds=np.array(seeds))
    keys = {"training": [training], "activation": full.activations, "seed": seeds}

    def table(at: list[int], **columns) -> pd.DataFrame:
        index = pd.MultiIndex.from_product([*keys.values(), at], names=[*keys, "step"])
        return pd.DataFrame(columns, index=index).reset_index()

    counts = {"n_represented": 8, "n_recovered": 8, "polygon": 8}
    checkpoints = nearest_steps(full.checkpoint_steps, steps)
    found = packed_runs(
        {name: (runs, np.ones(W[:, :, 0].shape, dtype=bool)) for name in full.activations},
        table(full.loss_steps(training), loss=0.1),
        table(steps, **counts),
        {sampler: table(checkpoints, llc=1.0, status="ok") for sampler in full.sampler},
        runs=index(full.activations, seeds),
    )
    n_runs = len(full.activations) * len(seeds)
    return {**found, "facts": {name: [12345] * n_runs for name in (*FACTS, *EVENTS)}}


def test_seeds_that_are_not_shown_are_not_packed():
    W = np.arange(2 * 3 * 2 * 8, dtype=np.float32).reshape(2, 3, 2, 8)
    runs = Trajectory(W=W, b=W[:, :, 0], steps=np.array([0, 10, 20]), seeds=np.array([1, 2]))
    keys = pd.MultiIndex.from_product([["x"], ["relu"], [1, 2], [0, 10]], names=[*RUN_KEYS, "step"])
    table = pd.DataFrame(
        {"loss": 0.1, "llc": 1.0, "status": "ok", **dict.fromkeys(COUNTS, 8)}, index=keys
    ).reset_index()
    recovered = np.random.default_rng(0).random(W[:, :, 0].shape) < 0.5
    found = packed_runs({"relu": (runs, recovered)}, table, table, {"fine": table}, runs=index(["relu"], [1]))
    units, scale = quantised(W[:1])
    changes = _unpacked(found["weights"], "<i2").reshape(1, 2, 8, 3)  # run, axis, feature, step
    assert np.array_equal(np.moveaxis(changes.cumsum(-1), -1, 1), units)
    assert np.array_equal(_unpacked(found["scale"], "<f4"), scale)
    assert len(_unpacked(found["llc"]["fine"]["values"], "<f4")) == 2  # one run, two checkpoints
    assert np.array_equal(_unpacked(found["counted"], "u1").reshape(8, 3).T, recovered[0])


def test_scripts_draw_on_the_scales_of_figures():
    scripts = "\n".join(path.read_text() for path in (ROOT / "workflow" / "report" / "explorer").glob("*.js"))
    assert f"const DECADES = {families.DECADES};" in scripts  # of a parameter with a linear axis
    assert f"limit: {lines.LIMIT:g} }}" in scripts  # where intervals of statements are cut
    assert f"const ROOM = {extent([np.array([[0.0], [1.0]])]):g};" in scripts  # of a square over the longest direction


def test_checkpoints_near_no_critical_point_have_no_label():
    runs = index(["gelu", "relu"], [1, 2])
    assert stages(_critical_points(), runs) == [
        [2, 0, None, None],
        [2, 50, "4 live", "saddle"],
        [2, 100, "5 live", "minimum"],
        [2, 300, "5 live", "minimum"],
    ]
    assert stages(None, runs) == []


def test_the_page_is_made_without_torch_and_matplotlib():
    code = "import sys, superposition.explorer.page; print({'torch', 'matplotlib'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "set()"


def test_packed_values_are_those_of_the_tables(explored, table, small):
    content = json.loads((explored / "content.json").read_text())
    preset = content["training"]["zero_bias"]
    run = 3 * small.activations.index("celu") + small.seeds.index(2)
    loss = _unpacked(preset["loss"], "<f4").reshape(12, -1)[run]
    expected = _run(table("loss"), "zero_bias", "celu", 2)
    assert preset["lossSteps"] == expected.step.tolist()
    np.testing.assert_allclose(loss, expected.loss, rtol=1e-5)
    missing = 3 * small.activations.index("gelu") + small.seeds.index(2)
    counts = _unpacked(preset["counts"]["n_represented"], "u1").reshape(12, -1)
    assert (counts[missing] == 255).all()
    assert preset["facts"]["status"][missing] is None
    assert content["training"]["notebook"]["facts"]["diverged_step"][-1] >= 100
    (family,) = content["families"]
    assert family["jumps"] == [[1.25, 1.26, 3, 8]]  # not those of another family
    # One run of the second value diverged, and the LLC of the other may not be read.
    expected = {"recovered": [[2, 4], [8]], "loss": [[0.1, 0.2], [0.01]], "llc": [[5, 6], [None]]}
    assert family["runs"] == expected


def _run(frame: pd.DataFrame, training: str, activation: str, seed: int) -> pd.DataFrame:
    chosen = (frame.training == training) & (frame.activation == activation) & (frame.seed == seed)
    return frame[chosen].reset_index(drop=True)


# ------------------------------------------------------------------------------------------------------ in a browser --

CHROMIUM, DRIVER = (shutil.which(name) for name in ("chromium", "chromedriver"))


@pytest.fixture(scope="module")
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


class Reader:
    """What a reader of the page sees and does."""

    def __init__(self, driver: Chrome, url: str):
        self.driver, self.url = driver, url

    def open(self, state: str = "") -> "Reader":
        """Open the page afresh, with a state in its address."""
        self.driver.get("about:blank")
        self.driver.get(self.url + state)
        return self.settled()

    def settled(self) -> "Reader":
        """Wait until nothing has changed for a moment, after which the page writes its address and reads out values."""
        return self.until(lambda: self.find("body").get_attribute("aria-busy") == "false")

    def until(self, is_so: Callable[[], bool]) -> "Reader":
        WebDriverWait(self.driver, 30).until(lambda _: is_so())
        return self

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    @property
    def step(self) -> int:
        return int(self.find("#step-text").text.split()[0].replace(",", ""))

    def press(self, *keys: str) -> "Reader":
        """Press keys on the slider."""
        self.find("#step").send_keys(*keys)
        return self.settled()

    def choose(self, letter: str, control: str, text: str) -> "Reader":
        Select(self.find(f"#panel-{letter} .{control}")).select_by_visible_text(text)
        return self.settled()

    def chosen(self, letter: str) -> list[str]:
        controls = ("protocol", "activation", "seed")
        return [Select(self.find(f"#panel-{letter} .{name}")).first_selected_option.text for name in controls]

    def value(self, letter: str, name: str) -> str:
        return self.find(f"#panel-{letter} [data-value={name}] b").text

    def go(self, state: str) -> "Reader":
        """Follow a link to a state within the page."""
        script = "document.body.setAttribute('aria-busy', 'true'); location.hash = arguments[0]"
        self.driver.execute_script(script, state)
        return self.settled()

    def marks(self, letter: str) -> list[list[float]]:
        """Return step and value at the cursor of each curve, nothing where it shows none."""
        found = self.all(f"#panel-{letter} .curves .mark")
        return [[float(part) for part in mark.get_attribute("data-value").split()] for mark in found]

    def ends(self, selector: str) -> np.ndarray:
        """Return the ends of the directions that a drawing shows, shape (2, feature), in half sides of its square."""
        dots = self.all(f"{selector} .dot")
        found = [re.findall(r"-?[\d.]+(?:e-?\d+)?", dot.get_attribute("d"))[:2] for dot in dots]
        return np.array(found, dtype=float).T * [[1], [-1]]

    def title(self) -> str:
        """Return the title of the part that is shown."""
        return next(title.text for title in self.all("main > section > h2") if title.is_displayed())

    def back(self) -> "Reader":
        self.driver.back()
        return self.settled()

    def click(self, selector: str) -> "Reader":
        self.find(selector).click()
        return self.settled()


@pytest.fixture
def reader(chrome, explored) -> Reader:
    reader = Reader(chrome, (explored / "index.html").as_uri())
    for log in ("browser", "performance"):
        chrome.get_log(log)
    return reader


def near(at: list[int], step: int) -> int:
    return nearest_steps([step], at)[0]


@pytest.mark.browser
def test_the_page_opens_from_a_file_without_a_message_or_a_request(reader, explored):
    reader.open("#view=runs").find("#play").click()
    events = [json.loads(entry["message"])["message"] for entry in reader.driver.get_log("performance")]
    requests = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert (explored / "index.html").as_uri() in requests
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
    assert len({url for url in requests if url.startswith("file:")}) == 1
    assert reader.driver.get_log("browser") == []


@pytest.mark.browser
@pytest.mark.parametrize("steps_back", [0, 11, 25])
def test_the_slider_moves_polygon_loss_llc_and_superposition_together(reader, explored, table, small, steps_back):
    reader.open("#a=notebook,sgld,gelu,2&step=300").press(*[Keys.ARROW_LEFT] * steps_back)
    step = small.weight_steps("notebook")[-1 - steps_back]
    assert reader.step == step
    loss, seen = (_run(table(name), "notebook", "gelu", 2).set_index("step") for name in ("loss", "superposition"))
    assert reader.value("a", "loss") == wording.number(loss.loss[step])
    assert reader.value("a", "represented") == str(int(seen.n_represented[step]))
    assert reader.value("a", "recovered") == str(int(seen.n_recovered[step]))
    assert reader.value("a", "corners") == str(int(seen.polygon[step]))
    checkpoints = nearest_steps(small.checkpoint_steps, small.weight_steps("notebook"))
    checkpoint = near(checkpoints, step)
    expected = LLC[checkpoints.index(checkpoint)]
    assert reader.value("a", "llc") == wording.number(expected)
    # Marks on the curves; the loss as log10; an estimate beyond the axis has none.
    ribbon, loss_mark, llc_mark, count_mark = reader.marks("a")
    assert ribbon == []
    assert loss_mark == pytest.approx([step, np.log10(loss.loss[step])], rel=1e-4)
    assert llc_mark == ([] if expected < 0 or expected > 100 else [checkpoint, expected])
    assert count_mark == [step, seen.n_represented[step]]
    runs = load(explored / "notebook-gelu.safetensors").of([2])
    longest = np.linalg.norm(runs.W[0], axis=1).max()
    W = runs.at([step]).W[0, 0] / (1.12 * longest)
    np.testing.assert_allclose(reader.ends("#panel-a .polygon"), W, atol=1 / UNITS + 1e-4)
    from superposition.model.training import outputs_of

    preset = small.training["notebook"]
    answers = outputs_of(BY_NAME["gelu"], preset, runs.at([step])).outputs[0, 0]
    shown = geometry.recovered(answers, thresholds=Thresholds(**small.config["superposition"]))
    dots = reader.all("#panel-a .polygon .dot")
    assert [("uncounted" in dot.get_attribute("class")) for dot in dots] == (~shown).tolist()
    path = reader.find("#panel-a .polygon .hull").get_attribute("d")
    corners = np.array(re.findall(r"[ML](\S+) (\S+?)(?=[ML]|$)", path), dtype=float).T * [[1], [-1]]
    assert _features(corners, W) == _features(outline(W[:, shown]), W)


def _features(corners: np.ndarray, W: np.ndarray) -> set[int]:
    """Return the features whose directions are nearest to the corners of a hull."""
    return {int(((W.T - corner) ** 2).sum(1).argmin()) for corner in corners.T}


@pytest.mark.browser
def test_the_slider_works_with_every_key_of_a_slider_and_says_where_it_is(reader, small):
    steps = small.weight_steps("notebook")
    slider = reader.open("#view=runs").find("#step")
    assert reader.press(Keys.HOME).step == 0
    assert reader.press(Keys.ARROW_RIGHT, Keys.ARROW_UP).step == steps[2]
    assert slider.get_attribute("aria-valuetext") == f"step {steps[2]} of 300"
    assert reader.press(Keys.END).step == 300
    assert reader.press(Keys.PAGE_DOWN).step < steps[-3]


@pytest.mark.browser
def test_all_controls_are_reached_with_the_keyboard_in_reading_order_and_have_names(reader):
    expected = {
        "": ["start-tour", "copy", "cloud", "shape", "order", "search", *["card"] * 4],
        "#view=seeds": ["start-tour", "copy", "play", "step", "protocol", "activation", *["seed"] * 3, "ends"],
        "#view=runs": ["play", "step", "compare", "same-scale", *["protocol", "activation", "seed"] * 2],
        "#view=families": ["family", "value", "family-values"],
        "#verdict=G4a,notebook,sgld": ["show-runs", "close", "comparisons"],
    }
    for state, names in expected.items():
        reader.open(state)
        seen = []
        for _ in range(25):
            reader.driver.switch_to.active_element.send_keys(Keys.TAB)
            element = reader.driver.switch_to.active_element
            if element.tag_name == "body":
                break
            name = element.get_attribute("id") or element.get_attribute("class") or element.tag_name
            seen.append("seed" if element.get_attribute("data-seed") else name)
            assert element.accessible_name, element.get_attribute("outerHTML")[:200]
            style = reader.driver.execute_script("return getComputedStyle(arguments[0]).outlineStyle", element)
            assert style == "solid", name
            if len([name for name in seen if name in names]) == len(names):
                break
        assert [name for name in seen if name in names] == names


@pytest.mark.browser
def test_two_runs_are_chosen_apart_and_compared_at_the_same_step(reader, table):
    reader.open("#view=runs").choose("b", "protocol", "zero_bias × notebook").choose("b", "activation", "CELU").choose(
        "b", "seed", "3"
    )
    reader.press(*[Keys.ARROW_LEFT] * 8)
    assert reader.chosen("a") == ["notebook × notebook", "ReLU", "1"]
    assert reader.chosen("b") == ["zero_bias × notebook", "CELU", "3"]
    for letter, key in (("a", ("notebook", "relu", 1)), ("b", ("zero_bias", "celu", 3))):
        loss = _run(table("loss"), *key).set_index("step").loss[reader.step]
        assert reader.value(letter, "loss") == wording.number(loss)
    reader.find("#compare").click()
    assert not reader.settled().find("#panel-b").is_displayed()


@pytest.mark.browser
def test_a_verdict_leads_to_the_runs_and_numbers_that_it_rests_on_and_back(reader, table):
    link = reader.open("#view=statements").find('#tables a[href="#verdict=G4a,notebook,sgld"]')
    row = table("claims").query("id == 'G4a' and training == 'notebook' and sampler == 'sgld'").iloc[0]
    assert link.text.splitlines()[0] == row.verdict
    assert row.verdict != "not testable"
    assert link.text.splitlines()[1].startswith(wording.number(row.estimate))
    link.send_keys(Keys.ENTER)
    reader.until(reader.find("#evidence").is_displayed).settled()
    assert reader.driver.switch_to.active_element.get_attribute("id") == "evidence-title"
    assert reader.find("#sentence").text == row.sentence
    rows = [
        [cell.text for cell in line.find_elements(By.TAG_NAME, "td")] for line in reader.all("#comparisons tbody tr")
    ]
    found = table("claim_comparisons").query("id == 'G4a' and training == 'notebook' and sampler == 'sgld'").iloc[0]
    numbers = f"{wording.number(found.estimate)} {wording.interval(found.low, found.high)}"
    assert rows == [["GELU − CELU", numbers.replace("\u00a0", " "), "3", found.verdict]]
    # On the axis, the estimate lies between no effect and the margin as it does in numbers.
    [dot], [margin], [no_effect] = (reader.all(f"#forest {name}") for name in (".interval circle", ".margin", ".null"))
    at = [float(re.findall(r"[\d.]+", mark.get_attribute("d"))[0]) for mark in (no_effect, margin)]
    share = (float(dot.get_attribute("cx")) - at[0]) / (at[1] - at[0])
    assert share == pytest.approx((found.estimate - row.null_value) / (row.margin_low - row.null_value), abs=0.01)
    seen = (
        table("run_transitions").query("variant == 'base' and training == 'notebook'").set_index(["activation", "seed"])
    )
    titles = [dot.get_attribute("textContent") for dot in reader.all("#charts .run")]
    expected = [
        f"{label}, seed {seed}: {wording.number(seen.n_features[name, seed] - 2)}"
        for name, label in (("gelu", "GELU"), ("celu", "CELU"))
        for seed in (1, 2, 3)
    ]
    assert titles == expected
    reader.driver.execute_script("arguments[0].dispatchEvent(new Event('click'))", reader.all("#charts .run")[4])
    assert reader.settled().chosen("b") == ["notebook × sgld", "CELU", "2"]
    reader.back().click("#show-runs")
    assert reader.chosen("a") == ["notebook × sgld", "GELU", "1"]
    assert reader.chosen("b") == ["notebook × sgld", "CELU", "2"]
    reader.back().click("#close")
    assert reader.driver.switch_to.active_element == reader.find('#tables a[href="#verdict=G4a,notebook,sgld"]')


@pytest.mark.browser
def test_every_verdict_is_a_word_on_its_colour(reader, table):
    claims = pd.concat([table("claims"), table("prior_work")])
    cells = reader.open("#view=statements").all("#tables .verdict")
    assert len(cells) == len(claims)
    script = """return [...document.querySelectorAll("#tables .verdict")].map((cell) =>
        [cell.querySelector("b").textContent, getComputedStyle(cell).backgroundColor])"""
    found = reader.driver.execute_script(script)
    assert {word for word, _ in found} == set(claims.verdict)
    for word, color in found:
        fill = palette.FILLS.get(word)
        expected = tuple(int(fill[i : i + 2], 16) for i in (0, 2, 4)) if fill else (0, 0, 0)
        assert tuple(map(int, re.findall(r"\d+", color)[:3])) == expected


@pytest.mark.browser
def test_the_address_keeps_the_view_and_a_bad_address_is_no_error(reader):
    reader.open("#verdict=S3a,zero_bias,notebook").click("#show-runs")
    reader.choose("a", "seed", "2").press(Keys.HOME, Keys.ARROW_RIGHT)
    address = reader.driver.current_url.split("#")[1]
    kept = reader.chosen("a"), reader.chosen("b"), reader.step
    reader.open(f"#{address}")
    assert (reader.chosen("a"), reader.chosen("b"), reader.step) == kept
    assert not reader.find("#notice").is_displayed()
    reader.open("#a=no,such,run,99&b=&step=many&verdict=G9,x,y")
    assert reader.chosen("a") == ["notebook × notebook", "ReLU", "1"]
    notice = reader.find("#notice").text
    for wrong in ("protocol “no, such”", "activation “run”", "seed “99”", "step “many”", "verdict “G9,x,y”"):
        assert wrong in notice
    assert reader.driver.get_log("browser") == []


@pytest.mark.browser
def test_back_returns_to_every_view_that_was_left(reader):
    reader.open().click('.card[data-name="gelu"]').click('#grid button[data-seed="2"]').choose("a", "seed", "3")
    assert reader.chosen("a") == ["zero_bias × notebook", "GELU", "3"]
    assert reader.press(Keys.HOME).back().chosen("a") == ["zero_bias × notebook", "GELU", "2"]
    assert reader.back().title() == "GELU: one function, many seeds"
    assert reader.back().title() == "All activations"
    reader.driver.forward()
    assert reader.settled().title() == "GELU: one function, many seeds"


@pytest.mark.browser
def test_the_link_that_is_copied_leads_to_what_is_shown(reader):
    reader.open("#view=seeds").press(Keys.HOME).click("#copy").until(lambda: bool(reader.find("#copied").text))
    link = reader.find("#link").get_attribute("value")
    assert link == reader.driver.current_url
    reader.open(f"#{link.split('#')[1]}")
    assert (reader.title(), reader.step) == ("ReLU: one function, many seeds", 0)


@pytest.mark.browser
def test_the_page_begins_with_the_signature_figure(reader, table, small):
    runs, last = table("runs"), list(small.protocols.values())[-1]["training"]
    assert reader.open().title() == "All activations"
    means = runs[runs.training == last].groupby("activation").n_recovered.mean()
    cards = reader.all(".card")
    assert [means[card.get_attribute("data-name")] for card in cards] == sorted(means)
    for card in cards:
        name = card.get_attribute("data-name")
        texts = card.text.splitlines()
        for text, training in zip(texts[1:3], (next(iter(small.training)), last), strict=True):
            counts = runs[(runs.training == training) & (runs.activation == name)].n_recovered.dropna()
            assert {int(part) for part in text.split("–")} == {counts.min(), counts.max()}
    reader.find("#search").send_keys("bound")
    assert [card.get_attribute("data-name") for card in reader.settled().all(".card")] == ["tanh"]
    reader.find("#search").send_keys("x")
    assert "No activation fits" in reader.settled().find("#found").text


@pytest.mark.browser
def test_seeds_beside_each_other_follow_the_slider(reader, explored, table, small):
    reader.open("#view=seeds&a=notebook,notebook,tanh,1").press(*[Keys.ARROW_LEFT] * 12)
    recovered = table("superposition").query(f"training == 'notebook' and step == {reader.step}")
    counts = recovered[recovered.activation == "tanh"].set_index("seed").n_recovered
    texts = [button.text.replace("\n", " ") for button in reader.all("#grid button")]
    assert texts[:2] == [f"seed {seed}: {counts[seed]:.0f} recovered" for seed in (1, 2)]
    assert DIVERGED == ("notebook", "tanh", 3)
    assert texts[2].startswith("seed 3: ")
    runs = load(explored / "notebook-tanh.safetensors").of([2])
    W = runs.at([reader.step]).W[0, 0] / (1.12 * np.linalg.norm(runs.W[0], axis=1).max())
    np.testing.assert_allclose(reader.ends('#grid button[data-seed="2"]'), W, atol=1 / UNITS + 1e-4)
    assert reader.press(Keys.END).all("#grid button")[2].text.replace("\n", " ") == "seed 3: diverged"


@pytest.mark.browser
def test_the_tour_shows_activations_seeds_and_a_statement(reader):
    reader.open().click("#start-tour")
    titles = []
    for at in (1, 2, 3):
        assert reader.find("#tour-count").text == f"Tour, {at} of 3"
        assert not re.search(r"undefined|null|NaN", reader.find("#tour-text").text)
        titles.append(reader.title())
        reader.click("#tour-on")
    assert titles[0] == "All activations"
    assert titles[1].endswith(": one function, many seeds")
    assert titles[2] == "Statements and verdicts"
    assert not reader.find("#tour").is_displayed()
    assert reader.back().find("#tour-count").text == "Tour, 3 of 3"


@pytest.mark.browser
def test_the_slider_of_a_family_shows_its_values(reader):
    reader.open("#view=families&value=1")
    cells = [[cell.text for cell in row.find_elements(By.XPATH, "*")] for row in reader.all("#family-values tbody tr")]
    # Of the runs at 1, those of the fixture; means of two are medians.
    expected = [["recovered features", "3", "3 [3, 3]", "2"], ["loss (MSE)", "0.0500", "0.150 [0.150, 0.150]", "2"]]
    assert cells == [*expected, ["LLC", "–", "5.50 [5.50, 5.50]", "2"]]
    reader.find("#value").send_keys(Keys.ARROW_RIGHT)
    assert reader.settled().find("#value-text").text == "n = 2"
    assert "value=2" in reader.driver.current_url
    cells = [[cell.text for cell in row.find_elements(By.XPATH, "*")] for row in reader.all("#family-values tbody tr")]
    assert cells[0] == ["recovered features", "8", "8 [8, 8]", "1"]  # the other run diverged
    assert cells[2] == ["LLC", "–", "–", "0"]  # its chains drift
    assert "3 → 8 between 1.25 and 1.26" in reader.find("#family-values").text


@pytest.mark.browser
def test_the_ribbon_shows_events_and_critical_points(reader, table):
    reader.open("#view=runs&a=notebook,notebook,relu,1&step=100")
    rows = table("transitions").query("training == 'notebook' and activation == 'relu' and seed == 1")
    rows = rows[rows.sampler.isna() | (rows.sampler == "notebook")]
    for kind in ("loss_drop", "superposition_change", "llc_rise"):
        assert len(reader.all(f"#panel-a .ribbon .{kind}")) == (rows.kind == kind).sum()
    bars = reader.all("#panel-a .ribbon .stage")
    assert [bar.get_attribute("textContent") for bar in bars] == ["4 live", "5 live"]
    # From step 50 to 100 and from there to 300, on an axis of log(step + 1).
    (x, width), (next_x, next_width) = ([float(bar.get_attribute(name)) for name in ("x", "width")] for bar in bars)
    assert x + width == pytest.approx(next_x, abs=0.01)
    assert width / next_width == pytest.approx(np.log(101 / 51) / np.log(301 / 101), rel=0.01)
    assert reader.value("a", "stage") == "5 live"
    reader.open("#view=runs&a=notebook,notebook,relu,2&step=100")
    assert reader.all("#panel-a .ribbon .stage") == []


@pytest.mark.browser
def test_playing_begins_with_the_first_change_and_ends_at_the_last_step(reader, explored):
    reader.open("#view=runs&a=notebook,notebook,gelu,1").find("#play").click()
    assert reader.find("#play").text == "Pause"
    began = reader.step
    runs = load(explored / "notebook-gelu.safetensors").of([1])
    moved = np.linalg.norm(runs.W[0] - runs.W[0, 0], axis=1).max(-1) > 0.02 * np.linalg.norm(runs.W[0], axis=1).max()
    before = runs.steps[max(int(moved.argmax()) - 1, 0)]
    assert before <= began < 300
    reader.until(lambda: reader.step > began).click("#play")
    assert reader.find("#play").text == "Play"
    reader.press(Keys.END, *[Keys.ARROW_LEFT] * 4).find("#play").click()
    reader.until(lambda: reader.find("#play").text == "Play").settled()
    assert reader.step == 300


@pytest.mark.browser
def test_without_motion_playing_shows_a_picture_each_second(reader):
    still = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", still)
    record = """const output = document.getElementById("step-text"); window.seen = [];
        new MutationObserver(() => window.seen.push(output.textContent)).observe(output, {childList: true});"""
    try:
        reader.open("#view=runs&a=notebook,notebook,gelu,1").press(*[Keys.ARROW_LEFT] * 12)
        reader.driver.execute_script(record)
        reader.find("#play").click()
        reader.until(lambda: reader.find("#play").text == "Play")
        # 12 of at most 40 steps take at least 2.4 of 8 seconds, with steps shown one by one 12 pictures.
        assert 2 <= len(set(reader.driver.execute_script("return window.seen"))) <= 5
    finally:
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.browser
@pytest.mark.parametrize(("run", "note"), [(DIVERGED, "This run diverged"), (MISSING, "There is no such run")])
def test_values_that_do_not_exist_are_dashes_with_a_note(reader, run, note):
    training, activation, seed = run
    reader.open(f"#a={training},notebook,{activation},{seed}&step=300")
    assert note in reader.find("#panel-a .note").text
    for name in ("loss", "represented", "recovered", "corners", "onset"):
        assert reader.value("a", name) == wording.MISSING
    assert reader.all("#panel-a .polygon .dot") == []


@pytest.mark.browser
def test_no_view_shows_a_value_that_is_no_number(reader, small):
    shown = []
    texts = """return [document.body.innerText,
        ...[...document.querySelectorAll("[aria-label]")].map((named) => named.ariaLabel)]"""
    reader.open("#view=notes")
    for training, activation, seed in (DIVERGED, MISSING, ("notebook", "relu", 1)):
        run = f"a={training},sgld,{activation},{seed}"
        for view in (f"#view=seeds&{run}", f"#{run}&step=300"):
            shown += reader.go(view).driver.execute_script(texts)
    for view in ("#view=overview", "#verdict=S1a,notebook,sgld", "#view=families", "#view=statements"):
        shown += reader.go(view).driver.execute_script(texts)
    assert "replicated" in " ".join(shown)
    assert not re.search(r"\b(nan|null|undefined|infinity|inf|none)\b", " ".join(shown), flags=re.IGNORECASE)


@pytest.mark.browser
def test_the_key_names_the_initial_polygon_where_a_run_that_is_shown_has_one(chrome, explored, tmp_path):
    content = json.loads((explored / "content.json").read_text())
    content["training"]["zero_bias"]["nInitial"] = 0
    (tmp_path / "index.html").write_text(page.page(content, **_parts()))
    reader = Reader(chrome, (tmp_path / "index.html").as_uri())
    for shown, named in {
        "#a=zero_bias,sgld,relu,1&b=zero_bias,sgld,gelu,1": False,
        "#a=zero_bias,sgld,relu,1&b=notebook,sgld,relu,1": True,
        "#a=notebook,sgld,relu,1": True,
    }.items():
        first = " ".join(item.text for item in reader.open(shown).all(".key li")[:2])
        assert ("initial polygon" in first, "other features" in first) == (named, named)


VIEWS = {
    "overview": "#view=overview&order=family",
    "seeds": "#view=seeds",
    "runs": "#a=notebook,notebook,tanh,3&b=notebook,notebook,relu,1&step=300",
    "families": "#view=families",
    "evidence": "#verdict=S6b,notebook,sgld",
    "statements": "#view=statements",
    "notes": "#view=notes",
    "tour": "#tour=2",
    "wrong link": "#a=no,such,run,99&b=&step=many&verdict=G9,x,y",
}


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (900, "light"), (1440, "dark")])
def test_no_view_scrolls_sideways_and_text_can_be_read_in_both_schemes(reader, width, scheme):
    size = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        reader.open()
        for name, view in VIEWS.items():
            reader.go(view)
            assert reader.driver.execute_script("return document.documentElement.scrollWidth") <= width, name
            assert reader.driver.execute_script(CONTRAST) >= 4.5, name  # WCAG 2.2, AA
    finally:
        reader.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        reader.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


CONTRAST = """
const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
const rgba = (color) => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor);
    if (color[3] > 250) return color;
  }
  return [255, 255, 255, 255];
};
const light = (color) => {
  const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = color.slice(0, 3).map((part) => linear(part / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
let worst = 21;
for (const element of document.querySelectorAll("body *")) {
  const has = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const isShown = element.checkVisibility && element.checkVisibility() && !element.disabled;
  if (!has || !isShown || element.closest("title, .inside, .swatch, option, .for-readers, .skip")) continue;
  const style = getComputedStyle(element);
  const color = element instanceof SVGElement ? style.fill : style.color;
  const [a, b] = [light(rgba(color)), light(behind(element))].sort((x, y) => y - x);
  worst = Math.min(worst, (a + 0.05) / (b + 0.05));
}
return worst;
"""


@pytest.mark.browser
@pytest.mark.parametrize("is_diverged", [False, True])
def test_the_least_of_all_studies_has_a_page_even_if_all_of_its_runs_diverged(chrome, least, tmp_path, is_diverged):
    (tmp_path / "index.html").write_text(page.page(_diverged(least) if is_diverged else least, **_parts()))
    reader = Reader(chrome, (tmp_path / "index.html").as_uri())
    chrome.get_log("browser")
    shown = [reader.open().find("body").text]
    assert [card.get_attribute("data-name") for card in reader.all(".card")] == ["relu"]
    assert reader.find("#about").text == "1 activation, 1 seed each, trained in one way: the only one."
    assert not reader.find(".families-only").is_displayed()
    for view in VIEWS.values():
        shown.append(reader.go(view).find("body").text)
    reader.go("#view=overview&order=label").click("#start-tour").click("#tour-on")
    shown.append(reader.find("#tour-text").text)
    assert ("No run ended with finite weights" in " ".join(shown)) == is_diverged
    wrong = r"\b(nan|null|undefined|infinity)\b|\b1 (seeds|activations|runs)\b"
    assert not re.search(wrong, " ".join(shown), re.IGNORECASE)
    assert chrome.get_log("browser") == []


def _diverged(content: dict) -> dict:
    """Return the content of a page of one run, nothing of which is finite."""
    content = json.loads(json.dumps(content))
    [preset] = content["training"].values()
    n_steps, size = len(preset["steps"]), 2 * preset["nFeatures"]
    for runs, n in ((preset, n_steps), (preset["ends"], 1)):
        units = np.full((size, n), NOT_FINITE, np.int16)
        runs |= {"weights": packed(np.diff(units, prepend=np.int16(0))), "scale": packed(np.zeros(1, np.float32))}
    preset["loss"] = packed(np.full(len(preset["lossSteps"]), np.nan, np.float32))
    preset["ends"] |= {"loss": packed(np.float32([np.nan])), "recovered": packed(np.uint8([255]))}
    preset["counts"] = {name: packed(np.full(n_steps, 255, np.uint8)) for name in preset["counts"]}
    preset["facts"] = {name: [None] for name in preset["facts"]} | {"status": ["diverged"], "diverged_step": [0]}
    preset["events"] = {}
    return content


@pytest.mark.browser
@pytest.mark.parametrize("width", [800, 1280])
def test_nothing_overlaps_and_panels_are_in_line(reader, width):
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        # Panel A has a note, panel B has none; still their plots are in line.
        reader.open(VIEWS["runs"])
        boxes = [reader.find(selector).rect for selector in ("#timeline", "#panel-a", "#panel-b", ".key")]
        a, b = boxes[1:3]
        assert a["y"] == b["y"]
        assert a["x"] + a["width"] <= b["x"]
        stacked = [boxes[0], boxes[1], boxes[3]]
        assert all(one["y"] + one["height"] <= other["y"] for one, other in pairwise(stacked))
        tops = [reader.find(f"#panel-{letter} .curves").rect["y"] for letter in "ab"]
        assert tops[0] == tops[1]
        polygon = reader.find("#panel-b .polygon svg").rect
        assert polygon["width"] == pytest.approx(polygon["height"], rel=1e-3)
    finally:
        reader.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_title_stands_in_the_page_as_text():
    made = page.page({"title": "A <script>f()</script> & $b"}, template="<h1>$title</h1>", style="", scripts=[])
    assert made == "<h1>A &lt;script&gt;f()&lt;/script&gt; &amp; $b</h1>"
