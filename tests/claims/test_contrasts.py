"""Contrasts on planted values, and which activations they compare."""

import math
from dataclasses import replace

import numpy as np
import pytest
from planted import evidence_of, noise, record
from scipy import stats

from superposition.claims import contrasts
from superposition.claims.contrasts import Part, Weights
from superposition.claims.evidence import Evidence
from superposition.claims.post import OF_POST
from superposition.claims.statement import EVERY


def measured_in(contrast, evidence: Evidence, **changes) -> dict[Part, np.ndarray]:
    """What a contrast measures with all activations in, one value per seed."""
    claim = record(**changes)
    ones = (np.ones((1, len(group))) for group in (evidence.subjects(claim), evidence.comparators(claim)))
    return {part: values[0] for part, values in contrast(evidence, claim, Weights(*ones)).items()}


def test_shares_of_pairs_count_ties_half():
    values = {"a": [2.0] * 10, "b": [1.0] * 10, "c": [2.0] * 10, "d": [3.0] * 10, "identity": [0.0] * 10}
    evidence = evidence_of("superposition", values)
    shares = measured_in(contrasts.exceedance, evidence, against=EVERY)
    # Above b, equal to c, below d: (1 + 1/2 + 0) / 3; the control does not count.
    assert shares[Part("superposition", "a")].tolist() == [0.5] * 10
    pairs = {"activations": ("a", "d"), "against": ("b", "c", "identity"), "over_activations": True}
    group = measured_in(contrasts.exceedance, evidence, **pairs)
    assert group[Part("superposition")][0] == pytest.approx(((1 + 0.5 + 1) / 3 + 1) / 2)


def test_too_few_others_give_no_share():
    evidence = evidence_of("superposition", {"a": noise(0), "b": noise(0), "c": noise(0)})
    assert np.isnan(measured_in(contrasts.exceedance, evidence, against=EVERY)[Part("superposition", "a")]).all()


def test_the_loss_gain_is_the_slope_times_the_range():
    # log loss = -0.2 superposition, which goes from 0 to 3: 0.6 decades.
    values = {name: [float(i)] * 10 for i, name in enumerate("abcd")}
    losses = {name: [-0.2 * i] * 10 for i, name in enumerate("abcd")}
    evidence = evidence_of("superposition", values, log_loss=losses)
    gain = measured_in(contrasts.loss_gain, evidence, activations=EVERY, quantities=("superposition", "log_loss"))
    assert gain[Part("log_loss")] == pytest.approx(0.6)


def test_the_correlation_is_spearmans_over_activations_within_a_seed():
    values = {name: noise(0, seed=i) for i, name in enumerate("abcdefg")}
    onsets = {name: [1.0, 2.0] * 5 if i % 2 else noise(1, seed=9 + i) for i, name in enumerate("abcdefg")}
    onsets["c"][4] = math.nan
    evidence = evidence_of("superposition", values, log_onset=onsets)
    correlations = measured_in(
        contrasts.correlation, evidence, activations=EVERY, quantities=("superposition", "log_onset")
    )
    for at, value in enumerate(correlations[Part("log_onset")]):
        pairs = [(values[name][at], onsets[name][at]) for name in values if not math.isnan(onsets[name][at])]
        assert value == pytest.approx(stats.spearmanr(*zip(*pairs, strict=True)).statistic)


def test_a_weight_is_the_same_as_so_many_copies_of_an_activation():
    # Statistics over activations of which a occurs twice, b three times and c not at all, against those with copies.
    values = {name: noise(0, seed=i) for i, name in enumerate("abcd")}
    losses = {name: noise(0, seed=9 + i) for i, name in enumerate("abcd")}
    copies = {f"{name}{i}": name for name, times in (("a", 2), ("b", 3), ("d", 1)) for i in range(times)}
    weighted = evidence_of("superposition", values, log_loss=losses)
    copied = evidence_of(
        "superposition",
        {name: values[source] for name, source in copies.items()},
        log_loss={name: losses[source] for name, source in copies.items()},
    )
    claim = record(activations=EVERY, quantities=("superposition", "log_loss"), against=())
    weights = Weights(np.array([[2.0, 3.0, 0.0, 1.0]]), np.ones((1, 0)))
    for contrast in (contrasts.group_mean, contrasts.group_median, contrasts.correlation, contrasts.loss_gain):
        expected = contrast(copied, claim, Weights(np.ones((1, len(copies))), np.ones((1, 0))))
        for part, values in contrast(weighted, claim, weights).items():
            np.testing.assert_allclose(values, expected[part], err_msg=str(contrast))


