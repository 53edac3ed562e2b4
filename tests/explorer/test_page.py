"""The explorer's page: what it holds, packed, and how large it gets."""

import json
import subprocess
import sys
import zlib
from base64 import b64decode

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

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
from superposition.figures import families, lines
from superposition.figures.directions import extent
from superposition.schedules import nearest_steps
from superposition.tables.columns import RUN_KEYS
from superposition.tables.trajectory import Trajectory
from workflow.study import Study

from .small_study import critical_points, parts, run_in

LIMIT = 8e6
"""Largest size of the page in bytes."""


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
    size = len(page.page(content, **parts()).encode())
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
    assert stages(critical_points(), runs) == [
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
    expected = run_in(table("loss"), "zero_bias", "celu", 2)
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


def test_the_title_stands_in_the_page_as_text():
    made = page.page({"title": "A <script>f()</script> & $b"}, template="<h1>$title</h1>", style="", scripts=[])
    assert made == "<h1>A &lt;script&gt;f()&lt;/script&gt; &amp; $b</h1>"
