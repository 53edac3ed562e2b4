"""Verdicts from measured intervals: on planted effects, on noise, and on missing data."""

import math
from dataclasses import replace

import numpy as np
import pytest
from planted import RESAMPLING, TERMS, evidence_of, noise, record

from superposition import statistics
from superposition.claims import contrasts, verdicts
from superposition.claims.contrasts import Part
from superposition.claims.evidence import Evidence
from superposition.claims.statement import BETWEEN, EVERY, UNBOUNDED, Region
from superposition.claims.verdicts import Measured
from superposition.measures.phases import BASE
from superposition.statistics import Interval
from superposition.status import INCONCLUSIVE, NOT_TESTABLE, REPLICATED, REVERSED, SMALLER

ABOVE_ONE = Region(1.0, math.inf)


def judged(evidence: Evidence, inside: Region = ABOVE_ONE, **changes) -> verdicts.Judgement:
    measured = verdicts.measure(record(**changes), evidence, TERMS)
    return verdicts.judge(record(**changes), measured, inside, linear=())


def normal(*shape: int) -> np.ndarray:
    """Values of which none differs from 0 but by chance."""
    return np.random.default_rng(0).normal(size=shape)


# --------------------------------------------------------------------------------------------------- planted effects --


@pytest.mark.parametrize(
    ("centre", "verdict"), [(3.0, REPLICATED), (0.5, SMALLER), (-1.0, REVERSED), (1.0, INCONCLUSIVE)]
)
def test_a_planted_difference_gets_its_verdict(centre, verdict):
    # Standard error 0.1 / sqrt(10) = 0.03: 0.5 from margin and no effect is sixteen of them, 0 is none.
    values = {"a": noise(centre, scale=0.1, seed=3), "b": [0.0] * 10}
    assert judged(evidence_of("superposition", values)).verdict == verdict


def test_every_comparison_must_hold_and_one_contradiction_is_enough():
    strong, weak = noise(5, seed=1), noise(-5, seed=2)
    values = {"a": strong, "c": weak, "b": [0.0] * 10}
    judgement = judged(evidence_of("superposition", values), activations=("a", "c"))
    assert [comparison.verdict for comparison in judgement.parts] == [REPLICATED, REVERSED]
    assert judgement.verdict == REVERSED
    assert judgement.deciding.part == Part("superposition", "c", "b")


def test_a_region_with_two_ends_is_left_on_either_side():
    for centre, verdict in ((0.0, REPLICATED), (5.0, REVERSED), (-5.0, REVERSED), (1.0, INCONCLUSIVE)):
        values = {"a": noise(centre, scale=0.3, seed=3), "b": [0.0] * 10}
        assert judged(evidence_of("superposition", values), Region(-1.0, 1.0), direction=BETWEEN).verdict == verdict


def between(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 10, 0.0)


def test_an_interval_that_touches_an_end_is_inconclusive():
    touching = between(1.0, 1.0)
    for region, null in ((Region(1.0, math.inf), 0.0), (Region(-math.inf, 1.0), 2.0), (Region(2.0, math.inf), 1.0)):
        assert verdicts.verdict_of(touching, region, null=null)[0] == INCONCLUSIVE


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((1.1, 1.9), REPLICATED),
        ((0.9, 1.9), INCONCLUSIVE),  # an interval across either end decides nothing, though its mean is inside
        ((1.1, 2.1), INCONCLUSIVE),
        ((0.1, 0.9), SMALLER),
        ((-0.1, 0.9), INCONCLUSIVE),  # smaller than stated, and perhaps in the other direction
        ((-0.9, -0.1), REVERSED),
        ((2.1, 2.9), REVERSED),  # larger than stated
    ],
)
def test_a_verdict_on_a_region_beside_no_effect_and_on_its_mirror_image(ends, verdict):
    low, high = ends
    assert verdicts.verdict_of(between(low, high), Region(1.0, 2.0), null=0.0)[0] == verdict
    assert verdicts.verdict_of(between(-high, -low), Region(-2.0, -1.0), null=0.0)[0] == verdict


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [((-0.9, 0.9), REPLICATED), ((0.1, 1.1), INCONCLUSIVE), ((1.1, 1.9), REVERSED), ((-1.9, -1.1), REVERSED)],
)
def test_a_statement_that_there_is_no_effect_is_reversed_by_one_in_either_direction(ends, verdict):
    assert verdicts.verdict_of(between(*ends), Region(-1.0, 1.0), null=0.0)[0] == verdict


def test_at_most_so_much_is_reversed_by_more_and_replicated_by_the_opposite():
    at_most = Region(-math.inf, 1.0)
    words = [verdicts.verdict_of(between(*ends), at_most, null=0.0) for ends in ((-3, -2), (0.5, 0.9), (1.1, 1.2))]
    assert words == [(REPLICATED, ""), (REPLICATED, ""), (REVERSED, "larger than stated")]


