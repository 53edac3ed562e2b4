"""Rows of the superposition table, and the outputs that they are made from."""

import re

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from superposition.activations import BY_NAME
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.model.training import outputs_of
from superposition.status import DIVERGED, OK
from superposition.tables import store
from superposition.tables.trajectory import Trajectory, load_outputs
from superposition.training_presets import TrainingPreset

THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
PER_FEATURE = ["feature_norm", "dimensionality", "interference", "leakage"]


@pytest.fixture
def points() -> Trajectory:
    """Two runs at two steps: an antipodal pair of length 1 with b = 0, and an octagon of squared length 6 with b = -5.

    The second run is not finite at the first step.
    """
    pair = np.zeros((2, 8))
    pair[0, :2] = 1, -1
    angle = 2 * np.pi * np.arange(8) / 8
    octagon = np.sqrt(6) * np.stack([np.cos(angle), np.sin(angle)])
    W = np.stack([[pair, octagon], [np.full((2, 8), np.nan), octagon]]).astype(np.float32)
    b = np.stack([[np.zeros(8), np.full(8, -5)], [np.zeros(8), np.full(8, -5)]]).astype(np.float32)
    return Trajectory(W=W, b=b, steps=np.array([0, 100]), seeds=np.array([3, 5]))


def measures(activation: str, preset: TrainingPreset, points: Trajectory) -> pd.DataFrame:
    """Return the superposition table of points with an activation."""
    outputs = outputs_of(BY_NAME[activation], preset, points)
    return pd.DataFrame(superposition_table(points, outputs, thresholds=THRESHOLDS))


def test_every_measure_of_the_table_has_its_definition_in_the_method():
    grid = (ROOT / "docs/method.md").read_text().partition("\n| measure | definition |\n")[2].partition("\n\n")[0]
    columns = [column.name for column in store.columns("superposition")]
    measured = set(columns) - {"seed", "step", "status", "loss"}  # the loss is defined with the model
    assert set(re.findall(r"^\| `(\w+)` \|", grid, re.MULTILINE)) == {*measured, "onset"}


def test_measures_of_an_antipodal_pair_by_hand(notebook, points):
    # ReLU answers e_1 and e_2 with themselves and every other input with 0: 6 of 8 inputs have error 1 in one of 8
    # features, so the loss is 6 / 64.
    row = measures("relu", notebook, points).iloc[0]
    assert (row.seed, row.step, row.status) == (3, 0, OK)
    assert row.loss == pytest.approx(6 / 64, rel=1e-12)
    assert (row.n_represented, row.n_recovered, row.polygon) == (2, 2, 2)
    assert row.effective_features == pytest.approx(2)
    assert row.frobenius_sq == pytest.approx(2)
    np.testing.assert_allclose(row.feature_norm, [1, 1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(row.dimensionality, [0.5, 0.5, 0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(row.interference, [1, 1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(row.leakage, np.zeros(8))


def test_measures_of_an_octagon_by_hand(notebook, points):
    # Squared length 6 and b = -5: own output 6 - 5 = 1; the neighbours' 6 cos 45 deg - 5 = -0.76 is cut to 0. Loss 0.
    # Single precision of W enters as 6 * 1e-7 in the outputs.
    row = measures("relu", notebook, points).iloc[1]
    assert (row.seed, row.step, row.status) == (3, 100, OK)
    assert row.loss == pytest.approx(0, abs=1e-12)
    assert (row.n_represented, row.n_recovered, row.polygon) == (8, 8, 8)
    assert row.frobenius_sq == pytest.approx(48, rel=1e-6)
    np.testing.assert_allclose(row.dimensionality, 2 / 8, rtol=1e-6)
    np.testing.assert_allclose(row.leakage, 0, atol=1e-12)


def test_leakage_and_loss_depend_on_the_activation(notebook, points):
    # Identity with the pair and b = 0 answers e_1 with (1, -1, 0, ...): leakage 1 for both, and a squared error of 1
    # for each of the 8 inputs: loss 8 / 64.
    row = measures("identity", notebook, points).iloc[0]
    np.testing.assert_allclose(row.leakage, [1, 1, 0, 0, 0, 0, 0, 0])
    assert row.loss == pytest.approx(8 / 64, rel=1e-12)


def test_a_diverged_point_is_a_row_with_a_status_and_nulls(notebook, points):
    table = measures("relu", notebook, points)
    assert table.seed.tolist() == [3, 3, 5, 5]
    assert table.step.tolist() == [0, 100, 0, 100]
    assert table.status.tolist() == [OK, OK, DIVERGED, OK]
    assert table.iloc[2].drop(["seed", "step", "status"]).isna().all()
    assert table.n_represented.fillna(-1).tolist() == [2, 8, -1, 8]  # the others stand in their rows


def test_a_batch_in_which_everything_diverged_has_rows_of_nulls(notebook, points):
    broken = Trajectory(W=points.W * np.nan, b=points.b, steps=points.steps, seeds=points.seeds)
    table = measures("relu", notebook, broken)
    assert table.status.tolist() == [DIVERGED] * 4
    assert table[["loss", "n_represented", *PER_FEATURE]].isna().all(axis=None)


def test_outputs_are_read_as_they_were_written(notebook, points, tmp_path):
    outputs = outputs_of(BY_NAME["relu"], notebook, points)
    outputs.save(tmp_path / "outputs.safetensors")
    read = load_outputs(tmp_path / "outputs.safetensors")
    np.testing.assert_array_equal(read.outputs, outputs.outputs)
    np.testing.assert_array_equal(read.loss, outputs.loss)


def test_row_i_of_the_outputs_is_the_answer_to_feature_i(notebook, points):
    # b = 0 and W_1 = (1, 0), W_2 = (-1, 0): the identity answers e_1 with (1, -1, 0, ...).
    outputs = outputs_of(BY_NAME["identity"], notebook, points).outputs
    assert outputs.shape == (2, 2, 8, 8)
    np.testing.assert_allclose(outputs[0, 0, 0], [1, -1, 0, 0, 0, 0, 0, 0])
    assert np.isnan(outputs[1, 0]).all()
