"""Statements: who says it, how it is measured, what would decide it, and the possible verdicts."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from superposition.errors import StudyError

ABOVE, BELOW, BETWEEN = "above", "below", "between"
"""Where the measured value lies if the statement is true: on one side of its margin, or between two."""

REPLICATED = "replicated"
CONTRADICTED = "contradicted"
INCONCLUSIVE = "inconclusive"
NOT_TESTABLE = "not testable"

VERDICTS = (REPLICATED, CONTRADICTED, INCONCLUSIVE, NOT_TESTABLE)
"""All verdicts, in the order in which tables and legends show them."""

EVERY = ("*",)
"""Stands for all activations of the study but the linear control, where a statement is about activations in general."""


UNBOUNDED = (float("-inf"), float("inf"))
SHARE = (0.0, 1.0)
CORRELATION = (-1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement that is tested.

    Attributes:
        id: Identifier; halves of one statement end in a, b.
        text: The statement in short.
        measure: What is measured, as a phrase that the generated sentence begins with.
        unit: Unit of the measured value, empty for pure numbers.
        activations: Activations that the statement is about, or ``EVERY``.
        against: Activations they are compared with; ``EVERY`` for all others, empty for none.
        excluding: Activations left out where ``EVERY`` stands.
        quantities: Columns of the evidence that the contrast reads.
        direction: ``ABOVE``, ``BELOW`` or ``BETWEEN``.
        margin: Name of the margin in the configuration: a number, or two for ``BETWEEN``.
        bounds: Smallest and largest possible value, at which intervals end.
        contrast: Function of the evidence and this record that returns the measured value: a frame with one row per
            seed and one column per comparison. All comparisons of a statement must hold.
    """

    id: str
    text: str
    measure: str
    unit: str
    activations: tuple[str, ...]
    against: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()
    quantities: tuple[str, ...]
    direction: str
    margin: str
    bounds: tuple[float, float] = UNBOUNDED
    contrast: Callable[..., pd.DataFrame]

    @property
    def named(self) -> tuple[str, ...]:
        """Activations without which the statement cannot be tested."""
        return tuple(name for name in (*self.activations, *self.against) if name not in EVERY)


@dataclass(frozen=True)
class Region:
    """Where the measured value lies if a statement is true: strictly between two ends, which may be infinite."""

    low: float
    high: float


def region(statement: Statement, value: float | list[float]) -> Region:
    """Return the region that a margin of the configuration gives a statement.

    Raises:
        StudyError: If the margin is one number for a statement that needs two, or two that are not in order.
    """
    is_pair = isinstance(value, list | tuple)
    if is_pair != (statement.direction == BETWEEN) or (is_pair and not value[0] < value[1]):
        raise StudyError(
            expected="two increasing numbers" if statement.direction == BETWEEN else "one number",
            found=value,
            where=f"claims.margins.{statement.margin}",
            hint=f"statement {statement.id} holds {statement.direction} its margin",
        )
    if is_pair:
        return Region(float(value[0]), float(value[1]))
    return Region(float(value), float("inf")) if statement.direction == ABOVE else Region(float("-inf"), float(value))
