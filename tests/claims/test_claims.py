"""What every record of a statement must have, tables of verdicts and their words, the hold-out and the ladder."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from planted import RESAMPLING, TERMS, evidence_of, noise, record

from superposition import statistics
from superposition.claims import contrasts, verdicts
from superposition.claims.judge import _judge_all, with_changes, with_holdout
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import BELOW, EVERY, SHARE, UNBOUNDED, Statement
from superposition.measures.phases import BASE, COUNT_REPRESENTED
from superposition.status import INCONCLUSIVE, NOT_TESTABLE, REPLICATED, REVERSED, SMALLER
from workflow.provenance import registry

SECTION_7 = (
    *("G1a", "G1b", "G2a", "G2b", "G3a", "G3b", "G4", "S1a", "S1b", "S2a", "S2b", "S3a", "S3b", "S4", "S5", "S6"),
    *("S7", "S8", "S9", "S10", "S11", "D1", "C1", "C2"),
)
"""Ids of the statements that the post was cut into; one with a bare number may be split into halves."""


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
    assert claims.iloc[0].sentence.endswith("not testable (not in the study: Zeta).")
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


FOUR = pd.DataFrame({"id": list("ABCD"), "training": "t", "sampler": "s", "verdict": [REPLICATED] * 2 + [REVERSED] * 2})


def test_verdicts_stand_beside_those_on_fresh_seeds_and_the_chance_of_the_same():
    fresh = FOUR.assign(verdict=[REPLICATED, REVERSED, REVERSED, INCONCLUSIVE])
    beside = with_holdout(FOUR, fresh)
    assert beside.holdout_verdict.tolist() == fresh.verdict.tolist()
    # Of four fresh verdicts one is replicated and two are reversed.
    assert beside.holdout_chance.tolist() == [0.25, 0.25, 0.5, 0.5]


def test_a_verdict_whose_word_no_fresh_verdict_has_cannot_be_the_same_by_chance():
    fresh = FOUR.assign(verdict=REVERSED)[1:]  # without one on A, whose chance says nothing
    assert with_holdout(FOUR, fresh).holdout_chance.fillna(-1).tolist() == [-1, 0, 1, 1]


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
