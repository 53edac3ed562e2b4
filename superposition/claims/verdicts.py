"""Verdicts from measured values: the one place that decides whether a statement holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from superposition.claims.evidence import Evidence
from superposition.claims.statement import CONTRADICTED, INCONCLUSIVE, NOT_TESTABLE, REPLICATED, Region, Statement
from superposition.multiplicity import holm
from superposition.statistics import Interval, Resampling, mean_interval, sign_flip_p
from superposition.wording import in_text, plural, printed_name


@dataclass(frozen=True)
class Comparison:
    """One comparison of a statement.

    Attributes:
        name: What is compared.
        interval: Mean over seeds and its interval; None where too few seeds can be read.
        effect_size: Distance of the mean from the nearest end of the region, in standard deviations over seeds,
            positive inside; NaN where all seeds agree.
        p: Of the sign-flip test against the margin, corrected within the statement; NaN for regions with two ends.
        verdict: Verdict of this comparison.
        n_seeds: Number of seeds that could be read.
    """

    name: str
    interval: Interval | None
    effect_size: float
    p: float
    verdict: str
    n_seeds: int


@dataclass(frozen=True)
class Judgement:
    """Verdict on a statement under one protocol.

    Attributes:
        verdict: One of ``VERDICTS``.
        reason: Why it cannot be tested, empty otherwise.
        deciding: The comparison that speaks most against the statement; None where it cannot be tested at all.
        comparisons: All comparisons.
        region: Where the value lies if the statement is true.
        n_used: Runs whose values entered.
        n_excluded: Runs with a missing or unreadable value, or outside the statement's scope.
    """

    verdict: str
    reason: str
    deciding: Comparison | None
    comparisons: tuple[Comparison, ...]
    region: Region
    n_used: int
    n_excluded: int


def verdict_of(interval: Interval, region: Region) -> str:
    """Return whether a whole interval lies inside the region, outside it, or neither.

    An interval that touches an end of the region is inconclusive.
    """
    if interval.low > region.low and interval.high < region.high:
        return REPLICATED
    if interval.high < region.low or interval.low > region.high:
        return CONTRADICTED
    return INCONCLUSIVE


def combine(verdicts: list[str]) -> str:
    """Return the verdict on a statement of which every comparison must hold.

    One contradicted comparison contradicts it; a missing one leaves it open.
    """
    for verdict in (CONTRADICTED, NOT_TESTABLE, INCONCLUSIVE):
        if verdict in verdicts:
            return verdict
    return REPLICATED if verdicts else NOT_TESTABLE


def judge(
    statement: Statement,
    evidence: Evidence,
    region: Region,
    *,
    resampling: Resampling,
    min_seeds: int,
    with_p: bool,
) -> Judgement:
    """Return the verdict on a statement under one protocol.

    Args:
        statement: The statement.
        evidence: Values of all runs under the protocol.
        region: Where the measured value lies if the statement is true.
        resampling: How intervals and p-values are computed.
        min_seeds: Fewest readable seeds with which a comparison is made.
        with_p: Whether p-values are computed too; verdicts do not depend on them.
    """
    missing = [name for name in statement.named if name not in evidence.activations]
    if missing:
        reason = f"not in the study: {', '.join(missing)}"
        return Judgement(NOT_TESTABLE, reason, None, (), region, 0, 0)
    contrast = statement.contrast(evidence, statement)
    values = {str(name): column.dropna().to_numpy(float) for name, column in contrast.items()}
    comparisons = [
        _comparison(statement, name, found, region, resampling, min_seeds, len(values))
        for name, found in values.items()
    ]
    if with_p:
        comparisons = _with_p(comparisons, values, region, resampling)
    verdict = combine([comparison.verdict for comparison in comparisons])
    unread = [comparison for comparison in comparisons if comparison.verdict == NOT_TESTABLE]
    reason = "; ".join(_too_few(comparison, len(evidence.seeds), min_seeds) for comparison in unread)
    readable = [comparison for comparison in comparisons if comparison.interval]
    deciding = min(readable, key=lambda comparison: _lead(comparison, region), default=None)
    return Judgement(verdict, reason, deciding, tuple(comparisons), region, *evidence.number_of_runs(statement))


def _comparison(
    statement: Statement, name, values, region: Region, resampling: Resampling, min_seeds: int, k: int
) -> Comparison:
    """Return one of k comparisons, without its p-value."""
    if len(values) < min_seeds:
        return Comparison(name, None, np.nan, np.nan, NOT_TESTABLE, len(values))
    interval = mean_interval(values, resampling, n_comparisons=k, bounds=statement.bounds)
    effect = _distance(interval.estimate, region) / interval.spread if interval.spread else np.nan
    return Comparison(name, interval, effect, np.nan, verdict_of(interval, region), len(values))


def _with_p(
    comparisons: list[Comparison], values: Mapping[str, np.ndarray], region: Region, resampling: Resampling
) -> list[Comparison]:
    """Return comparisons with their corrected p-values, where the region has one end."""
    ends = [end for end in (region.low, region.high) if np.isfinite(end)]
    if len(ends) != 1:
        return comparisons
    found = [sign_flip_p(values[one.name], ends[0], resampling) if one.interval else np.nan for one in comparisons]
    return [replace(one, p=float(p)) for one, p in zip(comparisons, holm(np.array(found)), strict=True)]


def _distance(value: float, region: Region) -> float:
    """Return how far inside the region a value lies, negative outside."""
    return min(value - region.low, region.high - value)


def _lead(comparison: Comparison, region: Region) -> tuple[int, float]:
    """Return how little a comparison speaks against the statement: first by its verdict, then by its mean."""
    order = (CONTRADICTED, INCONCLUSIVE, REPLICATED)
    assert comparison.interval is not None
    return order.index(comparison.verdict), _distance(comparison.interval.estimate, region)


def _too_few(comparison: Comparison, n_seeds: int, min_seeds: int) -> str:
    needed = "1 is" if min_seeds == 1 else f"{min_seeds} are"
    return f"{comparison.name}: {comparison.n_seeds} of {plural(n_seeds, 'seed')} can be read, {needed} needed"


def sentence(
    statement: Statement, judgement: Judgement, *, labels: Mapping[str, str], confidence: float, word: str
) -> str:
    """Return a verdict as one sentence with its numbers.

    Args:
        statement: The statement.
        judgement: The verdict on it.
        labels: Names of activations and quantities as printed.
        confidence: Level of the interval.
        word: The verdict in words.
    """
    deciding = judgement.deciding
    if deciding is None or deciding.interval is None:
        return f"{statement.measure}: {word} ({judgement.reason or 'no comparison'})."
    found, unit = deciding.interval, f" {statement.unit}" if statement.unit else ""
    k = len(judgement.comparisons)
    which = f" ({printed_name(deciding.name, labels)}, the least favourable of {k})" if k > 1 else ""
    numbers = (
        f"{in_text(found.estimate)}{unit} ({confidence:.0%} interval {in_text(found.low)} to {in_text(found.high)}"
    )
    seeds, used = plural(deciding.n_seeds, "seed"), plural(judgement.n_used, "run")
    runs = f"{seeds}; {used} with all values, {judgement.n_excluded} without)"
    reason = f" ({judgement.reason})" if judgement.reason else ""
    return f"{statement.measure}{which}: {numbers}; {runs}, stated {_stated(judgement.region)}: {word}{reason}."


def _stated(region: Region) -> str:
    """Return a region in words."""
    if np.isinf(region.high):
        return f"above {in_text(region.low)}"
    if np.isinf(region.low):
        return f"below {in_text(region.high)}"
    return f"between {in_text(region.low)} and {in_text(region.high)}"
