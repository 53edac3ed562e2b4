"""Classes of activations, from planted runs."""

import numpy as np
import pandas as pd
import pytest

from superposition.measures.classes import ClassLimits, best_linear_losses, classes_table
from workflow.presets import training_preset

LIMITS = ClassLimits(loss=0.01, outputs=0.05, share=0.5)
LINEAR, CONSTANT = 5 / 64, 7 / 64


def runs_of(name: str, losses, *, linear_distance=1.0, n_frozen=0, status="ok") -> pd.DataFrame:
    seeds = np.arange(len(losses))
    values = {"loss": losses, "linear_distance": linear_distance, "n_frozen": n_frozen, "status": status}
    return pd.DataFrame({"training": "controlled", "activation": name, "seed": seeds, **values})


def loss_of(runs: pd.DataFrame) -> pd.DataFrame:
    """Return losses over two steps, the same at the start, and those of the runs at the end."""
    start = runs.assign(step=0, loss=0.2)
    return pd.concat([start, runs.assign(step=9)])[["training", "activation", "seed", "step", "loss"]]


@pytest.fixture
def classify(config):
    preset = training_preset(config["training_presets"], "controlled")

    def of(*runs: pd.DataFrame, capacity=None) -> pd.DataFrame:
        table = pd.concat(runs)
        if capacity is None:  # no run is better than what is possible
            capacity = table.groupby(["training", "activation"]).loss.min().rename("best_loss").reset_index()
        table_of_classes = classes_table(table, loss_of(table), capacity, {"controlled": preset}, LIMITS)
        return table_of_classes.set_index("activation")

    return of


def test_the_best_linear_model_leaves_five_of_seven_dimensions(config):
    preset = training_preset(config["training_presets"], "controlled")
    # Unit vectors of eight features have seven dimensions beside their mean, each with a variance of 1/8.
    assert best_linear_losses(preset) == (LINEAR, CONSTANT)


def test_equal_runs_are_one_function_and_counted_by_the_first(classify):
    classes = classify(
        runs_of("relu", [0.01, 0.03]), runs_of("relu6", [0.01, 0.03]), runs_of("gelu", [0.01, 0.0300001])
    )
    assert classes["class"].tolist() == ["trained", "same", "trained"]
    assert classes.same_as["relu6"] == "relu"


def test_equal_functions_are_the_same_whatever_rounding_makes_of_their_runs(classify):
    classes = classify(runs_of("elu", [0.01, 0.03]), runs_of("celu", [0.01, 0.02]))
    assert classes.loc["celu", ["class", "same_as", "evidence"]].tolist() == ["same", "elu", "equal functions"]


def test_linear_needs_loss_and_outputs_of_the_best_linear_model_in_over_half_of_the_runs(classify):
    most = runs_of("tanh", [LINEAR * 1.009, LINEAR * 1.009, 0.09], linear_distance=0.01)
    half = runs_of("softsign", [LINEAR, 0.09], linear_distance=0.01)
    other = runs_of("hardshrink", [LINEAR, LINEAR, LINEAR], linear_distance=0.3)
    assert classify(most, half, other)["class"].tolist() == ["linear", "trained", "trained"]


@pytest.mark.parametrize("share", [0.98, 1.02])
def test_the_limits_of_a_linear_end_hold_on_both_sides(classify, share):
    # Relative to the limits: loss above and below the linear optimum, and outputs, each by itself.
    word = "linear" if share < 1 else "trained"
    for sign in (1, -1):
        runs = runs_of("tanh", [LINEAR * (1 + sign * share * LIMITS.loss)] * 3, linear_distance=0.0)
        assert classify(runs)["class"].tolist() == [word]
    runs = runs_of("tanh", [LINEAR] * 3, linear_distance=share * LIMITS.outputs)
    assert classify(runs)["class"].tolist() == [word]
    best = pd.DataFrame({"training": "controlled", "activation": ["tanh"]})
    best = best.assign(best_loss=LINEAR * (1 - share * LIMITS.loss))
    assert classify(runs_of("tanh", [LINEAR] * 3, linear_distance=0.0), capacity=best)["class"].tolist() == [word]


@pytest.mark.parametrize(("share", "word"), [(0.98, "cannot"), (1.02, "trained")])
def test_no_better_than_a_constant_is_within_the_limit_of_its_loss(classify, share, word):
    runs = runs_of("softmin", [CONSTANT * (1 - share * LIMITS.loss)] * 2)
    assert classify(runs)["class"].tolist() == [word]


def test_an_activation_that_is_at_best_no_better_than_a_constant_cannot(classify):
    cannot, can = runs_of("softmin", [CONSTANT, 0.12]), runs_of("relu", [CONSTANT, CONSTANT * 0.98])
    classes = classify(cannot, can)
    assert classes["class"].tolist() == ["cannot", "trained"]
    assert classes.evidence["softmin"] == "best possible loss 0.109375, of the best constant answer 0.109375"


def test_best_possible_losses_overrule_runs_that_found_nothing_better(classify):
    capacity = pd.DataFrame({"training": "controlled", "activation": ["softmin", "tanh"], "best_loss": [0.05, 0.01]})
    stuck, linear = runs_of("softmin", [CONSTANT] * 2), runs_of("tanh", [LINEAR] * 2, linear_distance=0.0)
    assert classify(stuck, linear, capacity=capacity)["class"].tolist() == ["trained", "trained"]
    assert classify(stuck, linear)["class"].tolist() == ["cannot", "linear"]


def test_frozen_is_over_half_of_the_columns_in_over_half_of_the_runs(classify):
    frozen = runs_of("hardshrink", [0.09] * 3, n_frozen=[5, 5, 0])
    moving = runs_of("threshold", [0.08] * 3, n_frozen=[4, 4, 8])
    half = runs_of("softshrink", [0.07] * 4, n_frozen=[5, 5, 0, 0])
    assert classify(frozen, moving, half)["class"].tolist() == ["frozen", "trained", "trained"]


def test_diverged_runs_decide_nothing(classify):
    runs = pd.concat([runs_of("relu", [0.05]), runs_of("relu", [np.nan] * 3, n_frozen=8, status="diverged")])
    assert classify(runs)["class"].tolist() == ["trained"]
