"""What every record of a statement must have, contrasts on planted values, tables of verdicts, and their evidence."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, protocols
from scipy import stats

from superposition import statistics
from superposition.claims import contrasts, verdicts
from superposition.claims.contrasts import Part, Weights
from superposition.claims.evidence import Evidence, views_of
from superposition.claims.evidence_table import evidence_table
from superposition.claims.judge import _judge_all, with_changes, with_holdout
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import (
    ABOVE,
    BELOW,
    EVERY,
    INCONCLUSIVE,
    NOT_TESTABLE,
    REPLICATED,
    REVERSED,
    SHARE,
    SMALLER,
    UNBOUNDED,
    ClaimSettings,
    Statement,
)
from superposition.claims.verdicts import Terms
from superposition.measures.phases import BASE, COUNT_REPRESENTED
from superposition.provenance import registry
from superposition.statistics import Resampling

SECTION_7 = (
    *("G1a", "G1b", "G2a", "G2b", "G3a", "G3b", "G4", "S1a", "S1b", "S2a", "S2b", "S3a", "S3b", "S4", "S5", "S6"),
    *("S7", "S8", "S9", "S10", "S11", "D1", "C1", "C2"),
)
"""Ids of the statements that the post was cut into; one with a bare number may be split into halves."""

RESAMPLING = Resampling(confidence=0.95, resamples=2000, seed=0)
SEEDS = range(1, 11)
QUANTITIES = sorted({name for record in (*OF_POST, *PRIOR_WORK) for name in record.quantities})


def evidence_of(quantity: str, values: dict[str, list[float]], **others: dict[str, list[float]]) -> Evidence:
    """Evidence with one value per activation and seed; quantities that are not given are 0."""
    given = {quantity: values, **others}
    zero = np.zeros((len(SEEDS), len(values)))
    return Evidence(
        values={name: np.array([*given[name].values()]).T if name in given else zero for name in QUANTITIES},
        censored=dict.fromkeys(QUANTITIES, zero > 0),
        seeds=tuple(SEEDS),
        activations=tuple(values),
        families={name: "control" if name == "identity" else f"family of {name}" for name in values},
        same={},
        min_activations=3,
    )


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


def measured_in(contrast, evidence: Evidence, **changes) -> dict[Part, np.ndarray]:
    """What a contrast measures with all activations in, one value per seed."""
    claim = record(**changes)
    ones = (np.ones((1, len(group))) for group in (evidence.subjects(claim), evidence.comparators(claim)))
    return {part: values[0] for part, values in contrast(evidence, claim, Weights(*ones)).items()}


def noise(centre: float, *, scale: float = 1.0, seed: int = 0) -> list[float]:
    return list(np.random.default_rng(seed).normal(centre, scale, size=len(SEEDS)))


# -------------------------------------------------------------------------------------------- what records must have --


@pytest.mark.parametrize("name", SECTION_7)
def test_every_statement_of_the_post_has_a_record(name):
    ids = {claim.id for claim in OF_POST}
    assert name in ids or {f"{name}a", f"{name}b"} <= ids


def test_no_record_has_an_id_that_no_statement_has():
    assert {claim.id for claim in OF_POST} <= {
        *SECTION_7,
        *(f"{name}{half}" for name in SECTION_7 for half in "ab"),
    }


@pytest.mark.parametrize("claim", [*OF_POST, *PRIOR_WORK], ids=lambda claim: claim.id)
def test_every_record_names_known_activations_and_a_margin_of_the_right_form(claim, config):
    assert set(claim.named) | set(claim.excluding) <= registry.rows().keys()
    margin = config["claims"]["margins"][claim.margin]
    for value in (margin["value"], *margin["others"]):
        assert claim.region(value).low < claim.region(value).high


def test_every_margin_of_the_configuration_is_used(config):
    assert set(config["claims"]["margins"]) == {claim.margin for claim in (*OF_POST, *PRIOR_WORK)}


def test_the_deciding_margins_have_a_reason_beside_them():
    lines = (ROOT / "config" / "config.yaml").read_text().split("  margins:\n")[1].split("# ----")[0].splitlines()
    entries = [line for line in lines if "value:" in line]
    unexplained = [line.strip() for line in entries if "#" not in line]
    # `less` is `more` from the other side, and the name of the order of magnitude is its reason.
    assert [line.split(":")[0] for line in unexplained] == ["less", "one_order_of_magnitude"]


# --------------------------------------------------------------------------------------------------------- contrasts --


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


# ------------------------------------------------------------------------------------ activations, families, classes --


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


# ------------------------------------------------------------------------------------------- tables, words, variants --

TERMS = Terms(
    margins={"more": {"value": 1.0, "others": [0.0, 5.0], "date": "2026-01-01"}},
    threshold={"value": 1.5, "others": []},
    min_seeds=3,
    min_activations=5,
    resampling=RESAMPLING,
    labels={"a": "Alpha", "b": "Beta"},
)


def tables_for(*claims: Statement, classes=None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    base = evidence_of("superposition", {"a": noise(3, scale=0.5), "b": [0.0] * 10})
    represented = evidence_of("superposition", {"a": noise(-3, scale=0.5), "b": [0.0] * 10})
    counted, sloped = (replace(represented, changed=frozenset({name})) for name in ("superposition", "drop_excess"))
    views = {BASE: base, COUNT_REPRESENTED: counted, "slope=0.2": sloped}
    protocols = {("notebook", "notebook"): views, ("zero_bias", "notebook"): {BASE: represented}}
    return _judge_all(claims, protocols, TERMS, classes or {})


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
    interval = statistics.mean_interval(values, RESAMPLING, n_comparisons=1, bounds=SHARE)
    assert interval.high == 1.0 and interval.low < 0.95
    assert statistics.mean_interval(values, RESAMPLING, n_comparisons=1, bounds=UNBOUNDED).high > 1.0


def test_a_statement_that_cannot_be_tested_says_why_in_its_sentence():
    claims, parts, _ = tables_for(record(activations=("zeta",)))
    assert claims.iloc[0].sentence.endswith("not testable (not in the study: zeta).")
    assert (claims.verdict == NOT_TESTABLE).all() and claims.estimate.isna().all() and parts.empty


def test_a_new_record_appears_in_the_tables_under_every_protocol():
    claims, comparisons, variants = tables_for(record(), record(id="T2", direction=BELOW))
    assert claims.groupby("id").size().to_dict() == {"T1": 2, "T2": 2}
    assert set(comparisons.id) == set(variants.id) == {"T1", "T2"}


def test_variants_change_one_thing_each_and_are_counted():
    claims, _, variants = tables_for(record())
    of_variants = variants[variants.training == "notebook"].set_index("variant").verdict.to_dict()
    assert of_variants == {
        BASE: REPLICATED,
        COUNT_REPRESENTED: REVERSED,  # no slope of loss drops: it does not matter to a count of features
        "margin_1": REPLICATED,
        "margin_2": SMALLER,
        "first_half_of_seeds": REPLICATED,
        "second_half_of_seeds": REPLICATED,
    }
    row = claims[claims.training == "notebook"].iloc[0]
    assert (row.n_variants, row.n_agree) == (5, 3)


def test_every_variant_is_measured_on_its_own_evidence(monkeypatch):
    # Evidence that a variant makes is gone before the next but one is made, which may take its place in memory.
    calls = []
    monkeypatch.setattr(verdicts, "measure", lambda *_, **__: calls.append(1) or [])
    views = {BASE: evidence_of("superposition", {name: noise(3) for name in "abcd"})}
    general = record(activations=EVERY, against=(), over_activations=True, contrast=contrasts.group_mean)
    classes = {f"class_{i}": "abcd"[i % 4] for i in range(20)}
    _judge_all([general], {("t", "s"): views}, TERMS, {"t": classes})
    assert len(calls) == 1 + len(classes) + 2  # base, without each class, either half of the seeds


def test_a_single_seed_has_no_halves_and_too_few_values_for_a_verdict():
    evidence = evidence_of("superposition", {"a": noise(3), "b": [0.0] * 10}).of_seeds(slice(1))
    views = {("notebook", "notebook"): {BASE: evidence}}
    claims, _, variants = _judge_all([record()], views, TERMS, {})
    assert claims.verdict.tolist() == [NOT_TESTABLE]
    assert variants.variant.tolist() == [BASE, "margin_1", "margin_2"]


def test_a_class_of_activations_is_left_out_in_a_variant_of_statements_about_activations_in_general():
    general = record(activations=EVERY, against=(), over_activations=True, contrast=contrasts.group_mean)
    _, _, variants = tables_for(record(id="T2"), general, classes={"notebook": {"frozen": ["a"], "cannot": ["zeta"]}})
    of_variants = variants[variants.training == "notebook"].groupby("id").variant.agg(set)
    assert "without_frozen" in of_variants["T1"] and "without_cannot" not in of_variants["T1"]
    assert "without_frozen" not in of_variants["T2"]


def test_a_comparison_of_counts_between_two_linear_activations_says_that_they_are_arbitrary():
    of_pair = record(activations=("a",), against=("b",), contrast=contrasts.difference)
    both, one = {"notebook": {"linear": ["a", "b"]}}, {"notebook": {"linear": ["a"]}}
    reasons = [tables_for(of_pair, classes=classes)[0].set_index("training").reason for classes in (both, one)]
    assert "arbitrary" in reasons[0]["notebook"]
    assert not any("arbitrary" in reason for reason in (reasons[0]["zero_bias"], *reasons[1]))


def test_parts_keep_quantity_subject_and_other_apart_and_are_named_as_printed():
    claims, parts, _ = tables_for(
        record(activations=("a", "b"), against=("b", "a"), contrast=contrasts.matched_difference)
    )
    rows = parts[parts.training == "notebook"]
    assert rows[["quantity", "subject", "other"]].to_numpy().tolist() == [
        ["superposition", "a", "b"],
        ["superposition", "b", "a"],
    ]
    assert claims.parts.iloc[0] == f"Alpha − Beta: {REPLICATED}; Beta − Alpha: {REVERSED}"
    assert claims.resampled.iloc[0] == "seeds"


def test_a_measure_that_was_changed_after_results_were_seen_says_so():
    claims, _, _ = tables_for(record(revised="by hand"))
    assert (claims.revised[0], claims.margin_date[0]) == ("by hand", "2026-01-01")
    revised = {claim.id: claim.revised for claim in OF_POST}
    assert revised["S8"] == "recovered instead of represented features are counted"
    assert revised["G2a"] == "half a decade of tolerance, as the range is read off a plot"
    assert revised["G4b"] == ""


# ----------------------------------------------------------------------------------------------- hold-out and ladder --

FOUR = pd.DataFrame({"id": list("ABCD"), "training": "t", "sampler": "s", "verdict": [REPLICATED] * 2 + [REVERSED] * 2})


def test_verdicts_stand_beside_those_on_fresh_seeds_and_the_chance_of_the_same():
    fresh = FOUR.assign(verdict=[REPLICATED, REVERSED, REVERSED, INCONCLUSIVE])
    beside = with_holdout(FOUR, fresh)
    assert beside.holdout_verdict.tolist() == fresh.verdict.tolist()
    # Of four fresh verdicts one is replicated and two are reversed.
    assert beside.holdout_chance.tolist() == [0.25, 0.25, 0.5, 0.5]


def test_before_the_hold_out_has_run_its_columns_are_empty():
    assert with_holdout(FOUR, None)[["holdout_verdict", "holdout_chance"]].isna().all(axis=None)


def test_a_verdict_names_the_steps_of_the_ladder_at_which_it_changes():
    words = {"post": REPLICATED, "zero": REPLICATED, "random": REVERSED, "controlled": INCONCLUSIVE}
    rows = [("A", training, "s", word) for training, word in words.items()]
    rows += [("A", "post", "other", INCONCLUSIVE)]  # under the other sampler nothing changes from post to controlled
    claims = pd.DataFrame([*rows, ("A", "controlled", "other", INCONCLUSIVE)], columns=FOUR.columns)
    changed_at = with_changes(claims, list(words)).set_index(["sampler", "training"]).changed_at
    assert pd.isna(changed_at["s", "post"])
    assert changed_at["s", "zero"] == ""
    assert (changed_at["s", "random"], changed_at["s", "controlled"]) == ("random", "random, controlled")


# ---------------------------------------------------------------------------------------------------------- evidence --

SETTINGS = ClaimSettings(margins={}, threshold={"value": 1.5, "others": [0.5]}, min_seeds=1, min_activations=1)


def tables_of_runs(n: int, **changes) -> dict[str, pd.DataFrame]:
    """Tables of n runs of ReLU that all end alike, but for the changes."""
    keys = {"training": "notebook", "activation": "relu", "seed": list(range(1, n + 1))}
    runs = {"status": "ok", "step": 999, "loss": 0.1, "logged_loss": 0.1, "effective_features": 5.5}
    runs |= {f"{name}_{sampler}": value for sampler in SAMPLERS for name, value in (("llc", 1.0), ("status", "ok"))}
    seen = {"variant": BASE, "order": "after", "n_features": 9.0, "sticky": 0.0, "onset": 99.0, "half_formed": 99.0}
    seen |= {"drop_half": 9.0, "drop_over": 1.0, "loss_range": 1.0, "loss_drop_rate": 0.0, "loss_drop_expected": 0.0}
    seen |= {f"llc_rise_{kind}_{sampler}": 0.0 for kind in ("rate", "expected") for sampler in SAMPLERS}
    llc = {"step": 0, "llc": 1.0, "status": "ok"}
    given = {"runs": runs, "seen": seen, "llc": llc, "loss": {"step": 0, "loss": 0.1}}
    return {
        table: pd.DataFrame({**keys, **columns, **{name: changes[name] for name in changes if name in columns}})
        for table, columns in given.items()
    }


SAMPLERS = ("notebook", "sgld")


def evidence_from(tables: dict[str, pd.DataFrame], sampler: str = "sgld", settings=SETTINGS) -> pd.DataFrame:
    table = evidence_table(
        tables["runs"],
        tables["seen"],
        tables["loss"],
        dict.fromkeys(SAMPLERS, tables["llc"]),
        protocols={"post": {"training": "notebook", "sampler": "notebook"}} | protocols("notebook"),
        n_hidden={"notebook": 2},
        settings=settings,
    )
    return pd.DataFrame(table[table.sampler == sampler])


def values_of(evidence: pd.DataFrame, quantity: str, variant: str = BASE) -> list[float]:
    return evidence[(evidence.quantity == quantity) & (evidence.variant == variant)].value.tolist()


def test_evidence_reads_only_what_may_be_read():
    tables = tables_of_runs(2, llc_sgld=[4.0, 5.0], status_sgld=["ok", "escaped"])
    tables["runs"].loc[1, ["status", "loss"]] = ["diverged", np.nan]
    tables["seen"].loc[1, ["n_features", "onset", "drop_over"]] = np.nan
    evidence = evidence_from(tables)
    expected = {"superposition": 7.0, "log_loss": -1.0, "log_onset": 2.0, "llc": 4.0, "drop_over": 1.0}
    for name, value in expected.items():
        assert values_of(evidence, name)[0] == pytest.approx(value)
        assert np.isnan(values_of(evidence, name)[1]), name
    assert not evidence.censored.any()  # a run that diverged is no run without onset


def test_a_run_without_onset_is_later_than_its_last_step_and_after_every_drop():
    tables = tables_of_runs(2, onset=[99.0, np.nan], half_formed=[99.0, np.nan], order=["before", None])
    evidence = evidence_from(tables)
    # The last recorded step is 999: log10(1000).
    assert values_of(evidence, "log_onset") == values_of(evidence, "log_onset", "half_formed") == [2.0, 3.0]
    assert values_of(evidence, "drop_over", "after_drop") == [0.0, 1.0]
    assert evidence[evidence.quantity == "log_onset"].censored.tolist() == [False, True] * 2
    assert not evidence[evidence.quantity != "log_onset"].censored.any()


def test_the_protocol_of_the_post_reads_chains_that_drift_and_others_do_not():
    status = ["ok", "drifting", "escaped"]
    values = [1.0, 2.0, 3.0]
    tables = tables_of_runs(
        3, **{f"status_{name}": status for name in SAMPLERS}, **{f"llc_{n}": values for n in SAMPLERS}
    )
    for sampler, read in {"notebook": [1.0, 2.0, np.nan], "sgld": [1.0, np.nan, np.nan]}.items():
        np.testing.assert_array_equal(values_of(evidence_from(tables, sampler), "llc"), read)


def test_evidence_is_the_excess_over_chance_and_what_is_beyond_a_threshold():
    tables = tables_of_runs(2, n_features=[3.0, 4.0], loss_drop_rate=0.75, loss_drop_expected=0.25)
    evidence = evidence_from(tables)
    assert values_of(evidence, "drop_excess") == [0.5, 0.5]
    # One and two features beyond the two dimensions, of which only two are beyond 1.5, and both beyond 0.5.
    np.testing.assert_array_equal(values_of(evidence, "superposition_beyond"), [np.nan, 2.0])
    assert values_of(evidence, "superposition_beyond", "threshold=0.5") == [1.0, 2.0]
    assert values_of(evidence, "superposition", "effective_features") == [3.5, 3.5]


@pytest.mark.parametrize(("threshold", "features"), [(1.5, 3.5), (0.5, 2.5)])
def test_superposition_is_beyond_a_threshold_on_one_side_of_it_alone(threshold, features):
    # Two dimensions, so features less 2.
    evidence = evidence_from(tables_of_runs(3, n_features=[features - 0.02, features, features + 0.02]))
    variant = BASE if threshold == 1.5 else "threshold=0.5"
    np.testing.assert_allclose(values_of(evidence, "superposition_beyond", variant), [np.nan, np.nan, threshold + 0.02])


@pytest.mark.parametrize(("min_activations", "distance"), [(2, 0.5), (3, np.nan)])
def test_the_median_curve_needs_as_many_activations_as_statements_do(min_activations, distance):
    tables = {
        name: pd.concat([table.assign(activation=one) for one in ("relu", "gelu")])
        for name, table in tables_of_runs(1).items()
    }
    tables["loss"]["loss"] = [0.1, 0.01]
    evidence = evidence_from(tables, settings=replace(SETTINGS, min_activations=min_activations))
    np.testing.assert_allclose(values_of(evidence, "loss_distance"), [distance] * 2)


def test_curves_are_compared_with_the_median_of_those_that_are_not_bounded_and_may_be_read():
    tables = tables_of_runs(1)
    names, logs = ["relu", "gelu", "celu", "tanh"], [-1.0, -2.0, -2.5, -4.0]
    tables = {name: pd.concat([table.assign(activation=one) for one in names]) for name, table in tables.items()}
    tables["loss"]["loss"] = 10.0 ** np.array(logs)
    tables["llc"] = tables["llc"].assign(llc=[1.0, 10.0, 1000.0, 1.0], status=["ok", "ok", "escaped", "ok"])
    evidence = evidence_from(tables)
    # Median of -1, -2, -2.5; of the readable LLCs 0 and 1 decades: 0.5.
    np.testing.assert_allclose(values_of(evidence, "loss_distance"), [1.0, 0.0, 0.5, 2.0])
    np.testing.assert_allclose(values_of(evidence, "llc_distance"), [0.5, 0.5, np.nan, 0.5])


def test_curves_of_the_llc_are_compared_for_runs_that_are_followed_over_training_alone():
    tables = tables_of_runs(2)
    at_end = {name: tables[name].assign(step=999) for name in ("loss", "llc")}
    tables["loss"] = pd.concat([tables["loss"], at_end["loss"]])
    tables["llc"] = pd.concat([tables["llc"][tables["llc"].seed == 1], at_end["llc"]])
    evidence = evidence_from(tables)
    for name in ("loss_distance", "llc_distance"):
        np.testing.assert_array_equal(values_of(evidence, name), [0.0, np.nan])
    assert values_of(evidence, "llc") == [1.0, 1.0]  # at the end, of both


def test_activations_are_the_same_under_the_training_presets_where_they_are():
    table = evidence_from(tables_of_runs(2))
    evidence = pd.concat([table.assign(training=training) for training in ("notebook", "controlled")])
    classes = pd.DataFrame(
        {"training": ["notebook", "controlled", "controlled"], "activation": ["relu", "relu", "relu6"]}
    )
    classes = classes.assign(**{"class": ["trained", "trained", "same"], "same_as": [None, None, "relu"]})
    printed = {"relu": {"family": "rectifiers"}, "relu6": {"family": "rectifiers"}}
    views = views_of(evidence, printed=printed, classes=classes, min_activations=1)
    same = {training: of_protocol[BASE].same for (training, _), of_protocol in views.items()}
    assert same == {"notebook": {}, "controlled": {"relu6": "relu"}}


def test_a_variant_replaces_the_quantities_that_it_has_and_keeps_the_others():
    evidence = evidence_from(tables_of_runs(2, onset=[99.0, np.nan]))
    shared = {"printed": {"relu": {"family": "rectifiers"}}, "classes": None, "min_activations": 1}
    [views] = views_of(evidence, **shared).values()
    assert views[BASE].changed == frozenset()
    assert views["effective_features"].changed == {"superposition", "superposition_beyond"}
    assert views["effective_features"].of("superposition", "relu").tolist() == [3.5, 3.5]
    assert views["effective_features"].of("log_onset", "relu").tolist() == [2.0, 3.0]
    claim = record(activations=("relu",), against=(), quantities=("log_onset",))
    assert views[BASE].runs_of(claim) == (2, 0, 1)


@pytest.mark.parametrize(("weights", "median"), [((1, 1, 1, 1), 3.5), ((1, 1, 1, 0), 2.0), ((0, 2, 1, 2), 5.0)])
def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(weights, median):
    # Of 1, 2, 5, 9: (2 + 5) / 2; of 1, 2, 5: 2; of 2, 2, 5, 9, 9: 5. The fifth activation has no value.
    values, drawn = np.array([[9.0, 1.0, np.nan, 5.0, 2.0]]), np.array([[weights[3], weights[0], 7, *weights[2:0:-1]]])
    assert contrasts._median(values, drawn.astype(float), 1).tolist() == [[median]]
