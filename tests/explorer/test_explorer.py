"""The explorer: what its page holds, and how it behaves in a browser, used as a reader would use it."""

import json
import os
import re
import shutil
import subprocess
import sys
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
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
from superposition.claims.verdict_tables import verdict_tables
from superposition.documents.shared import study
from superposition.explorer import page
from superposition.explorer.run_data import (
    COUNTS,
    EVENTS,
    FACTS,
    NOT_FINITE,
    UNITS,
    index,
    packed_runs,
    quantised,
    shortened,
    stages,
)
from superposition.figures import polygons
from superposition.measures import geometry
from superposition.measures.end_status import EndLimits
from superposition.measures.final import runs_table
from superposition.measures.geometry import Thresholds
from superposition.measures.per_step import superposition_table
from superposition.measures.phases import transition_tables
from superposition.model.losses import loss_table
from superposition.provenance import dials, registry
from superposition.schedules import nearest_steps
from superposition.statistics import Resampling
from superposition.tables.columns import RUN_KEYS
from superposition.tables.declared.train import END
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


def _explore(small: Study, cpu, folder: Path) -> None:
    """Train the small study, and write its tables and its page."""
    trajectories, loss, superposition = _train(small, cpu)
    checkpoints = nearest_steps(small.checkpoint_steps, small.weight_steps("notebook"))
    assert len(checkpoints) == len(LLC)
    llc = superposition[superposition.step.isin(checkpoints)][["training", "activation", "seed", "step"]]
    n_runs = len(llc) // len(LLC)
    llc = llc.assign(llc=LLC * n_runs, llc_std=0.1, predicted_llc=LLC * n_runs, status=STATUSES * n_runs)
    tables = _tables(small, loss, superposition, {name: llc for name in small.sampler})
    sources = page.Sources(
        trajectories=trajectories,
        loss=loss,
        superposition=superposition,
        llc={name: llc for name in small.sampler},
        tables=tables,
        training={name: asdict(preset) for name, preset in small.training.items()},
        thresholds=Thresholds(**small.config["superposition"]),
        families={"relu_cap": dials.printed("relu_cap")},
        commit="0123abc" * 6,
    )
    content = page.content(_study(small), sources)
    (folder / "index.html").write_text(page.page(content, **_parts()))
    (folder / "content.json").write_text(json.dumps(content))
    for name, table in {**tables, "loss": loss, "superposition": superposition}.items():
        table.to_parquet(folder / f"{name}.parquet")
    for (training, activation), runs in trajectories.items():
        runs.save(folder / f"{training}-{activation}.safetensors")


def _train(small: Study, cpu) -> tuple[dict[tuple[str, str], Trajectory], pd.DataFrame, pd.DataFrame]:
    """Return weights, losses and superposition of all runs but the missing one, of which one has diverged."""
    from superposition.model.draws import draw_inputs
    from superposition.model.outputs import outputs_of
    from superposition.model.training import train

    trajectories, losses, measured = {}, [], []
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
            found = pd.DataFrame(superposition_table(runs, outputs, thresholds=thresholds))
            losses.append(table.assign(training=training, activation=name))
            measured.append(found.assign(training=training, activation=name))
    return trajectories, pd.concat(losses, ignore_index=True), pd.concat(measured, ignore_index=True)


