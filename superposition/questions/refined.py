"""Finer tools over training: the LLC of each feature, and the influence of features on each other (question 14)."""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from superposition.activations import BY_NAME, Activation
from superposition.capacity.problem import Problem
from superposition.claims.statement import UNBOUNDED
from superposition.llc.estimate import Limits
from superposition.measures.geometry import Thresholds, recovered
from superposition.model import autoencoder
from superposition.own_model.refined import ENTIRE, feature_losses, feature_parameters, refined_llc, susceptibilities
from superposition.questions.answers import experiment_row
from superposition.sampler_presets import SamplerPreset
from superposition.statistics import Resampling, mean_interval
from superposition.status import INFLUENCE, NO, OF_DATA, OK, RESTRICTED, UNDECIDED, YES, may_be_read
from superposition.tables import frames
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import CHECKPOINTS, Trajectory, load
from superposition.training_presets import TrainingPreset


def refined_of_runs(
    paths: Iterable[str | Path], preset: TrainingPreset, *, steps: Sequence[int], n_seeds: int, **values: Any
) -> pd.DataFrame:
    """Return the table of refined LLC of the first seeds of each activation at some of the checkpoints' steps.

    Args:
        paths: Checkpoints, in folders ``.../{training}/{activation}/seeds-{seeds}/``; of each activation the first.
        preset: Training preset of the runs.
        steps: Steps of checkpoints.
        n_seeds: Number of seeds, from the first.
        **values: Further arguments of `refined_table`.
    """
    first = {batch.activation: (batch, path) for path in reversed(list(paths)) for batch in [of_batch(path)]}
    parts = [frames.of([], "refined_llc")]
    for batch, path in reversed(first.values()):
        runs = load(path, batch, kind=CHECKPOINTS).at(sorted(set(steps)))
        runs = runs.of(runs.seeds[:n_seeds].tolist())
        table = refined_table(BY_NAME[batch.activation], preset, runs, **values)
        parts.append(table.assign(training=batch.training))
    return frames.joined(parts)


def refined_table(
    activation: Activation,
    preset: TrainingPreset,
    checkpoints: Trajectory,
    *,
    sampler: SamplerPreset,
    thresholds: Thresholds,
    limits: Limits,
    seed: int,
) -> pd.DataFrame:
    """Return the rows of an activation in the table of refined LLC, without their training preset.

    Chains follow the loss of features that are alone and equally frequent, those of a feature's data its share of it.

    Args:
        activation: The model's activation.
        preset: Its training preset, of which the model counts.
        checkpoints: Weights at the steps.
        sampler: How chains are run.
        thresholds: Thresholds from which a feature counts as recovered.
        limits: Limits beyond which an LLC estimate is not read.
        seed: Seed of the chains.
    """
    n, sizes = preset.n_features, {"n_features": preset.n_features, "n_hidden": preset.n_hidden}
    names = [f"feature {i}" for i in range(n)]
    w = autoencoder.join(*(torch.from_numpy(part).double() for part in (checkpoints.W, checkpoints.b))).flatten(0, 1)
    parts = feature_losses(activation, n_hidden=preset.n_hidden)
    chains: dict[str, Any] = sampler.chains | {"seed": seed}
    equal, alone, subsets = torch.full((n,), 1 / n), torch.eye(n) / n, feature_parameters(**sizes)
    of_data = dict(zip(names, alone, strict=True))
    llc = {
        RESTRICTED: refined_llc(parts, w.T, subsets, frequencies={ENTIRE: equal}, limits=limits, **chains),
        OF_DATA: refined_llc(parts, w.T, {ENTIRE: subsets[ENTIRE]}, frequencies=of_data, limits=limits, **chains),
    }
    estimates = pd.concat(llc, names=["kind"]).reset_index("kind")
    estimates = estimates.rename(columns={"parameters": "part", "data": "by", "llc": "value"})
    estimates["se"] = estimates.llc_std / sampler.num_chains**0.5
    chi, error = susceptibilities(parts, w.T, frequencies=equal, **chains)
    index = pd.MultiIndex.from_product([range(len(w)), names, names], names=["point", "part", "by"])
    influence = pd.DataFrame({"value": chi.ravel(), "se": error.ravel(), "status": None}, index=index).reset_index()
    rows = pd.concat([estimates, influence.assign(kind=INFLUENCE)], join="inner", ignore_index=True)
    is_recovered = recovered(Problem(activation, preset).outputs(w).numpy(), thresholds=thresholds)
    feature = rows.part.where(rows.part.isin(names), rows.by)
    known = {(i, name): bool(is_recovered[i, j]) for i in range(len(w)) for j, name in enumerate(names)}
    rows["is_recovered"] = [known.get(key) for key in zip(rows.point, feature, strict=True)]
    axes = np.meshgrid(checkpoints.seeds, checkpoints.steps, indexing="ij")
    seeds, steps = (axis.ravel()[rows.point] for axis in axes)
    return rows.assign(seed=seeds, activation=activation.name, step=steps).drop(columns="point")


WORDS = {
    RESTRICTED: "the LLC of recovered features’ parameters exceeds that of others’",
    OF_DATA: "the LLC on data of recovered features exceeds that on others’",
    INFLUENCE: "the loss of recovered features falls more with their frequency than others’",
}


def refined_verdicts(table: pd.DataFrame, *, resampling: Resampling, min_seeds: int) -> pd.DataFrame:
    """Return what finer tools show at the last step of each activation, in rows as families' verdicts have them.

    `table` is that of refined LLC, `min_seeds` the fewest seeds with a value.
    """
    last = table[table.step == table.groupby("activation").step.transform("max")]
    rows, activations = [], last.groupby("activation", sort=False)
    for (name, of_activation), (kind, words) in itertools.product(activations, WORDS.items()):
        values = _contrast(of_activation.loc[of_activation.kind == kind], kind).dropna().to_numpy(float)
        enough = len(values) >= max(min_seeds, 2)
        mean = mean_interval(values, resampling, n_comparisons=1, bounds=UNBOUNDED) if enough else None
        answer = UNDECIDED if mean is None else YES if mean.low > 0 else NO if mean.high < 0 else UNDECIDED
        cause = f"{BY_NAME[str(name)].label}: {words}"
        ends = (mean.estimate, mean.low, mean.high) if mean else ()
        rows.append(experiment_row(ends, len(values), question=14, cause=cause, quantity=kind, answer=answer))
    return pd.DataFrame(rows)


def _contrast(rows: pd.DataFrame, kind: str) -> pd.Series:
    """Return by seed the mean over recovered features minus that over others; of influences, how much losses fall.

    All influences on a feature add up to 0, as frequencies add up to 1: that on itself stands for all.
    """
    if kind == INFLUENCE:
        rows = rows[rows.part == rows.by].assign(value=lambda own: -own.value, status=OK)
    read = rows[may_be_read(rows.status) & rows.is_recovered.notna()]
    means = read.assign(is_recovered=read.is_recovered.astype(bool)).groupby(["seed", "is_recovered"]).value.mean()
    wide = means.unstack().reindex(columns=[False, True])
    return wide[True] - wide[False]
