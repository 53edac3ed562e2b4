"""Effect of a defect as a comparison of two values on the same runs: the rows of the table of deviations."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy.typing import ArrayLike

from superposition import wording
from superposition.activations import Activation
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling, summarise
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


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What is compared.

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


def compare(
    quantity: Quantity,
    original: ArrayLike,
    corrected: ArrayLike,
    *,
    resampling: Resampling,
    activation: str | None = None,
    setting: str | None = None,
    n: int | None = None,
) -> Row:
    """Return the row that compares values of the original with corrected ones, run by run.

    Args:
        quantity: What is compared.
        original: Value of every run as in the original, or one value.
        corrected: Value of the same runs without the defect, or one value. Runs where the effect is not finite, such as
            diverged ones, are left out.
        resampling: How the interval of the median effect is computed.
        activation: Activation of the runs; None for all.
        setting: What else distinguishes the row.
        n: Number of values behind shares or extremes that are given as one value.
    """
    a, b = (np.asarray(values, dtype=float) for values in np.broadcast_arrays(original, corrected))
    a, b = a.ravel(), b.ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = a / b if quantity.comparison == RATIO else a - b
    used = np.isfinite(effect)
    summary = summarise(effect, resampling)
    values = {"original": _median(a[used]), "corrected": _median(b[used]), "effect": summary.median}
    printed = {name: wording.in_text(value) for name, value in values.items()}
    return {
        "deviation": quantity.deviation,
        "quantity": quantity.name,
        "activation": activation,
        "setting": setting,
        "comparison": quantity.comparison,
        **values,
        "effect_low": summary.low,
        "effect_high": summary.high,
        "n": summary.n_used if n is None else n,
        "evidence": quantity.sentence.format(**printed) if used.any() else "No run in which it could be measured.",
    }


def _median(values: Float[np.ndarray, " run"]) -> float:
    """Return the median, NaN without any value."""
    return float(np.median(values)) if len(values) else np.nan


def with_overall(rows: Iterable[Row], quantity: Quantity, *, resampling: Resampling) -> list[Row]:
    """Return the rows of several activations, and one for all of them: the medians of their medians."""
    rows = list(rows)
    if len(rows) < 2:
        return rows
    original, corrected, effects = (np.array([row[key] for row in rows]) for key in ("original", "corrected", "effect"))
    overall = compare(quantity, original, corrected, resampling=resampling, setting=rows[0]["setting"])
    summary = summarise(effects, resampling)
    return [*rows, {**overall, "effect": summary.median, "effect_low": summary.low, "effect_high": summary.high}]
