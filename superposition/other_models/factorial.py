"""Differences from other papers: effects of the levels of the factorial, and the open questions that they answer."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from superposition.other_models.runs import COMPARED
from superposition.other_models.summary import ends_of, mean_of_seeds
from superposition.questions.answers import QUESTIONS
from superposition.statistics import Resampling
from superposition.status import NO, UNDECIDED, YES, may_be_read

POST = "post"  # the level of every factor with which others are compared
ALL, AS_POST = "mean over them", "as in the post"
"""At which levels of the other factors a level is compared with the first one."""


def effects_table(
    runs: pd.DataFrame, factors: Mapping[str, Sequence[str]], *, n_features: int, resampling: Resampling
) -> pd.DataFrame:
    """Return the effect of each level against the post's, paired by seed, for each activation and measure.

    Args:
        runs: Rows of `factorial_runs` for all activations; a pair with a run that diverged does not count.
        factors: Levels of each factor.
        n_features: By how much counts of features can differ at most.
        resampling: How intervals over seeds are computed.
    """
    rows = []
    for (activation, of_activation), factor in itertools.product(runs.groupby("activation", sort=False), factors):
        others = [name for name in factors if name != factor]
        as_post = np.logical_and.reduce([of_activation[name] == POST for name in others])
        levels = [level for level in factors[factor] if level != POST]
        for level, place, measure in itertools.product(levels, (ALL, AS_POST), COMPARED):
            read = of_activation[measure].where(may_be_read(of_activation.status))
            values = of_activation.assign(value=read.astype(float))
            wide = values.loc[as_post | (place == ALL)].pivot(columns=factor, index=["seed", *others], values="value")
            by_seed = (wide[level] - wide[POST]).groupby("seed").mean().to_numpy()
            most = np.inf if measure == "norm_per_dimension" else n_features
            mean, n = mean_of_seeds(by_seed, resampling, (-most, most)), int(np.isfinite(by_seed).sum())
            row = {"activation": activation, "factor": factor, "level": level, "others": place, "measure": measure}
            rows.append(row | ends_of(mean, "effect") | {"n": n})
    return pd.DataFrame(rows)


def answers_table(effects: pd.DataFrame, *, margin: float) -> pd.DataFrame:
    """Return a row for each question that blames levels, such level and place: effect on recovered features, answer.

    yes: the whole interval lies beyond the margin of so many features, in the direction that the question blames; no:
    all of it on this side of the margin; else undecided. `largest` names the level with the largest effect in that
    direction.
    """
    rows = []
    of_features = effects.loc[effects.measure == COMPARED[0]]
    for question, place in itertools.product([question for question in QUESTIONS if question.blames], (ALL, AS_POST)):
        blamed, sign = question.blames, question.blames["sign"]
        at_levels = of_features.loc[(of_features.activation == blamed["activation"]) & (of_features.others == place)]
        at_levels = at_levels.set_index(["factor", "level"])
        largest = (sign * at_levels.effect).idxmax() if at_levels.effect.notna().any() else ("", "")
        for level in (level for level in blamed["levels"] if ("model", level) in at_levels.index):
            effect = at_levels.loc[("model", level)]
            low, high = sorted(sign * effect[["low", "high"]].to_numpy(float))
            row = {"question": question.number, "level": level, "others": place, "largest": ": ".join(largest)}
            row |= {name: blamed[name] for name in ("text", "activation")}
            row |= {"answer": YES if low > margin else NO if high < margin else UNDECIDED}
            rows.append(row | {name: effect[name] for name in ("effect", "low", "high", "n")})
    return pd.DataFrame(rows)
