"""What a run leaves behind."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from superposition.tables import trajectory
from superposition.tables.trajectory import Trajectory


@pytest.fixture
def recorded() -> Trajectory:
    """Two runs at three steps; the second diverges in b at step 10 and in W at step 100."""
    random = np.random.default_rng(0)
    W = random.normal(size=(2, 3, 2, 8)).astype(np.float32)
    b = random.normal(size=(2, 3, 8)).astype(np.float32)
    b[1, 1, 4] = np.inf
    W[1, 2, 1, 7] = np.nan
    return Trajectory(W=W, b=b, steps=np.array([0, 10, 100]), seeds=np.array([3, 7]))


def test_what_is_read_is_what_was_written(recorded, tmp_path):
    path = tmp_path / "trajectory.safetensors"
    recorded.save(path)
    again = trajectory.load(path)
    for name in ("W", "b", "steps", "seeds"):
        np.testing.assert_array_equal(getattr(again, name), getattr(recorded, name))


def test_the_file_holds_the_four_promised_arrays(recorded, tmp_path):
    path = tmp_path / "trajectory.safetensors"
    recorded.at([0, 100]).save(path)  # a selection, whose arrays are no contiguous memory
    arrays = load_file(path)
    assert {name: (array.shape, str(array.dtype)) for name, array in arrays.items()} == {
        "W": ((2, 2, 2, 8), "float32"),
        "b": ((2, 2, 8), "float32"),
        "steps": ((2,), "int64"),
        "seeds": ((2,), "int64"),
    }
    np.testing.assert_array_equal(arrays["W"], recorded.W[:, [0, 2]])


def test_a_run_is_diverged_where_any_weight_or_bias_is_not_finite(recorded):
    assert recorded.diverged.tolist() == [[False, False, False], [False, True, True]]


def test_a_selection_of_steps_keeps_seeds_and_picks_by_step(recorded):
    part = recorded.at([100])
    assert part.steps.tolist() == [100]
    assert part.seeds.tolist() == [3, 7]
    np.testing.assert_array_equal(part.W[:, 0], recorded.W[:, 2])
    np.testing.assert_array_equal(part.b[:, 0], recorded.b[:, 2])


def test_a_step_that_was_not_recorded_is_refused(recorded):
    with pytest.raises(KeyError, match="11"):
        recorded.at([0, 11])
