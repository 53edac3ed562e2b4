"""Answers to the open questions: landscapes with planted answers are answered right."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from superposition.activations import BY_NAME
from superposition.capacity.problem import Problem
from superposition.claims.verdicts import Terms
from superposition.questions.answers import QUESTIONS, together, with_ends
from superposition.questions.experiments import answer_questions
from superposition.statistics import Resampling
from superposition.status import BOTH, NO, NOT_TESTED, UNDECIDED, YES
from superposition.tables import frames

ACTIVATIONS = [f"a{i}" for i in range(24)]
PRINTED = {
    name: {"label": name.upper(), "family": ("rectifiers", "bounded")[i % 2]} for i, name in enumerate(ACTIVATIONS)
}
SEEDS = range(10)
FEATURES = np.arange(24) // 4  # superposition of each activation: 0 to 5 features beyond the dimensions
KEYS = pd.DataFrame(
    [("t", name, seed) for seed in SEEDS for name in ACTIVATIONS], columns=["training", "activation", "seed"]
)
REGULAR = {"t": 11.5}


def by_run(of_activation, *, noise=0.0):
    """Return a value of every activation for every run, with noise."""
    random = np.random.default_rng(0)
    return np.tile(np.asarray(of_activation, float), len(SEEDS)) + noise * random.normal(size=len(KEYS))


def study(*, llc=None, gap=None, polygon=None, true_llc=None, n_flat=0.0, kind="minimum"):
    """Return evidence, runs and labels of ends; nothing for values that have nothing to do with superposition."""
    random = np.random.default_rng(1)
    unrelated = random.permuted(np.tile(np.linspace(0, 1, 24), (len(SEEDS), 1)), axis=1).ravel()
    superposition = by_run(FEATURES)
    quantities = {
        "superposition": superposition,
        "superposition_beyond": np.where(superposition > 0.5, superposition, np.nan),
        "llc": unrelated if llc is None else llc,
    }
    evidence = pd.concat(KEYS.assign(quantity=name, value=value) for name, value in quantities.items())
    corners = superposition + 2
    runs = KEYS.assign(
        status="ok",
        gap=10.0 ** -(1 + unrelated) if gap is None else gap,
        polygon=corners if polygon is None else polygon,
        n_represented=corners,
    )
    labels = KEYS.assign(step=100, kind=kind, n_flat=n_flat, true_llc=11.5 if true_llc is None else true_llc)
    early = labels.assign(step=0, true_llc=0.0)  # what runs pass by says nothing of ends
    evidence = evidence.assign(sampler="s", variant="base", censored=False)
    return evidence, runs, pd.concat([early, labels])


def answered(tables, made=None, *, beyond_chance=0.1):
    margins = {
        "beyond_chance": {"value": beyond_chance, "others": []},
        "anticorrelated": {"value": -0.3, "others": []},
        "half": {"value": 0.5, "others": []},
        "uncorrelated": {"value": [-0.3, 0.3], "others": []},
    }
    resampling = Resampling(confidence=0.95, resamples=300, seed=0)
    fewest = {"min_seeds": 3, "min_activations": 5}
    terms = Terms(margins=margins, threshold={}, **fewest, resampling=resampling, labels={})
    of_study = dict(zip(("evidence", "runs", "critical_points"), tables, strict=True))
    of_study["activation_classes"] = frames.of([], "activation_classes")
    printed = PRINTED | {"sigmoid": {"label": "Sigmoid", "family": "bounded"}}  # no activation of this study
    ends = {"regular": REGULAR, "tolerance": 1e-6}
    table = answer_questions(of_study | (made or {}), terms, printed=printed, **ends)
    return table.set_index(["question", "part"])


# 24 activations, of which the first four have no superposition.
SINGULAR = by_run(np.where(FEATURES > 0, 5.0, 11.5))


@pytest.mark.parametrize(
    ("tables", "answer"),
    [
        (study(true_llc=SINGULAR), YES),
        (study(true_llc=by_run(np.where(FEATURES > 0, 11.5, 5.0))), NO),
        (study(n_flat=by_run(np.where(FEATURES > 0, 2.0, 0.0))), YES),
        (study(), UNDECIDED),  # none is singular: in 24 activations, that says little of others
        (study(true_llc=SINGULAR, kind="saddle"), UNDECIDED),  # no end is at a minimum
    ],
    ids=["superposed", "others", "flat", "none", "saddles"],
)
def test_whether_superposition_corresponds_to_singularities(tables, answer):
    assert answered(tables).answer[1, ""] == answer


def test_an_effect_that_is_there_but_smaller_than_can_be_seen_is_a_no():
    # Of 20 activations with superposition, 10 end at singular minima, of the others none: 0.5 more, of 0.9 or more.
    row = answered(study(true_llc=by_run(np.where(np.arange(24) % 10 > 4, 5.0, 11.5))), beyond_chance=0.9).loc[(1, "")]
    assert (row.answer, row.margin_low) == (NO, 0.9)
    assert row.estimate == pytest.approx(0.5)
    assert 0 < row.low < row.high < 0.9


@pytest.mark.parametrize(
    ("n_features", "n_hidden", "expected"), [(8, 1, 16 / 2), (8, 2, 23 / 2), (8, 3, 29 / 2), (9, 4, 39 / 2)]
)
def test_a_regular_minimum_is_flat_along_rotations_alone(notebook, n_features, n_hidden, expected):
    # W and b have n (h + 1) values, and h dimensions h (h - 1)/2 planes to turn in: 0, 1, 3 and 6.
    preset = replace(notebook, n_features=n_features, n_hidden=n_hidden, initial_polygon=0)
    assert preset.regular_llc == expected
    n_parameters = n_features * (n_hidden + 1)
    assert (n_parameters - Problem(BY_NAME["gelu"], preset).n_symmetric) / 2 == expected


def test_gaps_below_the_tolerance_of_the_best_losses_are_as_good_as_none():
    evidence, runs, critical = study(gap=np.resize([1e-8, 1.9e-6, 2.1e-6, 1e-3], len(KEYS)))
    known = with_ends(evidence, runs, critical, regular=REGULAR, tolerance=2e-6)
    expected = np.log10(np.resize([2e-6, 2e-6, 2.1e-6, 1e-3], len(KEYS)))
    assert known.value[known.quantity == "log_gap"].tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize(
    ("llc", "correspond", "not_necessary", "both"),
    [
        # The more superposition, the flatter; still many of the ends with superposition lie above the median.
        (by_run(12 - FEATURES, noise=0.1), YES, YES, YES),
        (by_run(FEATURES, noise=0.1), NO, YES, BOTH),
    ],
    ids=["flatter", "steeper"],
)
def test_whether_superposition_corresponds_to_flat_basins_without_needing_them(llc, correspond, not_necessary, both):
    answers = answered(study(llc=llc)).answer
    assert answers[2, "correspond"] == correspond
    assert answers[2, "not necessary"] == not_necessary
    assert answers[2, "together"] == both


def test_whether_basins_are_symmetrical_and_deeply_entrenched():
    deep = study(gap=10.0 ** -by_run(1 + FEATURES / 2, noise=0.2))
    answers = answered(deep).answer
    assert answers[3][["symmetrical", "deeply entrenched", "together"]].eq(YES).all()
    inside = study(
        polygon=by_run(FEATURES + 2 - (np.arange(24) % 8 > 0)), gap=10.0 ** -by_run(6 - FEATURES / 2, noise=0.2)
    )
    answers = answered(inside).answer
    assert answers[3][["symmetrical", "deeply entrenched", "together"]].eq(NO).all()


def test_whether_superposition_beyond_a_threshold_is_uncorrelated_with_the_gap():
    assert answered(study(gap=10.0 ** -by_run(1 + FEATURES / 2, noise=0.2))).answer[13, ""] == NO
    assert answered(study()).answer[13, ""] in (YES, UNDECIDED)


def test_the_numbers_of_an_answer_are_in_its_sentence_and_columns():
    row = answered(study(true_llc=SINGULAR)).loc[(1, "")]
    assert row.estimate == 1
    assert row.low > row.margin_low == 0.1
    assert np.isnan(row.margin_high)
    assert row.sentence.startswith("Yes. Share of ends at a singular minimum, with superposition minus without: 1 [")
    assert row.n_seeds == len(SEEDS)


def test_questions_whose_experiment_was_not_made_are_not_yet_tested():
    table = answered(study())
    needed = [question.number for question in QUESTIONS if question.needs]
    assert table.answer[needed].eq(NOT_TESTED).all()
    assert "`families`" in table.sentence[7, ""]
    assert set(table.index.get_level_values("question")) == {question.number for question in QUESTIONS}


def test_experiments_answer_their_questions_part_by_part():
    causes = pd.DataFrame(
        {
            "question": [9, 9, 11],
            "cause": ["slope", "limit", "cap"],
            "quantity": "n_recovered",
            "answer": [YES, NO, YES],
        }
    ).assign(estimate=1.0, low=0.5, high=1.5, n_seeds=8, sentence="So it is.")
    answers = answered(study(), {"family_verdicts": causes}).answer
    assert (answers[9, "slope"], answers[9, "limit"], answers[9, "together"]) == (YES, NO, BOTH)
    assert answers[11, "together"] == YES
    assert answers[7, ""] == NOT_TESTED


def test_the_factorial_answers_by_level_of_the_model():
    rows = {"question": [6, 6], "activation": ["sigmoid"] * 2, "level": ["mlp", "untied"], "others": "as in the post"}
    numbers = {"effect": [-2.0, 0.5], "low": -3.0, "high": 1.0, "n": 8}
    table = pd.DataFrame({**rows, **numbers, "answer": ["yes", "undecided"]})
    rows = answered(study(), {"factorial_answers": table}).loc[6]
    assert rows.answer.tolist() == [YES, UNDECIDED, UNDECIDED]  # the two levels, and both together
    assert rows.index[0] == "Sigmoid, mlp, other factors: as in the post"
    assert "-2 [-3, 1], 8 seeds" in rows.sentence.iloc[0].replace("−", "-")


@pytest.mark.parametrize(
    ("parts", "answer"),
    [([YES, YES], YES), ([NO], NO), ([YES, NO, UNDECIDED], BOTH), ([YES, UNDECIDED], UNDECIDED), ([BOTH, YES], BOTH)],
)
def test_parts_are_taken_together(parts, answer):
    assert together(parts)["answer"] == answer
