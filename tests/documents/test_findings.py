"""Findings and discussion of the paper: the right sentence, in correct English, for whatever the tables say."""

import numpy as np
import pandas as pd
import pytest

from superposition import wording
from superposition.documents.paper import paper
from superposition.documents.paper.discussion import discussed
from superposition.documents.paper.findings import FindingLimits, Procedures, findings
from superposition.documents.paper.sources import Tables
from superposition.documents.shared import ShownStudy

LABELS = {"relu": "ReLU", "tanh": "Tanh", "softmax": "Softmax", "solu": "SoLU"}


LIMITS = FindingLimits(reached=1e-3, mostly=0.5, early=0.5)


def pair(post="notebook", controlled="controlled"):
    shape = {"n_features": 8, "n_hidden": 2}
    return Procedures(post=post, controlled=controlled, sampler="sgld", labels=LABELS, limits=LIMITS, **shape)


def runs(gap=1.0, **counts):
    """A table of runs from recovered features by seed, of each preset and activation: `notebook__relu=[1, 2]`."""
    rows = [
        {"training": key.split("__")[0], "activation": key.split("__")[1], "seed": seed, "n_recovered": count}
        for key, values in counts.items()
        for seed, count in enumerate(values, start=1)
    ]
    return pd.DataFrame(rows).assign(status_sgld="ok", gap=gap, end_status="converged")


def texts(tables, **of):
    return [finding.text for finding in findings(Tables(tables), pair(**of))]


def first(tables, start):
    return [text for text in texts(tables) if text.startswith(start)]


def test_seeds_that_differ_more_than_activations_make_the_start_the_finding():
    # The post: within sums of squares 2 + 2 = 4, between 0, so all of the variance lies within; controlled: none.
    table = runs(notebook__relu=[1, 3], notebook__tanh=[1, 3], controlled__relu=[5, 5], controlled__tanh=[2, 2])
    (text,) = first({"runs": table}, "What one seed")
    assert text == (
        "What one seed of the original shows is mostly chance and not the activation: of the variance of recovered "
        "features, 100 % under the post’s procedure and 0 % in a controlled experiment lies between seeds of one "
        "activation."
    )


def test_seeds_that_differ_as_much_under_control_are_no_finding_about_the_original():
    table = runs(notebook__relu=[1, 1], notebook__tanh=[3, 3], controlled__relu=[4, 6], controlled__tanh=[2, 2])
    assert first({"runs": table}, "Seeds differ in a controlled experiment no less")
    assert not first({"runs": table}, "What one seed")


def test_one_activation_or_one_seed_says_nothing_about_what_differs():
    assert not first({"runs": runs(notebook__relu=[1, 2], controlled__relu=[4, 4])}, "What")
    one_seed = runs(notebook__relu=[1], notebook__tanh=[2], controlled__relu=[4], controlled__tanh=[2])
    assert not first({"runs": one_seed}, "What")


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"relu": [5, 5], "tanh": [2, 2]}, "5 (ReLU); 2 (Tanh); 1 of 2 has no more than 2, the number of dim"),
        ({"relu": [5, 5], "tanh": [5, 5]}, "5 (ReLU and Tanh)."),
        ({"relu": [1, 1], "tanh": [2, 2]}, "2 (Tanh); 1 (ReLU); 2 of 2 have no more than 2, the number of dim"),
        ({"relu": [5, 6]}, "ReLU ends with 5.5 recovered features (of 8, median over seeds)."),
    ],
    ids=["one below", "a tie", "all below", "one activation"],
)
def test_counts_are_grouped_from_the_most_to_the_fewest(counts, expected):
    (text,) = first({"runs": runs(**{f"controlled__{k}": v for k, v in counts.items()})}, "In a controlled")
    assert expected in text


