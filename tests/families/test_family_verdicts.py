"""Verdicts by dose and response: planted curves get the right shape, and causes the right answer."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from superposition.families.rows import FAMILY_BY_NAME
from superposition.families.verdicts import CAUSES, QUANTITIES, ResponseSettings, can_recover, family_verdicts, response
from superposition.statistics import Resampling
from superposition.status import BOTH, FALLS, FLAT, NO, NOT_READABLE, RISES, TURNS, UNDECIDED, YES

RESAMPLING = Resampling(confidence=0.95, resamples=500, seed=0)
SETTINGS = ResponseSettings(recovery_margin=0.5, stepped=0.5, resampling=RESAMPLING, min_seeds=3)
T = np.linspace(0, 1, 9)
SEEDS = 16

CURVES = {
    "rises": (2 + 4 * T, RISES, False),
    "falls": (6 - 4 * T, FALLS, False),
    "rises in one step": (2 + 4.0 * (T > 0.4), RISES, True),
    "falls in one step": (6 - 4.0 * (T > 0.4), FALLS, True),
    "flat": (4 + 0 * T, FLAT, False),
    "rises and falls": (2 + 4 * np.sin(np.pi * T), TURNS, False),
}


def seeds_of(curve, *, noise=0.3, n=SEEDS):
    """Return the curve as seeds show it: each with a level of its own, and noise at every value."""
    random = np.random.default_rng(1)
    return curve + random.normal(size=(n, 1)) + noise * random.normal(size=(n, len(curve)))


@pytest.mark.parametrize(("share", "is_stepped"), [(0.49, False), (0.51, True)])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_response_is_stepped_if_more_than_the_given_share_of_it_happens_at_once(share, is_stepped, direction):
    # Without noise every resample has the same share: the largest step's, here before the third of four values.
    curve = np.array([0, (1 - share) / 2, (1 + share) / 2, 1]) * 4 * direction
    seen = response(np.tile(curve, (SEEDS, 1)), 0.25, 1.0, SETTINGS)
    assert seen.step == (1 if is_stepped else None)


@pytest.mark.parametrize("name", CURVES)
def test_planted_dose_curves_get_their_shape(name):
    curve, shape, stepped = CURVES[name]
    along = response(seeds_of(curve, noise=0.2), 0.25, 1.0, SETTINGS)
    assert (along.shape, along.step is not None) == (shape, stepped)
    assert along.change is not None
    assert along.change.low <= curve[-1] - curve[0] <= along.change.high
    if stepped:
        assert T[along.step] < 0.4 < T[along.step + 1]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_change_is_seen_from_the_near_end_of_its_interval_on_and_values_are_alike_up_to_the_far_end(sign):
    # Of two values there is one difference, whose interval is that of the change from end to end.
    y = sign * seeds_of(np.array([2.0, 3.0]), noise=0.2)
    change = response(y, 0.0, 9.0, SETTINGS).change
    assert change is not None
    near, far = sorted(np.abs([change.low, change.high]))
    shapes = [response(y, seen, 9.0, SETTINGS).shape for seen in (0.98 * near, 1.02 * near)]
    assert shapes == [RISES if sign == 1 else FALLS, FLAT]
    assert [response(y, 9.0, alike, SETTINGS).shape for alike in (0.98 * far, 1.02 * far)] == [UNDECIDED, FLAT]


def test_noise_that_hides_a_small_change_leaves_it_undecided():
    along = response(seeds_of(4 + 0.5 * T, noise=1.5), 0.25, 1.0, SETTINGS)
    assert along.shape == UNDECIDED


def test_seldom_more_than_one_in_twenty_flat_curves_is_taken_for_a_change():
    random = np.random.default_rng(0)
    few = Resampling(confidence=0.95, resamples=200, seed=0)
    shapes = [
        response(random.normal(size=(12, 8)), 0.0, 9.0, replace(SETTINGS, resampling=few)).shape for _ in range(60)
    ]
    # All pairs of a curve hold together: of 60 curves at most 3 are expected, 9 is beyond 99.9 % of chance.
    assert sum(shape != FLAT for shape in shapes) < 9


def test_values_without_enough_seeds_are_left_out_and_too_few_values_say_nothing():
    y = seeds_of(2 + 4 * T, noise=0.1)
    y[2:, -1] = np.nan
    assert response(y, 0.25, 1.0, SETTINGS).shape == RISES
    y = seeds_of(2 + 4 * T, noise=0.1)
    y[3:] = np.nan  # as many seeds as are needed
    assert response(y, 0.25, 9.0, SETTINGS).shape == RISES
    y[2:, 1:] = np.nan
    assert response(y, 0.25, 1.0, SETTINGS).shape == NOT_READABLE


def runs_of(family, recovered, *, loss=0.05, status="ok"):
    rows = seeds_of(recovered, noise=0.1)
    keys = [(seed, value) for seed in range(SEEDS) for value in T]
    table = pd.DataFrame(keys, columns=["seed", "value"])
    # Onsets fall from 1,000 to 10 steps.
    onset = np.tile(10 ** (3 - 2 * T), SEEDS).round()
    return table.assign(family=family, n_recovered=rows.ravel().round(), loss=loss, onset=onset, status=status)


def judged(*tables):
    margins = {"more": 0.25, "alike": [-1.0, 1.0], "hardly_different": 0.15, "same_landscape": [-0.3, 0.3]}
    table = family_verdicts(pd.concat(tables), margins=margins, settings=SETTINGS)
    return table.set_index(["family", "quantity", "statement"])


def test_causes_are_answered_by_the_direction_that_the_post_lets_expect():
    table = judged(
        runs_of("leaky_slope", 8 - 6 * T),  # negative values hinder, as the post says
        runs_of("relu_cap", 6 - 4 * T),  # a higher cap gives fewer features: capping does not hinder
        runs_of("relu_power", 2 + 5 * np.sin(np.pi * T)),
        runs_of("celu_alpha", 8 - 6.0 * (T > 0.4)),
        runs_of("softplus_beta", 4 + 0 * T),
    )
    assert table.answer["leaky_slope", "n_recovered", "S6"] == YES
    assert table.answer["relu_cap", "n_recovered", "S10"] == NO
    assert table.answer["relu_power", "n_recovered", "S10"] == BOTH
    assert table.answer["celu_alpha", "n_recovered", "S6"] == YES
    assert table.stepped["celu_alpha", "n_recovered", "S6"]
    assert table.answer["celu_alpha", "log_loss", "G4"] == YES  # the loss stays
    assert table.answer["softplus_beta", "log_onset", "S2a"] == YES  # it sets in earlier where the elbow is sharper
    assert table.answer["softplus_beta", "n_recovered", "C2"] == NO
    sentence = table.sentence["celu_alpha", "n_recovered", "S6"]
    assert sentence.startswith(
        "Negative values hinder superposition (CELU, α from 0.125 to 1): yes; falls, most of it from 0.375 to 0.5"
    )


def test_values_at_which_no_feature_can_count_as_recovered_say_nothing():
    hidden = runs_of("relu_cap", 6.0 * (T > 0.5))  # a cap of at most 0.5 keeps all outputs within the margin
    table = judged(hidden)
    assert table["shape"]["relu_cap", "n_recovered", "S10"] == FLAT
    assert table.answer["relu_cap", "n_recovered", "S10"] == NO
    reached = can_recover(FAMILY_BY_NAME["relu_cap"], np.array([0.4, 0.5, 0.6, 6]), margin=0.5)
    assert reached.tolist() == [False, False, True, True]


def test_runs_that_diverged_say_nothing():
    table = judged(runs_of("leaky_slope", 8 - 6 * T, status="diverged"))
    assert table["shape"].tolist() == [NOT_READABLE]
    assert table.answer.tolist() == [UNDECIDED]


def test_every_cause_names_a_family_a_quantity_and_what_the_post_says():
    for cause in CAUSES:
        assert cause.family in FAMILY_BY_NAME
        assert cause.quantity in QUANTITIES
        assert cause.statement
    assert {cause.question for cause in CAUSES} >= {4, 5, 7, 9, 10, 11, 12}
