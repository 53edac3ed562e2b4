"""What a configuration is checked for, and what the message says."""

from copy import deepcopy
from dataclasses import asdict

import pytest
import yaml
from conftest import ROOT
from snakemake.utils import update_config

from superposition.presets import StudyError
from superposition.provenance import activation_names
from workflow.study import Study


@pytest.fixture
def study_of(config):
    """Return the study of the default configuration with some values changed, given by their dotted paths."""

    def build(changes: dict) -> Study:
        changed = deepcopy(config)
        for path, value in changes.items():
            *parents, key = path.split(".")
            place = changed
            for parent in parents:
                place = place.setdefault(parent, {})
            place[key] = value
        return Study(changed)

    return build


PRESET = "training_presets.mine"

# What is wrong: values set in the default configuration; expected, found, where and hint of the message.
WRONG = {
    "unknown_key": ({"sedes": "1-3"}, "a known key", "'sedes'", "the top level", "did you mean seeds"),
    "unknown_key_in_a_preset": (
        {"sampler_presets.notebook.num_chain": 3},
        "a known key",
        "'num_chain'",
        "sampler_presets.notebook",
        "did you mean num_chains",
    ),
    "unknown_activation": (
        {"activations": ["relu", "softmx"]},
        "names of activations",
        "'softmx'",
        "activations",
        "did you mean softmax",
    ),
    "activation_of_no_known_kind": (
        {"activations": ["prelu_with_slope_xyz"]},
        "names of activations",
        "'prelu_with_slope_xyz'",
        "activations",
        "relu",
    ),
    "duplicate_activation": (
        {"activations": ["relu", "tanh", "relu"]},
        "every value once",
        "['relu'] more than once",
        "activations",
        "remove",
    ),
    "empty_seeds": ({"seeds": []}, "at least one seed", "[]", "seeds", "such as 1-10"),
    "empty_range_of_seeds": ({"seeds": "5-3"}, "at least one seed", "'5-3'", "seeds", "such as 1-10"),
    "seeds_that_are_none": ({"seeds": "one"}, "seeds such as 1-10", "'one'", "seeds", "whole numbers"),
    "duplicate_seeds": ({"seeds": "1-3,2"}, "every value once", "[2] more than once", "seeds", "remove"),
    "duplicate_seeds_in_a_list": ({"seeds": [4, 4]}, "every value once", "[4] more than once", "seeds", "remove"),
    "duplicate_preset": (
        {"training": ["notebook", "notebook"]},
        "every value once",
        "['notebook'] more than once",
        "training",
        "remove",
    ),
    "checkpoints_past_the_end": (
        {"checkpoints.last": 20001},
        "a step up to n_steps = 20000 of training preset notebook",
        "20001",
        "checkpoints.last",
        "lower checkpoints.last or raise n_steps",
    ),
    "nbeta_zero": (
        {"sampler_presets.calibrated.nbeta": 0},
        "more than 0",
        "0",
        "sampler_presets.calibrated.nbeta",
        "temperature",
    ),
    "nbeta_negative": (
        {"sampler_presets.calibrated.nbeta": -1.5},
        "more than 0",
        "-1.5",
        "sampler_presets.calibrated.nbeta",
        "temperature",
    ),
    "no_chains": (
        {"sampler_presets.notebook.num_chains": 0},
        "at least 1",
        "0",
        "sampler_presets.notebook.num_chains",
        "Chains",
    ),
    "wrong_type": (
        {"seeds_per_job": "ten"},
        "a value of type integer",
        "'ten'",
        "seeds_per_job",
        "Seeds that one job computes",
    ),
    "wrong_type_in_a_preset": (
        {"training_presets.notebook.lr": "fast"},
        "a value of type number",
        "'fast'",
        "training_presets.notebook.lr",
        "Learning rate",
    ),
    "unknown_optimizer": (
        {"training_presets.notebook.optimizer": "sgdd"},
        "one of ['sgd', 'adam', 'adamw']",
        "'sgdd'",
        "training_presets.notebook.optimizer",
        "Optimiser",
    ),
    "missing_training_preset": (
        {"training": ["notebok"]},
        "the name of a preset",
        "'notebok'",
        "training_presets",
        "did you mean notebook",
    ),
    "missing_sampler_preset": (
        {"sampler": ["callibrated"]},
        "the name of a preset",
        "'callibrated'",
        "sampler_presets",
        "did you mean calibrated",
    ),
    "unknown_base": (
        {PRESET: {"base": "notbook"}, "training": ["mine"]},
        "the name of a preset",
        "'notbook'",
        "training_presets.mine.base",
        "did you mean notebook",
    ),
    "inheritance_loop": (
        {PRESET: {"base": "other"}, "training_presets.other": {"base": "mine"}, "training": ["mine"]},
        "bases that end in a preset without a base",
        "mine -> other -> mine",
        "training_presets.other.base",
        "remove one base",
    ),
    "a_base_of_itself": (
        {PRESET: {"base": "mine"}, "training": ["mine"]},
        "bases that end in a preset without a base",
        "mine -> mine",
        "training_presets.mine.base",
        "remove one base",
    ),
    "preset_without_values": (
        {PRESET: {"lr": 0.1}, "training": ["mine"]},
        "values for n_features, n_hidden",
        "none",
        "training_presets.mine",
        "name a base",
    ),
    "more_active_features_than_there_are": (
        {PRESET: {"base": "notebook", "sparsity": 9}, "training": ["mine"]},
        "at most n_features = 8 active features",
        "9 active features",
        "training_presets.mine.sparsity",
        "a number below 1",
    ),
    "more_corners_than_features": (
        {PRESET: {"base": "notebook", "initial_polygon": 9}, "training": ["mine"]},
        "at most n_features = 8 corners",
        "9 corners",
        "training_presets.mine.initial_polygon",
        "one feature's column",
    ),
    "polygon_in_three_dimensions": (
        {PRESET: {"base": "notebook", "n_hidden": 3}, "training": ["mine"]},
        "no initial polygon where n_hidden is not 2",
        "n_hidden 3 with a polygon of 2 corners",
        "training_presets.mine.initial_polygon",
        "set initial_polygon: 0",
    ),
    "batch_larger_than_sample": (
        {PRESET: {"base": "notebook", "batch_size": 1001}, "training": ["mine"]},
        "batches of at most n_samples = 1000",
        "1001",
        "training_presets.mine.batch_size",
        "without replacement",
    ),
    "sampler_batch_larger_than_sample": (
        {"sampler_presets.notebook.batch_size": 201},
        "batches of at most n_samples = 200",
        "201",
        "sampler_presets.notebook.batch_size",
        "without replacement",
    ),
    "sampler_batch_of_the_population": (
        {"sampler_presets.calibrated.batch_size": 10},
        "batch_size 0 with data: population",
        "10",
        "sampler_presets.calibrated.batch_size",
        "choose data: sample",
    ),
    "tied_twice_with_independent_streams": (
        {"sampler_presets.calibrated.tied_noise": "twice"},
        "streams: library with tied_noise: twice",
        "independent",
        "sampler_presets.calibrated.streams",
        "library's behaviour",
    ),
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_a_value_that_cannot_be_used_is_refused_with_expected_found_where_and_hint(study_of, wrong):
    changes, *contents = WRONG[wrong]
    with pytest.raises(StudyError) as error:
        study_of(changes)
    lines = [line.strip() for line in str(error.value).strip().splitlines()]
    for line, title, content in zip(lines, ("expected:", "found:", "where:", "hint:"), contents, strict=True):
        assert line.startswith(title)
        assert content in line
    assert lines[1].removeprefix("found:").strip() == contents[1]
    assert lines[2].removeprefix("where:").strip() == contents[2]


def test_a_missing_section_is_named(config):
    with pytest.raises(StudyError, match=r"keys \['checkpoints'\]"):
        Study({key: value for key, value in config.items() if key != "checkpoints"})


def test_a_hidden_layer_larger_than_the_input_is_allowed(study_of):
    wide = {"base": "notebook", "n_features": 3, "n_hidden": 5, "initial_polygon": 0}
    assert study_of({PRESET: wide, "training": ["mine"]}).training["mine"].n_hidden == 5


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_every_configuration_in_the_repository_is_a_study(config, path):
    # Snakemake merges --configfile over the Snakefile's configfile with update_config.
    merged = deepcopy(config)
    update_config(merged, yaml.safe_load(path.read_text()))
    study = Study(merged)
    for name in merged["training_presets"]:
        study.training_preset(name)
    for name in merged["sampler_presets"]:
        study.sampler_preset(name)


def test_the_default_study_is_everything_that_was_promised(config):
    study = Study(config)
    assert len(study.activations) == 27
    assert study.activations == activation_names()
    assert study.seeds == list(range(1, 11))
    assert list(study.training) == ["notebook", "zero_bias"]
    assert list(study.sampler) == ["notebook", "calibrated"]
    assert study.batches == ["1-10"]


def test_activations_come_in_the_order_of_the_registry(study_of):
    assert study_of({"activations": ["tanh", "relu", "gelu"]}).activations == ["relu", "gelu", "tanh"]


@pytest.mark.parametrize(
    ("seeds", "batches"), [("1-5", ["1-2", "3-4", "5"]), ([9, 1, 3], ["1,3", "9"]), (7, ["7"]), ("3,1,2", ["1-2", "3"])]
)
def test_seeds_are_sorted_and_cut_into_batches(study_of, seeds, batches):
    study = study_of({"seeds": seeds, "seeds_per_job": 2})
    assert study.batches == batches
    assert study.batch_of(study.seeds[-1]) == batches[-1]


def test_a_seed_outside_the_study_is_refused(study_of):
    with pytest.raises(StudyError, match=r"a seed of the study[\s\S]*11[\s\S]*seeds: 1-10"):
        study_of({}).batch_of("11")


def test_a_new_preset_needs_nothing_but_its_lines_in_the_configuration(study_of):
    study = study_of(
        {PRESET: {"base": "zero_bias", "optimizer": "adam", "lr": 0.001}, "training": ["notebook", "mine"]}
    )
    changed = {**asdict(study.training["notebook"]), "bias_std": 0.0, "optimizer": "adam", "lr": 0.001}
    assert asdict(study.training["mine"]) == changed


def test_weights_are_recorded_at_the_originals_steps_and_at_200_log_spaced_ones_at_least(study_of):
    study = study_of({})
    steps = study.weight_steps("notebook")
    original = study_of({"recording.weights.count": 2}).weight_steps("notebook")
    assert len(original) == 47
    assert set(original) <= set(steps)
    assert len(steps) >= 200
    assert set(steps) <= set(study.loss_steps("notebook"))
    assert steps[0] == 0
    assert steps[-1] == 20000


def test_a_run_shorter_than_the_originals_is_recorded_to_its_own_end(study_of):
    study = study_of({PRESET: {"base": "notebook", "n_steps": 500}, "training": ["mine"], "checkpoints.last": 500})
    assert study.weight_steps("mine")[-1] == study.loss_steps("mine")[-1] == 500
    assert study.checkpoint_steps[-1] == 500