@pytest.mark.parametrize(
    ("best", "gaps", "expected"),
    [
        ((8, 2), (1.01e-3, 9.9e-4), "at best, 1 of 2 could recover all 8; the typical run reaches the best"),
        (
            (7, 3),
            (0.02, 0.01),
            "at best, none of 2 could recover all 8; the typical run reaches the best possible loss",
        ),
        ((5, 2), (0, 1e-4), "Training finds what each activation can do: at best, none of 2 could recover all 8, and"),
    ],
    ids=["one", "none", "all"],
)
def test_capacity_is_set_beside_what_training_finds(best, gaps, expected):
    capacity = pd.DataFrame({"training": "controlled", "activation": ["relu", "tanh"], "n_recovered": best})
    table = runs(controlled__relu=[5, 5], controlled__tanh=[2, 2])
    table["gap"] = table.activation.map(dict(zip(["relu", "tanh"], gaps, strict=True)))
    (text,) = (text for text in texts({"runs": table, "capacity": capacity}) if "at best" in text)
    assert expected in text
    reached = sum(gap <= 1e-3 for gap in gaps)
    assert reached == 2 or text.endswith(f"of its activation for {reached or 'none'} of 2.")


@pytest.mark.parametrize(("gap", "reach"), [(0, "reaches"), (9.9e-4, "reaches"), (1.01e-3, "does not reach")])
def test_of_one_activation_it_is_said_what_it_could_recover(gap, reach):
    capacity = pd.DataFrame({"training": ["controlled"], "activation": ["relu"], "n_recovered": [8]})
    table = runs(controlled__relu=[5, 5]).assign(gap=gap)
    (text,) = first({"runs": table, "capacity": capacity}, "At best")
    assert text == f"At best, ReLU could recover 8 of 8; its typical run {reach} the best possible loss."


def test_runs_without_onset_say_nothing_about_when_superposition_begins():
    keys = {"training": "controlled", "sampler": "close", "activation": "relu", "variant": "base"}
    rows = [(1, "log_onset", 2.0, False), (2, "log_onset", 4.3, True), (1, "drop_over", 0.25, False)]
    rows += [(2, "drop_over", 1.0, False)]
    evidence = pd.DataFrame(rows, columns=["seed", "quantity", "value", "censored"]).assign(**keys)
    (text,) = first({"runs": runs(controlled__relu=[5, 2]), "evidence": evidence}, "When superposition")
    assert text.endswith("completed this much of its largest drop in loss: 25 % in a controlled experiment.")


@pytest.mark.parametrize(("over", "are_early"), [(0.49, True), (0.51, False)])
def test_superposition_comes_early_below_the_given_share_of_the_drop(over, are_early):
    keys = {"training": "controlled", "sampler": "close", "variant": "base", "seed": 1, "censored": False}
    rows = [(name, "log_onset", 2.0) for name in ("relu", "tanh")]
    rows += [("relu", "drop_over", over), ("tanh", "drop_over", 1.0)]
    evidence = pd.DataFrame(rows, columns=["activation", "quantity", "value"]).assign(**keys)
    (text,) = first({"runs": runs(controlled__relu=[5]), "evidence": evidence}, "When superposition")
    assert text.endswith("begins before 50 % of it for 1 of 2 activations (ReLU).") == are_early


@pytest.mark.parametrize(("seeds", "much"), [(0.99, "in part chance"), (1.01, "mostly chance")])
def test_counts_are_mostly_chance_above_the_given_share_of_their_variance(seeds, much):
    # Means of activations at +1 and -1, seeds at distances +-seeds from them: within a share of s^2 / (1 + s^2).
    table = runs(
        **{"notebook__relu": [2 + seeds, 2 - seeds], "notebook__tanh": [4 + seeds, 4 - seeds]},
        **{"controlled__relu": [5, 5], "controlled__tanh": [2, 2]},
    )
    (text,) = first({"runs": table}, "What one seed")
    assert text.startswith(f"What one seed of the original shows is {much}")


