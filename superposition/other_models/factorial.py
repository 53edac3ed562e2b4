"""Data, start, model and optimiser, every level with every other: which of them makes an activation differ."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from superposition.activations import Activation
from superposition.measures.geometry import Thresholds
from superposition.other_models.runs import Grid, runs_table, train
from superposition.presets import Factors, TrainingPreset, combinations
from superposition.statistics import Resampling, mean_interval
from superposition.status import OK

MEASURES = ("n_recovered", "n_effective", "n_represented", "norm_per_dimension")
"""What is compared; the first by outputs decides, the last is the measure of Lad & Kostolansky."""

POST = "post"
"""The level of every factor with which others are compared."""

ALL, AS_POST = "mean over them", "as in the post"
"""At which levels of the other factors a level is compared with the first one."""


def runs_of(
    activation: Activation,
    preset: TrainingPreset,
    factors: Factors,
    *,
    seeds: Sequence[int],
    thresholds: Thresholds,
) -> pd.DataFrame:
    """Return a row for each combination of levels and seed: how its run ended.

    Args:
        activation: Output activation.
        preset: What no factor changes.
        factors: Levels of the factors.
        seeds: Seeds of the runs, the same in all combinations.
        thresholds: From when on a feature counts as represented or recovered.
    """
    parts = []
    for levels, changed in combinations(preset, factors):
        grid = Grid(sparsity=[changed.sparsity], importance=[changed.importance], seeds=seeds)
        (w,) = train(activation, changed, grid, steps=[changed.n_steps])
        found = runs_table(activation, changed, grid, w, thresholds=thresholds)
        kept = found[["seed", "status", "loss", "linear_loss", *MEASURES]]
        parts.append(kept.assign(activation=activation.name, **levels))
    return pd.concat(parts, ignore_index=True)


def effects_table(
    runs: pd.DataFrame, factors: Mapping[str, Sequence[str]], *, n_features: int, resampling: Resampling
) -> pd.DataFrame:
    """Return the effect of each level against the post's, paired by seed, for each activation and measure.

    Args:
        runs: Rows of `runs_of` for all activations; of pairs with a run that diverged, none counts.
        factors: Names of the levels of each factor.
        n_features: Most features by which counts can differ.
        resampling: How intervals are computed.
    """
    rows = []
    for activation, own in runs.groupby("activation", sort=False):
        values = own.where(own.status == OK).assign(**{name: own[name] for name in ("seed", *factors)})
        for factor, levels in factors.items():
            others = [level for level in levels if level != POST]
            for level, others_at, measure in itertools.product(others, (ALL, AS_POST), MEASURES):
                differences = _differences(values, factors, factor, level, measure, at_post=others_at == AS_POST)
                most = np.inf if measure == "norm_per_dimension" else float(n_features)
                row = {"activation": activation, "factor": factor, "level": level}
                rows.append(row | {"others": others_at, "measure": measure, **_interval(differences, most, resampling)})
    return pd.DataFrame(rows)


def _differences(
    values: pd.DataFrame,
    factors: Mapping[str, Sequence[str]],
    factor: str,
    level: str,
    measure: str,
    *,
    at_post: bool,
) -> np.ndarray:
    """Return for each seed the difference of a level from the post's, averaged over the other factors or not."""
    others = [name for name in factors if name != factor]
    if at_post:
        chosen = [values[name] == POST for name in others]
        values = values.loc[np.logical_and.reduce(chosen)]
    cell = values.pivot(columns=factor, index=["seed", *others], values=measure).astype(float)
    return np.asarray(cell.assign(by=cell[level] - cell[POST]).groupby("seed")["by"].mean())


def _interval(differences: np.ndarray, most: float, resampling: Resampling) -> dict[str, float]:
    used = int(np.isfinite(differences).sum())
    if used < 2:
        return {"effect": np.nan, "low": np.nan, "high": np.nan, "n": used}
    found = mean_interval(differences, resampling, bounds=(-most, most))
    return {"effect": found.estimate, "low": found.low, "high": found.high, "n": used}


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

YES, NO, OPEN = "yes", "no", "inconclusive"


def answers_table(effects: pd.DataFrame, *, margin: float) -> pd.DataFrame:
    """Return a row for each question, blamed level and place: effect on recovered features, and the answer.

    yes: the whole interval lies beyond the margin, in the direction that the question blames; no: all of it on this
    side of the margin; else inconclusive. `factor_largest` names the level with the largest effect in that direction.

    Args:
        effects: Rows of `effects_table`.
        margin: Features that count as a difference.
    """
    rows = []
    for (number, text, activation, blamed, sign), others in itertools.product(QUESTIONS, (ALL, AS_POST)):
        own = effects.loc[
            (effects.activation == activation) & (effects.measure == MEASURES[0]) & (effects.others == others)
        ].set_index(["factor", "level"])
        largest = (sign * own.effect).idxmax() if own.effect.notna().any() else ("", "")
        for level in (level for level in blamed if ("model", level) in own.index):
            found = own.loc[("model", level)]
            ends = sorted(sign * found[["low", "high"]].to_numpy(float))
            answer = YES if ends[0] > margin else NO if ends[1] < margin else OPEN
            row = {"question": number, "text": text, "activation": activation}
            row |= {"level": level, "others": others, "answer": answer, "largest": ": ".join(largest)}
            rows.append(row | {name: found[name] for name in ("effect", "low", "high", "n")})
    return pd.DataFrame(rows)
