"""Finer tools over training: the LLC of each feature, and the influence of features on each other (question 14)."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from superposition.activations import BY_NAME, Activation
from superposition.capacity.problem import Problem
from superposition.llc.estimate import Limits
from superposition.llc.refined import ENTIRE, feature_losses, feature_parameters, refined_llc, susceptibilities
from superposition.measures.geometry import Thresholds, recovered
from superposition.model import autoencoder
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.statistics import Resampling, mean_interval
from superposition.status import INFLUENCE, NO, OF_DATA, OK, RESTRICTED, UNDECIDED, YES
from superposition.tables import frames
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import CHECKPOINTS, Trajectory, load
from superposition.wording import in_text, plural


def refined_of_runs(
    paths: Iterable[str | Path], *args: Any, steps: Sequence[int], n_seeds: int, **values: Any
) -> pd.DataFrame:
    """Return the table of refined LLC of the first seeds of each activation at some steps.

    Args:
        paths: Checkpoints, in folders ``.../{training}/{activation}/seeds-{seeds}/``; the first of each counts.
        args: Training and sampler preset.
        steps: Steps among the checkpoints.
        n_seeds: Number of seeds.
        values: Other arguments of `refined_table`.
    """
    first = {of.activation: (of, path) for path in reversed(list(paths)) for of in [of_batch(path)]}
    parts = []
    for of, path in reversed(first.values()):
        runs = load(path, of, kind=CHECKPOINTS).at(sorted(set(steps)))
        table = refined_table(
            BY_NAME[of.activation], args[0], runs.of(runs.seeds[:n_seeds].tolist()), *args[1:], **values
        )
        parts.append(table.assign(training=of.training))
    return frames.joined([frames.of([], "refined_llc"), *parts])


def refined_table(
    activation: Activation,
    preset: TrainingPreset,
    checkpoints: Trajectory,
    sampler: SamplerPreset,
    *,
    thresholds: Thresholds,
    limits: Limits,
    seed: int,
) -> pd.DataFrame:
    """Return the rows of an activation in the table of refined LLC, without their training preset.

    Chains follow the loss of features that are alone and equally frequent, those of a feature's data its share of it.

    Args:
        activation: Activation.
        preset: Model.
        checkpoints: Weights of runs at some steps.
        sampler: Settings of the chains.
        thresholds: From when on a feature counts as recovered.
        limits: Beyond what an estimate may not be read.
        seed: Seed of the chains.
    """
    sizes = {"n_features": preset.n_features, "n_hidden": preset.n_hidden}
    names, n = [f"feature {i}" for i in range(preset.n_features)], preset.n_features
    w = autoencoder.join(*(torch.from_numpy(part).double() for part in (checkpoints.W, checkpoints.b))).flatten(0, 1)
    parts = feature_losses(activation, **sizes, dtype=torch.float64)
    chains: dict[str, Any] = sampler.chains | {"seed": seed}
    equal, alone, subsets = torch.full((n,), 1 / n), torch.eye(n) / n, feature_parameters(**sizes)
    of_data = dict(zip(names, alone, strict=True))
    llc = {
        RESTRICTED: refined_llc(parts, w.T, subsets, frequencies={ENTIRE: equal}, limits=limits, **chains),
        OF_DATA: refined_llc(parts, w.T, {ENTIRE: subsets[ENTIRE]}, frequencies=of_data, limits=limits, **chains),
    }
    tables = [_of_llc(table, sampler.num_chains).assign(kind=kind) for kind, table in llc.items()]
    tables.append(
        _of_influence(*susceptibilities(parts, w.T, frequencies=equal, **chains), names).assign(kind=INFLUENCE)
    )
    found = pd.concat(tables, ignore_index=True)
    is_recovered = recovered(Problem(activation, preset).outputs(w).numpy(), thresholds=thresholds)
    feature = found.part.where(found.part.isin(names), found.by)
    known = {(i, name): bool(is_recovered[i, j]) for i in range(len(w)) for j, name in enumerate(names)}
    found["is_recovered"] = [known.get(key) for key in zip(found.point, feature, strict=True)]
    keys = {"seed": np.repeat(checkpoints.seeds, len(checkpoints.steps))[found.point], "activation": activation.name}
    return found.assign(**keys, step=np.tile(checkpoints.steps, len(checkpoints.seeds))[found.point]).drop(
        columns="point"
    )


def _of_llc(table: pd.DataFrame, num_chains: int) -> pd.DataFrame:
    """Return refined LLC estimates as rows of the table."""
    named = table.rename(columns={"parameters": "part", "data": "by", "llc": "value"})
    return named[["point", "part", "by", "value", "status"]].assign(se=named.llc_std / num_chains**0.5)


def _of_influence(chi: np.ndarray, error: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Return susceptibilities as rows of the table."""
    index = pd.MultiIndex.from_product([range(len(chi)), names, names], names=["point", "part", "by"])
    return pd.DataFrame({"value": chi.ravel(), "se": error.ravel(), "status": None}, index=index).reset_index()


