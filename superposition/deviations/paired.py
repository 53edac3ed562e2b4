"""Effect of a defect as a comparison of two values on the same runs: the rows of the table of deviations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from superposition import wording
from superposition.activations import BY_NAME, Activation
from superposition.measures.history import Paths, load_runs, read_llc
from superposition.statistics import Resampling, median_interval
from superposition.tables.trajectory import Trajectory
from superposition.training_presets import TrainingPreset

RATIO, DIFFERENCE = "ratio", "difference"
"""Effect = value of the original / corrected value, or original - corrected."""


@dataclass(frozen=True)
class Runs:
    """All runs of one activation under one training preset; LLC tables with sampler presets in the column `sampler`."""

    activation: Activation
    preset: TrainingPreset
    trajectory: Trajectory
    llc: pd.DataFrame

    @property
    def final(self) -> Trajectory:
        """The trajectory at its last recorded step."""
        return self.trajectory.at([int(self.trajectory.steps[-1])])

    @property
    def seeds(self) -> list[int]:
        """Seeds of the runs."""
        return self.trajectory.seeds.tolist()

    @property
    def start(self) -> str:
        """Initial bias, in words."""
        return f"initial bias of size {self.preset.bias_std:g}"

    def of(self, seeds: Sequence[int]) -> "Runs":
        """Return the runs of some seeds alone."""
        return replace(self, trajectory=self.trajectory.of(seeds), llc=self.llc[self.llc.seed.isin(seeds)])


class Pair(NamedTuple):
    """The runs of one activation with and without the original's initial bias; seeds in the same order."""

    original: Runs
    corrected: Runs

    @property
    def name(self) -> str:
        """Name of the activation."""
        return self.original.activation.name


def sides(pairs: Sequence[Pair]) -> Iterator[dict[str, Runs]]:
    """Yield the runs of all activations by name, first the originals, then those without the initial bias."""
    for side in zip(*pairs, strict=True):
        yield {runs.activation.name: runs for runs in side}


def read_pairs(
    paths: Paths, llc: Mapping[str, Paths], *, training: Mapping[str, Mapping[str, Any]], activations: Sequence[str]
) -> list[Pair]:
    """Return the runs of each activation under both training presets: the original's, and one without its initial bias.

    Args:
        paths: Trajectories of all their batches.
        llc: Tables of LLC estimates of all their batches, by sampler preset.
        training: Values of both training presets by name, or of a single one.
        activations: Names of the activations, in their order.
    """
    trajectories = load_runs(paths)
    presets = {name: TrainingPreset(**values) for name, values in training.items()}
    tables = pd.concat([table.assign(sampler=sampler) for sampler, table in read_llc(llc).items()])
    by_run = dict(iter(tables.groupby(["training", "activation"])))

    def runs(training: str, activation: str) -> Runs:
        key = training, activation
        return Runs(BY_NAME[activation], presets[training], trajectories[key], by_run[key])

    original, *_, corrected = [*presets, *presets]
    return [Pair(runs(original, activation), runs(corrected, activation)) for activation in activations]


@dataclass(frozen=True)
class Effect:
    """Values of the original beside corrected ones, run by run.

    Attributes:
        deviation: Id of the defect, as in docs/deviations.md.
        comparison: ``RATIO`` or ``DIFFERENCE``.
        sentence: The finding, with {original}, {corrected} and {effect} for the numbers.
        values: Values of every run, or one value, as in the original and without the defect, by activation; None
            stands for all of them. Runs where the effect is not finite, such as diverged ones, are left out.
        setting: What else distinguishes the rows.
        n: Number of values behind shares or extremes that are given as one value.
    """

    deviation: str
    quantity: str
    comparison: str
    sentence: str
    values: Mapping[Any, tuple[ArrayLike, ArrayLike]]
    setting: str | None = None
    n: int | None = None


def rows(effect: Effect, resampling: Resampling) -> list[dict[str, Any]]:
    """Return a row for each activation of an effect and, of several, one for all: the medians of their medians."""
    rows = [_row(effect, name, values, resampling) for name, values in effect.values.items()]
    if len(rows) < 2:
        return rows
    middle = pd.DataFrame(rows)[["original", "corrected", "effect"]].to_numpy(float).T
    overall, summary = _row(effect, None, (middle[0], middle[1]), resampling), median_interval(middle[2], resampling)
    return [*rows, {**overall, "effect": summary.median, "effect_low": summary.low, "effect_high": summary.high}]


def _row(effect: Effect, activation: str | None, values: tuple, resampling: Resampling) -> dict[str, Any]:
    a, b = (np.asarray(side, dtype=float).ravel() for side in np.broadcast_arrays(*values))
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = a / b if effect.comparison == RATIO else a - b
    used, summary = np.isfinite(sizes), median_interval(sizes, resampling)
    medians = [float(pd.Series(side[used]).median()) for side in (a, b)]
    numbers = dict(zip(("original", "corrected", "effect"), [*medians, summary.median], strict=True))
    printed = {name: wording.in_text(value) for name, value in numbers.items()}
    return {
        **{name: getattr(effect, name) for name in ("deviation", "quantity", "setting", "comparison")},
        "activation": activation,
        **numbers,
        "effect_low": summary.low,
        "effect_high": summary.high,
        "n": summary.n_used if effect.n is None else effect.n,
        "evidence": effect.sentence.format(**printed) if used.any() else "No run in which it could be measured.",
    }
