"""Which settings of the sampler are tried, what comes out of them, and which is recommended."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.calibration import sweep as sweep_module
from superposition.calibration.settings import (
    SETTING,
    batch_settings,
    burnin_relaxations,
    discretisation_error,
    temperature_settings,
)
from superposition.calibration.sweep import (
    FINAL,
    Criterion,
    calibrate,
    drift,
    points_to_try,
    polygon_points,
    recommendation_table,
)
from superposition.figures import estimates
from superposition.llc.chains import Target, run_chains
from superposition.llc.estimate import Limits
from superposition.sampler_presets import SamplerPreset
from superposition.status import NOT_A_MINIMUM, OK
from superposition.tables import frames, store
from superposition.tables.trajectory import Trajectory
from workflow import presets

OCTAGON_CURVATURE = 0.78125
"""Largest eigenvalue at the octagon with l² = 6: its loss is the mean of 64 errors, among them
(|W_i|² + b_i - 1)², the square of a function whose gradient has squared length 4 l² + 1: 2 * 25 / 64."""


def sampler(config, name: str) -> SamplerPreset:
    return presets.sampler_preset(config["sampler_presets"], name)


def sweeps(config) -> tuple[dict[str, SamplerPreset], dict[str, dict]]:
    """The bases of the study's sweeps, and what they try."""
    tried = {name: dict(config["calibration"][name]) for name in ("batch_size", "temperature")}
    return {name: sampler(config, values.pop("base")) for name, values in tried.items()}, tried


def targets(config, training: str, device: torch.device) -> dict[str, Target]:
    """What the study's sweeps start from, with an activation that no point has."""
    preset, (bases, _) = presets.training_preset(config["training_presets"], training), sweeps(config)
    return {name: Target(BY_NAME["gelu"], preset, base, device) for name, base in bases.items()}


def by_temperature(config, **others) -> list[SamplerPreset]:
    """The settings of the study's sweep over n beta and localisation for the curvature of the octagon."""
    bases, tried = sweeps(config)
    base = others.pop("base", bases["temperature"])
    return temperature_settings(base, steepest=OCTAGON_CURVATURE, **tried["temperature"] | others)


@pytest.fixture(scope="module")
def criterion(config) -> Criterion:
    return Criterion(**config["calibration"]["criterion"])


@pytest.fixture(scope="module")
def limits(config) -> Limits:
    return Limits(**config["llc_limits"])


