"""Ranks with known order, ties and scatter, and their correlation between presets."""

import numpy as np
import pandas as pd
import pytest

from superposition.measures.ranking import _correlations, rank_correlation_table, ranking_table
from superposition.statistics import Resampling

RESAMPLING = Resampling(confidence=0.95, resamples=500, seed=0)


def runs_of(counts: dict[str, list[float]], *, represented: dict[str, list[float]] | None = None, training="notebook"):
    """A table of runs with so many recovered features per seed; NaN is a diverged run."""
    rows = [
        (training, name, seed, "diverged" if np.isnan(count) else "ok", count, (represented or counts)[name][seed - 1])
        for name, values in counts.items()
        for seed, count in enumerate(values, start=1)
    ]
    return pd.DataFrame(rows, columns=["training", "activation", "seed", "status", "n_recovered", "n_represented"])


def test_ranks_share_ties_and_leave_missing_values_out():
    counts = {"a": 3.0, "b": 5.0, "c": 3.0, "d": np.nan, "e": 1.0}
    table = ranking_table(runs_of({name: [count] * 3 for name, count in counts.items()}), RESAMPLING)
    assert table["rank"].tolist()[:4] == [1.0, 2.5, 2.5, 4.0]
    assert table.activation.tolist() == ["b", "a", "c", "e", "d"]
    assert np.isnan(table["rank"].iloc[-1])


def test_a_clear_order_has_certain_ranks():
    table = ranking_table(runs_of({"a": [2.0] * 10, "b": [5.0] * 10, "c": [3.0] * 10}), RESAMPLING)
    assert table.activation.tolist() == ["b", "c", "a"]
    assert (table["rank"] == table.rank_low).all() and (table["rank"] == table.rank_high).all()


def test_a_tie_in_recovered_features_is_broken_by_represented_ones_alone():
    counts = {"a": [4.0] * 10, "b": [4.0] * 10, "c": [5.0] * 10}
    represented = {"a": [1.0] * 10, "b": [3.0] * 10, "c": [0.0] * 10}
    table = ranking_table(runs_of(counts, represented=represented), RESAMPLING)
    assert table.activation.tolist() == ["c", "b", "a"]


def test_activations_that_cannot_be_told_apart_have_wide_ranks():
    generator = np.random.default_rng(0)
    counts = {name: generator.integers(2, 7, size=10).astype(float).tolist() for name in "abcdef"}
    table = ranking_table(runs_of(counts), RESAMPLING)
    # Of six ranks an interval of pure noise holds most, 5 x 0.95 apart; 1.5 and 0.8 leave room for this one draw.
    assert (table.rank_high - table.rank_low).mean() > 1.5
    assert ((table.rank_low <= table["rank"]) & (table["rank"] <= table.rank_high)).mean() > 0.8


@pytest.mark.parametrize(("confidence", "last"), [(0.95, 2.0), (0.8, 1.5)])
def test_ranks_hold_at_the_level_of_confidence(confidence, last):
    # Of a's four seeds a resample has three or four failures in 5 % of cases and is second, two in 21 % and is level.
    table = ranking_table(
        runs_of({"a": [10.0, 10.0, 10.0, 0.0], "b": [5.0] * 4}),
        Resampling(confidence=confidence, resamples=4000, seed=0),
    )
    assert table.set_index("activation").loc["a", ["rank", "rank_low", "rank_high"]].tolist() == [1, 1, last]


def test_diverged_runs_are_left_out_and_an_activation_without_any_has_no_rank():
    counts = {"a": [2.0] * 10, "b": [np.nan] * 10, "c": [3.0] * 9 + [np.nan]}
    table = ranking_table(runs_of(counts), RESAMPLING).set_index("activation")
    assert np.isnan(table.loc["b", "rank"]) and np.isnan(table.loc["b", "rank_low"])
    assert table.n_excluded.to_dict() == {"a": 0, "b": 10, "c": 1}
    assert table.loc["c", "rank"] == 1


@pytest.mark.parametrize(("sign", "expected"), [(1, 1.0), (-1, -1.0)])
def test_the_same_order_correlates_perfectly_and_the_reverse_order_inversely(sign, expected):
    counts = {name: [float(i)] * 10 for i, name in enumerate("abcde", start=1)}
    other = {name: [sign * value for value in values] for name, values in counts.items()}
    table = rank_correlation_table(
        pd.concat([runs_of(counts), runs_of(other, training="zero_bias")]), RESAMPLING
    ).set_index("coefficient")
    for name in ("kendall", "spearman"):
        assert table.loc[name, ["estimate", "low", "high"]].to_numpy(float) == pytest.approx(expected)
    assert (table.n_activations == 5).all()


def test_only_activations_of_both_presets_are_correlated():
    first = runs_of({"a": [1.0] * 10, "b": [2.0] * 10, "c": [3.0] * 10})
    second = runs_of({"a": [1.0] * 10, "b": [2.0] * 10, "c": [np.nan] * 10}, training="zero_bias")
    assert (rank_correlation_table(pd.concat([first, second]), RESAMPLING).n_activations == 2).all()


def test_an_activation_without_a_value_in_one_preset_is_left_out_in_that_resample_alone():
    # In the second resample, c has no value in y: of a and b alone the order is the same.
    x, y = np.array([[1.0, 2, 3], [1, 2, 3]]), np.array([[1.0, 3, 2], [1, 2, np.nan]])
    for ours in (x, y), (y, x):
        found = _correlations(*ours)
        assert found.kendall.tolist() == pytest.approx([1 / 3, 1])  # of three pairs, two are in the same order
        assert found.spearman.tolist() == pytest.approx([0.5, 1])


def test_one_preset_has_nothing_to_be_correlated_with():
    assert rank_correlation_table(runs_of({"a": [1.0] * 3}), RESAMPLING).empty


def test_intervals_of_ranks_break_ties_in_every_resample_too():
    counts, represented = {"a": [4.0] * 10, "b": [4.0] * 10}, {"a": [1.0] * 10, "b": [3.0] * 10}
    table = ranking_table(runs_of(counts, represented=represented), RESAMPLING).set_index("activation")
    assert table.loc["b", ["rank_low", "rank_high"]].tolist() == [1, 1]
    assert table.loc["a", ["rank_low", "rank_high"]].tolist() == [2, 2]
