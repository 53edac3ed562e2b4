"""Effect of a defect as a comparison of two values on the same runs: the rows of the table of deviations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy.typing import ArrayLike

from superposition import wording
from superposition.activations import Activation
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling, median_interval
from superposition.tables.trajectory import Trajectory

Row = dict[str, Any]
"""A row of the table of deviations by column."""

RATIO = "ratio"
"""Effect = value of the original / corrected value."""

DIFFERENCE = "difference"
"""Effect = value of the original - corrected value."""


@dataclass(frozen=True)
class Runs:
    """All runs of one activation under one training preset.

    Attributes:
        activation: Output activation.
        preset: Training preset.
        trajectory: Weights at all recorded steps.
        llc: LLC tables of all sampler presets, with their names in the column `sampler`.
    """

    activation: Activation
    preset: TrainingPreset
    trajectory: Trajectory
    llc: pd.DataFrame

    @property
    def final(self) -> Trajectory:
        """The trajectory at its last recorded step."""
        return self.trajectory.at([int(self.trajectory.steps[-1])])


@dataclass(frozen=True)
class Pair:
    """The runs of one activation with and without the original's initial bias; seeds in the same order."""

    original: Runs
    corrected: Runs

    @property
    def name(self) -> str:
        """Name of the activation."""
        return self.original.activation.name


@dataclass(frozen=True)
class Effect:
    """An effect that is measured.

    Attributes:
        deviation: Its id, as in docs/deviations.md.
        name: What is measured, with its unit.
        comparison: ``RATIO`` or ``DIFFERENCE``.
        sentence: The finding, with {original}, {corrected} and {effect} for the numbers.
    """

    deviation: str
    name: str
    comparison: str
    sentence: str


@dataclass(frozen=True)
class Comparison:
    """Values of the original beside corrected ones, run by run.

    Attributes:
        effect: What is compared.
        values: Values of every run, or one value, as in the original and without the defect, by activation; None
            stands for all of them. Runs where the effect is not finite, such as diverged ones, are left out.
        setting: What else distinguishes the rows.
        n: Number of values behind shares or extremes that are given as one value.
    """

    effect: Effect
    values: Mapping[Any, tuple[ArrayLike, ArrayLike]]
    setting: str | None = None
    n: int | None = None


def rows(comparison: Comparison, resampling: Resampling) -> list[Row]:
    """Return a row for each activation of a comparison and, of several, one for all: the medians of their medians."""
    each = [_row(comparison, name, *values, resampling) for name, values in comparison.values.items()]
    if len(each) < 2:
        return each
    original, corrected, effects = (np.array([row[key] for row in each]) for key in ("original", "corrected", "effect"))
    overall, summary = _row(comparison, None, original, corrected, resampling), median_interval(effects, resampling)
    return [*each, {**overall, "effect": summary.median, "effect_low": summary.low, "effect_high": summary.high}]


def _row(
    comparison: Comparison, activation: str | None, original: ArrayLike, corrected: ArrayLike, resampling: Resampling
) -> Row:
    measured = comparison.effect
    a, b = (np.asarray(values, dtype=float).ravel() for values in np.broadcast_arrays(original, corrected))
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = a / b if measured.comparison == RATIO else a - b
    used = np.isfinite(effect)
    summary = median_interval(effect, resampling)
    values = {"original": _median(a[used]), "corrected": _median(b[used]), "effect": summary.median}
    printed = {name: wording.in_text(value) for name, value in values.items()}
    return {
        "deviation": measured.deviation,
        "quantity": measured.name,
        "activation": activation,
        "setting": comparison.setting,
        "comparison": measured.comparison,
        **values,
        "effect_low": summary.low,
        "effect_high": summary.high,
        "n": summary.n_used if comparison.n is None else comparison.n,
        "evidence": measured.sentence.format(**printed) if used.any() else "No run in which it could be measured.",
    }


def _median(values: Float[np.ndarray, " run"]) -> float:
    """Return the median, NaN without any value."""
    return float(np.median(values)) if len(values) else np.nan