@pytest.fixture(scope="module")
def small(config, limits, cpu) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Short chains of two seeds at the ends of two random runs, and at the polygons."""
    random = np.random.default_rng(1)
    runs = Trajectory(
        W=random.normal(size=(3, 2, 2, 8)).astype(np.float32),
        b=random.normal(size=(3, 2, 8)).astype(np.float32),
        steps=np.array([0, 7]),
        seeds=np.array([4, 5, 6]),
    )
    _, tried = sweeps(config)
    few = {"nbeta": [1e3, 1e4], "localization": [100.0], "max_steps": 60}
    return calibrate(
        points_to_try(["relu", "tanh"], [runs, runs], n_seeds=2),
        targets(config, "zero_bias", cpu),
        {"batch_size": {"batch_sizes": [10, 0], "lr": [1e-3]}, "temperature": tried["temperature"] | few},
        limits=limits,
    )


# ---------------------------------------------------------------------------------------------------------- settings --


def test_the_step_size_is_the_largest_of_its_series_whose_error_is_bounded(config):
    step_error = config["calibration"]["temperature"]["step_error"]
    for setting in by_temperature(config):
        precision = setting.nbeta * OCTAGON_CURVATURE + setting.localization
        digit = f"{setting.lr:.0e}"[0]
        assert digit in "125"
        following = setting.lr * {"1": 2, "2": 2.5, "5": 2}[digit]
        errors = [1 / (1 - lr * precision / 4) - 1 for lr in (setting.lr, following)]
        assert errors[0] <= step_error < errors[1]


def test_chains_last_the_relaxation_times_asked_for_unless_that_is_too_long(config):
    bases, tried = sweeps(config)
    relaxations, max_steps = (tried["temperature"][name] for name in ("relaxations", "max_steps"))
    for setting in by_temperature(config):
        n_steps = setting.num_draws * setting.num_steps_bw_draws
        assert setting.num_burnin_steps == n_steps
        assert setting.n_steps <= max_steps
        assert setting.num_draws <= bases["temperature"].num_draws
        needed = relaxations * 2 / (setting.lr * setting.localization)
        if 2 * needed <= max_steps:
            assert burnin_relaxations(setting) == pytest.approx(relaxations)
        else:
            assert burnin_relaxations(setting) < relaxations


def test_the_sgld_preset_is_the_setting_that_follows_from_its_temperature_and_localisation(config):
    # Nothing of the preset but its numbers of chains and draws enters, neither step size nor lengths.
    sgld = sampler(config, "sgld")
    base = dataclasses.replace(sgld, lr=1.0, num_burnin_steps=0, num_steps_bw_draws=1, nbeta=1.0, localization=1.0)
    only = {"nbeta": [sgld.nbeta], "localization": [sgld.localization]}
    assert by_temperature(config, base=base, **only) == [sgld]


def test_the_batch_sweep_changes_batch_and_step_size_only(config):
    bases, tried = sweeps(config)
    base, values = bases["batch_size"], tried["batch_size"]
    settings = batch_settings(base, **values)
    assert len(settings) == len(values["batch_sizes"]) * len(values["lr"])
    for setting in settings:
        assert dataclasses.replace(setting, batch_size=base.batch_size, lr=base.lr) == base


# ------------------------------------------------------------------------------------------------------------ sweeps --


def test_polygons_have_their_known_loss_and_coefficient(small):
    # 8 - k dead features answer 0 to themselves: an error of 1 in each of 8 - k of 64 places.
    table = small[0].query("sweep == 'temperature' and nbeta == 10000 and activation == 'relu' and point != @FINAL")
    k = 2 * table.true_llc
    assert set(k) == {2, 3, 4, 5, 6, 7, 8}
    np.testing.assert_allclose(table.init_loss, (8 - k) / 64, rtol=0, atol=1e-12)  # double precision
    # 1e-6: the points are given in single precision, 6e-8, and the curvature is of their second order.
    assert table.hessian_max.max() == pytest.approx(OCTAGON_CURVATURE, rel=1e-6)


def test_there_is_one_row_for_each_setting_point_and_seed(small):
    # Two batch sizes and two temperatures; two runs of two seeds each and seven polygons for two seeds; the quadratic
    # loss under the two temperatures.
    table, _ = small
    keys = ["sweep", *SETTING, "activation", "point", "seed"]
    assert len(table) == 4 * (2 * 2 + 7 * 2) + 2
    assert not table.duplicated(keys).any()
    assert set(table.seed[table.point == FINAL]) == {4, 5}
    assert set(table.seed[table.point != FINAL]) == {1, 2}


def test_estimates_are_those_of_chains_run_with_the_setting_itself(config, small, cpu):
    table, _ = small
    rows = table[(table.sweep == "temperature") & (table.nbeta == 1e4) & (table.activation == "relu")]
    rows = rows[rows.point != FINAL]
    values = {name: rows[name].iloc[0].item() for name in SETTING}
    assert values["num_burnin_steps"] > 0
    points = polygon_points([1, 2])
    target = Target(
        activation=points.activation,
        training=presets.training_preset(config["training_presets"], "zero_bias"),
        sampler=dataclasses.replace(sampler(config, "sgld"), **values),
        device=cpu,
    )
    chains = run_chains(target, points.weights)
    expected = values["nbeta"] * (chains.losses.mean((2, 3), dtype=float) - chains.init_loss)
    np.testing.assert_allclose(rows.llc, expected.ravel(), rtol=1e-12)


def test_traces_are_of_the_first_seed_and_end_with_the_last_step(small):
    table, traces = small
    for _, trace in traces.groupby(["sweep", "nbeta", "point"]):
        assert trace.sgld_step.max() == (trace.num_burnin_steps + trace.num_draws * trace.num_steps_bw_draws).max()
    chosen = "activation == 'tanh' and point == @FINAL and sweep == 'batch_size' and batch_size == 0"
    of_setting, row = traces.query(chosen), table.query(f"{chosen} and seed == 4")
    assert table.query(chosen).seed.min() == 4
    # All 100 draws of the notebook's chains are kept, so their mean is the estimate.
    np.testing.assert_allclose(of_setting["mean"].mean(), row.llc.iloc[0], rtol=1e-9)


def test_drift_is_the_later_half_minus_the_earlier_half():
    losses = np.array([[[1.0, 2.0, 9.0, 4.0, 6.0], [0.0, 0.0, 5.0, 0.0, 0.0]]])
    # (4 + 6) / 2 - (1 + 2) / 2 = 3.5; the draw in the middle belongs to neither half.
    np.testing.assert_allclose(drift(losses, nbeta=10.0), [[35.0, 0.0]])


def test_the_discretisation_error_of_a_quadratic_follows_from_its_curvature(config):
    # a = nbeta h + gamma = 5100, x = lr a / 4 = 0.0255 in the sgld setting; per direction
    # nbeta h / a / 2 * x / (1 - x).
    x = 2e-5 * 5100 / 4
    expected = 4 / 2 * 5000 / 5100 * x / (1 - x)
    eigenvalues = torch.full((4,), 0.5, dtype=torch.float64)
    assert discretisation_error(eigenvalues, sampler(config, "sgld")) == pytest.approx(expected)


def test_an_unstable_step_size_has_an_infinite_discretisation_error(config, limits):
    # The quadratic's curvature 0.5 at n beta 1e4 is stable up to lr = 4 / 5100 = 7.8e-4.
    sgld = sampler(config, "sgld")
    short = dataclasses.replace(sgld, num_burnin_steps=0, num_draws=8, num_steps_bw_draws=1)
    errors = [
        sweep_module._try_quadratic(dataclasses.replace(short, lr=lr), limits, 1).discretisation[0]
        for lr in (2e-5, 7e-4, 9e-4)
    ]
    assert 0 < errors[0] < 0.5 < errors[1] < errors[2] == np.inf


@pytest.mark.parametrize(("share", "stable"), [(0.99, True), (1.01, False)])
def test_steps_are_stable_below_four_over_the_largest_precision(config, share, stable):
    base = sampler(config, "sgld")
    steep = dataclasses.replace(base, lr=share * 4 / (base.nbeta * 0.5 + base.localization))
    assert np.isfinite(discretisation_error(torch.tensor([0.1, 0.5]), steep)) == stable


def test_tables_have_their_declared_columns(small, criterion, tmp_path):
    table, traces = small
    made = {
        "llc_calibration": table,
        "llc_calibration_traces": traces,
        "llc_recommendation": recommendation_table(table, criterion),
    }
    for name, frame in made.items():
        store.write(frame, tmp_path / f"{name}.parquet", name)
        assert len(frames.read(tmp_path / f"{name}.parquet", name)) == len(frame)


# ---------------------------------------------------------------------------------------------------- recommendation --

GOOD = {"true_llc": 4.0, "predicted_llc": 4.0, "llc": 4.1, "llc_std": 0.1, "drift": 0.1, "drift_std": 0.1}
OTHER = {"discretisation": 0.1, "status": OK, "activation": "relu", "point": "octagon", "seed": 1, "relaxations": 2.0}
PRESET = {"sweep": "temperature", "batch_size": 0, "lr": 1e-5, "nbeta": 1e4, "localization": 100.0}
LENGTHS = {"num_chains": 10, "num_burnin_steps": 2000, "num_draws": 400, "num_steps_bw_draws": 5}
BASE = GOOD | OTHER | PRESET | LENGTHS


def recommended(criterion: Criterion, *rows: dict) -> pd.DataFrame:
    table = recommendation_table(pd.DataFrame([BASE | row for row in rows]), criterion)
    return table[table.recommended]


def test_the_cheapest_setting_that_passes_is_recommended_whatever_its_localisation(criterion):
    cheapest = {"nbeta": 2.0, "num_draws": 300, "localization": 1000.0}
    best = recommended(criterion, {"nbeta": 1.0}, cheapest, {"nbeta": 3.0, "num_draws": 350})
    assert best.nbeta.tolist() == [2.0]
    assert best.n_steps.tolist() == [2000 + 300 * 5]


def test_of_equally_cheap_settings_the_weakest_localisation_is_recommended(criterion):
    best = recommended(criterion, {"localization": 100.0}, {"localization": 10.0}, {"localization": 1000.0})
    assert best.localization.tolist() == [10.0]


@pytest.mark.parametrize(
    ("flaw", "failed"),
    [
        ({"true_llc": 5.0}, "truth"),
        ({"predicted_llc": 3.0}, "prediction"),
        ({"drift": -1.0}, "drift"),
        ({"discretisation": 0.3}, "discretisation"),
        ({"discretisation": np.inf}, "discretisation"),
        ({"relaxations": 1.9}, "relaxations"),
        ({"status": NOT_A_MINIMUM}, "known points not readable"),
    ],
)
def test_a_cheap_setting_with_one_flaw_is_not_recommended_and_the_flaw_is_named(criterion, flaw, failed):
    rows = pd.DataFrame([BASE, BASE | {"nbeta": 2.0, "num_draws": 100} | flaw])
    table = recommendation_table(rows, criterion).set_index("nbeta")
    assert table.recommended.to_dict() == {1e4: True, 2.0: False}
    assert failed in table.failed[2.0]
    if "status" not in flaw:
        assert table.failed[2.0] == failed


NOISELESS = {"true_llc": 4.0, "predicted_llc": 4.0, "llc": 4.0, "llc_std": 0.0, "drift": 0.0, "drift_std": 0.0}


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("truth", lambda error: {"llc": 4 * (1 + error), "predicted_llc": 4 * (1 + error)}),
        ("prediction", lambda error: {"llc": 4 * (1 + error), "true_llc": 4 * (1 + error)}),
        ("drift", lambda error: {"drift": 4 * error}),
        ("discretisation", lambda error: {"discretisation": 4 * error}),
        ("relaxations", lambda least: {"relaxations": least}),
        # A standard error of 1 / sqrt(10), and what may remain: a tenth of 4.
        ("standard_errors", lambda errors: {"drift": 0.4 + errors / 10**0.5, "drift_std": 1.0}),
    ],
)
def test_a_setting_passes_just_within_each_criterion_and_fails_just_beyond_it(criterion, name, flaw):
    at = getattr(criterion, name)
    good, bad = (1.01, 0.99) if name == "relaxations" else (0.99, 1.01)
    assert len(recommended(criterion, NOISELESS | flaw(good * at))) == 1
    assert recommended(criterion, NOISELESS | flaw(bad * at)).empty


def test_a_flaw_at_one_point_of_many_counts(criterion):
    assert recommended(criterion, {}, {"point": "other", "true_llc": 5.0}).empty


def test_an_error_that_sampling_explains_does_not_count(criterion):
    # Off by 1 of 5, with a standard error of 1.5 / sqrt(10) = 0.47: 1 - 0.95 is 1 % of 5. 0.3 explains little.
    off = {"true_llc": 5.0, "predicted_llc": 5.0, "llc": 4.0}
    assert len(recommended(criterion, off | {"llc_std": 1.5})) == 1
    assert recommended(criterion, off | {"llc_std": 0.3}).empty


def test_more_seeds_leave_sampling_less_to_explain(criterion):
    # Four seeds halve the standard error: 1 - 2 * 1.5 / sqrt(10) / 2 = 0.53 is 11 % of 5.
    off = {"true_llc": 5.0, "predicted_llc": 5.0, "llc": 4.0, "llc_std": 1.5}
    assert recommended(criterion, *(off | {"seed": seed} for seed in range(4))).empty


def test_points_that_may_not_be_read_do_not_count_unless_they_are_known(criterion):
    bad = {"point": FINAL, "true_llc": np.nan, "llc": -30.0, "status": NOT_A_MINIMUM}
    assert len(recommended(criterion, {}, bad)) == 1
    assert recommended(criterion, {}, bad | {"status": OK}).empty


def test_nothing_is_recommended_where_nothing_passes(criterion):
    assert recommended(criterion, {"true_llc": 9.0}).empty


@pytest.mark.oracle
def test_the_sgld_preset_is_the_recommended_setting(config, criterion, limits, cpu):
    # The study's own sweeps and criterion, at the known points alone: they need no runs, and fail all other settings
    # but one, which costs as much and has ten times the localisation.
    bases, (_, tried) = targets(config, config["calibration"]["training"], cpu), sweeps(config)
    table, _ = calibrate([polygon_points([1, 2, 3])], bases, tried, limits=limits)
    result = recommendation_table(table, criterion)
    sgld = sampler(config, "sgld")
    (best,) = result[result.recommended].to_dict("records")
    assert {name: best[name] for name in SETTING} == {name: getattr(sgld, name) for name in SETTING}
    assert best["truth_error"] < 0.05
    assert (result.failed != "").sum() > 15


# ----------------------------------------------------------------------------------------------------------- figures --


def test_figures_have_a_panel_for_every_setting(small, criterion):
    table, traces = small
    chosen = {"activation": "tanh", "point": FINAL, "title": "Tanh", "color": "black"}
    for sweep in ("batch_size", "temperature"):
        figure = estimates.trace_figure(traces, table, sweep=sweep, **chosen)
        assert len(figure.axes) == 2
        assert all(ax.lines and ax.collections for ax in figure.axes)