def refined_verdicts(table: pd.DataFrame, *, resampling: Resampling, min_seeds: int) -> pd.DataFrame:
    """Return what finer tools show at the last step of each activation, in rows as families' verdicts have them.

    Args:
        table: Table of refined LLC.
        resampling: How intervals are computed.
        min_seeds: Fewest seeds with a value.
    """
    last = table[table.step == table.groupby("activation").step.transform("max")]
    rows = []
    for name, of_activation in last.groupby("activation", sort=False):
        label = BY_NAME[str(name)].label
        for kind in (RESTRICTED, OF_DATA, INFLUENCE):
            values = _contrast(of_activation.loc[of_activation.kind == kind], kind)
            rows.append({"question": 14, "quantity": kind} | _verdict(values, label, kind, resampling, min_seeds))
    return pd.DataFrame(rows)


WORDS = {
    RESTRICTED: "the LLC of recovered features’ parameters exceeds that of others’",
    OF_DATA: "the LLC on data of recovered features exceeds that on others’",
    INFLUENCE: "the loss of recovered features falls more with their frequency than others’",
}


def _contrast(rows: pd.DataFrame, kind: str) -> pd.Series:
    """Return by seed the mean over recovered features minus that over others; of influences, how much losses fall.

    All influences on a feature add up to 0, as frequencies add up to 1: that on itself stands for all.
    """
    if kind == INFLUENCE:
        rows = rows[rows.part == rows.by].assign(value=lambda own: -own.value, status=OK)
    read = rows[(rows.status == OK) & rows.is_recovered.notna()]
    means = read.assign(is_recovered=read.is_recovered.astype(bool)).groupby(["seed", "is_recovered"]).value.mean()
    wide = means.unstack().reindex(columns=[False, True])
    return wide[True] - wide[False]


def _verdict(values: pd.Series, label: str, kind: str, resampling: Resampling, min_seeds: int) -> dict[str, Any]:
    cause, seen = f"{label}: {WORDS[kind]}", values.dropna().to_numpy(float)
    if len(seen) < max(min_seeds, 2):
        empty = {"estimate": np.nan, "low": np.nan, "high": np.nan, "n_seeds": len(seen), "cause": cause}
        return empty | {"answer": UNDECIDED, "sentence": f"{cause}: {plural(len(seen), 'seed')} can be compared."}
    found = mean_interval(seen, resampling)
    answer = YES if found.low > 0 else NO if found.high < 0 else UNDECIDED
    numbers = f"{in_text(found.estimate)} [{in_text(found.low)}, {in_text(found.high)}], {plural(found.n, 'seed')}"
    ends = {"estimate": found.estimate, "low": found.low, "high": found.high, "n_seeds": found.n, "cause": cause}
    return ends | {"answer": answer, "sentence": f"{cause}: {answer}, {numbers}."}
