"""Verdicts on synthetic data with planted effects, on noise, and on missing data; what every record must have."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, four_protocols, protocols

from superposition import statistics
from superposition.claims import contrasts, statement, verdicts
from superposition.claims.evidence import Evidence, checkpoint_curves, gather
from superposition.claims.factors import changes_table, factor, factors_table
from superposition.claims.judge import AGREEMENT, Terms, judge_all
from superposition.claims.post import POST
from superposition.claims.prior_work import PRIOR_WORK
from superposition.claims.statement import (
    ABOVE,
    BELOW,
    BETWEEN,
    CONTRADICTED,
    EVERY,
    INCONCLUSIVE,
    NOT_TESTABLE,
    REPLICATED,
    SHARE,
    UNBOUNDED,
    Region,
    Statement,
)
from superposition.claims.verdict_tables import all_evidence
from superposition.measures.phases import BASE, RECOVERED
from superposition.presets import StudyError
from superposition.protocols import pairs_of
from superposition.provenance import registry
from superposition.statistics import Interval, Resampling

SECTION_7 = (
    *("G1a", "G1b", "G2a", "G2b", "G3a", "G3b", "G4", "S1a", "S1b", "S2a", "S2b", "S3a", "S3b", "S4", "S5", "S6"),
    *("S7", "S8", "S9", "S10", "S11", "D1", "C1", "C2"),
)
"""Ids of the statements that the post was cut into; one with a bare number may be split into halves."""

RESAMPLING = Resampling(confidence=0.95, resamples=2000, seed=0)
SEEDS = range(1, 11)
QUANTITIES = sorted({name for record in (*POST, *PRIOR_WORK) for name in record.quantities})


def evidence_of(quantity: str, values: dict[str, list[float]], **others: dict[str, list[float]]) -> Evidence:
    """Evidence with one value per activation and seed; quantities that are not given are 0."""
    index = pd.MultiIndex.from_product([list(values), SEEDS], names=["activation", "seed"])
    table = pd.DataFrame(0.0, index=index, columns=[*QUANTITIES, "log_half_formed", "after_half_drop"])
    for name, given in {quantity: values, **others}.items():
        table[name] = [value for activation in values for value in given[activation]]
    curves = pd.DataFrame(columns=["activation", "seed", "step", "log_loss", "log_llc"])
    return Evidence(values=table, curves=curves, activations=tuple(values), controls=("identity",), min_activations=3)


def record(**changes) -> Statement:
    """A statement that A exceeds B by more than 1."""
    values = {
        "id": "T1",
        "text": "A has more than B.",
        "measure": "Superposition of A minus that of B",
        "unit": "features",
        "activations": ("a",),
        "against": ("b",),
        "quantities": ("superposition",),
        "direction": ABOVE,
        "margin": "more",
        "contrast": contrasts.difference,
    }
    return Statement(**{**values, **changes})


ABOVE_ONE = Region(1.0, math.inf)


def judged(evidence: Evidence, inside: Region = ABOVE_ONE, **changes) -> verdicts.Judgement:
    return verdicts.judge(record(**changes), evidence, inside, resampling=RESAMPLING, min_seeds=3, with_p=True)


def noise(centre: float, *, scale: float = 1.0, seed: int = 0) -> list[float]:
    return list(np.random.default_rng(seed).normal(centre, scale, size=len(SEEDS)))


# -------------------------------------------------------------------------------------------- what records must have --


@pytest.mark.parametrize("name", SECTION_7)
def test_every_statement_of_the_post_has_a_record(name):
    ids = {claim.id for claim in POST}
    assert name in ids or {f"{name}a", f"{name}b"} <= ids


def test_no_record_has_an_id_that_no_statement_has():
    assert {claim.id for claim in POST} <= {*SECTION_7, *(f"{name}{half}" for name in SECTION_7 for half in "ab")}


@pytest.mark.parametrize("claim", [*POST, *PRIOR_WORK], ids=lambda claim: claim.id)
def test_every_record_names_known_activations_and_a_margin_of_the_right_form(claim, config):
    assert set(claim.named) | set(claim.excluding) <= set(registry.activation_names())
    margin = config["claims"]["margins"][claim.margin]
    for value in (margin["value"], *margin["others"]):
        statement.region(claim, value)


def test_every_margin_of_the_configuration_is_used(config):
    assert set(config["claims"]["margins"]) == {claim.margin for claim in (*POST, *PRIOR_WORK)}


def test_the_deciding_margins_have_a_reason_beside_them():
    lines = (ROOT / "config" / "config.yaml").read_text().split("  margins:\n")[1].split("# ----")[0].splitlines()
    entries = [line for line in lines if "value:" in line]
    unexplained = [line.strip() for line in entries if "#" not in line]
    # `less` is `more` from the other side, and the name of the order of magnitude is its reason.
    assert [line.split(":")[0] for line in unexplained] == ["less", "one_order_of_magnitude"]


def normal(*shape: int) -> np.ndarray:
    """Values of which none differs from 0 but by chance."""
    return np.random.default_rng(0).normal(size=shape)


# --------------------------------------------------------------------------------------------------- planted effects --


@pytest.mark.parametrize(("centre", "verdict"), [(3.0, REPLICATED), (-1.0, CONTRADICTED), (1.0, INCONCLUSIVE)])
def test_a_planted_difference_gets_its_verdict(centre, verdict):
    # Standard error 0.5 / sqrt(10) = 0.16: 2 from the margin is twelve of them, 0 is none.
    values = {"a": noise(centre, scale=0.5, seed=3), "b": [0.0] * 10}
    assert judged(evidence_of("superposition", values)).verdict == verdict


def test_every_comparison_must_hold_and_one_contradiction_is_enough():
    strong, weak = noise(5, seed=1), noise(-5, seed=2)
    values = {"a": strong, "c": weak, "b": [0.0] * 10}
    found = judged(evidence_of("superposition", values), activations=("a", "c"))
    assert [comparison.verdict for comparison in found.comparisons] == [REPLICATED, CONTRADICTED]
    assert found.verdict == CONTRADICTED
    assert found.deciding.name == "c − b"


def test_a_region_with_two_ends_is_left_on_either_side():
    for centre, verdict in ((0.0, REPLICATED), (5.0, CONTRADICTED), (-5.0, CONTRADICTED), (1.0, INCONCLUSIVE)):
        values = {"a": noise(centre, scale=0.3, seed=3), "b": [0.0] * 10}
        assert judged(evidence_of("superposition", values), Region(-1.0, 1.0), direction=BETWEEN).verdict == verdict


def test_an_interval_that_touches_the_margin_is_inconclusive():
    touching = Interval(1.0, 1.0, 1.0, 0.0, 10)
    assert verdicts.verdict_of(touching, Region(1.0, math.inf)) == INCONCLUSIVE
    assert verdicts.verdict_of(touching, Region(-math.inf, 1.0)) == INCONCLUSIVE


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((1.1, 1.9), REPLICATED),
        ((0.9, 1.9), INCONCLUSIVE),  # an interval across either end decides nothing, though its mean is inside
        ((1.1, 2.1), INCONCLUSIVE),
        ((0.1, 0.9), CONTRADICTED),
        ((2.1, 2.9), CONTRADICTED),
        ((0.5, 1.4), INCONCLUSIVE),  # ... or outside
    ],
)
def test_a_verdict_asks_for_the_whole_interval_on_one_side_of_each_end(ends, verdict):
    assert verdicts.verdict_of(Interval(sum(ends) / 2, *ends, 1.0, 10), Region(1.0, 2.0)) == verdict


def test_one_contradiction_outweighs_a_missing_comparison_which_outweighs_an_inconclusive_one():
    assert verdicts.combine([REPLICATED, NOT_TESTABLE, CONTRADICTED, INCONCLUSIVE]) == CONTRADICTED
    assert verdicts.combine([REPLICATED, INCONCLUSIVE, NOT_TESTABLE]) == NOT_TESTABLE
    assert verdicts.combine([REPLICATED, INCONCLUSIVE]) == INCONCLUSIVE
    assert (verdicts.combine([REPLICATED] * 2), verdicts.combine([])) == (REPLICATED, NOT_TESTABLE)


def test_noise_at_the_margin_is_decided_at_the_nominal_rate():
    n = 1500
    found = [
        statistics.mean_interval(values, RESAMPLING, n_comparisons=1, bounds=UNBOUNDED) for values in normal(n, 10)
    ]
    wrong = sum(verdicts.verdict_of(interval, Region(0.0, math.inf)) != INCONCLUSIVE for interval in found)
    # 5 % of the intervals miss the truth, give or take three binomial errors of 0.0056 and one point for the error of
    # bootstrap quantiles; of plain percentile intervals with ten values it is 10 %.
    assert wrong / n == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / n) + 0.01)


def test_several_comparisons_on_noise_are_decided_at_the_nominal_rate_together():
    n, k = 400, 4
    wrong = 0
    for values in normal(n, k, 10):
        found = [statistics.mean_interval(one, RESAMPLING, n_comparisons=k, bounds=UNBOUNDED) for one in values]
        wrong += any(verdicts.verdict_of(interval, Region(0.0, math.inf)) != INCONCLUSIVE for interval in found)
    # At most 5 % by Bonferroni, give or take three binomial errors of 0.011 and a point; uncorrected 1 - 0.95^4 = 19 %.
    assert wrong / n < 0.05 + 3 * math.sqrt(0.05 * 0.95 / n) + 0.01


def test_p_values_are_corrected_within_the_statement():
    values = {"b": [0.0] * 10} | {f"a{i}": noise(5, seed=i) for i in range(3)}
    found = judged(evidence_of("superposition", values), activations=("a0", "a1", "a2"))
    # Ten values on one side of the margin: of all 2^10 flips of signs only two are as extreme; Holm takes the smallest
    # of three p-values times three.
    alone = judged(evidence_of("superposition", values), activations=("a0",))
    assert alone.deciding.p == pytest.approx(2 / 2**10)
    assert min(comparison.p for comparison in found.comparisons) == pytest.approx(3 * 2 / 2**10)


def test_the_effect_size_is_the_distance_from_the_margin_in_standard_deviations():
    values = {"a": [2.0, 4.0] * 5, "b": [0.0] * 10}
    # Mean 3, standard deviation sqrt(10/9), margin 1.
    found = judged(evidence_of("superposition", values))
    assert found.deciding.effect_size == pytest.approx(2 / math.sqrt(10 / 9))


def test_intervals_of_several_comparisons_are_as_wide_as_their_number_asks_for():
    values = {"a": noise(3), "c": noise(3), "d": noise(3), "b": [0.0] * 10}
    evidence = evidence_of("superposition", values)
    (one,) = judged(evidence).comparisons
    three = judged(evidence, activations=("a", "c", "d")).comparisons
    # Student's quantiles with 9 degrees of freedom: 2.26216 at 0.025, and 2.93332 at 0.025 / 3.
    assert len(three) == 3
    for comparison in three:
        found, alone = comparison.interval, one.interval
        assert (found.high - found.estimate) / (alone.high - alone.estimate) == pytest.approx(
            2.93332 / 2.26216, rel=1e-5
        )


def test_the_protocol_of_the_post_reads_chains_that_drift_and_others_do_not():
    keys = {"activation": "relu", "seed": [1, 2, 3]}
    status = ["ok", "drifting", "escaped"]
    runs = pd.DataFrame({"training": "notebook", **keys, "status": "ok", "loss": 0.1, "logged_loss": 0.1})
    for sampler in ("notebook", "calibrated"):
        runs[f"llc_{sampler}"], runs[f"status_{sampler}"] = [1.0, 2.0, 3.0], status
    seen = pd.DataFrame({"training": "notebook", **keys, "variant": BASE, "order": "after"})
    columns = ("n_features", "sticky", "onset", "half_formed", "drop_half", "loss_range")
    rates = [f"llc_rise_{kind}_{sampler}" for kind in ("rate", "expected") for sampler in ("notebook", "calibrated")]
    for name in (*columns, "loss_drop_rate", "loss_drop_expected", *rates):
        seen[name] = 1.0
    llc = pd.DataFrame({"training": "notebook", **keys, "step": 0, "llc": [1.0, 10.0, 100.0], "status": status})
    found = all_evidence(
        runs,
        seen,
        pd.DataFrame({"training": "notebook", **keys, "step": 0, "loss": 0.1}),
        {"notebook": llc, "calibrated": llc},
        protocols={"post": {"training": "notebook", "sampler": "notebook"}} | protocols("notebook"),
        n_hidden={"notebook": 2},
        printed={"relu": {"label": "ReLU", "family": "rectified"}},
        settings={"threshold": {"value": 1.5}, "min_activations": 1},
    )
    for sampler, read in {"notebook": [1.0, 2.0, np.nan], "calibrated": [1.0, np.nan, np.nan]}.items():
        evidence = found["notebook", sampler][BASE]
        np.testing.assert_array_equal(evidence.values.llc, read)
        np.testing.assert_array_equal(np.isfinite(evidence.curves.log_llc), np.isfinite(read))


# ------------------------------------------------------------------------------------------------------ missing data --


def test_an_activation_that_is_not_in_the_study_makes_a_statement_not_testable():
    found = judged(evidence_of("superposition", {"a": noise(3)}))
    assert (found.verdict, found.reason, found.deciding) == (NOT_TESTABLE, "not in the study: b", None)


def test_too_few_readable_seeds_make_a_statement_not_testable_with_the_reason():
    values = {"a": [1.0, 2.0] + [np.nan] * 8, "b": [0.0] * 10}
    found = judged(evidence_of("superposition", values))
    assert found.verdict == NOT_TESTABLE
    assert "2 of 10 seeds can be read, 3 are needed" in found.reason
    assert (found.n_used, found.n_excluded) == (12, 8)


def test_a_run_that_cannot_be_read_is_left_out_and_counted():
    values = {"a": [*noise(3)[:9], np.nan], "b": [0.0] * 10}
    found = judged(evidence_of("superposition", values))
    assert (found.verdict, found.deciding.n_seeds, found.n_used, found.n_excluded) == (REPLICATED, 9, 19, 1)


# --------------------------------------------------------------------------------------------------------- contrasts --


def test_shares_of_pairs_count_ties_half():
    values = {"a": [2.0] * 10, "b": [1.0] * 10, "c": [2.0] * 10, "d": [3.0] * 10, "identity": [0.0] * 10}
    evidence = evidence_of("superposition", values)
    shares = contrasts.exceedance(evidence, record(against=EVERY))
    # Above b, equal to c, below d: (1 + 1/2 + 0) / 3; the control does not count.
    assert shares["a"].tolist() == [0.5] * 10
    group = contrasts.group_exceedance(evidence, record(activations=("a", "d"), against=("b", "c", "identity")))
    assert group["superposition"].iloc[0] == pytest.approx(((1 + 0.5 + 1) / 3 + 1) / 2)


def test_too_few_others_give_no_share():
    evidence = evidence_of("superposition", {"a": noise(0), "b": noise(0), "c": noise(0)})
    assert contrasts.exceedance(evidence, record(against=EVERY))["a"].isna().all()


def test_the_loss_gain_is_the_slope_times_the_range():
    # log loss = -0.2 superposition, which goes from 0 to 3: 0.6 decades.
    values = {name: [float(i)] * 10 for i, name in enumerate("abcd")}
    losses = {name: [-0.2 * i] * 10 for i, name in enumerate("abcd")}
    gain = contrasts.loss_gain(evidence_of("superposition", values, log_loss=losses), record(activations=EVERY))
    assert gain.iloc[:, 0].to_numpy() == pytest.approx(0.6)


def test_the_correlation_is_spearmans_over_activations_within_a_seed():
    values = {name: [float(i)] * 10 for i, name in enumerate("abcd")}
    onsets = {name: [float(np.exp(-i))] * 10 for i, name in enumerate("abcd")}
    claim = record(activations=EVERY, quantities=("superposition", "log_onset"))
    evidence = evidence_of("superposition", values, log_onset=onsets)
    assert contrasts.correlation(evidence, claim)["log_onset"].to_numpy() == pytest.approx(-1)


def test_the_spread_is_the_typical_distance_from_the_median_curve():
    # Curves at 0, 0.1, 0.3 and 0.7: median 0.2, distances 0.2, 0.1, 0.1, 0.5, of which the median is 0.15.
    rows = [
        (name, seed, step, level)
        for name, level in zip("abcd", (0, 0.1, 0.3, 0.7), strict=True)
        for seed in SEEDS
        for step in (1, 2)
    ]
    curves = pd.DataFrame(rows, columns=["activation", "seed", "step", "log_loss"])
    evidence = replace(evidence_of("superposition", {name: [0.0] * 10 for name in "abcd"}), curves=curves)
    found = contrasts.spread(evidence, record(activations=EVERY, quantities=("log_loss",)))
    assert found["log_loss"].to_numpy() == pytest.approx(0.15)


def test_matched_activations_are_compared_in_pairs():
    values = {"a": [1.0] * 10, "b": [0.5] * 10, "c": [2.0] * 10, "d": [5.0] * 10}
    claim = record(activations=("a", "c"), against=("b", "d"))
    found = contrasts.matched_difference(evidence_of("superposition", values), claim)
    assert found.iloc[0].to_dict() == {"a − b": 0.5, "c − d": -3.0}


# ------------------------------------------------------------------------------------------- tables, words, variants --

TERMS = Terms(
    margins={"more": {"value": 1.0, "others": [0.0, 5.0]}},
    threshold={"value": 1.5, "others": [0.5]},
    min_seeds=3,
    resampling=RESAMPLING,
    labels={"a": "Alpha", "b": "Beta"},
)


def tables_for(*claims: Statement, words=None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    base = evidence_of("superposition", {"a": noise(3, scale=0.5), "b": [0.0] * 10})
    recovered = evidence_of("superposition", {"a": noise(-3, scale=0.5), "b": [0.0] * 10})
    views = {BASE: base, RECOVERED: recovered, "slope=0.2": recovered}
    protocols = {("notebook", "notebook"): views, ("zero_bias", "notebook"): {BASE: recovered}}
    return judge_all(claims, protocols, TERMS, words=words or {})


def test_the_sentence_contains_the_numbers_the_region_and_the_verdict():
    claims, _, _ = tables_for(record())
    row = claims.iloc[0]
    for value in (row.estimate, row.low, row.high, row.margin_low):
        assert f"{value:.3g}" in row.sentence
    runs = "10 seeds; 20 runs with all values, 0 without"
    for text in ("features", "95% interval", runs, "above 1", row.verdict):
        assert text in row.sentence


def test_the_sentence_of_several_comparisons_names_the_deciding_one_as_printed():
    claims, _, _ = tables_for(record(activations=("a", "b"), against=("b", "a"), contrast=contrasts.matched_difference))
    assert "(Beta − Alpha, the least favourable of 2)" in claims.iloc[0].sentence


def test_the_interval_of_a_share_ends_at_the_largest_share():
    values = np.array([1.0] * 9 + [0.5])
    found = statistics.mean_interval(values, RESAMPLING, n_comparisons=1, bounds=SHARE)
    assert found.high == 1.0 and found.low < 0.95
    assert statistics.mean_interval(values, RESAMPLING, n_comparisons=1, bounds=UNBOUNDED).high > 1.0


def test_a_statement_that_cannot_be_tested_says_why_in_its_sentence():
    claims, _, _ = tables_for(record(activations=("zeta",)))
    assert claims.iloc[0].sentence.endswith("not testable (not in the study: zeta).")


def test_a_new_record_appears_in_the_tables_under_every_protocol():
    claims, comparisons, variants = tables_for(record(), record(id="T2", direction=BELOW))
    assert claims.groupby("id").size().to_dict() == {"T1": 2, "T2": 2}
    assert set(comparisons.id) == set(variants.id) == {"T1", "T2"}


def test_variants_change_one_thing_each_and_are_counted():
    claims, _, variants = tables_for(record())
    found = variants[variants.training == "notebook"].set_index("variant").verdict.to_dict()
    assert found == {
        BASE: REPLICATED,
        RECOVERED: CONTRADICTED,  # no slope of loss drops: it does not matter to a count of features
        "margin_1": REPLICATED,
        "margin_2": CONTRADICTED,
        "first_half_of_seeds": REPLICATED,
        "second_half_of_seeds": REPLICATED,
    }
    row = claims[claims.training == "notebook"].iloc[0]
    assert (row.n_variants, row.n_agree) == (5, 3)


def test_a_single_seed_has_no_halves_and_too_few_values_for_a_verdict():
    evidence = evidence_of("superposition", {"a": noise(3), "b": [0.0] * 10}).of([1])
    views = {("notebook", "notebook"): {BASE: evidence}}
    claims, _, variants = judge_all([record()], views, TERMS, words={})
    assert claims.verdict.tolist() == [NOT_TESTABLE]
    assert variants.variant.tolist() == [BASE, "margin_1", "margin_2"]


def test_findings_of_prior_work_agree_or_disagree():
    claims, _, _ = tables_for(record(), words=AGREEMENT)
    assert claims.verdict.tolist() == ["agree", "disagree"]


def test_a_margin_that_is_missing_or_of_the_wrong_form_is_an_error_that_says_where():
    with pytest.raises(StudyError, match=r"claims\.margins"):
        TERMS.regions(record(margin="moer"))
    with pytest.raises(StudyError, match=r"claims\.margins\.more"):
        TERMS.regions(record(direction=BETWEEN))


# ----------------------------------------------------------------------------------------------------------- factors --

PRESETS = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


def test_a_step_between_presets_is_named_by_the_values_that_differ():
    notebook = PRESETS["sampler_presets"]["notebook"]
    assert factor({"bias_std": 10.0, "lr": 0.1}, {"bias_std": 0.0, "lr": 0.1}, kind="training") == "initial bias"
    assert factor(notebook, {**notebook, "tied_noise": "once"}, kind="sampler") == "tied noise"
    assert factor(notebook, {**notebook, "nbeta": 1e4, "localization": 100.0}, kind="sampler") == "nβ and γ"
    assert factor(notebook, PRESETS["sampler_presets"]["calibrated"], kind="sampler") == "sampler (several values)"


def test_the_factor_that_changes_a_verdict_is_found():
    presets = {
        "training": {"notebook": {"bias_std": 10.0}, "zero_bias": {"bias_std": 0.0}},
        "sampler": {"notebook": {"tied_noise": "twice"}, "calibrated": {"tied_noise": "once"}},
    }
    four = four_protocols()
    by_bias = [(*pair, pair[0] == "zero_bias") for pair in pairs_of(four).values()]
    claims = pd.DataFrame(
        [("X", first, second, REPLICATED if yes else CONTRADICTED, 1.0) for first, second, yes in by_bias],
        columns=["id", "training", "sampler", "verdict", "estimate"],
    )
    changes = changes_table(claims, four, presets)
    assert len(changes) == 4
    assert changes[changes.changed].factor.tolist() == ["initial bias", "initial bias"]
    assert factors_table(claims, four, presets).changed_by.tolist() == ["initial bias"]
    both = claims.assign(verdict=[CONTRADICTED, CONTRADICTED, CONTRADICTED, REPLICATED])
    assert factors_table(both, four, presets).changed_by.tolist() == ["only together"]
    assert factors_table(claims, {"post": four["post"]}, presets).empty
    # Without the protocol that changes the training alone, no one knows whether it would do.
    two = {"post": four["post"], "controlled": four["controlled"]}
    (row,) = factors_table(both.iloc[[0, 3]], two, presets).to_dict("records")
    assert (row["training_alone"], row["sampler_alone"], row["changed_by"]) == (None, None, None)
    assert changes_table(both.iloc[[0, 3]], two, presets).empty


# ---------------------------------------------------------------------------------------------------------- evidence --


def test_evidence_reads_only_what_may_be_read():
    keys = {"training": "notebook", "activation": ["relu", "gelu"], "seed": 1}
    runs = pd.DataFrame(
        {
            **keys,
            "status": ["ok", "diverged"],
            "loss": [0.01, np.nan],
            "logged_loss": [1e-4, 7.0],
            "llc_calibrated": [4.0, 5.0],
            "status_calibrated": ["ok", "escaped"],
        }
    )
    columns = ("n_features", "sticky", "onset", "half_formed", "drop_half", "loss_range", "loss_drop_rate")
    seen = pd.DataFrame({**keys, **{name: [9.0, np.nan] for name in columns}, "order": ["after", None]})
    for name in ("loss_drop_expected", "llc_rise_rate_calibrated", "llc_rise_expected_calibrated"):
        seen[name] = 0.0
    found = gather(
        runs,
        seen,
        pd.DataFrame(),
        sampler="calibrated",
        n_hidden=2,
        threshold=1.5,
        controls=(),
        min_activations=3,
    ).values
    assert found.loc[("relu", 1), ["superposition", "log_loss", "log_onset", "llc", "after_drop"]].tolist() == [
        *(7.0, -2.0, 1.0, 4.0, 1.0)
    ]
    assert found.loc[("gelu", 1), ["superposition", "log_loss", "log_logged_loss", "llc", "after_drop"]].isna().all()


def test_curves_hold_no_llc_that_may_not_be_read():
    keys = {"training": "notebook", "activation": "relu", "seed": 1, "step": [1, 10]}
    llc = pd.DataFrame({**keys, "llc": [10.0, 10.0], "status": ["not_a_minimum", "ok"]})
    curves = checkpoint_curves(pd.DataFrame({**keys, "loss": [0.1, 0.01]}), {"calibrated": llc})
    found = curves["notebook", "calibrated"]
    assert found.log_loss.tolist() == [-1, -2]
    assert np.isnan(found.log_llc.iloc[0]) and found.log_llc.iloc[1] == 1


def test_evidence_is_the_excess_over_chance_what_is_beyond_a_threshold_and_what_follows_half_of_a_drop():
    keys = {"training": "notebook", "activation": "relu", "seed": [1, 2]}
    values = {"status": "ok", "loss": 0.1, "logged_loss": 0.1, "llc_calibrated": 1.0, "status_calibrated": "ok"}
    seen = pd.DataFrame({**keys, "n_features": [3.0, 4.0], "onset": [10.0, 30.0], "drop_half": 20.0, "order": "after"})
    rates = {"loss_drop_rate": 0.75, "loss_drop_expected": 0.25}
    rates |= {"llc_rise_rate_calibrated": 0.5, "llc_rise_expected_calibrated": 0.125}
    found = gather(
        pd.DataFrame({**keys, **values}),
        seen.assign(**rates, sticky=0.0, half_formed=1.0, loss_range=1.0),
        pd.DataFrame(),
        sampler="calibrated",
        n_hidden=2,
        threshold=1.5,
        controls=(),
        min_activations=1,
    ).values
    assert found.drop_excess.tolist() == [0.5, 0.5] and found.llc_excess.tolist() == [0.375, 0.375]
    # One and two features beyond the two dimensions, of which only two are beyond 1.5.
    np.testing.assert_array_equal(found.superposition_beyond, [np.nan, 2.0])
    assert found.after_half_drop.tolist() == [0.0, 1.0]


def test_controls_and_what_is_excluded_are_no_subjects_of_statements_on_activations_in_general():
    evidence = evidence_of("superposition", {name: [0.0] * 10 for name in ("a", "b", "identity")})
    assert evidence.subjects(record(activations=EVERY, excluding=("b",))) == ["a"]
    assert evidence.comparators(record(activations=("a",), against=EVERY)) == ["b"]
