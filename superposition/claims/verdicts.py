"""Verdicts from measured values: the one place that decides whether a statement holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from superposition.claims.contrasts import Weights
from superposition.claims.evidence import Evidence
from superposition.claims.statement import (
    INCONCLUSIVE,
    NOT_TESTABLE,
    REPLICATED,
    REVERSED,
    SMALLER,
    Part,
    Region,
    Statement,
)
from superposition.statistics import Interval, Resampling, mean_interval, multiplicities
from superposition.wording import plural

FROM_COUNTS = ("superposition", "superposition_beyond", "log_onset")
"""Quantities that follow from which features count."""

ARBITRARY = "both end at the linear optimum, where counts of features are arbitrary"
"""What a comparison of counts between two linear activations leaves out."""

SPEAKS_AGAINST = (REVERSED, NOT_TESTABLE, INCONCLUSIVE, SMALLER, REPLICATED)
"""Verdicts of parts from the one that decides on a statement first to the one that all parts must have."""


@dataclass(frozen=True)
class Measured:
    """One part of a statement: how many seeds could be read, and the interval of the mean of their values.

    The interval is None where too few seeds can be read. `families` are the smallest and largest estimate if one family
    of activations is left out; NaN for named activations. The note says why the part cannot be tested, or what its
    verdict leaves out; empty for nothing.
    """

    part: Part
    n_seeds: int
    interval: Interval | None
    families: tuple[float, float] = (np.nan, np.nan)
    verdict: str = NOT_TESTABLE
    note: str = ""


@dataclass(frozen=True)
class Judgement:
    """Verdict on a statement under one protocol, from all of its parts.

    The reason says why it cannot be tested, or what the verdict leaves out. `deciding` is the part that speaks most
    against the statement; None where it cannot be tested at all.
    """

    verdict: str
    reason: str
    deciding: Measured | None
    parts: tuple[Measured, ...]
    region: Region


def verdict_of(interval: Interval, region: Region, *, null: float) -> tuple[str, str]:
    """Return the word for where a whole interval lies, and what the word leaves out.

    With d the side of the region on which the value without effect lies:

    - replicated: inside the region;
    - right direction, smaller than stated: strictly between the value without effect and the region;
    - reversed: beyond the value without effect, or beyond the far end of the region: the effect is larger than stated.
      If the region holds the value without effect, as that of "hardly differs" does, anywhere outside;
    - inconclusive: otherwise. An interval that touches an end lies on neither side of it.
    """
    low, high, near, far = interval.low, interval.high, region.low, region.high
    if null >= far > near:  # mirrored, so that the region lies above the value without effect
        low, high, near, far, null = -high, -low, -far, -near, -null
    if low > near and high < far:
        return REPLICATED, ""
    if low > far:
        return REVERSED, "larger than stated"
    if near < null:
        return (REVERSED, "larger than stated") if high < near else (INCONCLUSIVE, "")
    if high < null:
        return REVERSED, ""
    if high < near:
        return (SMALLER, "") if low > null else (INCONCLUSIVE, "smaller than stated, of open direction")
    return INCONCLUSIVE, ""


def measure(statement: Statement, evidence: Evidence, *, resampling: Resampling, min_seeds: int) -> list[Measured]:
    """Return every part of a statement, whose activations are in the study, as measured under one protocol.

    `min_seeds` is the fewest readable seeds with which a part is measured.
    """
    groups = evidence.subjects(statement), evidence.comparators(statement)
    sizes = [len(group) for group in groups]
    values = statement.contrast(evidence, statement, Weights(*(np.ones((1, size)) for size in sizes)))
    drawn, families, n_units = {}, {}, np.inf
    if statement.over_activations:
        n_units, empty = min(filter(None, sizes), default=0), np.empty((resampling.resamples, 0))
        often = (multiplicities(size, resampling, stream=i) if size else empty for i, size in enumerate(sizes, start=1))
        drawn = statement.contrast(evidence, statement, Weights(*often))
        families = _without_families(statement, evidence)
    shared = {"n_units": n_units, "n_comparisons": len(values), "bounds": evidence.bounds(statement)}
    found, needed = [], "1 is" if min_seeds == 1 else f"{min_seeds} are"
    for part, (seen, *_) in values.items():
        n = int(np.isfinite(seen).sum())
        interval = mean_interval(seen, resampling, drawn=drawn.get(part), **shared) if n >= min_seeds else None
        note = "" if interval else f"{n} of {plural(len(seen), 'seed')} can be read, {needed} needed"
        found.append(Measured(part, n, interval, families.get(part, (np.nan, np.nan)), note=note))
    return found


def _without_families(statement: Statement, evidence: Evidence) -> dict[Part, tuple[float, float]]:
    """Return the range of the estimate of every part when each family of the activations is left out in turn."""
    groups = evidence.subjects(statement), evidence.comparators(statement)
    found: dict[Part, list[float]] = {}
    for family in dict.fromkeys(evidence.families[name] for group in groups for name in group):
        kept = [np.array([[float(evidence.families[name] != family) for name in group]]) for group in groups]
        if any(group and not weights.any() for group, weights in zip(groups, kept, strict=True)):
            continue  # nothing is left of one side
        for part, values in statement.contrast(evidence, statement, Weights(*kept)).items():
            if len(known := values[np.isfinite(values)]):
                found.setdefault(part, []).append(float(known.mean()))
    return {part: (min(means), max(means)) for part, means in found.items()}


def judge(statement: Statement, measured: Sequence[Measured], region: Region, *, linear: Sequence[str]) -> Judgement:
    """Return the verdict on a statement under one protocol, from its measured parts: that of the least favourable.

    `linear` are activations that end at the linear optimum, a set on which counts of features are arbitrary.
    """

    def lead(one: Measured) -> tuple[int, float]:
        """Return how little a part speaks against the statement: by its verdict, then how far inside it lies."""
        value = one.interval.estimate  # type: ignore[union-attr]
        return SPEAKS_AGAINST.index(one.verdict), min(value - region.low, region.high - value)

    parts = tuple(_judged(statement, one, region, linear) for one in measured)
    verdict = min((one.verdict for one in parts), key=SPEAKS_AGAINST.index, default=NOT_TESTABLE)
    notes = dict.fromkeys(one.note for one in parts if one.note and one.verdict == verdict)
    deciding = min((one for one in parts if one.interval), key=lead, default=None)
    return Judgement(verdict, "; ".join(notes), deciding, parts, region)


def _judged(statement: Statement, measured: Measured, region: Region, linear: Sequence[str]) -> Measured:
    """Return a part with its verdict, and a note where it compares counts of two linear activations."""
    part, verdict, note = measured.part, measured.verdict, measured.note
    if measured.interval:
        verdict, note = verdict_of(measured.interval, region, null=statement.null)
    if part.quantity in FROM_COUNTS and part.other is not None and {part.subject, part.other} <= set(linear):
        note = "; ".join(filter(None, [note, ARBITRARY]))
    return replace(measured, verdict=verdict, note=note)
