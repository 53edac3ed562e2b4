"""Values of columns against their declared ranges, over many files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from superposition.tables.columns import PER_FEATURE, Between, Column, OneOf

LOCATION = ("training", "activation", "seed", "step")
"""Columns that say where a value stands, as far as a table has them."""

SLACK = 1e-9
"""By how much a number may leave its range, and relative to its end: what sums in float64 may be off by."""

Limits = Mapping[str, Mapping[str, float]]
"""Values of training presets that ends of ranges stand for, by preset and name: `n_features`, `n_steps`."""


@dataclass
class Seen:
    """Values seen of a column with a range: how many, how many outside, smallest and largest numbers or all texts.

    `where` is where the first value outside stands, None without one.
    """

    column: Column
    n: int = 0
    n_outside: int = 0
    values: set = field(default_factory=set)
    where: str | None = None

    def add(self, frame: pd.DataFrame, limits: Limits, path: str | Path) -> None:
        """Take the values of one file into account."""
        rows = frame.loc[frame[self.column.name].notna()]
        values = rows[self.column.name]
        if self.column.type == PER_FEATURE:
            values = values.explode().astype(float).dropna()
        if values.empty:
            return
        outside = _outside(values, self.column.within, rows, limits)
        self.n, self.n_outside = self.n + len(values), self.n_outside + int(outside.sum())
        self.values |= set(values) if isinstance(self.column.within, OneOf) else {values.min(), values.max()}
        if outside.any() and self.where is None:
            first = rows.loc[values.index[outside][0]]
            place = ", ".join(f"{key} {first[key]}" for key in LOCATION if key in first) or f"row {first.name}"
            self.where = f"{place} of {path}"

    def found(self) -> str:
        """Return the values seen, and how many of them lie outside."""
        if not self.n:
            return "no value"
        texts = isinstance(self.column.within, OneOf)
        what = ", ".join(sorted(self.values)) if texts else f"{min(self.values):.6g} to {max(self.values):.6g}"
        return what + (f"; {self.n_outside} of {self.n} values outside" if self.n_outside else "")


def _outside(values: pd.Series, within: Between | OneOf | None, rows: pd.DataFrame, limits: Limits) -> np.ndarray:
    """Return whether each value lies outside its range; an end that is a word is that of the row's training preset."""
    if isinstance(within, OneOf):
        return ~values.isin(within.values).to_numpy()
    assert within is not None
    numbers = values.to_numpy(dtype=float)
    high: Any = within.high
    if isinstance(high, str):
        largest = max(preset[high] for preset in limits.values())
        presets = rows.training if "training" in rows else pd.Series("", index=rows.index)
        ends = presets.map(lambda training: limits.get(training, {}).get(high, largest))
        high = ends.loc[values.index].to_numpy(dtype=float)
    return (numbers < within.low - SLACK) | (numbers > high + SLACK * np.abs(high))
