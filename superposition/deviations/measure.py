"""Size of each defect of the original, measured on the runs of the study.

A row compares what the original computes with the same thing without the defect. Ids are those of docs/deviations.md.
Defects of the runs are here, of what is recorded of them in `records`, of the LLC in `estimates` and `resolution`.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from superposition.deviations import estimates, records, resolution
from superposition.deviations.paired import DIFFERENCE, RATIO, Effect, Pair, Runs, rows
from superposition.deviations.resolution import KnownMinima
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.model.training import outputs_of
from superposition.presets import SamplerPreset
from superposition.quantities import LOSS, RECOVERED, REPRESENTED
from superposition.statistics import Resampling
from superposition.tables import frames

CAP = 6.0
"""Below this value ReLU6 is ReLU."""

EQUAL = ("elu", "celu"), ("relu6", "relu")
"""Activations that are the same function, the second pair only below ``CAP``."""

BIASED = {
    LOSS.name: (f"final {LOSS.with_unit}", RATIO),
    REPRESENTED.name: (f"{REPRESENTED.label} at the end", DIFFERENCE),
    RECOVERED.name: (f"{RECOVERED.label} at the end", DIFFERENCE),
}
"""Measures that an initial bias may change, and how they are compared."""


def deviations_table(
    pairs: Sequence[Pair],
    thresholds: Thresholds,
    resampling: Resampling,
    *,
    sampler: SamplerPreset,
    tied_noise: Mapping[str, SamplerPreset],
    init_loss: Mapping[str, int],
    covariance: Sequence[str],
    grid: KnownMinima,
) -> pd.DataFrame:
    """Return one row for each comparison of the original with the same thing without a defect.

    Args:
        pairs: Runs of each activation with the original's initial bias and without.
        thresholds: From when on a feature counts as represented.
        resampling: How intervals over runs are computed.
        sampler: Sampler preset of the original.
        tied_noise: Sampler presets, by name, under which tied weights are sampled once and twice.
        init_loss: `batch_size` and number (`repeats`) of the library's estimates of the loss at the checkpoint.
        covariance: Names of the activations for which the library's covariance is computed.
        grid: Where and how estimates are compared with a known learning coefficient.
    """
    found = [
        records.unseen_training(pairs[0].original.preset),
        *records.logged_values(pairs),
        *records.misaligned_snapshots(pairs, thresholds),
        *initial_bias(pairs, thresholds),
        *equal_activations(pairs),
        *records.hulls(pairs, thresholds),
        *estimates.doubled_noise(pairs, tied_noise),
        estimates.estimated_init_loss(pairs, sampler, **init_loss),
        *estimates.no_minima(pairs),
        *resolution.resolution(pairs, grid),
        *estimates.fresh_samples(pairs, sampler),
        *estimates.covariance(pairs, sampler, covariance),
        *resolution.short_chains(sampler, grid),
    ]
    table = frames.of((row for each in found for row in rows(each, resampling)), "deviations")
    return table.iloc[np.argsort(table.deviation.str[1:].astype(int), kind="stable")].reset_index(drop=True)


def initial_bias(pairs: Sequence[Pair], thresholds: Thresholds) -> Iterator[Effect]:
    """Yield how runs end with the original's large initial bias and without, seed by seed (N5)."""
    tables = {pair.name: (_final(pair.original, thresholds), _final(pair.corrected, thresholds)) for pair in pairs}
    for column, (name, comparison) in BIASED.items():
        sentence = f"With a large initial bias, {name}: {{original}}; with b starting at 0: {{corrected}}."
        values = {key: (a[column], b[column]) for key, (a, b) in tables.items()}
        yield Effect("N5", name, comparison, sentence, values)


def _final(runs: Runs, thresholds: Thresholds) -> pd.DataFrame:
    """Return the superposition table of the last step, NaN for diverged runs."""
    outputs = outputs_of(runs.activation, runs.preset, runs.final)
    table = superposition_table(runs.final, outputs, thresholds=thresholds)
    return pd.DataFrame({name: table[name].astype(float) for name in BIASED})


def equal_activations(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield how far runs and LLC estimates of activations that are the same function differ (N11)."""
    by_name = {pair.name: pair for pair in pairs}
    for names in EQUAL:
        for kind in ("original", "corrected") if by_name.keys() >= set(names) else ():
            a, b = (getattr(by_name[name], kind) for name in names)
            same = np.where(_below_cap(a), 1.0, np.nan) if "relu6" in names else np.ones(len(a.trajectory.seeds))
            differences = {"weight at any recorded step": _largest_difference(a, b), **_llc_differences(a, b)}
            for of_what, difference in differences.items():
                sentence = f"Under equal draws, the largest difference of any {of_what} is {{effect}}."
                quantity, values = f"largest difference of any {of_what}", {names[0]: (difference * same, 0.0)}
                yield Effect("N11", quantity, DIFFERENCE, sentence, values, f"{' and '.join(names)}, {a.start}")


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
