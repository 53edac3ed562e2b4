"""How presets inherit, and which are refused."""

from dataclasses import asdict, replace

import pytest

from superposition.bounds import check
from superposition.errors import StudyError, closest
from workflow import presets


def test_a_preset_takes_from_its_base_what_it_does_not_set():
    written = {
        "a": {"lr": 1, "momentum": 2, "values": 3},
        "b": {"base": "a", "momentum": 4},
        "c": {"base": "b", "values": 5},
    }
    assert presets.resolve(written, "c", where="presets") == {"lr": 1, "momentum": 4, "values": 5}
    assert presets.resolve(written, "a", where="presets") == written["a"]


def test_zero_bias_differs_from_notebook_in_nothing_but_the_initial_bias(config, notebook):
    zero_bias = presets.training_preset(config["training_presets"], "zero_bias")
    assert zero_bias == replace(notebook, bias_std=0.0)
    assert notebook.bias_std == 10.0


LADDER = {
    "zero_bias": {"bias_std": 0.0},
    "random_start": {"initial_polygon": 0, "weight_std": 0.5},
    "equal_counts": {"sample": "balanced"},
    "full_batch": {"batch_size": 1000},
    "controlled": {"lr": 0.5, "precision": "float64"},
}


def test_each_step_of_the_ladder_changes_what_it_is_named_for_and_nothing_else(config, notebook):
    before = notebook
    for name, changes in LADDER.items():
        found = presets.training_preset(config["training_presets"], name)
        assert found == replace(before, **changes), name
        before = found
    assert before.full_batch
    assert not notebook.full_batch


@pytest.mark.parametrize(
    "changes", [{"n_samples": 1001}, {"sparsity": 0.5}, {"values": "uniform"}, {"sparsity": 2, "n_samples": 1000}]
)
def test_a_balanced_sample_needs_a_multiple_of_equally_likely_inputs(notebook, changes):
    with pytest.raises(StudyError, match="a multiple of the number of possible inputs"):
        check(replace(notebook, sample="balanced", **changes).contradictions(), "training_presets.mine")


@pytest.mark.parametrize(
    ("largest", "one_more"),
    [
        ({"sparsity": 8}, "at most n_features = 8 active features"),
        ({"initial_polygon": 8}, "an initial polygon with at most n_features = 8 corners"),
        ({"batch_size": 1000}, "batches of at most n_samples = 1000"),
    ],
)
def test_values_that_bound_each_other_may_be_equal(notebook, largest, one_more):
    preset = replace(notebook, n_features=8, n_samples=1000)
    ((name, value),) = largest.items()
    check(replace(preset, **{name: value}).contradictions(), "training_presets.mine")
    with pytest.raises(StudyError, match=one_more):
        check(replace(preset, **{name: value + 1}).contradictions(), "training_presets.mine")


def test_a_preset_says_with_which_values_it_is_another_model_than_the_studys(notebook):
    assert notebook.beyond == {}
    other = replace(notebook, weights="untied", hidden_layers=1, sample="fresh")
    assert other.beyond == {"weights": "untied", "hidden_layers": 1, "sample": "fresh"}
    assert replace(notebook, layer_norm="after_activation").beyond == {"layer_norm": "after_activation"}
    assert replace(notebook, initial_weights="xavier").beyond == {}
    with pytest.raises(StudyError, match="weights: untied with hidden layers"):
        check(replace(notebook, hidden_layers=1).contradictions(), "training_presets.mine")


def test_presets_of_other_models_share_no_best_loss_with_the_studys(notebook):
    assert replace(notebook, initial_weights="xavier", lr=1.0).population == notebook.population
    assert replace(notebook, weights="untied").population != notebook.population


def test_full_length_differs_from_notebook_in_nothing_but_its_length(config, notebook):
    full_length = presets.training_preset(config["training_presets"], "full_length")
    assert full_length == replace(notebook, n_steps=200_000)


def test_the_notebook_preset_is_the_original_procedure(notebook):
    # TMS notebook of devinterp 1.3.2; 20,000 steps because nothing after them is recorded.
    assert asdict(notebook) == {
        "n_features": 8,
        "n_hidden": 2,
        "n_samples": 1000,
        "sparsity": 1,
        "values": "binary",
        "sample": "drawn",
        "weights": "tied",
        "hidden_layers": 0,
        "layer_width": 8,
        "layer_norm": "none",
        "layer_norm_affine": "none",
        "importance": 1.0,
        "optimizer": "sgd",
        "lr": 0.01,
        "momentum": 0.9,
        "weight_decay": 0.0,
        "batch_size": 100,
        "n_steps": 20000,
        "logged_count": 50,
        "logged_last": 20000,
        "initial_weights": "normal",
        "initial_polygon": 2,
        "initial_length": 0.9,
        "weight_std": 10.0,
        "weight_noise": 0.01,
        "bias_std": 10.0,
        "population_size": 4096,
        "precision": "float32",
    }


@pytest.mark.parametrize(
    ("sparsity", "values", "n_active", "one_hot"),
    [(1, "binary", 1, True), (1, "uniform", 1, False), (3, "binary", 3, False), (0.9, "binary", None, False)],
)
def test_sparsity_is_a_number_of_active_features_or_a_probability(notebook, sparsity, values, n_active, one_hot):
    preset = replace(notebook, sparsity=sparsity, values=values)
    assert preset.n_active == n_active
    assert preset.one_hot == one_hot


def test_an_epoch_counts_its_last_smaller_batch(notebook):
    assert notebook.steps_per_epoch == 10
    assert replace(notebook, batch_size=300).steps_per_epoch == 4  # 300 + 300 + 300 + 100


def test_a_hidden_layer_larger_than_the_input_is_allowed(notebook):
    check(replace(notebook, n_hidden=9, initial_polygon=0).contradictions(), "training_presets.wide")


def test_the_length_of_a_chain_counts_burn_in_and_all_steps_between_draws(config):
    # sgld: 2000 + 400 draws x 5 steps; notebook: 0 + 100 x 1.
    assert presets.sampler_preset(config["sampler_presets"], "sgld").n_steps == 4000
    assert presets.sampler_preset(config["sampler_presets"], "notebook").n_steps == 100


def test_the_closest_known_names_are_suggested_and_all_where_none_is_near():
    assert closest("softmx", ["relu", "softmax", "softmin"]).startswith("did you mean softmax")
    assert closest("xyz", ["relu", "tanh"]) == "known: relu, tanh"
    # Near from half of the letters of both on: 24 of 48, and 24 of 49 are less.
    written, near, far = "a" * 12 + "x" * 12, "a" * 12 + "b" * 12, "a" * 12 + "b" * 13
    assert closest(written, [near]) == f"did you mean {near}?"
    assert closest(written, [far]) == f"known: {far}"


def test_what_was_found_is_shortened_from_300_characters_on():
    messages = [str(StudyError(expected="E", found="x" * length, where="W", hint="H")) for length in (300, 301)]
    assert [" ... " in message for message in messages] == [False, True]


def test_a_message_has_its_four_parts_in_order():
    message = str(StudyError(expected="E", found="F", where="W", hint="H"))
    assert message == "\n  expected: E\n  found:    F\n  where:    W\n  hint:     H"
