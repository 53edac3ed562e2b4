"""Data, start, model and optimiser, every level with every other: which of them makes an activation differ."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from superposition.activations import Activation
from superposition.measures.geometry import Thresholds
from superposition.other_models.runs import runs_table, train
from superposition.presets import Factors, TrainingPreset, combinations
from superposition.statistics import Resampling, mean_interval
from superposition.status import NO, OK, UNDECIDED, YES

MEASURES = ("n_recovered", "n_effective", "n_represented", "norm_per_dimension")
"""What is compared; the first by outputs decides, the last is the measure of Lad & Kostolansky."""

POST = "post"
"""The level of every factor with which others are compared."""

ALL, AS_POST = "mean over them", "as in the post"
"""At which levels of the other factors a level is compared with the first one."""


def runs_of(
    activation: Activation, preset: TrainingPreset, factors: Factors, *, seeds: Sequence[int], thresholds: Thresholds
) -> pd.DataFrame:
    """Return a row for each combination of levels and seed: how its run ended. All have the same seeds.

    `preset` says what no factor changes. Combinations of one model and data are trained together.
    """
    together: dict[object, list] = {}
    for levels, changed in combinations(preset, factors):
        together.setdefault((changed.inputs, changed.population, changed.precision), []).append((levels, changed))
    parts = []
    for group in together.values():
        names, presets = zip(*group, strict=True)
        (w,) = train(activation, presets, seeds, steps=[preset.n_steps])
        found = runs_table(activation, presets, seeds, w, thresholds=thresholds)
        of_levels = {factor: [levels[factor] for levels in names] * len(seeds) for factor in factors}
        parts.append(found[["seed", "status", "loss", "linear_loss", *MEASURES]].assign(**of_levels))
    return pd.concat(parts, ignore_index=True).assign(activation=activation.name)


def effects_table(
    runs: pd.DataFrame, factors: Mapping[str, Sequence[str]], *, n_features: int, resampling: Resampling
) -> pd.DataFrame:
    """Return the effect of each level against the post's, paired by seed, for each activation and measure.

    `runs` are rows of `runs_of` for all activations; of pairs with a run that diverged, none counts. `factors` name the
    levels of each, and counts differ by at most `n_features`.
    """
    rows = []
    for activation, own in runs.groupby("activation", sort=False):
        for factor, levels in factors.items():
            others = [name for name in factors if name != factor]
            as_post = np.logical_and.reduce([own[name] == POST for name in others])
            for level, place, measure in itertools.product(levels, (ALL, AS_POST), MEASURES):
                if level == POST:
                    continue
                values = own.assign(value=own[measure].where(own.status == OK).astype(float))
                values = values.loc[as_post | (place == ALL)]
                wide = values.pivot(columns=factor, index=["seed", *others], values="value")
                by_seed = np.asarray(wide.assign(by=wide[level] - wide[POST]).groupby("seed")["by"].mean())
                most, n = np.inf if measure == "norm_per_dimension" else n_features, int(np.isfinite(by_seed).sum())
                found = mean_interval(by_seed, resampling, bounds=(-most, most)) if n > 1 else None
                ends = (found.estimate, found.low, found.high) if found else (np.nan,) * 3
                row = {"activation": activation, "factor": factor, "level": level, "others": place, "measure": measure}
                rows.append(row | dict(zip(("effect", "low", "high"), ends, strict=True)) | {"n": n})
    return pd.DataFrame(rows)


# fmt: off
QUESTIONS = (
    (6, "Is it the model (autoencoder or MLP) that makes Sigmoid differ from Lad & Kostolansky?",
        "sigmoid", ("untied", "mlp"), 1),
    (8, "Is it the missing LayerNorm that lets SoLU superpose more?",
        "solu", ("norm_before", "norm_after"), -1),
)
"""Open questions of the post: number, text, activation, levels of the model that are blamed, and 1 if these are to have
more recovered features than the post's model, -1 if fewer."""
# fmt: on


def answers_table(effects: pd.DataFrame, *, margin: float) -> pd.DataFrame:
    """Return a row for each question, blamed level and place: effect on recovered features, and the answer.

    yes: the whole interval lies beyond the margin of so many features, in the direction that the question blames; no:
    all of it on this side of the margin; else undecided. `largest` names the level with the largest effect in that
    direction.
    """
    rows = []
    of_features = effects.loc[effects.measure == MEASURES[0]]
    for (number, text, activation, blamed, sign), place in itertools.product(QUESTIONS, (ALL, AS_POST)):
        own = of_features.loc[(of_features.activation == activation) & (of_features.others == place)]
        own = own.set_index(["factor", "level"])
        largest = (sign * own.effect).idxmax() if own.effect.notna().any() else ("", "")
        for level in (level for level in blamed if ("model", level) in own.index):
            found = own.loc[("model", level)]
            low, high = sorted(sign * found[["low", "high"]].to_numpy(float))
            answer = YES if low > margin else NO if high < margin else UNDECIDED
            row = {"question": number, "text": text, "activation": activation, "level": level, "others": place}
            row |= {"answer": answer, "largest": ": ".join(largest)}
            rows.append(row | {name: found[name] for name in ("effect", "low", "high", "n")})
    return pd.DataFrame(rows)
