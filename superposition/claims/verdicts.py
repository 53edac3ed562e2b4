"""Verdicts from measured values: the one place that decides whether a statement holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """Measured value of one part of a statement: one per seed, NaN for none, and the interval of their mean.

    The interval is None where too few seeds can be read. `families` are the smallest and largest estimate if one family
    of activations is left out; NaN for named activations.
    """

    part: Part
    values: np.ndarray
    interval: Interval | None
    families: tuple[float, float] = (np.nan, np.nan)

    @property
    def n_seeds(self) -> int:
        """Number of seeds that could be read."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True)
class Comparison:
    """A measured part, its verdict, and what that leaves out, or why it cannot be tested; empty for nothing."""

    measured: Measured
    verdict: str
    note: str


@dataclass(frozen=True)
class Judgement:
    """Verdict on a statement under one protocol, from all of its parts.

    The reason says why it cannot be tested, or what the verdict leaves out. `deciding` is the part that speaks most
    against the statement; None where it cannot be tested at all.
    """

    verdict: str
    reason: str
    deciding: Comparison | None
    comparisons: tuple[Comparison, ...]
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


def combine(verdicts: Sequence[str]) -> str:
    """Return the verdict on a statement of which every part must hold: that of the part that speaks most against it."""
    return next((verdict for verdict in SPEAKS_AGAINST if verdict in verdicts), NOT_TESTABLE)


def measure(statement: Statement, evidence: Evidence, *, resampling: Resampling, min_seeds: int) -> list[Measured]:
    """Return the measured value of every part of a statement, whose activations are in the study, under one protocol.

    `min_seeds` is the fewest readable seeds with which a part is measured.
    """
    groups = evidence.subjects(statement), evidence.comparators(statement)
    values = statement.contrast(evidence, statement, Weights(*(np.ones((1, len(group))) for group in groups)))
    drawn, families, n_units = {}, {}, np.inf
    if statement.over_activations:
        sizes = [len(group) for group in groups]
        n_units = min(filter(None, sizes), default=0)
        empty = np.ones((resampling.resamples, 0))
        often = (multiplicities(size, resampling, stream=i) if size else empty for i, size in enumerate(sizes, start=1))
        drawn = statement.contrast(evidence, statement, Weights(*often)) if n_units else {}
        families = _without_families(statement, evidence)
    shared = {"n_units": n_units, "n_comparisons": len(values), "bounds": evidence.bounds(statement)}
    found = []
    for part, (seen, *_) in values.items():
        enough = np.isfinite(seen).sum() >= min_seeds
        interval = mean_interval(seen, resampling, drawn=drawn.get(part), **shared) if enough else None
        found.append(Measured(part, seen, interval, families.get(part, (np.nan, np.nan))))
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


def judge(
    statement: Statement, measured: Sequence[Measured], region: Region, *, linear: Sequence[str], min_seeds: int
) -> Judgement:
    """Return the verdict on a statement under one protocol, from its measured parts.

    `linear` are activations that end at the linear optimum, a set on which counts of features are arbitrary.
    """
    comparisons = [_compared(statement, one, region, linear, min_seeds) for one in measured]
    verdict = combine([one.verdict for one in comparisons])
    leading = min(
        (one for one in comparisons if one.measured.interval), key=lambda one: _lead(one, region), default=None
    )
    notes = [one.note for one in comparisons if one.note and one.verdict == verdict]
    return Judgement(verdict, "; ".join(dict.fromkeys(notes)), leading, tuple(comparisons), region)


def not_in_study(statement: Statement, evidence: Evidence, region: Region) -> Judgement | None:
    """Return the judgement on a statement that names activations which were not run; None if all were."""
    missing = [name for name in statement.named if name not in evidence.activations]
    return Judgement(NOT_TESTABLE, f"not in the study: {', '.join(missing)}", None, (), region) if missing else None


def _compared(
    statement: Statement, measured: Measured, region: Region, linear: Sequence[str], min_seeds: int
) -> Comparison:
    """Return a part with its verdict, and a note where it compares counts of two linear activations."""
    part, interval = measured.part, measured.interval
    if interval is None:
        needed = "1 is" if min_seeds == 1 else f"{min_seeds} are"
        note = f"{measured.n_seeds} of {plural(len(measured.values), 'seed')} can be read, {needed} needed"
        verdict = NOT_TESTABLE
    else:
        verdict, note = verdict_of(interval, region, null=statement.null)
    if part.quantity in FROM_COUNTS and part.other is not None and {part.subject, part.other} <= set(linear):
        note = "; ".join(filter(None, [note, ARBITRARY]))
    return Comparison(measured, verdict, note)


def _lead(comparison: Comparison, region: Region) -> tuple[int, float]:
    """Return how little a part speaks against the statement: by its verdict, then how far inside the region it lies."""
    assert comparison.measured.interval is not None
    value = comparison.measured.interval.estimate
    return SPEAKS_AGAINST.index(comparison.verdict), min(value - region.low, region.high - value)


def by_word(judgement: Judgement, labels: Mapping[str, str], *, with_quantity: bool) -> str:
    """Return the parts of a statement by their verdicts, where these differ; empty otherwise."""
    found: dict[str, list[str]] = {}
    for one in judgement.comparisons:
        found.setdefault(one.verdict, []).append(one.measured.part.label(labels, with_quantity=with_quantity))
    return "; ".join(f"{', '.join(parts)}: {verdict}" for verdict, parts in found.items()) if len(found) > 1 else ""
