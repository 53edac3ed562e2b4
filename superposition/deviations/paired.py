"""Effect of a defect as a comparison of two values on the same runs: the rows of the table of deviations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from superposition import wording
from superposition.activations import BY_NAME, Activation
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling, median_interval
from superposition.tables.trajectory import Trajectory

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

    def of(self, seeds: Sequence[int]) -> "Runs":
        """Return the runs of some seeds alone."""
        return replace(self, trajectory=self.trajectory.of(seeds), llc=self.llc[self.llc.seed.isin(seeds)])

    @property
    def start(self) -> str:
        """Initial bias, in words."""
        return f"initial bias of size {self.preset.bias_std:g}"


@dataclass(frozen=True)
class Pair:
    """The runs of one activation with and without the original's initial bias; seeds in the same order."""

    original: Runs
    corrected: Runs

    @property
    def name(self) -> str:
        """Name of the activation."""
        return self.original.activation.name

    def of(self, seeds: Sequence[int]) -> "Pair":
        """Return the runs of some seeds alone."""
        return Pair(self.original.of(seeds), self.corrected.of(seeds))


def paired_runs(
    trajectories: Mapping[tuple[str, str], Trajectory],
    llc: Mapping[str, pd.DataFrame],
    presets: Mapping[str, TrainingPreset],
    activations: Sequence[str],
) -> list[Pair]:
    """Return the runs of each activation under both training presets: the original's, and one without its initial bias.

    Args:
        trajectories: Trajectories by training preset and activation.
        llc: LLC tables of all runs by sampler preset, with key columns training and activation.
        presets: Both training presets by name, or a single one.
        activations: Names of the activations.
    """
    tables = pd.concat([table.assign(sampler=sampler) for sampler, table in llc.items()])
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
        quantity: What is measured, with its unit.
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
    each = [_row(effect, name, values, resampling) for name, values in effect.values.items()]
    if len(each) < 2:
        return each
    original, corrected, effects = (np.array([row[key] for row in each]) for key in ("original", "corrected", "effect"))
    overall, summary = _row(effect, None, (original, corrected), resampling), median_interval(effects, resampling)
    return [*each, {**overall, "effect": summary.median, "effect_low": summary.low, "effect_high": summary.high}]


def _row(measured: Effect, activation: str | None, values: tuple, resampling: Resampling) -> dict[str, Any]:
    a, b = (np.asarray(side, dtype=float).ravel() for side in np.broadcast_arrays(*values))
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = a / b if measured.comparison == RATIO else a - b
    used, summary = np.isfinite(effect), median_interval(effect, resampling)
    medians = [float(pd.Series(side[used]).median()) for side in (a, b)]
    sizes = dict(zip(("original", "corrected", "effect"), [*medians, summary.median], strict=True))
    printed = {name: wording.in_text(value) for name, value in sizes.items()}
    return {
        "deviation": measured.deviation,
        "quantity": measured.quantity,
        "activation": activation,
        "setting": measured.setting,
        "comparison": measured.comparison,
        **sizes,
        "effect_low": summary.low,
        "effect_high": summary.high,
        "n": summary.n_used if measured.n is None else measured.n,
        "evidence": measured.sentence.format(**printed) if used.any() else "No run in which it could be measured.",
    }