def test_activations_whose_superposition_begins_with_the_drop_are_named_if_most_of_their_runs_show_it():
    keys = {"training": "controlled", "sampler": "close", "variant": "base"}
    rows = [(name, 1, "log_onset", 2.0, False) for name in ("relu", "tanh", "softmax")]
    rows += [("softmax", seed, "log_onset", 4.3, True) for seed in (2, 3)]  # never in two of three runs
    rows += [("solu", seed, "log_onset", 3.0, seed == 2) for seed in (1, 2)]  # in half of its runs, which is not most
    rows += [("solu", seed, "drop_over", 0.1, False) for seed in (1, 2)]
    rows += [(name, 1, "drop_over", over, False) for name, over in (("relu", 0.1), ("tanh", 1.0), ("softmax", 0.0))]
    rows += [("softmax", seed, "drop_over", 1.0, False) for seed in (2, 3)]
    evidence = pd.DataFrame(rows, columns=["activation", "seed", "quantity", "value", "censored"]).assign(**keys)
    tables = {"runs": runs(controlled__relu=[5], controlled__tanh=[3]), "evidence": evidence}
    (text,) = first(tables, "When superposition")
    assert text.endswith("in a controlled experiment, where it begins before 50 % of it for 1 of 2 activations (ReLU).")


def test_estimators_are_set_beside_the_known_coefficients():
    board = pd.DataFrame({"point": ["a", "b"] * 2, "estimator": ["sgld"] * 2 + ["tempered_mala"] * 2})
    board["close"] = [False, True, True, True]
    (text,) = first({"runs": runs(controlled__relu=[5]), "llc_leaderboard": board}, "Of 1 controlled run")
    assert text == (
        "Of 1 controlled run, 1 ends at a minimum; there the LLC passes all diagnostics in 100 % of cases; where "
        "the coefficient is known, at 2 points, SGLD at one temperature is close at 1 and an estimator that "
        "extrapolates is close at 2."
    )


def test_verdicts_are_counted_under_both_procedures():
    rows = [("notebook", "replicated")] * 2 + [("notebook", "right direction, smaller than stated")]
    rows += [("controlled", "reversed"), ("controlled", "inconclusive"), ("controlled", "inconclusive")]
    claims = pd.DataFrame(rows, columns=["training", "verdict"]).assign(id=["a", "b", "c"] * 2)
    claims["larger_than_stated"] = claims.verdict == "reversed"
    (text,) = first({"runs": runs(controlled__relu=[5]), "claims": claims}, "Of the post’s 3 statements")
    assert text == (
        "Of the post’s 3 statements, under the post’s procedure, 2 are replicated and 1 has the stated direction, but "
        "is smaller; in a controlled experiment, 1 is reversed (only larger than stated) and 2 are "
        "inconclusive."
    )


def test_a_study_of_one_protocol_speaks_of_itself():
    sentences = texts({"runs": runs(notebook__relu=[5, 5])}, controlled="notebook")
    assert sentences[0] == "In this study, ReLU ends with 5 recovered features (of 8, median over seeds)."
    assert not any("original" in text or "controlled experiment" in text for text in sentences)


def test_a_study_whose_runs_all_diverged_has_no_finding():
    table = runs(notebook__relu=[np.nan], controlled__relu=[np.nan]).assign(end_status="diverged")
    assert texts({"runs": table}) == []


def discussion(**activations):
    """What is said of activations: features by the post and under control, the most possible, and the gap."""
    counts = {f"notebook__{name}": [post] for name, (post, *_) in activations.items()}
    counts |= {f"controlled__{name}": [controlled] for name, (_, controlled, *_) in activations.items()}
    table = runs(**counts)
    table["gap"] = table.activation.map({name: gap for name, (*_, gap) in activations.items()})
    best = {"activation": list(activations), "n_recovered": [most for _, _, most, _ in activations.values()]}
    tables = {"runs": table, "capacity": pd.DataFrame(best).assign(training="controlled")}
    return discussed(Tables(tables), pair(), ["solu", "softmax"])


def test_the_discussion_says_what_the_numbers_of_a_pair_carry():
    text = discussion(solu=(4, 6, 8, 0.02), softmax=(2, 8, 8, 0))
    assert (
        "SoLU recovers 4 under the post’s procedure and 6 features in the controlled experiment, of 8 that are "
        "possible; Softmax recovers 2 under the post’s procedure and 8 features in the controlled experiment, of 8"
        in text
    )
    assert "So the small numbers of the original come from its procedure, not from the function." in text
    assert "The typical run of Softmax reaches the best possible loss. The typical run of SoLU does not reach" in text


