"""A preset that changes one thing is written in the configuration alone, and everything is computed for it."""

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import protocols

from superposition.activations import BY_NAME
from superposition.errors import StudyError
from superposition.llc.chains import Target
from superposition.llc.estimate import Limits
from superposition.llc.runs import by_chains, llc_table
from superposition.measures import geometry
from superposition.measures.ends import ends_table
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.measures.summary import EndLimits, runs_table
from superposition.model.data import training_sample
from superposition.model.draws import draw_inputs
from superposition.model.training import loss_table, outputs_of, train
from superposition.schedules import nearest_steps
from workflow import presets
from workflow.study import Study

CPU = torch.device("cpu")
SEEDS = [1, 2]
STEPS = [0, 1, 5, 20, 60]

ADDED = {
    "small_weights": {"base": "zero_bias", "initial_polygon": 0, "weight_std": 0.1},
    "adam": {"base": "zero_bias", "optimizer": "adam", "lr": 0.001},
    "adamw": {"base": "adam", "optimizer": "adamw", "weight_decay": 0.01},
    "more_features": {"base": "zero_bias", "n_features": 12},
    "three_hidden": {"base": "zero_bias", "n_hidden": 3, "initial_polygon": 0, "weight_std": 0.3},
    "sparse": {"base": "zero_bias", "sparsity": 0.9, "values": "uniform"},
    "two_active": {"base": "zero_bias", "sparsity": 2},
    "importance": {"base": "zero_bias", "importance": 0.9},
    "triangle": {"base": "zero_bias", "initial_polygon": 3},
}
"""What a user would write below training_presets."""

EVERY = pytest.mark.parametrize("name", ADDED)


@pytest.fixture(scope="module")
def extended(config) -> dict:
    """The configuration with the presets above, which the study then runs."""
    changed = copy.deepcopy(config)
    changed["training_presets"] |= ADDED
    changed["protocols"] |= protocols(*ADDED, samplers=["notebook"])
    return changed


@pytest.fixture(scope="module")
def trained(extended):
    """Short runs of every added preset: the preset, weights and losses."""

    def run(name: str):
        written = copy.deepcopy(extended["training_presets"])
        written[name] |= {"n_steps": 60, "logged_count": 5, "logged_last": 60}
        preset = presets.training_preset(written, name)
        inputs = draw_inputs(preset.inputs, seeds=SEEDS)
        return preset, *train(BY_NAME["gelu"], preset, inputs, weight_steps=STEPS, loss_steps=STEPS, device=CPU)

    return {name: run(name) for name in ADDED}


@EVERY
def test_the_study_accepts_an_added_preset_and_plans_its_recorded_steps(extended, name):
    study = Study(extended)
    written = ADDED[name]
    preset = study.training[name]
    assert {key: getattr(preset, key) for key in written if key != "base"} == {
        key: value for key, value in written.items() if key != "base"
    }
    assert study.weight_steps(name)[-1] == preset.n_steps
    assert set(study.weight_steps(name)) <= set(study.loss_steps(name))


@EVERY
def test_an_added_preset_trains_and_learns(trained, name):
    preset, trajectory, losses = trained[name]
    assert trajectory.W.shape == (len(SEEDS), len(STEPS), preset.n_hidden, preset.n_features)
    assert trajectory.b.shape == (len(SEEDS), len(STEPS), preset.n_features)
    assert not trajectory.diverged.any()
    assert (losses.population[:, -1] < losses.population[:, 0]).all()
    assert (losses.sample[:, -1] < losses.sample[:, 0]).all()


@EVERY
@pytest.mark.parametrize("sampler", ["notebook", "sgld"])
def test_an_added_preset_has_llc_estimates_at_its_checkpoints(config, trained, name, sampler):
    preset, trajectory, _ = trained[name]
    checkpoints = trajectory.at(nearest_steps([0, 60], STEPS))
    short = {"notebook": {"num_draws": 10}, "sgld": {"num_chains": 2, "num_burnin_steps": 5, "num_draws": 5}}
    written = copy.deepcopy(config["sampler_presets"])
    written[sampler] |= short[sampler]
    target = Target(BY_NAME["gelu"], preset, presets.sampler_preset(written, sampler), CPU)
    sample = training_sample(draw_inputs(preset.inputs, seeds=SEEDS), preset, device=CPU)
    limits = Limits(**config["llc_limits"])
    table = pd.DataFrame(llc_table(target, checkpoints, sample, by_chains, followed=SEEDS, limits=limits))
    assert len(table) == len(SEEDS) * 2
    assert np.isfinite(table[["llc", "llc_std", "init_loss", "effective_dimension"]]).all(axis=None)
    n_parameters = (preset.n_hidden + 1) * preset.n_features
    assert table.effective_dimension.between(0, n_parameters).all()


