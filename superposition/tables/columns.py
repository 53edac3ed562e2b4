"""Declarations of tables: columns with type, unit, meaning and the values that they may hold."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from superposition import status

INT, FLOAT, STRING, BOOL = pa.int64(), pa.float64(), pa.string(), pa.bool_()
PER_FEATURE = pa.list_(pa.float64())

RUN_KEYS = ["training", "activation", "seed"]
"""Columns that identify a run."""


@dataclass(frozen=True)
class Between:
    """From `low` to `high`, both included; a word such as n_features stands for that value of a training preset."""

    low: float = float("-inf")
    high: float | str = float("inf")

    def __str__(self) -> str:
        if self.high == float("inf"):
            return f"at least {self.low:g}"
        high = self.high if isinstance(self.high, str) else f"{self.high:g}"
        return f"at most {high}" if self.low == float("-inf") else f"{self.low:g} to {high}"


@dataclass(frozen=True)
class OneOf:
    """One of some texts."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.values[:-1])} or {self.values[-1]}"


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit (empty for pure numbers), what a value means, and which values there can be.

    Missing values are always allowed. Nothing for `within` means any value of the type.
    """

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    within: Between | OneOf | None = None


@dataclass(frozen=True)
class Table:
    """A table: what it holds and what one of its rows is, and its columns, over which it iterates."""

    meaning: str
    columns: tuple[Column, ...]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)


NON_NEGATIVE = Between(low=0)


def text(name: str, meaning: str, within: OneOf | None = None) -> Column:
    """Return a column of texts."""
    return Column(name, STRING, "", meaning, within)


def whole(name: str, unit: str, meaning: str, within: Between = NON_NEGATIVE) -> Column:
    """Return a column of whole numbers."""
    return Column(name, INT, unit, meaning, within)


def number(name: str, unit: str, meaning: str, within: Between | None = None) -> Column:
    """Return a column of numbers."""
    return Column(name, FLOAT, unit, meaning, within)


def flag(name: str, meaning: str) -> Column:
    """Return a column of truth values."""
    return Column(name, BOOL, "", meaning)


NOT_POSITIVE = Between(high=0)
SHARE = Between(0, 1)
FEATURES, STEPS = Between(0, "n_features"), Between(0, "n_steps")
ENDED, STATUS, RUN_END = OneOf(status.ENDED), OneOf(status.STATUSES), OneOf(status.RUN_ENDS)
"""Statuses of weights, of LLC estimates, and of ends of runs."""

TRAINING = text("training", "Training preset.")
ACTIVATION = text("activation", "Output activation.")
SEED = whole("seed", "", "Seed of the run.")
STEP = whole("step", "training steps", "Updates made before the values of this row.")
LOSS = number("loss", "MSE", "Expected mean squared error over the distribution of inputs.", NON_NEGATIVE)
ESTIMATE = (
    number("estimate", "as measured", "Mean over seeds."),
    number("low", "as measured", "Lower end of its bootstrap interval."),
    number("high", "as measured", "Upper end of its bootstrap interval."),
)
