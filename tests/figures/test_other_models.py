"""Figures of other papers' models: what they show of runs that are made up."""

import numpy as np
import pandas as pd
import pytest

from superposition.figures import other_models

LABELS = {"relu": "ReLU", "tanh": "Tanh"}


@pytest.fixture
def runs() -> pd.DataFrame:
    rows = [
        {"activation": name, "sparsity": sparsity, "importance": 1.0, "seed": seed, "status": "ok", "loss": seed / 10}
        for name in LABELS
        for sparsity in (0.0, 0.5, 0.9)
        for seed in (1, 2)
    ]
    W = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])  # features with two hidden dimensions
    runs = pd.DataFrame(rows).assign(dimensions_per_feature=2 / 3)
    for name, value in {"dimensionality": [1.0, 0.5, 0.5], "feature_norm": [1.0] * 3, "W": W.ravel()}.items():
        runs[name] = [np.array(value)] * len(runs)
    runs["W"] = runs.W.where(runs.seed == 1, None)
    return runs


def test_a_gram_matrix_is_drawn_for_each_activation_and_sparsity(runs):
    figure = other_models.experiment_figure(runs, labels=LABELS, relative_norm=0.5)
    images = [ax.images[0].get_array() for ax in figure.axes if ax.images]
    assert len(images) == 2 * 3
    np.testing.assert_array_equal(images[0], [[1, 0, 0], [0, 1, -1], [0, -1, 1]])
    assert [ax.get_title() for ax in figure.axes[:4]] == ["S = 0", "S = 0.5", "S = 0.9", ""]


def test_a_phase_is_what_the_run_of_least_loss_represents(runs):
    two = runs.assign(feature_norm=[np.array([1.0, 0.2 if seed == 1 else 1.0]) for seed in runs.seed])
    figure = other_models.experiment_figure(two, labels=LABELS, relative_norm=0.5)
    shown = {line.get_color(): len(line.get_xdata()) for line in figure.axes[0].lines[:4]}
    assert shown == {color: 3 * (word == "first alone") for word, color in other_models.PHASES.items()}
    norms = np.array([[1.0, 0.9], [1.0, 0.1], [0.2, 1.0], [0.01, 0.02]])
    assert other_models.phases(norms, 0.5).tolist() == ["both", "first alone", "second alone", "neither"]
    beside = np.array([[1.0, 0.51], [1.0, 0.49], [0.102, 0.098], [0.102, 0.102], [0.098, 0.098]])  # of 0.5 and of 0.1
    assert other_models.phases(beside, 0.5).tolist() == ["both", "first alone", "first alone", "both", "neither"]


def test_effects_and_levels_are_drawn_where_their_values_are():
    effects = pd.DataFrame(
        {
            "activation": "relu",
            "factor": "model",
            "level": ["mlp", "mlp"] * 3,
            "others": ["mean over them", "as in the post"] * 3,
            "measure": np.repeat(list(other_models.MEASURES), 2),
            "effect": [1.0, 2.0] * 3,
            "low": 0.0,
            "high": 3.0,
        }
    )
    figure = other_models.factorial_figure(effects, labels=LABELS)
    dots = [line.get_xdata() for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [float(x[0]) for x in dots if len(x)] == [1.0, 2.0]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["model:\nmlp"]
    runs = pd.DataFrame({"seed": [1, 1], "step": [0, 9], "loss": [0.3, 0.07], "level": [None, "5"]})
    levels = pd.DataFrame({"level": ["5"], "loss": [0.0687], "n_seen": [1]})
    axes = other_models.levels_figure(runs, levels).axes[0]
    assert axes.texts[0].get_text() == "5  (1)"


def test_levels_are_named_where_activations_have_others():
    keys = [("relu", "model", "mlp"), ("relu", "data", "other"), ("tanh", "model", "untied"), ("tanh", "model", "mlp")]
    effects = pd.DataFrame(keys, columns=["activation", "factor", "level"])
    effects = effects.merge(pd.DataFrame({"others": ["mean over them"]}), how="cross")
    effects = effects.merge(pd.DataFrame({"measure": list(other_models.MEASURES)}), how="cross")
    figure = other_models.factorial_figure(effects.assign(effect=1.0, low=0.5, high=1.5), labels=LABELS)
    ticks = zip(figure.axes[0].get_yticks(), figure.axes[0].get_yticklabels(), strict=True)
    assert {label.get_text(): at for at, label in ticks} == {"model:\nmlp": 0, "data:\nother": 1, "model:\nuntied": 2}
