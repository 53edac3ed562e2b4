"""Statements: who says it, how it is measured, what would decide it, and the possible verdicts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

ABOVE, BELOW, BETWEEN = "above", "below", "between"  # where a value lies, of its margin, if the statement is true

EVERY = ("*",)  # all activations of the study but the linear control: a statement about activations in general

LIMITED = ("sigmoid", "hardsigmoid", "tanh", "hardtanh", "softsign", "softmin")  # what the post calls bounded, limiting
ALSO_BOUNDED = ("softmax",)  # as bounded as softmin, though the post's list leaves it out: not among the others either
GROUPS = {"limited": LIMITED, "also bounded": ALSO_BOUNDED, "sharp": ("relu", "relu6", "threshold")}
"""Activations that statements name together; sharp: a kink or jump, no negative values, and asymmetric."""

UNBOUNDED = (float("-inf"), float("inf"))
SHARE = (0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class ClaimSettings:
    """What a study chooses of how statements are judged.

    Margins by name and the threshold of superposition, in features, have a `value` that decides and `others` of
    variants, margins also a `date`. From fewer than `min_activations` no spread is computed, with fewer readable seeds
    than `min_seeds` no part is measured.
    """

    margins: Mapping[str, Mapping[str, Any]]
    threshold: Mapping[str, Any]
    min_seeds: int
    min_activations: int


@dataclass(frozen=True)
class Region:
    """Where the measured value lies if a statement is true: strictly between two ends, which may be infinite."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement that is tested, `text` in words; halves of one have ids that end in a, b.

    Attributes:
        id: By what tables and documents name it.
        measure: What is measured, as a phrase that the generated sentence begins with.
        unit: Unit of the measured value, empty for a number without one.
        activations: Activations that the statement is about, or ``EVERY``.
        against: Activations they are compared with; ``EVERY`` for all others, empty for none.
        excluding: Activations left out where ``EVERY`` stands.
        over_activations: Whether it is about activations in general: these and seeds are resampled, else seeds alone.
        quantities: Names of what the contrast reads of the evidence.
        direction: Where the measured value lies, of the margin, if it is true: ``ABOVE``, ``BELOW`` or ``BETWEEN``.
        margin: Name of the margin in the configuration: a number, or two for ``BETWEEN``.
        within: Range of a quantity, ends included, for a contrast that counts what lies there.
        bounds: Smallest and largest possible value, at which intervals end.
        contrast: Function of the evidence, this record and weights of activations that returns the measured value of
            every part in every seed. All parts must hold.
        revised: What of the measure was changed after results were seen; empty if nothing.
    """

    id: str
    text: str
    measure: str
    unit: str = ""
    activations: tuple[str, ...]
    against: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()
    over_activations: bool = False
    quantities: tuple[str, ...]
    direction: str
    margin: str
    within: tuple[float, float] = UNBOUNDED
    bounds: tuple[float, float] = UNBOUNDED
    contrast: Callable[..., Mapping]
    revised: str = ""

    @property
    def null(self) -> float:
        """The measured value if there is no effect: of a share as many on either side, else 0."""
        return 0.5 if self.bounds == SHARE else 0.0

    @property
    def named(self) -> tuple[str, ...]:
        """Activations without which the statement cannot be tested."""
        return tuple(name for name in (*self.activations, *self.against) if name not in EVERY)

    def region(self, value: float | list[float]) -> Region:
        """Return the region that a margin gives, which the configuration is checked to have in the right form."""
        ends = {ABOVE: (value, np.inf), BELOW: (-np.inf, value), BETWEEN: value}
        return Region(*map(float, ends[self.direction]))  # type: ignore[arg-type]
