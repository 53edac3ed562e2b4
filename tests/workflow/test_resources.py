"""Memory and time that jobs ask for."""

from types import SimpleNamespace

import pytest

from workflow.resources import for_batch, growing

BATCH = SimpleNamespace(seeds="1-300")


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_every_attempt_gets_as_much_more_as_the_first(attempt):
    assert growing(500)(BATCH, attempt) == 500 * attempt
    assert for_batch(500, per_seed=1)(BATCH, attempt) == 500 * attempt


def test_a_batch_gets_more_with_its_seeds_once_the_least_is_too_little():
    assert for_batch(1000, fixed=800, per_seed=2.6)(BATCH, 1) == 800 + 780
    assert for_batch(1000, fixed=800, per_seed=0.001)(BATCH, 1) == 1000
    assert for_batch(0, per_seed=0.001)(BATCH, 1) == 1  # rounded up
