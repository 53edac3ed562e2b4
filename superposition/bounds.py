"""Bounds of values, and contradictions between them."""

import operator
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from superposition.errors import StudyError


@dataclass(frozen=True)
class Bounds:
    """Between which numbers a value lies, or of how many parts it consists.

    Each number has an upper bound, beyond which a job would fail late, without memory or in an overflow.
    """

    at_least: float | None = None
    at_most: float | None = None
    more_than: float | None = None
    less_than: float | None = None


HOLDS = {"at_least": operator.ge, "at_most": operator.le, "more_than": operator.gt, "less_than": operator.lt}
"""What the words of `Bounds` mean."""


def broken_limit(value: float, limits: Mapping[str, float | None]) -> str:
    """Return the first limit that a value does not keep, such as `at least 1`, or nothing; names are as in `Bounds`."""
    if value != value:  # NaN, which keeps no limit
        return "a finite number"
    beyond = [word for word, end in limits.items() if end is not None and not HOLDS[word](value, end)]
    return f"{beyond[0].replace('_', ' ')} {limits[beyond[0]]:g}" if beyond else ""


Contradiction = tuple[str, str, object, str]
"""Name of the value where it shows, what is expected and what was found, and a hint."""

Size = Annotated[int, Bounds(1, 1000)]
Sample = Annotated[int, Bounds(1, 1_000_000)]
Steps = Annotated[int, Bounds(1, 100_000_000)]
Positive = Annotated[float, Bounds(at_most=1e12, more_than=0)]
NotNegative = Annotated[float, Bounds(0, 1e12)]
Decades = Annotated[float, Bounds(1, 14)]  # of n beta, no more than double precision resolves of a loss
Ratio = Annotated[float, Bounds(1.01, 10)]  # of neighbouring rungs or thresholds, of which there are thousands below


def batch_contradictions(batch_size: int, n_samples: int) -> Iterator[Contradiction]:
    """Yield what is wrong with batches of a sample, if they are larger than it."""
    if batch_size > n_samples:
        expected, hint = f"batches of at most n_samples = {n_samples}", "a batch is drawn without replacement"
        yield "batch_size", expected, batch_size, hint


def check(contradictions: Iterable[Contradiction], where: str) -> None:
    """Raise StudyError for the first contradiction, if any; `where` is the place of its values in the configuration."""
    for name, expected, found, hint in contradictions:
        raise StudyError(expected=expected, found=found, where=f"{where}.{name}", hint=hint)