def test_a_statement_has_the_word_of_the_part_that_speaks_most_against_it():
    order = {REVERSED: (-2, -1), NOT_TESTABLE: None, INCONCLUSIVE: (-1, 2), SMALLER: (0.1, 0.9), REPLICATED: (2, 3)}
    parts = [Measured(Part(word), 10, between(*ends) if ends else None) for word, ends in order.items()]
    for i, word in enumerate(order):
        judgement = verdicts.judge(record(), parts[i:][::-1], ABOVE_ONE, linear=())
        assert [one.verdict for one in judgement.parts] == [*order][i:][::-1]
        assert judgement.verdict == word
    assert verdicts.judge(record(), [], ABOVE_ONE, linear=()).verdict == NOT_TESTABLE


@pytest.mark.parametrize(("ends", "larger"), [((2.1, 2.9), True), ((-3.0, -2.0), False), ((0.5, 1.5), False)])
def test_a_value_beyond_the_far_end_is_marked_also_where_its_note_says_more(ends, larger):
    part = Part(next(iter(verdicts.FROM_COUNTS)), "a", "b")  # of two linear activations, which is noted too
    judgement = verdicts.judge(record(), [Measured(part, 10, between(*ends))], Region(0.0, 2.0), linear=("a", "b"))
    assert verdicts.ARBITRARY in judgement.reason
    assert judgement.is_larger == larger


def test_noise_at_the_margin_is_decided_at_the_nominal_rate():
    n = 1500
    intervals = [
        statistics.mean_interval(values, RESAMPLING, n_comparisons=1, bounds=UNBOUNDED) for values in normal(n, 10)
    ]
    wrong = sum(
        verdicts.verdict_of(interval, Region(0.0, math.inf), null=-9.0)[0] != INCONCLUSIVE for interval in intervals
    )
    # 5 % of the intervals miss the truth, give or take three binomial errors of 0.0056 and one point for the error of
    # bootstrap quantiles; of plain percentile intervals with ten values it is 10 %.
    assert wrong / n == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / n) + 0.01)


def test_several_comparisons_on_noise_are_decided_at_the_nominal_rate_together():
    n, k = 400, 4
    wrong = 0
    for values in normal(n, k, 10):
        intervals = [statistics.mean_interval(one, RESAMPLING, n_comparisons=k, bounds=UNBOUNDED) for one in values]
        wrong += any(
            verdicts.verdict_of(interval, Region(0.0, math.inf), null=-9.0)[0] != INCONCLUSIVE for interval in intervals
        )
    # At most 5 % by Bonferroni, give or take three binomial errors of 0.011 and a point; uncorrected 1 - 0.95^4 = 19 %.
    assert wrong / n < 0.05 + 3 * math.sqrt(0.05 * 0.95 / n) + 0.01


def test_intervals_of_several_comparisons_are_as_wide_as_their_number_asks_for():
    values = {"a": noise(3), "c": noise(3), "d": noise(3), "b": [0.0] * 10}
    evidence = evidence_of("superposition", values)
    (one,) = judged(evidence).parts
    three = judged(evidence, activations=("a", "c", "d")).parts
    # Student's quantiles with 9 degrees of freedom: 2.26216 at 0.025, and 2.93332 at 0.025 / 3.
    assert len(three) == 3
    for comparison in three:
        several, alone = comparison.interval, one.interval
        assert (several.high - several.estimate) / (alone.high - alone.estimate) == pytest.approx(
            2.93332 / 2.26216, rel=1e-5
        )


# ------------------------------------------------------------------------------------------------------ missing data --


def test_too_few_readable_seeds_make_a_statement_not_testable_with_the_reason():
    values = {"a": [1.0, 2.0] + [np.nan] * 8, "b": [0.0] * 10}
    evidence = evidence_of("superposition", values)
    judgement = judged(evidence)
    assert judgement.verdict == NOT_TESTABLE
    assert "2 of 10 seeds can be read, 3 are needed" in judgement.reason
    assert evidence.runs_of(record()) == (12, 8, 0)


def test_a_run_that_cannot_be_read_is_left_out_and_counted():
    values = {"a": [*noise(3)[:9], np.nan], "b": [0.0] * 10}
    evidence = evidence_of("superposition", values)
    judgement = judged(evidence)
    assert (judgement.verdict, judgement.deciding.n_seeds) == (REPLICATED, 9)
    assert evidence.runs_of(record()) == (19, 1, 0)


def test_the_range_without_a_family_is_that_of_the_estimates_without_each():
    # Means without a, b, c: (1 + 5) / 2, (0 + 5) / 2, (0 + 1) / 2.
    evidence = evidence_of("superposition", {"a": [0.0] * 10, "b": [1.0] * 10, "c": [5.0] * 10})
    claim = {"activations": EVERY, "against": (), "over_activations": True, "contrast": contrasts.group_mean}
    (one,) = judged(evidence, **claim).parts
    assert one.families == (0.5, 3.0)


