"""Summaries over seeds on known answers."""

import numpy as np
import pytest
from scipy import stats

from superposition.statistics import Resampling, Summary, mean_interval, median_interval

RESAMPLING = Resampling(confidence=0.95, resamples=2000, seed=0)
NAN = np.nan


def test_the_median_is_exact_and_lies_in_its_interval():
    summary = median_interval(np.array([5.0, 1.0, 4.0, 2.0, 3.0]), RESAMPLING)
    assert summary.median == 3.0
    assert 1.0 <= summary.low < 3.0 < summary.high <= 5.0
    assert (summary.n_used, summary.n_excluded) == (5, 0)


def test_the_interval_holds_the_quantiles_of_resampled_medians():
    # For n = 10 distinct values, P(median of a resample <= k-th value) >= P(Binomial(10, k / 10) >= 6). For the 2.5 %
    # quantile k = 2 gives 0.6 % and k = 4 gives 17 %: with 0..9 it lies between 1 and 3, and by symmetry 6 to 8.
    summary = median_interval(np.arange(10.0), RESAMPLING)
    assert stats.binom.sf(5, 10, 0.2) < 0.025 < stats.binom.sf(5, 10, 0.4)
    assert summary.median == 4.5
    assert 1 <= summary.low <= 3
    assert 6 <= summary.high <= 8


def test_a_higher_confidence_gives_a_wider_interval():
    values = np.arange(10.0)
    narrow = median_interval(values, Resampling(confidence=0.5, resamples=2000, seed=0))
    wide = median_interval(values, Resampling(confidence=0.99, resamples=2000, seed=0))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_missing_values_are_excluded_and_counted():
    values = np.array([NAN, 5.0, 1.0, NAN, 4.0, 2.0, 3.0, np.inf])
    clean = median_interval(np.array([5.0, 1.0, 4.0, 2.0, 3.0]), RESAMPLING)
    summary = median_interval(values, RESAMPLING)
    assert (summary.median, summary.low, summary.high) == (clean.median, clean.low, clean.high)
    assert (summary.n_used, summary.n_excluded) == (5, 3)


def test_the_same_seed_gives_the_same_interval_and_another_seed_need_not():
    values = np.random.default_rng(0).normal(size=10)
    few = {"confidence": 0.95, "resamples": 30}
    assert median_interval(values, Resampling(**few, seed=1)) == median_interval(values, Resampling(**few, seed=1))
    intervals = {(s.low, s.high) for s in (median_interval(values, Resampling(**few, seed=seed)) for seed in range(10))}
    assert len(intervals) > 1


def test_one_value_is_its_own_interval():
    assert median_interval(np.array([2.5, NAN]), RESAMPLING) == Summary(2.5, 2.5, 2.5, 1, 1)


def test_equal_values_are_their_own_interval():
    assert median_interval(np.full(4, 2.0), RESAMPLING) == Summary(2.0, 2.0, 2.0, 4, 0)


@pytest.mark.parametrize("values", [np.array([]), np.array([NAN, NAN])], ids=["empty", "all_missing"])
def test_no_value_gives_no_median_and_no_exception(values):
    summary = median_interval(values, RESAMPLING)
    assert np.isnan([summary.median, summary.low, summary.high]).all()
    assert (summary.n_used, summary.n_excluded) == (0, len(values))


@pytest.mark.parametrize(("k", "arm"), [(1, 4.58409), (2, 9.18232)])
def test_the_interval_of_a_mean_of_two_values_in_closed_form(k, arm):
    # Resamples of 0 and 1 have the means 0, 1/2, 1 with chances 1/4, 1/2, 1/4: the percentile interval is 0 to 1, its
    # arms 1/2. They are stretched by t sqrt(2 / 1) / 1.959964, with one degree of freedom: t = 12.70620 at 0.025, and
    # 25.45170 at 0.025 / 2.
    interval = mean_interval(np.array([0.0, 1.0]), RESAMPLING, n_comparisons=k, bounds=(-np.inf, np.inf))
    assert (interval.estimate, interval.n) == (0.5, 2)
    assert [interval.low, interval.high] == pytest.approx([0.5 - arm, 0.5 + arm], rel=1e-5)


def test_crossed_resampling_takes_the_arms_from_the_mean_of_the_resamples_to_the_estimate():
    # As above for k = 1, but what else is resampled adds 10 to both values: the arms are those of 10, 10.5, 11 around
    # 10.5, and lie at the estimate 0.5. The mean of 2,000 resamples, of standard deviation sqrt(1/8), divides them:
    # 4 standard errors are 0.032 of the half between them, 6.4 % of an arm. Both together are exact.
    drawn = np.tile([10.0, 11.0], (RESAMPLING.resamples, 1))
    interval = mean_interval(np.array([0.0, 1.0]), RESAMPLING, drawn=drawn, n_comparisons=1, bounds=(-np.inf, np.inf))
    assert interval.estimate == 0.5
    assert interval.high - interval.low == pytest.approx(2 * 4.58409, rel=1e-5)
    assert [interval.low, interval.high] == pytest.approx([0.5 - 4.58409, 0.5 + 4.58409], abs=0.064 * 4.58409)