def test_matched_activations_are_compared_in_pairs():
    values = {"a": [1.0] * 10, "b": [0.5] * 10, "c": [2.0] * 10, "d": [5.0] * 10}
    evidence = evidence_of("superposition", values)
    differences = measured_in(contrasts.matched_difference, evidence, activations=("a", "c"), against=("b", "d"))
    assert {(part.subject, part.other): float(row[0]) for part, row in differences.items()} == {
        ("a", "b"): 0.5,
        ("c", "d"): -3.0,
    }


def test_controls_and_what_is_excluded_are_no_subjects_of_statements_on_activations_in_general():
    evidence = evidence_of("superposition", {name: [0.0] * 10 for name in ("a", "b", "identity")})
    assert evidence.subjects(record(activations=EVERY, excluding=("b",))) == ["a"]
    assert evidence.comparators(record(activations=("a",), against=EVERY)) == ["b"]


def test_activations_that_are_the_same_count_once_and_none_is_compared_with_itself():
    evidence = replace(
        evidence_of("superposition", {name: [0.0] * 10 for name in ("a", "b", "c", "d", "identity")}),
        same={"b": "a", "d": "identity"},
    )
    # d is the same as the control, of which nothing is said in general: it stands for itself.
    assert evidence.subjects(record(activations=EVERY)) == ["a", "c", "d"]
    assert evidence.comparators(record(activations=("a",), against=EVERY)) == ["c", "d"]
    assert evidence.subjects(record(activations=("b",))) == ["b"]


def test_a_share_in_the_range_that_the_post_reads_off_counts_its_ends_and_nothing_beyond():
    (claim,) = (claim for claim in OF_POST if claim.contrast is contrasts.share_in_range)
    low, high = claim.within
    assert (low, high) == (-3.5, -1.5)  # 10^-3 to 10^-2 on the post's axis, and half a decade on either side
    values = {"a": low - 0.02, "b": low, "c": high, "d": high + 0.02}
    evidence = evidence_of("log_logged_loss", {name: [value] * 10 for name, value in values.items()})
    given = {"activations": EVERY, "quantities": ("log_logged_loss",), "within": claim.within}
    shares = measured_in(contrasts.share_in_range, evidence, **given)
    assert shares[Part("log_logged_loss")].tolist() == [0.5] * 10


def test_what_is_left_out_concerns_statements_about_activations_in_general_alone():
    evidence = evidence_of("superposition", {name: [0.0] * 10 for name in "abc"}).without(["a", "c"])
    assert evidence.subjects(record(activations=("a", "b"), over_activations=True)) == ["b"]
    assert evidence.subjects(record(activations=("a", "b"))) == ["a", "b"]
    assert evidence.comparators(record(activations=("a",), against=EVERY)) == ["b"]


@pytest.mark.parametrize(("weights", "median"), [((1, 1, 1, 1), 3.5), ((1, 1, 1, 0), 2.0), ((0, 2, 1, 2), 5.0)])
def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(weights, median):
    # Of 1, 2, 5, 9: (2 + 5) / 2; of 1, 2, 5: 2; of 2, 2, 5, 9, 9: 5. The fifth activation has no value.
    values, drawn = np.array([[9.0, 1.0, np.nan, 5.0, 2.0]]), np.array([[weights[3], weights[0], 7, *weights[2:0:-1]]])
    assert contrasts._median(values, drawn.astype(float), 1).tolist() == [[median]]