def test_a_statement_over_activations_has_a_wider_interval_than_one_on_seeds():
    values = {name: noise(i, seed=i, scale=0.1) for i, name in enumerate("abcdef")}
    claim = {"activations": EVERY, "against": (), "contrast": contrasts.group_mean}
    (seeds,), (crossed,) = (
        judged(evidence_of("superposition", values), **claim, over_activations=over).parts for over in (False, True)
    )
    # Standard deviation of 0 to 5 over sqrt(6): 0.76; t with five degrees of freedom takes 2.57 of them.
    width = crossed.interval.high - crossed.interval.estimate
    assert 1.9 < width / 0.76 < 3.2
    assert seeds.interval.high - seeds.interval.estimate < 0.1


def test_variants_are_measured_with_a_quarter_of_the_resamples():
    base = evidence_of("superposition", {"a": noise(3), "b": noise(0, seed=1)})
    views = {BASE: base, "counted otherwise": replace(base, changed=frozenset({"superposition"}))}
    judgements = verdicts.judge_variants(record(), views, {}, TERMS)
    for name, n in ((BASE, RESAMPLING.resamples), ("counted otherwise", RESAMPLING.resamples // 4)):
        terms = replace(TERMS, resampling=replace(RESAMPLING, resamples=n))
        assert judgements[name].parts[0].interval == verdicts.measure(record(), views[name], terms)[0].interval


# ----------------------------------------------------------------------------------------------- agreement and power --


def test_where_all_seeds_agree_the_interval_is_an_exact_bound():
    # Of 32 seeds like these, at most 1 - 0.025^(1/32) = 10.9 % differ, and they can be 2 smaller or 4 larger.
    interval = statistics.mean_interval(np.full(32, 3.0), RESAMPLING, n_comparisons=1, bounds=(1.0, 7.0))
    share = 1 - 0.025 ** (1 / 32)
    assert share == pytest.approx(0.109, abs=5e-4)
    assert (interval.low, interval.high) == (pytest.approx(3 - 2 * share), pytest.approx(3 + 4 * share))


def test_where_all_seeds_and_activations_agree_the_fewer_of_them_bound_the_interval():
    # 32 seeds, but five activations that are resampled too: 0.025^(1/5) = 0.478, and not 0.025^(1/32) = 0.89.
    agreed = {"n_comparisons": 1, "bounds": (0.0, 1.0), "drawn": np.ones((RESAMPLING.resamples, 32)), "n_units": 5}
    assert statistics.mean_interval(np.ones(32), RESAMPLING, **agreed).low == pytest.approx(0.025 ** (1 / 5))


def test_seeds_that_all_agree_decide_with_many_seeds_and_not_with_few():
    values = {"a": [3.0] * 10, "b": [0.0] * 10, "c": [6.0] * 10, "d": [-2.0] * 10}
    evidence = evidence_of("superposition", values)
    # Differences reach from -8 to 8 in these runs. Ten seeds leave 1 - 0.025^(1/10) = 31 %: 3 - 0.31 * 11 < 0.
    assert judged(evidence, Region(0.25, math.inf)).verdict == INCONCLUSIVE
    values, censored = (
        {name: np.repeat(matrix, 4, axis=0) for name, matrix in of.items()}
        for of in (evidence.values, evidence.censored)
    )
    more = replace(evidence, values=values, censored=censored)
    assert judged(more, Region(0.25, math.inf)).verdict == REPLICATED  # 40 seeds: 8.8 %, 3 - 0.97


def test_an_effect_of_the_detectable_size_is_found_with_a_chance_of_80_percent():
    values = normal(10)
    # Student's quantiles with nine degrees of freedom: (2.262 + 0.883) / sqrt(10) = 0.995 for a scatter of 1.
    alone = {"n_comparisons": 1, "bounds": UNBOUNDED}
    detectable = statistics.mean_interval(values, RESAMPLING, **alone).detectable
    # Of 2,000 resamples, a quantile at 2.5 % is known to sqrt(0.025 * 0.975 / 2000) / 0.058 = 0.06 of 1.96, 3 %; twice
    # that.
    assert detectable == pytest.approx(0.995 * values.std(ddof=1), rel=0.06)
    size, n = 0.995, 600
    detected = [statistics.mean_interval(values, RESAMPLING, **alone).low > 0 for values in normal(n, 10) + size]
    # 80 %, give or take three binomial errors of 1.6 points and one for the bootstrap; t is not normal: 78 % exactly.
    assert np.mean(detected) == pytest.approx(0.79, abs=3 * 0.016 + 0.01)
