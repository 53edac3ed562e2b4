"""Effects of the factorial, on runs whose effects are known, and a small one that is trained."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from superposition.activations import BY_NAME
from superposition.measures.geometry import Thresholds
from superposition.other_models import summary
from superposition.other_models.runs import factorial_runs
from superposition.statistics import Resampling
from superposition.status import NO, UNDECIDED, YES
from superposition.training_presets import combinations

RESAMPLING = Resampling(confidence=0.95, resamples=200, seed=0)
FACTORS = {"data": ["post", "other"], "model": ["post", "untied", "mlp", "norm_before", "norm_after"]}


def made(recovered) -> pd.DataFrame:
    """Return runs of two activations whose recovered features are a function of levels and seed."""
    rows = [
        {"activation": name, "data": data, "model": model, "seed": seed, "status": "ok"}
        for name in ("sigmoid", "solu")
        for data in FACTORS["data"]
        for model in FACTORS["model"]
        for seed in range(6)
    ]
    runs = pd.DataFrame(rows)
    runs["n_recovered"] = [recovered(row) for row in runs.itertuples()]
    return runs.assign(n_effective=0.0, n_represented=0, norm_per_dimension=0.0)


def effect(effects, level, others, activation="sigmoid"):
    chosen = (effects.level == level) & (effects.others == others) & (effects.activation == activation)
    return effects.loc[chosen & (effects.measure == "n_recovered")].iloc[0]


def test_an_effect_is_paired_by_seed_and_averaged_over_the_other_factors():
    # mlp adds 2 on the post's data and 4 on others; seeds differ by much more, which pairing takes out.
    runs = made(lambda row: 100 * row.seed + (row.model == "mlp") * (2 if row.data == "post" else 4))
    effects = summary.effects_table(runs, FACTORS, n_features=8, resampling=RESAMPLING)
    assert effect(effects, "mlp", summary.ALL)[["effect", "n"]].tolist() == [3, 6]
    assert effect(effects, "mlp", summary.AS_POST).effect == 2
    assert effect(effects, "untied", summary.ALL).effect == 0
    assert effect(effects, "other", summary.ALL).effect == pytest.approx(2 / 5)


def test_pairs_with_a_run_that_diverged_do_not_count():
    runs = made(lambda row: float(row.model == "mlp"))
    runs.loc[(runs.seed < 2) & (runs.model == "mlp"), "status"] = "diverged"
    effects = summary.effects_table(runs, FACTORS, n_features=8, resampling=RESAMPLING)
    assert effect(effects, "mlp", summary.ALL).n == 4


def test_questions_are_answered_by_where_the_interval_lies():
    def recovered(row) -> float:
        noise = 0.1 * np.sin(7 * row.seed) * (row.model != "post") * (row.data != "post")
        if row.activation == "sigmoid":  # the MLP helps, untying alone does not, data help most
            return 3 * (row.model == "mlp") + 5 * (row.data == "other") + noise
        return (
            noise - 2.0 * (row.model == "norm_after") + row.seed * (row.model == "norm_before") * (row.seed % 2 - 0.5)
        )

    effects = summary.effects_table(made(recovered), FACTORS, n_features=8, resampling=RESAMPLING)
    answers = summary.answers_table(effects, margin=0.25).set_index(["question", "level", "others"])
    assert answers.answer[6, "mlp", summary.ALL] == YES
    assert answers.answer[6, "untied", summary.ALL] == NO
    assert answers.largest[6, "mlp", summary.ALL] == "data: other"
    assert answers.answer[8, "norm_after", summary.ALL] == YES
    assert answers.answer[8, "norm_before", summary.ALL] == UNDECIDED
    assert answers.largest[8, "norm_before", summary.ALL] == "model: norm_after"


@pytest.mark.parametrize(
    ("question", "ends", "answer"),
    [
        (6, (0.253, 1.0), YES),
        (6, (0.25, 1.0), UNDECIDED),  # an interval that touches the margin lies on neither side of it
        (6, (0.247, 1.0), UNDECIDED),
        (6, (-1.0, 0.253), UNDECIDED),
        (6, (-1.0, 0.25), UNDECIDED),
        (6, (-1.0, 0.247), NO),
        (8, (-1.0, -0.253), YES),  # what is blamed there is to have fewer
        (8, (-1.0, -0.247), UNDECIDED),
        (8, (-0.247, 1.0), NO),
        (8, (-0.253, 1.0), UNDECIDED),
    ],
)
def test_an_answer_needs_the_whole_interval_on_one_side_of_the_margin(question, ends, answer):
    activation, level = {6: ("sigmoid", "mlp"), 8: ("solu", "norm_after")}[question]
    effects = pd.DataFrame({"activation": [activation], "factor": "model", "level": level, "others": summary.ALL})
    effects = effects.assign(measure="n_recovered", effect=np.mean(ends), low=ends[0], high=ends[1], n=8)
    answers = summary.answers_table(effects, margin=0.25)
    assert (answers.question.item(), answers.answer.item()) == (question, answer)


def test_every_combination_of_the_configuration_is_run(config, notebook):
    factors = config["other_models"]["factorial"]["factors"]
    preset = replace(notebook, n_steps=2)
    assert next(levels for levels, _ in combinations(preset, factors)) == dict.fromkeys(factors, "post")
    thresholds = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
    runs = factorial_runs(BY_NAME["solu"], preset, factors, seeds=[1, 2], thresholds=thresholds)
    keys = [*factors, "seed"]
    assert len(runs) == len(runs[keys].drop_duplicates()) == 2 * np.prod([len(levels) for levels in factors.values()])
    assert runs.loss.notna().all()
    # Before anything is learnt, the model does not matter to W, but the start does.
    by_start = runs.groupby("start").norm_per_dimension.median()
    # Two columns of length 0.9, by two dimensions; two steps change a squared length by some thousandths.
    assert by_start["post"] == pytest.approx(0.81, abs=0.01)
    assert by_start["xavier"] > 1
