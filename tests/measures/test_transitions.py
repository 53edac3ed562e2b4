"""Events on curves whose events are known in closed form, and the chance of coincidences."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from superposition.measures import geometry, phases, transitions
from superposition.measures.geometry import Thresholds
from superposition.measures.phases import BASE, COUNT_REPRESENTED, Run
from superposition.measures.transitions import Events, EventSettings, coincidence, log_time

SETTINGS = EventSettings(
    slope=0.1,
    smoothing=0.1,
    min_size=0.02,
    change_window=5,
    standard_errors=2,
    tolerance=0.05,
    shuffles=200,
    sticky_tolerance=0.05,
)
STEPS = np.unique(np.round(np.logspace(0, 4, 600)).astype(int))


def sigmoid_drop(steps, *, at: float, decades: float, width: float) -> np.ndarray:
    """A loss that falls by so many decades around a time, with the slope of a logistic curve."""
    return 10 ** (-decades / (1 + np.exp(-(log_time(steps) - at) / width)))


def at(steps) -> Events:
    """Events that start and end at the given times."""
    time = np.asarray(steps, dtype=float)
    return Events(time, time, np.ones(len(time)))


def test_a_power_law_is_one_drop_where_its_exponent_exceeds_the_slope():
    # L = (step + 1)^-0.3 has -d log L / d log t = 0.3 everywhere; over four decades it loses 4 * 0.3 = 1.2 decades.
    drops = transitions.loss_drops(STEPS, (STEPS + 1.0) ** -0.3, SETTINGS)
    assert len(drops) == 1
    # The slope is known on a grid of ten points a window, which ends less than 0.01 before the last step.
    assert drops.size[0] == pytest.approx(0.3 * (log_time(STEPS[-1]) - log_time(STEPS[0])), abs=0.3 * 0.01)
    assert len(transitions.loss_drops(STEPS, (STEPS + 1.0) ** -0.05, SETTINGS)) == 0


def test_a_logistic_drop_starts_and_ends_where_its_slope_crosses_the_threshold():
    # log10 L = -a s((t - c) / w) has slope a/w s (1 - s); it is 0.1 at s = (1 ± sqrt(1 - 0.4 w / a)) / 2.
    a, c, w = 1.0, 2.0, 0.1
    drops = transitions.loss_drops(STEPS, sigmoid_drop(STEPS, at=c, decades=a, width=w), SETTINGS)
    s = (1 + np.sqrt(1 - 4 * SETTINGS.slope * w / a)) / 2
    reach = w * np.log(s / (1 - s))
    assert len(drops) == 1
    # Half a window: the precision to which a smoothed slope can be placed.
    assert drops.start[0] == pytest.approx(c - reach, abs=SETTINGS.smoothing / 2)
    assert drops.end[0] == pytest.approx(c + reach, abs=SETTINGS.smoothing / 2)
    assert drops.size[0] == pytest.approx(a * (2 * s - 1), abs=0.01)  # both ends, where the slope is 0.1


def test_two_drops_on_a_plateau_are_two_and_the_larger_one_is_larger():
    loss = sigmoid_drop(STEPS, at=1.0, decades=0.3, width=0.05) * sigmoid_drop(STEPS, at=3.0, decades=1.0, width=0.05)
    drops = transitions.loss_drops(STEPS, loss, SETTINGS)
    assert len(drops) == 2
    assert drops.size.argmax() == 1


@pytest.mark.parametrize(("share", "n_drops"), [(0.98, 0), (1.02, 1)])
def test_a_drop_is_steeper_than_the_slope_and_no_smaller_than_the_smallest_size(share, n_drops):
    loss = (STEPS + 1.0) ** (-share * SETTINGS.slope)
    assert len(transitions.loss_drops(STEPS, loss, SETTINGS)) == n_drops
    loss = sigmoid_drop(STEPS, at=2.0, decades=1.0, width=0.1)
    size = transitions.loss_drops(STEPS, loss, SETTINGS).size[0]
    assert len(transitions.loss_drops(STEPS, loss, replace(SETTINGS, min_size=size / share))) == n_drops


def test_a_drop_below_the_smallest_size_is_none():
    loss = sigmoid_drop(STEPS, at=2.0, decades=0.015, width=0.02)
    assert len(transitions.loss_drops(STEPS, loss, SETTINGS)) == 0


def test_a_run_that_diverges_is_judged_by_what_it_was_before():
    loss = sigmoid_drop(STEPS, at=1.0, decades=1.0, width=0.05)
    loss[log_time(STEPS) > 2] = np.nan
    assert len(transitions.loss_drops(STEPS, loss, SETTINGS)) == 1
    assert len(transitions.loss_drops(STEPS, np.full(len(STEPS), np.nan), SETTINGS)) == 0
    twice = sigmoid_drop(STEPS, at=1.0, decades=1.0, width=0.05) * sigmoid_drop(STEPS, at=3.0, decades=1.0, width=0.05)
    assert len(transitions.loss_drops(STEPS, twice, SETTINGS)) == 2
    twice[np.searchsorted(log_time(STEPS), 2)] = np.nan  # once diverged, whatever comes after it is none
    assert len(transitions.loss_drops(STEPS, twice, SETTINGS)) == 1


def test_half_of_a_drop_is_lost_at_the_middle_of_a_logistic_curve():
    loss = sigmoid_drop(STEPS, at=2.0, decades=1.0, width=0.1)
    half, _ = transitions.half_and_share(np.stack([STEPS, loss]), (1.5, 2.5), 2.0)
    assert half == pytest.approx(2.0, abs=0.01)  # the distance of recorded steps


def test_an_llc_rise_exceeds_two_standard_errors_of_the_difference():
    # Errors of 0.3 and 0.4 give a difference an error of 0.5: rises above 1.0 count.
    steps, error = np.array([1, 10, 100, 1000]), np.array([0.3, 0.4, 0.3, 0.4])
    assert len(transitions.llc_rises(np.array([steps, [1.0, 1.9, 2.8, 3.7], error]), SETTINGS)) == 0
    rises = transitions.llc_rises(np.array([steps, [1.0, 2.1, 3.2, 3.3], error]), SETTINGS)
    assert len(rises) == 1
    assert rises.size[0] == pytest.approx(2.2)
    assert rises.end[0] == log_time(100)


@pytest.mark.parametrize(("rise", "n_rises"), [(0.98, 0), (1.02, 1)])
def test_an_llc_rise_begins_at_so_many_standard_errors(rise, n_rises):
    estimates = np.array([[1.0, 10.0], [1.0, 1.0 + rise], [0.3, 0.4]])  # 1.0 is two errors of the difference
    assert len(transitions.llc_rises(estimates, SETTINGS)) == n_rises


@pytest.mark.parametrize(("share", "rate"), [(0.98, 1.0), (1.02, 0.0)])
def test_a_change_coincides_with_an_event_within_the_tolerance_before_and_after_it(share, rate):
    event, reach = Events(np.array([1.0]), np.array([2.0]), np.ones(1)), share * SETTINGS.tolerance
    for time in (1.0 - reach, 2.0 + reach):
        assert coincidence(at([time]), event, SETTINGS, span=(0.0, 4.0), seed=(0,))["rate"] == rate


def test_a_flicker_is_no_change_and_a_lasting_change_is_one():
    steps = np.arange(20)
    flicker = np.where(steps == 10, 3, 2)
    assert len(transitions.feature_changes(steps, flicker, SETTINGS)) == 0
    lasting = np.where(steps >= 10, 4, 2)
    change = transitions.feature_changes(steps, lasting, SETTINGS)
    assert (change.start[0], change.end[0], change.size[0]) == (log_time(9), log_time(10), 2)


def test_settled_is_the_first_step_after_which_a_condition_holds_to_the_end():
    steps = np.array([0, 1, 2, 5, 9])
    assert geometry.settled(steps, np.array([False, True, False, True, True])) == 5
    assert np.isnan(geometry.settled(steps, np.array([True, True, True, True, False])))


def test_changes_at_the_events_coincide_and_changes_elsewhere_do_not():
    events = Events(np.array([1.0, 3.0]), np.array([1.1, 3.1]), np.ones(2))
    settings = replace(SETTINGS, tolerance=0.05, shuffles=500)
    inside, outside = (
        coincidence(at(times), events, settings, span=(0.0, 4.0), seed=(0,)) for times in ([1.05, 3.05], [2.0, 2.5])
    )
    assert (inside["rate"], outside["rate"]) == (1.0, 0.0)
    # Each event with its tolerance covers 0.2 of the span of 4, together a tenth; the error of a mean of 500 rates of
    # which a tenth is 1 is sqrt(0.1 * 0.9 / 500) = 0.013.
    assert inside["expected"] == pytest.approx(0.1, abs=4 * 0.013)
    assert inside["p"] < 0.15
    assert outside["p"] == 1.0


def test_p_counts_the_observed_rate_among_those_of_the_shuffles():
    moment, settings = at([1.0]), replace(SETTINGS, tolerance=1e-9, shuffles=19)
    # No random shift meets a moment to 1e-9 of 4 decades, so that of 20 rates the observed one alone reaches itself.
    assert coincidence(moment, moment, settings, span=(0.0, 4.0), seed=(0,))["p"] == 1 / 20


def test_the_null_is_calibrated_on_independent_events():
    generator = np.random.default_rng(0)
    n, excess, low = 400, [], 0
    for _ in range(n):
        start = np.sort(generator.uniform(0, 4, size=3))
        events = Events(start, start + 0.2, np.ones(3))
        changed, settings = at(generator.uniform(0, 4, size=6)), replace(SETTINGS, tolerance=0.0, shuffles=99)
        rates = coincidence(changed, events, settings, span=(0.0, 4.0), seed=(1,))
        excess.append(rates["rate"] - rates["expected"])
        low += rates["p"] <= 0.1
    # Independent events coincide as often as expected: the mean excess is zero within three standard errors.
    assert abs(np.mean(excess)) < 3 * np.std(excess) / np.sqrt(n)
    # p is at most 0.1 in at most a tenth of the cases (rates are discrete), give or take three binomial errors.
    assert low / n < 0.1 + 3 * np.sqrt(0.1 * 0.9 / n)


def test_changes_outside_the_span_are_not_compared():
    events = Events(np.array([1.0]), np.array([2.0]), np.ones(1))
    settings, span = replace(SETTINGS, tolerance=0.0, shuffles=10), (1.0, 3.0)
    assert coincidence(at([0.5, 1.5]), events, settings, span=span, seed=(0,))["rate"] == 1.0
    assert np.isnan(coincidence(at([0.5]), events, settings, span=span, seed=(0,))["rate"])


THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)


def transitions_of(run: Run, variant: str = COUNT_REPRESENTED) -> dict:
    """The row of a run under a variant."""
    _, rows = phases._of_run(run, THRESHOLDS, SETTINGS, seed=0)
    return next(row for row in rows if row["variant"] == variant)


def planted(*, drop_at: float, onset_at: float, diverged: bool = False) -> Run:
    """A run whose loss drops at one time and whose third feature appears at another, in decades."""
    time = log_time(STEPS)
    third = np.where(time >= onset_at, 1.0, 0.0)
    norms = np.stack([np.ones(len(STEPS)), np.ones(len(STEPS)), third], axis=1)
    return Run(
        keys=("notebook", "relu", 1),
        steps=STEPS,
        recovered=np.full(len(STEPS), 2),
        norms=norms,
        dimensionality=norms[-1] / 2,
        losses=np.stack([STEPS, sigmoid_drop(STEPS, at=drop_at, decades=1.0, width=0.05)]),
        llc={"sgld": np.array([[10.0, 1000.0], [1.0, 3.0], [0.1, 0.1]])},
        n_free=2,
        diverged=diverged,
    )


@pytest.mark.parametrize(
    ("drop_at", "onset_at", "order"), [(1.0, 3.0, "after"), (3.0, 1.0, "before"), (2.0, 2.0, "during")]
)
def test_the_onset_is_placed_before_during_or_after_the_largest_drop(drop_at, onset_at, order):
    row = transitions_of(planted(drop_at=drop_at, onset_at=onset_at))
    assert row["order"] == order
    # Recorded steps are 0.0086 apart at time 2, closer later, and step 9 is time 1. In the middle of the drop
    # 5 x 0.0086 of it is lost meanwhile: a logistic curve of width 0.05 has the slope 1 / (4 x 0.05) there.
    assert log_time(row["onset"]) == pytest.approx(onset_at, abs=0.01)
    assert row["onset_after"] == max(step for step in STEPS if step < row["onset"])  # the recorded step before
    assert row["drop_over"] == pytest.approx({"after": 1.0, "before": 0.0, "during": 0.5}[order], abs=0.05)
    assert row["distance"] == pytest.approx(log_time(row["onset"]) - log_time(row["drop_end"]))
    assert np.sign(row["distance"]) == (1 if order == "after" else -1)


def test_a_run_without_onset_has_its_drop_behind_it():
    run = planted(drop_at=2.0, onset_at=9.0)
    row = transitions_of(run)
    assert np.isnan(row["onset"]) and row["drop_over"] == 1.0
    lost = transitions_of(planted(drop_at=2.0, onset_at=9.0, diverged=True))
    assert np.isnan(lost["drop_over"])


def test_the_share_of_a_drop_that_is_lost_by_hand():
    # One decade from step 9 to 99, that is from time 1 to 2; at time 1.25 a quarter of it in log loss and log time.
    losses = np.array([[0, 9, 99, 999], [1.0, 1.0, 0.1, 0.1]])
    shares = [transitions.half_and_share(losses, (1.0, 2.0), at)[1] for at in (0.5, 1.25, 2.0, np.inf)]
    np.testing.assert_allclose(shares, [0.0, 0.25, 1.0, 1.0])


def test_a_change_in_the_drop_and_in_the_rise_coincides_with_both():
    row = transitions_of(planted(drop_at=2.0, onset_at=2.0))
    assert row["loss_drop_rate"] == row["llc_rise_rate_sgld"] == 1.0
    assert row["loss_drop_expected"] < 0.5
    run = planted(drop_at=2.0, onset_at=2.0)
    events, _ = phases._of_run(replace(run, recovered=run.norms.sum(1).astype(int)), THRESHOLDS, SETTINGS, seed=0)
    events = pd.DataFrame(events)
    assert events.kind.value_counts().to_dict() == {"loss_drop": 1, "superposition_change": 1, "llc_rise": 1}
    assert events.sampler.dropna().tolist() == ["sgld"]


def test_a_run_that_is_estimated_at_its_end_alone_has_no_count_of_rises_rather_than_none():
    run = planted(drop_at=2.0, onset_at=2.0)
    keys = pd.DataFrame({"training": "notebook", "activation": "relu", "seed": [1, 2]})
    rows = {"step": STEPS, "n_recovered": 2, "feature_norm": list(run.norms), "dimensionality": list(run.norms / 2)}
    estimates = {"step": [10, 1000], "llc": [1.0, 3.0], "llc_std": 0.1, "status": "ok"}
    superposition, loss, llc = (
        keys.merge(pd.DataFrame(table), how="cross")
        for table in (rows, dict(zip(("step", "loss"), run.losses, strict=True)), estimates)
    )
    llc = llc[(llc.seed == 1) | (llc.step == 1000)]
    given = {"n_free": {"notebook": 2}, "num_chains": {"sgld": 1}, "thresholds": THRESHOLDS, "settings": SETTINGS}
    given |= {"post_sampler": None, "seed": 0}
    superposition = superposition.assign(status="ok")
    _, rows = phases.transition_tables(superposition, loss, {"sgld": llc}, **given)
    followed, other = rows[rows.variant == COUNT_REPRESENTED].to_dict("records")
    assert (followed["n_llc_rises_sgld"], followed["llc_rise_rate_sgld"]) == (1, 1.0)
    assert all(np.isnan(other[name]) for name in other if "llc" in name)  # missing, and not none
    assert other["n_loss_drops"] == followed["n_loss_drops"]
    # Nothing diverged; 0.01 is the distance of recorded steps.
    assert log_time(followed["onset"]) == pytest.approx(2.0, abs=0.01)
    # A study of ends alone has nobody to compare with: its runs are followed, and none can rise.
    alone = (table[table.seed == 2] for table in (superposition, loss, llc))
    first, second, third = alone
    _, rows = phases.transition_tables(first, second, {"sgld": third}, **given)
    assert rows.n_llc_rises_sgld.tolist() == [0, 0]


def test_a_run_that_diverged_has_no_final_count_and_no_onset():
    row = transitions_of(planted(drop_at=2.0, onset_at=2.0, diverged=True))
    assert np.isnan([row["n_features"], row["onset"], row["distance"]]).all()
    assert row["order"] is None


def test_a_dimensionality_of_one_half_is_sticky_and_that_of_a_pentagon_is_not():
    # The planted features have dimensionality norm / 2: 1/2 where they are represented.
    assert transitions_of(planted(drop_at=2.0, onset_at=2.0))["sticky"] == 1.0
    run = replace(planted(drop_at=2.0, onset_at=2.0), dimensionality=np.full(3, 2 / 5))
    assert transitions_of(run)["sticky"] == 0.0


@pytest.mark.parametrize(("share", "sticky"), [(0.98, 1.0), (1.02, 0.0)])
def test_sticky_is_within_the_tolerance_of_one_half_or_one(share, sticky):
    reach = share * SETTINGS.sticky_tolerance
    for dimensionality in (0.5 - reach, 0.5 + reach, 1 - reach):
        run = replace(planted(drop_at=2.0, onset_at=2.0), dimensionality=np.full(3, dimensionality))
        assert transitions_of(run)["sticky"] == sticky


def test_recovered_features_have_an_onset_of_their_own():
    run = replace(planted(drop_at=1.0, onset_at=2.0), recovered=np.where(log_time(STEPS) >= 3, 4, 2))
    row = transitions_of(run, BASE)
    assert row["n_features"] == 4
    assert log_time(row["onset"]) == pytest.approx(3.0, abs=0.01)  # the distance of recorded steps


def test_half_has_formed_when_half_of_the_features_beyond_the_initial_ones_are_there():
    time = log_time(STEPS)
    # Two at first, one more at time 2, a second at 3 and two more at 3.5: half of the four new ones are there at 3.
    counts = np.select([time >= 3.5, time >= 3, time >= 2], [6, 4, 3], 2)
    run = replace(planted(drop_at=1.0, onset_at=2.0), recovered=counts)
    row = transitions_of(run, BASE)
    assert log_time(row["half_formed"]) == pytest.approx(3.0, abs=0.01)  # the distance of recorded steps