@EVERY
def test_an_added_preset_has_measures_and_rows_in_the_table_of_runs(config, trained, name):
    preset, trajectory, losses = trained[name]
    thresholds = Thresholds(**config["superposition"])
    outputs = outputs_of(BY_NAME["gelu"], preset, trajectory)
    superposition = pd.DataFrame(superposition_table(trajectory, outputs, thresholds=thresholds))
    assert len(superposition) == len(SEEDS) * len(STEPS)
    assert superposition.feature_norm.map(len).eq(preset.n_features).all()
    assert superposition.polygon.le(preset.n_features).all()
    # 1e-4: one is computed in double precision, the other in single, from outputs of which much cancels.
    np.testing.assert_allclose(superposition.loss, losses.population.ravel(), rtol=1e-4)
    keys = {"training": name, "activation": "gelu"}
    inputs = draw_inputs(preset.inputs, seeds=SEEDS)
    ends = ends_table(BY_NAME["gelu"], preset, inputs, trajectory, outputs)
    runs = runs_table(
        superposition.assign(**keys),
        pd.DataFrame(loss_table(preset, trajectory.seeds, losses)).assign(**keys),
        pd.DataFrame(ends).assign(**keys),
        {},
        end_limits=EndLimits(**config["end_limits"]),
        capacity=pd.DataFrame([{**keys, "best_loss": 0.0}]),
        n_free={name: 0},  # so that a run of 60 steps has an onset
        provenance={},
    )
    assert runs.seed.tolist() == SEEDS
    assert runs.status.eq("ok").all()
    assert set(runs.end_status) <= {"not converged", "to infinity"}  # after 60 steps
    assert runs.loss.tolist() == superposition.groupby("seed").loss.last().tolist()


def test_an_added_preset_differs_from_its_base_in_its_own_values_alone(extended):
    base = dataclasses.asdict(presets.training_preset(extended["training_presets"], "zero_bias"))
    for name, written in ADDED.items():
        values = dataclasses.asdict(presets.training_preset(extended["training_presets"], name))
        changed = {key for key in base if values[key] != base[key]}
        inherited = {key for key in ADDED.get(written["base"], {}) if key != "base"}
        assert changed == {key for key in written if key != "base"} | inherited


def test_weights_start_as_the_added_preset_says(trained):
    assert geometry.polygon(trained["triangle"][1].W[0, 0].astype(float), np.arange(8) < 3) == 3
    # Standard deviation 0.1 from 32 values: 4 standard errors of 0.1 / sqrt(64).
    assert trained["small_weights"][1].W[:, 0].std() == pytest.approx(0.1, abs=0.05)
    assert trained["three_hidden"][1].W[:, 0].shape == (len(SEEDS), 3, 8)


@pytest.mark.parametrize(
    ("written", "expected", "where"),
    [
        ({"sparsity": 9}, "at most n_features = 8 active features", "training_presets.mine.sparsity"),
        ({"initial_polygon": 9}, "at most n_features = 8 corners", "training_presets.mine.initial_polygon"),
        ({"n_hidden": 3}, "no initial polygon where n_hidden is not 2", "training_presets.mine.initial_polygon"),
        ({"base": "zero_bais"}, "the name of a known training preset", "training_presets.mine.base"),
        ({"base": "mine"}, "bases that end in a preset without a base", "training_presets.mine.base"),
        ({"weigth_std": 0.1}, "a known key", "training_presets.mine"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_contradictory_preset_gets_one_message_that_says_where(config, written, expected, where):
    changed = copy.deepcopy(config)
    changed["training_presets"]["mine"] = {"base": "zero_bias", **written}
    changed["protocols"] = protocols("mine")
    with pytest.raises(StudyError) as error:
        Study(changed)
    assert expected in str(error.value)
    assert f"where:    {where}\n" in str(error.value)


def test_more_hidden_than_features_is_allowed(config):
    changed = copy.deepcopy(config)
    changed["training_presets"]["wide"] = {"base": "zero_bias", "n_hidden": 9, "initial_polygon": 0}
    changed["protocols"] = protocols("wide")
    assert Study(changed).training["wide"].n_hidden == 9
