"""What rules ask of a study as a whole."""

import pytest
from conftest import protocols

from superposition.tables.checks import Plan
from workflow.plan import estimated_as, planned, stand_ins, tried
from workflow.study import Study


@pytest.fixture
def study(config) -> Study:
    """Two activations and three seeds, with training presets of one model and its data, and of another."""
    small = {"activations": ["relu", "tanh"], "seeds": "1-3", "seeds_per_job": 2, "llc_seeds": 1}
    presets = config["training_presets"] | {"wide": {"base": "controlled", "n_hidden": 3}}
    pairs = protocols("zero_bias", "notebook", "wide", samplers=["sgld"])
    return Study(config | small | {"training_presets": presets, "protocols": pairs})


def test_the_plan_of_the_results_has_every_run_and_the_steps_of_every_estimate(study):
    plan = Plan(**planned(study))
    assert len(plan.runs) == len(set(plan.runs)) == 3 * 2 * 3
    assert ("wide", "tanh", 3) in plan.runs
    assert plan.limits["wide"] == {"n_features": 8, "n_steps": study.training["wide"].n_steps}
    per_run = len(study.checkpoints("notebook"))
    estimates = plan.estimates("sgld")
    assert sum(estimate[:3] == ("notebook", "relu", 1) for estimate in estimates) == per_run > 1
    assert sum(estimate[:3] == ("notebook", "relu", 2) for estimate in estimates) == 1  # not followed


def test_training_presets_of_one_model_and_its_data_share_their_best_answers(study):
    assert stand_ins(study) == {"zero_bias": "notebook", "notebook": "notebook", "wide": "wide"}


def test_what_a_sweep_starts_from_is_not_among_what_it_tries(study):
    (settings,) = tried(study, ["batch_size"]).values()
    assert settings.keys() == study.config["calibration"]["batch_size"].keys() - {"base"}


def test_runs_are_estimated_as_the_original_does_and_once_where_a_protocol_does_the_same(study):
    training = ["notebook", "wide"]
    expected = [("notebook", "notebook"), ("notebook", "sgld"), ("wide", "notebook"), ("wide", "sgld")]
    assert estimated_as(study, "notebook", training) == expected
    assert estimated_as(study, "sgld", training) == [("notebook", "sgld"), ("wide", "sgld")]