def test_an_order_that_turns_round_is_said_and_one_that_stays_is_not():
    turned = discussion(solu=(4, 3, np.nan, np.nan), softmax=(2, 8, np.nan, np.nan))
    assert "The activations do not compare as they do in the original." in turned
    kept = discussion(solu=(4, 4, np.nan, np.nan), softmax=(2, 1, np.nan, np.nan))
    assert "compare" not in kept and "procedure." not in kept and "possible" not in kept


def test_nothing_is_said_of_activations_that_the_study_lacks():
    assert discussion(relu=(1, 2, 3, 0)) == ""


def test_results_say_what_was_measured_under_both_procedures_where_there_is_an_estimate():
    keys = ["training", "sampler", "id", "measure", "quantity", "unit", "estimate", "low", "high"]
    rows = [
        ("notebook", "notebook", "G3a", "A correlation", "log_loss", "", 2.0, 1.0, 3.0),
        ("notebook", "notebook", "D1", "Another", "log_onset", "decades", -0.5, -1.0, 0.0),
        ("controlled", "close", "G3a", "A correlation", "log_loss", "", 5.0, 4.5, 6.0),
        ("controlled", "close", "D1", "Another", "log_onset", "decades", np.nan, np.nan, np.nan),
    ]
    tables = Tables({"claims": pd.DataFrame(rows, columns=keys)})
    protocols = {
        "post": {"label": "one", "training": "notebook", "sampler": "notebook"},
        "controlled": {"label": "other", "training": "controlled", "sampler": "close"},
    }
    study = ShownStudy(citation={}, printed={}, protocols=protocols, confidence=0.95, n_followed=None)
    assert paper._measured(tables, study, ("G3a", "D1", "none")).replace(wording.FIXED_SPACE, " ") == (
        "A correlation (G3a): 2 [1, 3] for the loss under the post’s procedure and 5 [4.5, 6] for the loss in a "
        "controlled experiment. Another (D1): −0.5 decades [−1, 0] under the post’s procedure."
    )
    assert paper._measured(Tables({}), study, ("G3a",)) == ""


@pytest.mark.parametrize(
    ("same", "pairs"),
    [
        ({"tanh": "relu"}, ": Tanh and ReLU."),
        ({"tanh": "relu", "solu": "softmax"}, ": Tanh and ReLU; SoLU and Softmax."),
    ],
)
def test_activations_that_did_the_same_in_every_run_are_named_where_there_are_any(same, pairs):
    rows = [("controlled", name, "same", other) for name, other in same.items()]
    others = [("controlled", "relu", "trained", None), ("notebook", "softmax", "same", "relu")]
    names = ["training", "activation", "class", "same_as"]
    classes = [pd.DataFrame(each, columns=names) for each in (rows + others, others)]
    same, nothing = (paper._same(Tables({"activation_classes": table}), pair()) for table in classes)
    assert same.startswith("In a controlled experiment, these did the same in every run") and same.endswith(pairs)
    assert nothing == paper._same(Tables({}), pair()) == ""


def test_statements_that_rest_on_runs_without_an_onset_are_named_with_their_share():
    columns = ["training", "sampler", "id", "n_used", "n_excluded", "n_censored"]
    rows = [
        ("controlled", "close", "D1", 30, 10, 10),
        ("controlled", "close", "S2a", 20, 0, 10),
        ("controlled", "close", "G1a", 20, 0, 0),
        ("notebook", "notebook", "S3b", 20, 0, 5),
    ]
    said = paper._censored(Tables({"claims": pd.DataFrame(rows, columns=columns)}), pair())
    assert (
        said
        == "In a controlled experiment, they are these shares of all runs of a statement: 25 % (D1) and 50 % (S2a)."
    )
    assert paper._censored(Tables({"claims": pd.DataFrame(rows[2:], columns=columns)}), pair()) == ""
