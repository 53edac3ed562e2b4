"""Types of values of the configuration, with their bounds, that several of its sections have."""

from dataclasses import dataclass
from typing import Annotated

from superposition.bounds import Bounds, Positive


@dataclass(frozen=True)
class Keyword:
    """A keyword of the schema with its value, for what a type and bounds do not say."""

    name: str
    value: str | bool | tuple[str, ...]


NAME, DATE, FOLDER = r"^[a-z][a-z0-9_]*$", r"^\d{4}-\d{2}-\d{2}$", r"^[^{}\x00-\x1f]+$"
"""Patterns of texts; what messages call them is in `schema`."""

UNIQUE = Keyword("uniqueItems", True)

Name = Annotated[
    str,
    Keyword("pattern", NAME),
    Bounds(at_most=40),
    "A name of lower-case letters, digits and underscores.",
]

ActivationName = Annotated[str, Keyword("names", "activation")]
Training = Annotated[str, Keyword("names", "training preset")]
Sampler = Annotated[str, Keyword("names", "sampler preset")]

Step = Annotated[int, Bounds(0, 100_000_000)]
Count = Annotated[int, Bounds(1, 100_000)]
AtLeastTwo = Annotated[int, Bounds(2, 100_000)]
Seed = Annotated[int, Bounds(0, 4_294_967_295)]
Number = Annotated[float, Bounds(-1e12, 1e12)]
Share = Annotated[float, Bounds(more_than=0, less_than=1)]
PositiveShare = Annotated[float, Bounds(at_most=1, more_than=0)]

Activations = Annotated[list[ActivationName], Bounds(1), UNIQUE]
ManySteps = Annotated[list[Step], Bounds(1), UNIQUE]
BatchSizes = Annotated[list[Annotated[int, Bounds(0, 1_000_000)]], Bounds(1), UNIQUE]
Positives = Annotated[list[Positive], Bounds(1), UNIQUE]
Seeds = Annotated[
    Annotated[str, Bounds(1)] | Seed | list[Seed],
    "Seeds, at least one, as ranges and single values such as `1-10` or `1,3,7`.",
]

Margin = Annotated[Number | Annotated[list[Number], Bounds(2, 2)], "A number, or two increasing numbers."]
