"""Whether runs have converged, at points whose gradient and curvature are known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from superposition.activations import BY_NAME
from superposition.measures.ends import ends_table, linear_distance
from superposition.measures.summary import EndLimits, end_statuses
from superposition.model.draws import draw_inputs
from superposition.model.training import outputs_of
from superposition.tables.trajectory import Trajectory
from workflow.presets import training_preset

SIDES = 1e-8
"""A gradient below is that of the sides: 1e-9 away, with eight biases of a curvature below 1."""

LIVE = np.exp(2j * np.pi * np.arange(5) / 5)
"""Corners of a regular pentagon."""


@pytest.fixture(scope="module")
def preset(config):
    return training_preset(config["training_presets"], "controlled")


def ends(preset, name: str, W: np.ndarray, b: np.ndarray, steps=(0, 1, 10)) -> pd.DataFrame:
    """Return the table of ends of one run with weights (step, hidden, feature) and biases (step, feature)."""
    trajectory = Trajectory(W=W[None], b=b[None], steps=np.array(steps), seeds=np.array([1]))
    inputs = draw_inputs(preset.inputs, seeds=[1])
    outputs = outputs_of(BY_NAME[name], preset, trajectory)
    return pd.DataFrame(ends_table(BY_NAME[name], preset, inputs, trajectory, outputs))


def status(table: pd.DataFrame, config) -> str:
    return end_statuses(table, EndLimits(**config["end_limits"]))[0]


def resting(W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.stack([W] * 3), np.stack([b] * 3)


def pentagon(dead_bias: float) -> tuple[np.ndarray, np.ndarray]:
    """Return five live columns of squared length 2 with bias -1, which answer exactly, and three dead ones."""
    W = np.zeros((2, 8))
    W[:, :5] = 2**0.5 * np.stack([LIVE.real, LIVE.imag])
    return resting(W, np.where(np.arange(8) < 5, -1.0, dead_bias))


def test_live_columns_beside_dead_ones_that_answer_nothing_are_a_minimum(preset, config):
    row = ends(preset, "relu", *pentagon(-0.5))
    # Neighbours answer 2 cos 72 deg - 1 = -0.38, dead ones -0.5: the nearest kink is 0.38 away. The loss is exactly
    # a sum of five squares there, whose other directions are flat.
    assert row.gradient_norm[0] < SIDES
    assert row.smallest_eigenvalue[0] == pytest.approx(0, abs=1e-9)
    assert row.kink_distance[0] == pytest.approx(1 - 2 * np.cos(2 * np.pi / 5))
    assert status(row, config) == "converged"


def test_dead_columns_that_answer_their_mean_are_a_saddle(preset, config):
    W, b = resting(np.zeros((2, 8)), np.full(8, 1 / 8))
    row = ends(preset, "relu", W, b)
    assert row.gradient_norm[0] < SIDES
    # A column u alone adds |u|^2 to its own answer: d^2/du^2 of (|u|^2 + 1/8 - 1)^2 / 64 is 2 * 2 * (1/8 - 1) / 64.
    assert row.smallest_eigenvalue[0] <= -7 / 128
    assert status(row, config) == "saddle"


def test_a_dead_column_exactly_at_its_kink_is_told_from_a_minimum(preset, config):
    # With b = 0 a dead feature answers 0 and wants 1: PyTorch's gradient at the kink is 0, that on its right is not.
    row = ends(preset, "relu", *pentagon(0.0))
    assert row.gradient_norm[0] > 0.01
    assert row.kink_distance[0] == 0
    assert status(row, config) == "at a jump or kink"


def test_a_saddle_on_one_side_of_a_kink_alone_is_seen(preset):
    # Exactly at the kink PyTorch takes the left side, on which nothing answers and the loss is flat. On the right a
    # column u alone adds |u|^2 to its own answer 1e-9: d^2/du^2 of (|u|^2 - 1)^2 / 64 is -2 * 2 / 64.
    row = ends(preset, "relu", *resting(np.zeros((2, 8)), np.zeros(8)))
    assert row.smallest_eigenvalue[0] <= -(1 - 1e-6) / 16  # the rest of the answer, 1e-9, is less


def test_the_best_linear_model_is_a_minimum_at_no_distance_from_itself(preset):
    # The best linear model: two orthonormal rows without a mean, and the mean input as bias.
    rows = np.random.default_rng(0).normal(size=(8, 2))
    W = np.linalg.qr(rows - rows.mean(0))[0].T
    b = np.full(8, 1 / 8)
    row = ends(preset, "identity", *resting(W, b))
    assert row.linear_distance[0] < 1e-12
    assert row.gradient_norm[0] < SIDES
    assert row.smallest_eigenvalue[0] > -1e-15  # the plane can be turned within the features at no cost


@pytest.mark.parametrize("n_hidden", [1, 2, 3])
def test_the_distance_from_the_best_linear_model_is_relative_to_that_model(n_hidden):
    # Unit vectors of eight features, projected onto some of the dimensions beside their mean, and 1/8 added.
    basis = np.linalg.qr(np.c_[np.ones(8), np.random.default_rng(0).normal(size=(8, n_hidden))])[0][:, 1:]
    projection = basis @ basis.T
    outputs = 1 / 8 + np.stack([size * projection for size in (1.0, 1.5, 0.0)])
    # 1.5 P is 0.5 |P| from P, a constant |P|, whatever |P| is.
    np.testing.assert_allclose(linear_distance(outputs, n_hidden), [0, 0.5, 1], atol=1e-12)


def test_a_norm_that_still_grows_goes_to_infinity_and_one_that_grew_once_does_not(preset, config):
    W, b = resting(np.full((2, 8), 0.3), np.zeros(8))
    growing = ends(preset, "sigmoid", W * np.array([1, 1, 2])[:, None, None], b)
    # Twice the norm in the last decade of steps: log10 2.
    assert growing.norm_growth[0] == pytest.approx(np.log10(2))
    assert status(growing, config) == "to infinity"
    steps = (0, 1, 5, 10)
    W = W[[0, 0, 0, 0]] * np.array([1, 1, 2, 2])[:, None, None]
    once = ends(preset, "sigmoid", W, np.zeros((4, 8)), steps)
    assert once.norm_growth[0] == 0
    assert status(once, config) == "not converged"


def test_columns_that_never_changed_are_counted_exactly(preset):
    W, b = resting(np.full((2, 8), 0.3), np.zeros(8))
    W[1:, :, :3] += 1e-12
    W[1, :, 3] += 1e-12  # moved, and came back
    assert ends(preset, "hardshrink", W, b).n_frozen[0] == 4


def test_a_diverged_run_has_no_measures_and_its_own_status(preset, config):
    W, b = resting(np.full((2, 8), 0.3), np.zeros(8))
    W[-1] = np.nan
    row = ends(preset, "gelu", W, b)
    assert row[["gradient_norm", "smallest_eigenvalue", "norm_growth", "linear_distance"]].isna().all(axis=None)
    assert status(row, config) == "diverged"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "converged"),
        ({"smallest_eigenvalue": -2e-7}, "saddle"),
        ({"smallest_eigenvalue": -2e-7, "kink_distance": 0.0}, "at a jump or kink"),
        ({"kink_distance": 0.0}, "converged"),
        ({"gradient_norm": 2e-7}, "not converged"),
        ({"gradient_norm": 2e-7, "norm_growth": 0.02}, "to infinity"),
    ],
)
def test_the_first_reason_that_holds_is_the_status(config, changes, expected):
    good = {"gradient_norm": 1e-8, "smallest_eigenvalue": -1e-9, "kink_distance": np.nan, "norm_growth": 0.001}
    assert status(pd.DataFrame([SimpleNamespace(**good | changes).__dict__]), config) == expected


@pytest.mark.parametrize(
    ("limit", "column", "others", "within", "beyond"),
    [
        ("gradient", "gradient_norm", {}, "converged", "not converged"),
        ("curvature", "smallest_eigenvalue", {}, "converged", "saddle"),
        ("kink", "kink_distance", {"gradient_norm": 1.0}, "at a jump or kink", "not converged"),
        ("growth", "norm_growth", {"gradient_norm": 1.0}, "not converged", "to infinity"),
    ],
)
def test_each_limit_decides_on_both_sides_of_its_value(config, limit, column, others, within, beyond):
    good = {"gradient_norm": 0.0, "smallest_eigenvalue": 0.0, "kink_distance": np.nan, "norm_growth": 0.0}
    at = config["end_limits"][limit] * (-1 if column == "smallest_eigenvalue" else 1)
    ends = [pd.DataFrame([good | others | {column: share * at}]) for share in (0.98, 1.02)]
    assert [status(row, config) for row in ends] == [within, beyond]