def _tables(small: Study, loss: pd.DataFrame, superposition: pd.DataFrame, llc) -> dict[str, pd.DataFrame]:
    thresholds = Thresholds(**small.config["superposition"])
    n_initial = {name: preset.initial_polygon for name, preset in small.training.items()}
    keys = superposition[["training", "activation"]].drop_duplicates()
    given = {"n_initial": n_initial, "thresholds": thresholds, "provenance": {}}
    ends = superposition.groupby(["training", "activation", "seed"], sort=False).tail(1)[[*RUN_KEYS, "step"]]
    ends = ends.assign(**{column.name: 0.0 for column in END})
    limits = EndLimits(**small.config["end_limits"])
    best = keys.assign(best_loss=0.0)
    runs = runs_table(superposition, loss, ends, llc, end_limits=limits, capacity=best, **given)
    num_chains = {name: preset.num_chains for name, preset in small.sampler.items()}
    settings = {**small.config["transitions"], "shuffles": 20}
    common = {
        "n_initial": n_initial,
        "thresholds": thresholds,
        "settings": settings,
        "post_sampler": "notebook",
        "seed": 0,
    }
    events, transitions = transition_tables(superposition, loss, llc, num_chains=num_chains, **common)
    n_hidden, claims = dict.fromkeys(small.training, 2), small.config["claims"]
    evidence = evidence_table(
        runs, transitions, loss, llc, protocols=small.protocols, n_hidden=n_hidden, settings=claims
    )
    judged = verdict_tables(
        evidence,
        protocols=small.protocols,
        presets={
            kind: {name: asdict(preset) for name, preset in presets.items()}
            for kind, presets in (("training", small.training), ("sampler", small.sampler))
        },
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
    jump = {"low": [1.25], "high": [1.26], "capacity_low": [3], "capacity_high": [8]}
    return {
        "family_runs": pd.DataFrame({**keys, "value": [1.0, 1.0, 2.0, 2.0], **runs, **measured, **statuses}),
        "families": pd.DataFrame({**both, "best_loss": [0.05, 0.0], "capacity": [3, 8], **ends}),
        "family_jumps": pd.DataFrame({**keys, **jump}),
    }


def _critical_points() -> pd.DataFrame:
    """Return labels of the checkpoints of one run: near none, at a saddle, and twice at a minimum."""
    keys = {"training": "notebook", "activation": "relu", "seed": 1, "step": [0, 50, 100, 300]}
    near = [("none near", "none near"), ("4 live", "saddle"), ("5 live", "minimum"), ("5 live", "minimum")]
    return pd.DataFrame({**keys, "label": [label for label, _ in near], "kind": [kind for _, kind in near]})


def _study(small: Study):
    return study(
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
    # 3 presets x 270 runs x about 250 steps x 16 weights are 3 million. Those of a random walk change by more than those of
    # runs, which are packed to 2 MB: by some hundred of 4,095 units a step, in 9 bits, hence 5 MB in base64.
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
    packed = packed_runs(
        {name: runs for name in full.activations},
        table(full.loss_steps(training), loss=0.1),
        table(steps, **counts),
        {sampler: table(checkpoints, llc=1.0, status="ok") for sampler in full.sampler},
        training=training,
        runs=index(full.activations, seeds),
        thresholds=Thresholds(**full.config["superposition"]),
    )
    n_runs = len(full.activations) * len(seeds)
    return {**packed, "facts": {name: [12345] * n_runs for name in (*FACTS, *EVENTS)}}


def test_seeds_that_are_not_shown_are_not_packed():
    W = np.arange(2 * 3 * 2 * 8, dtype=np.float32).reshape(2, 3, 2, 8)
    runs = Trajectory(W=W, b=W[:, :, 0], steps=np.array([0, 10, 20]), seeds=np.array([1, 2]))
    keys = pd.MultiIndex.from_product([["x"], ["relu"], [1, 2], [0, 10]], names=[*RUN_KEYS, "step"])
    table = pd.DataFrame(
        {"loss": 0.1, "llc": 1.0, "status": "ok", **dict.fromkeys(COUNTS, 8)}, index=keys
    ).reset_index()
    shown = {"training": "x", "runs": index(["relu"], [1])}
    thresholds = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
    packed = packed_runs({"relu": runs}, table, table, {"fine": table}, thresholds=thresholds, **shown)
    units, scale = quantised(W[:1])
    changes = _unpacked(packed["weights"], "<i2").reshape(1, 2, 8, 3)  # run, axis, feature, step
    assert np.array_equal(np.moveaxis(changes.cumsum(-1), -1, 1), units)
    assert np.array_equal(_unpacked(packed["scale"], "<f4"), scale)
    assert len(_unpacked(packed["llc"]["fine"]["values"], "<f4")) == 2  # one run, two checkpoints
    represented = _unpacked(packed["represented"], "u1").reshape(8, 3).T
    assert np.array_equal(represented, geometry.represented(W[0], thresholds=thresholds))


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
        return self.until(lambda: self.find("#panels").get_attribute("aria-busy") == "false")

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

    def traces(self, letter: str, plot: str) -> list[dict]:
        """Return the points that a plot shows, in its data's units."""
        script = "return arguments[0].data.map(({x, y, meta}) => ({x: [...x], y: [...y], meta}))"
        return self.driver.execute_script(script, self.find(f"#panel-{letter} .{plot}"))


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
    reader.open().find("#play").click()
    events = [json.loads(entry["message"])["message"] for entry in reader.driver.get_log("performance")]
    requests = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert (explored / "index.html").as_uri() in requests
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
    assert len({url for url in requests if url.startswith("file:")}) == 1
    assert reader.driver.get_log("browser") == []


@pytest.mark.browser
@pytest.mark.parametrize("steps_back", [0, 11, 25])
def test_the_slider_moves_polygon_loss_llc_and_superposition_together(reader, explored, table, small, steps_back):
    reader.open("#a=notebook,calibrated,gelu,2&step=300").press(*[Keys.ARROW_LEFT] * steps_back)
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
    # The marks on the curves: x is log10(step + 1); an estimate beyond the axis has none.
    loss_mark, llc_mark, count_mark = [one for one in reader.traces("a", "curves") if one["meta"] == "cursor"]
    np.testing.assert_allclose([loss_mark["x"], count_mark["x"]], np.log10(step + 1))
    np.testing.assert_allclose(llc_mark["x"], np.log10(checkpoint + 1))
    np.testing.assert_allclose(loss_mark["y"], loss.loss[step], rtol=1e-6)
    assert llc_mark["y"] == ([None] if expected < 0 or expected > 100 else [expected])
    assert count_mark["y"] == [seen.n_represented[step]]
    runs = load(explored / "notebook-gelu.safetensors").at([step])
    W = runs.W[1, 0]
    outline, *_, others, _, initial = reader.traces("a", "polygon")
    drawn = np.hstack([[initial["x"], initial["y"]], [others["x"], others["y"]]])
    np.testing.assert_allclose(drawn, W, atol=np.abs(W).max() / UNITS)
    assert _features(np.array([outline["x"], outline["y"]]), W) == _features(polygons.outline(W), W)


def _features(corners: np.ndarray, W: np.ndarray) -> set[int]:
    """Return the features whose directions are nearest to the corners of a hull."""
    return {int(((W.T - corner) ** 2).sum(1).argmin()) for corner in corners.T}


@pytest.mark.browser
def test_the_slider_works_with_every_key_of_a_slider_and_says_where_it_is(reader, small):
    steps = small.weight_steps("notebook")
    slider = reader.open().find("#step")
    assert reader.press(Keys.HOME).step == 0
    assert reader.press(Keys.ARROW_RIGHT, Keys.ARROW_UP).step == steps[2]
    assert slider.get_attribute("aria-valuetext") == f"step {steps[2]} of 300"
    assert reader.press(Keys.END).step == 300
    assert reader.press(Keys.PAGE_DOWN).step < steps[-3]


@pytest.mark.browser
def test_all_controls_are_reached_with_the_keyboard_in_reading_order_and_have_names(reader):
    reader.open("#verdict=G4a,notebook,calibrated")
    reader.driver.execute_script("document.activeElement.blur()")
    seen = []
    for _ in range(40):
        reader.driver.switch_to.active_element.send_keys(Keys.TAB)
        element = reader.driver.switch_to.active_element
        seen.append(element.get_attribute("id") or element.get_attribute("class") or element.tag_name)
        assert element.accessible_name, element.get_attribute("outerHTML")[:200]
        if element.get_attribute("class") == "seed":
            style = reader.driver.execute_script("return getComputedStyle(arguments[0]).outlineStyle", element)
            assert style == "solid"
        if seen.count("seed") == 2:
            break
    order = ["back", "close", "comparisons", "play", "step", "compare", "same-scale"]
    order += ["protocol", "activation", "seed"] * 2
    assert [name for name in seen if name in order] == order


@pytest.mark.browser
def test_two_runs_are_chosen_apart_and_compared_at_the_same_step(reader, table):
    reader.open().choose("b", "protocol", "zero_bias × notebook").choose("b", "activation", "CELU").choose(
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
    link = reader.open().find('#tables a[href="#verdict=G4a,notebook,calibrated"]')
    row = table("claims").query("id == 'G4a' and training == 'notebook' and sampler == 'calibrated'").iloc[0]
    assert link.text.splitlines()[0] == row.verdict
    assert row.verdict != "not testable"
    assert link.text.splitlines()[1].startswith(wording.number(row.estimate))
    link.send_keys(Keys.ENTER)
    reader.until(reader.find("#evidence").is_displayed).settled()
    assert reader.driver.switch_to.active_element.get_attribute("id") == "evidence-title"
    assert reader.find("#sentence").text == row.sentence
    assert reader.chosen("a") == ["notebook × calibrated", "GELU", "1"]
    assert reader.chosen("b") == ["notebook × calibrated", "CELU", "1"]
    rows = [
        [cell.text for cell in line.find_elements(By.TAG_NAME, "td")] for line in reader.all("#comparisons tbody tr")
    ]
    found = (
        table("claim_comparisons").query("id == 'G4a' and training == 'notebook' and sampler == 'calibrated'").iloc[0]
    )
    numbers = f"{wording.number(found.estimate)} {wording.interval(found.low, found.high)}"
    assert rows == [["GELU − CELU", numbers.replace("\u00a0", " "), wording.number(found.p), "3", found.verdict]]
    points = reader.driver.execute_script("return document.querySelector('.chart').data.map(({y}) => [...y])")
    seen = (
        table("run_transitions").query("variant == 'base' and training == 'notebook'").set_index(["activation", "seed"])
    )
    assert points == [[seen.n_features[name, seed] - 2 for seed in (1, 2, 3)] for name in ("gelu", "celu")]
    reader.find("#back").click()
    assert reader.driver.switch_to.active_element == reader.find('#tables a[href="#verdict=G4a,notebook,calibrated"]')


@pytest.mark.browser
def test_every_verdict_is_a_word_on_its_colour(reader, table):
    claims = pd.concat([table("claims"), table("prior_work")])
    cells = reader.open().all("#tables .verdict")
    assert len(cells) == len(claims)
    assert {cell.find_element(By.TAG_NAME, "b").text for cell in cells} == set(claims.verdict)
    for cell in cells:
        fill = palette.FILLS.get(cell.find_element(By.TAG_NAME, "b").text)
        found = cell.value_of_css_property("background-color")
        expected = tuple(int(fill[i : i + 2], 16) for i in (0, 2, 4)) if fill else (0, 0, 0)
        assert tuple(map(int, re.findall(r"\d+", found)[:3])) == expected


@pytest.mark.browser
def test_the_address_keeps_the_view_and_a_bad_address_is_no_error(reader):
    reader.open("#verdict=S3a,zero_bias,notebook").choose("a", "seed", "2").press(Keys.HOME, Keys.ARROW_RIGHT)
    address = reader.driver.current_url.split("#")[1]
    kept = reader.chosen("a"), reader.chosen("b"), reader.step, reader.find("#evidence-title").text
    reader.open(f"#{address}")
    assert (reader.chosen("a"), reader.chosen("b"), reader.step, reader.find("#evidence-title").text) == kept
    reader.open("#a=no,such,run,99&b=&step=many&verdict=G9,x,y")
    assert reader.chosen("a") == ["notebook × notebook", "ReLU", "1"]
    assert not reader.find("#evidence").is_displayed()
    assert reader.driver.get_log("browser") == []


@pytest.mark.browser
@pytest.mark.parametrize(("run", "note"), [(DIVERGED, "This run diverged"), (MISSING, "There is no such run")])
def test_values_that_do_not_exist_are_dashes_with_a_note(reader, run, note):
    training, activation, seed = run
    reader.open(f"#a={training},notebook,{activation},{seed}&step=300")
    assert note in reader.find("#panel-a .note").text
    for name in ("loss", "represented", "recovered", "corners", "onset"):
        assert reader.value("a", name) == wording.MISSING
    assert reader.traces("a", "polygon") == []


@pytest.mark.browser
def test_no_view_shows_a_value_that_is_no_number(reader, small):
    shown = []
    for training, activation, seed in (DIVERGED, MISSING, ("notebook", "relu", 1)):
        reader.open(f"#a={training},calibrated,{activation},{seed}&step=300&verdict=S1a,notebook,calibrated")
        reader.find("#variants summary").click()
        shown.append(reader.find("body").text)
        shown += [element.get_attribute("aria-label") for element in reader.all("[aria-label]")]
    assert not re.search(r"\b(nan|null|undefined|infinity|inf|none)\b", " ".join(shown), flags=re.IGNORECASE)


@pytest.mark.browser
def test_the_key_names_the_initial_polygon_where_a_run_that_is_shown_has_one(chrome, explored, tmp_path):
    content = json.loads((explored / "content.json").read_text())
    content["training"]["zero_bias"]["nInitial"] = 0
    (tmp_path / "index.html").write_text(page.page(content, **_parts()))
    reader = Reader(chrome, (tmp_path / "index.html").as_uri())
    for shown, named in {
        "#a=zero_bias,calibrated,relu,1&b=zero_bias,calibrated,gelu,1": False,
        "#a=zero_bias,calibrated,relu,1&b=notebook,calibrated,relu,1": True,
        "#a=notebook,calibrated,relu,1": True,
    }.items():
        first = " ".join(item.text for item in reader.open(shown).all(".key li")[:2])
        assert ("initial polygon" in first, "other features" in first) == (named, named)


@pytest.mark.browser
@pytest.mark.parametrize("width", [800, 1280])
def test_nothing_overlaps_or_runs_off_the_page_and_the_polygon_has_equal_axes(reader, width):
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    reader.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        # Panel A has a note, panel B has none; still their plots are in line.
        reader.open("#a=notebook,notebook,tanh,3&b=notebook,notebook,relu,1&step=300&verdict=S6b,notebook,calibrated")
        assert reader.driver.execute_script("return document.documentElement.scrollWidth") <= width
        for box in reader.all("#tables .scroll"):
            assert reader.driver.execute_script("return arguments[0].scrollWidth - arguments[0].clientWidth", box) == 0
        parts = ["#timeline", "#panel-a", "#panel-b", ".key", "#verdicts"]
        boxes = [reader.find(selector).rect for selector in parts]
        a, b = boxes[1:3]
        assert a["y"] == b["y"]
        assert a["x"] + a["width"] <= b["x"]
        stacked = [boxes[0], boxes[1], *boxes[3:]]
        assert all(one["y"] + one["height"] <= other["y"] for one, other in pairwise(stacked))
        tops = [reader.find(f"#panel-{letter} .curves").rect["y"] for letter in "ab"]
        assert tops[0] == tops[1]
        script = """const {xaxis, yaxis} = document.querySelector('#panel-b .polygon')._fullLayout;
            return [xaxis, yaxis].map((axis) => axis._length / (axis.range[1] - axis.range[0]))"""
        across, along = reader.driver.execute_script(script)
        assert across == pytest.approx(along, rel=1e-6)
    finally:
        reader.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_title_stands_in_the_page_as_text():
    made = page.page({"title": "A <script>f()</script> & $b"}, template="<h1>$title</h1>", style="", scripts=[])
    assert made == "<h1>A &lt;script&gt;f()&lt;/script&gt; &amp; $b</h1>"
