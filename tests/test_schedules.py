"""Recording steps."""

from pathlib import Path

import numpy as np
import pytest

from superposition.schedules import dense_steps, log_spaced_steps, nearest_steps

REFERENCE = Path(__file__).parent / "data" / "notebook_trajectories.npz"


def test_the_notebooks_schedule_gives_the_steps_that_the_original_recorded():
    steps = log_spaced_steps(count=50, last=20000)
    assert steps == np.load(REFERENCE)["steps"].tolist()
    assert len(steps) == 47


@pytest.mark.parametrize("last", [1, 2, 7, 1000, 19999, 20000, 200000])
@pytest.mark.parametrize("count", [2, 3, 50, 300])
def test_log_spaced_steps_are_the_truncated_logspace_with_0_and_the_last_step(count, last):
    # The original's own expression; its last point may be truncated to last - 1, which the schedule must not inherit.
    original = set(np.logspace(0, np.log10(last), count, dtype=int).tolist()) - {last - 1, last}
    steps = log_spaced_steps(count=count, last=last)
    assert set(steps) - {last - 1, last} == original - {last - 1, last} | {0} - {last - 1, last}
    assert steps[0] == 0
    assert steps[-1] == last
    assert steps == sorted(set(steps))


def test_log_spaced_powers_of_ten_are_hit_exactly():
    assert log_spaced_steps(count=4, last=1000) == [0, 1, 10, 100, 1000]


@pytest.mark.parametrize(("count", "last"), [(148, 1000), (99, 10_000), (246, 100_000)])
def test_log_spaced_powers_of_ten_are_hit_where_rounding_makes_them_less(count, last):
    # Point 98 of 147 intervals up to 10^3 is 10^2, as is 49 of 98 up to 10^4. Rounding makes its exponent 2 - 2e-16 and
    # itself 99.99999999999994, which the original truncates to 99.
    steps = log_spaced_steps(count=count, last=last)
    assert 99 in np.logspace(0, np.log10(last), count, dtype=int)
    assert 100 in steps and 99 not in steps


def test_dense_steps_are_every_step_first_and_then_log_spaced():
    # 10 * 10^(k / 4) for k = 1..4 is 17.8, 31.6, 56.2, 100.
    assert dense_steps(first=10, count=4, last=100) == [*range(11), 18, 32, 56, 100]


def test_dense_steps_of_a_short_run_are_all_its_steps():
    assert dense_steps(first=10, count=4, last=6) == list(range(7))
    assert dense_steps(first=6, count=4, last=6) == list(range(7))


def test_the_study_records_as_densely_as_it_promises(config):
    # The first 100 steps, then at least 400 log-spaced ones; integers that coincide are merged, none of them here.
    steps = dense_steps(**config["recording"]["loss"], last=20000)
    assert steps[:101] == list(range(101))
    assert len(steps) - 101 >= 400


def test_nearest_steps_are_recorded_ones_without_repetitions():
    recorded = [0, 10, 100, 1000]
    assert nearest_steps([0, 4, 56, 54, 5000], recorded) == [0, 10, 100, 1000]  # 4 -> 0, 56 -> 100, 54 -> 10
    assert nearest_steps([999, 1001], recorded) == [1000]
