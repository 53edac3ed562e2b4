"""Size of each defect of the original, measured on the runs of the study.

A row compares what the original computes with the same thing without the defect. Ids are those of docs/deviations.md.
Defects of the runs are here, of what is recorded of them in `records`, of the LLC in `estimates` and
`resolution`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from superposition.activations import BY_NAME
from superposition.deviations import estimates, records
from superposition.deviations.estimates import SamplerSettings
from superposition.deviations.paired import DIFFERENCE, RATIO, Comparison, Effect, Pair, Runs, rows
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.model.outputs import outputs_of
from superposition.presets import TrainingPreset
from superposition.quantities import LOSS, RECOVERED, REPRESENTED
from superposition.statistics import Resampling
from superposition.tables import frames
from superposition.tables.trajectory import Trajectory

CAP = 6.0
"""Below this value ReLU6 is ReLU."""

EQUAL = ("elu", "celu"), ("relu6", "relu")
"""Activations that are the same function, the second pair only below ``CAP``."""


@dataclass(frozen=True)
class Settings:
    """Settings of the evidence.

    Attributes:
        thresholds: From when on a feature counts as represented.
        resampling: How intervals over runs are computed.
        sampler: Settings of the evidence on the LLC.
    """

    thresholds: Thresholds
    resampling: Resampling
    sampler: SamplerSettings


def paired_runs(
    trajectories: Mapping[tuple[str, str], Trajectory],
    llc: Mapping[str, pd.DataFrame],
    *,
    original: Mapping[str, TrainingPreset],
    corrected: Mapping[str, TrainingPreset],
    activations: Sequence[str],
) -> list[Pair]:
    """Return the runs of each activation under both training presets.

    Args:
        trajectories: Trajectories by training preset and activation.
        llc: LLC tables of all runs by sampler preset, with key columns training and activation.
        original: The original's training preset by its name.
        corrected: The training preset without the large initial bias, by its name.
        activations: Names of the activations.
    """
    tables = pd.concat([table.assign(sampler=sampler) for sampler, table in llc.items()])
    by_run = dict(iter(tables.groupby(["training", "activation"])))

    def runs(preset: Mapping[str, TrainingPreset], activation: str) -> Runs:
        ((name, values),) = preset.items()
        return Runs(BY_NAME[activation], values, trajectories[name, activation], by_run[name, activation])

    return [Pair(runs(original, activation), runs(corrected, activation)) for activation in activations]


def deviations_table(pairs: Sequence[Pair], settings: Settings) -> pd.DataFrame:
    """Return one row for each comparison of the original with the same thing without a defect.

    Args:
        pairs: Runs of each activation with the original's initial bias and without.
        settings: Thresholds, intervals and chains.
    """
    found = [
        *records.unseen_training(pairs[0].original.preset),
        *records.logged_values(pairs),
        *records.misaligned_snapshots(pairs, settings.thresholds),
        *initial_bias(pairs, settings.thresholds),
        *equal_activations(pairs),
        *records.hulls(pairs, settings.thresholds),
        *estimates.comparisons(pairs, settings.sampler),
    ]
    table = frames.of((row for each in found for row in rows(each, settings.resampling)), "deviations")
    return table.iloc[np.argsort(table.deviation.str[1:].astype(int), kind="stable")].reset_index(drop=True)


MEASURES = {
    LOSS.name: (f"final {LOSS.with_unit}", RATIO),
    REPRESENTED.name: (f"{REPRESENTED.label} at the end", DIFFERENCE),
    RECOVERED.name: (f"{RECOVERED.label} at the end", DIFFERENCE),
}
"""Measures that an initial bias may change, and how they are compared."""


def initial_bias(pairs: Sequence[Pair], thresholds: Thresholds) -> list[Comparison]:
    """Return how runs end with the original's large initial bias and without, seed by seed (N5)."""
    tables = {pair.name: (_final(pair.original, thresholds), _final(pair.corrected, thresholds)) for pair in pairs}
    found = []
    for column, (name, comparison) in MEASURES.items():
        sentence = f"With a large initial bias, {name}: {{original}}; with b starting at 0: {{corrected}}."
        effect = Effect("N5", name, comparison, sentence)
        found.append(Comparison(effect, {key: (a[column], b[column]) for key, (a, b) in tables.items()}))
    return found


def _final(runs: Runs, thresholds: Thresholds) -> pd.DataFrame:
    """Return the superposition table of the last step, NaN for diverged runs."""
    outputs = outputs_of(runs.activation, runs.preset, runs.final)
    table = superposition_table(runs.final, outputs, thresholds=thresholds)
    return pd.DataFrame({name: table[name].astype(float) for name in MEASURES})


def equal_activations(pairs: Sequence[Pair]) -> list[Comparison]:
    """Return how far runs and LLC estimates of activations that are the same function differ (N11)."""
    by_name = {pair.name: pair for pair in pairs}
    found = []
    for names in EQUAL:
        for kind in ("original", "corrected") if by_name.keys() >= set(names) else ():
            a, b = (getattr(by_name[name], kind) for name in names)
            same = np.where(_below_cap(a), 1.0, np.nan) if "relu6" in names else np.ones(len(a.trajectory.seeds))
            setting = f"{names[0]} and {names[1]}, initial bias of size {a.preset.bias_std:g}"
            differences = {"weight at any recorded step": _largest_difference(a, b), **_llc_differences(a, b)}
            found += [
                Comparison(_largest(of_what), {names[0]: (difference * same, 0.0)}, setting)
                for of_what, difference in differences.items()
            ]
    return found


def _largest(of_what: str) -> Effect:
    """Return what is compared between equal activations."""
    sentence = f"Under equal draws, the largest difference of any {of_what} is {{effect}}."
    return Effect("N11", f"largest difference of any {of_what}", DIFFERENCE, sentence)


def _llc_differences(a: Runs, b: Runs) -> dict[str, Float[np.ndarray, " seed"]]:
    """Return the difference of the last LLC estimates of each run, by sampler preset."""
    keys = ["sampler", "seed", "step"]
    both = a.llc.set_index(keys).llc.sub(b.llc.set_index(keys).llc).abs()
    last = both.groupby(["sampler", "seed"]).last().unstack("sampler").reindex(a.trajectory.seeds)
    return {f"LLC estimate at the end, sampler {sampler}": last[sampler].to_numpy(float) for sampler in last}


def _largest_difference(a: Runs, b: Runs) -> Float[np.ndarray, " seed"]:
    """Return the largest difference of any weight of each run, NaN where it diverged."""
    W, bias = np.abs(a.trajectory.W - b.trajectory.W), np.abs(a.trajectory.b - b.trajectory.b)
    return np.maximum(W.max((1, 2, 3)), bias.max((1, 2)))


def _below_cap(runs: Runs) -> np.ndarray:
    """Whether the pre-activations of each run stay below ``CAP`` at all recorded steps, for unit vectors as inputs."""
    W, b = runs.trajectory.W, runs.trajectory.b
    return np.asarray((W.swapaxes(-1, -2) @ W + b[:, :, None]).max((1, 2, 3)) < CAP)
