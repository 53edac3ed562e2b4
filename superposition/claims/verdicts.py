"""Verdicts from measured values: the one place that decides whether a statement holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from superposition.claims.contrasts import Part, Weights
from superposition.claims.evidence import Evidence, Views
from superposition.claims.statement import ClaimSettings, Region, Statement
from superposition.measures.phases import BASE
from superposition.statistics import Interval, Resampling, mean_interval, multiplicities
from superposition.status import INCONCLUSIVE, LARGER, NOT_TESTABLE, REPLICATED, REVERSED, SMALLER
from superposition.wording import plural

FROM_COUNTS = ("superposition", "superposition_beyond", "log_onset")  # quantities that follow from which features count
ARBITRARY = "both end at the linear optimum, where counts of features are arbitrary"  # a note on comparing them
SPEAKS_AGAINST = (REVERSED, NOT_TESTABLE, INCONCLUSIVE, SMALLER, REPLICATED)  # of verdicts on parts, the first decides
FEWER_RESAMPLES = 4  # times, for variants that measure other values: they only say in how many ways a verdict holds
Classes = Mapping[str, Sequence[str]]  # activations by class


@dataclass(frozen=True, kw_only=True)
class Terms(ClaimSettings):
    """How statements are judged, with how intervals are computed and `labels`, names as printed."""

    resampling: Resampling
    labels: Mapping[str, str]

    def regions(self, statement: Statement) -> list[Region]:
        """Return the region that decides on a statement, and those of the other margins."""
        margin = self.margins[statement.margin]
        return [statement.region(value) for value in (margin["value"], *margin["others"])]

    def label(self, statement: Statement, part: Part) -> str:
        """Return a part as printed: `loss: GELU − CELU`, with its quantity where the statement has several."""
        names = " − ".join(self.labels.get(name, name) for name in (part.subject, part.other) if name)
        quantity = self.labels.get(part.quantity, part.quantity)
        return f"{quantity}: {names}" if names and len(statement.quantities) > 1 else names or quantity


@dataclass(frozen=True)
class Measured:
    """One part of a statement: how many seeds could be read, and the interval of the mean of their values.

    The interval is None where too few seeds can be read. `families` are the smallest and largest estimate if one family
    of activations is left out; NaN for named activations. The note says why the part cannot be tested, or what its
    verdict leaves out; empty for nothing. `is_larger`: it lies beyond the far end of what is stated.
    """

    part: Part
    n_seeds: int
    interval: Interval | None
    families: tuple[float, float] = (np.nan, np.nan)
    verdict: str = NOT_TESTABLE
    note: str = ""
    is_larger: bool = False


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

    @property
    def is_larger(self) -> bool:
        """Whether it is reversed by a part whose value lies beyond the far end of what is stated."""
        return self.verdict == REVERSED and any(part.is_larger and part.verdict == REVERSED for part in self.parts)


def verdict_of(interval: Interval, region: Region, *, null: float) -> tuple[str, str]:
    """Return the word for where a whole interval lies, by the table in docs/claims.md, and what the word leaves out.

    `null` is the value without effect. An interval that touches an end of the region lies on neither side of it.
    """
    low, high, near, far = interval.low, interval.high, region.low, region.high
    if null >= far > near:  # mirrored, so that the region lies above the value without effect
        low, high, near, far, null = -high, -low, -far, -near, -null
    if low > near and high < far:
        return REPLICATED, ""
    if low > far:
        return REVERSED, LARGER
    if near < null:
        return (REVERSED, LARGER) if high < near else (INCONCLUSIVE, "")
    if high < null:
        return REVERSED, ""
    if high < near:
        return (SMALLER, "") if low > null else (INCONCLUSIVE, "smaller than stated, of open direction")
    return INCONCLUSIVE, ""


def measure(statement: Statement, evidence: Evidence, terms: Terms) -> list[Measured]:
    """Return every part of a statement, whose activations are in the study, as measured under one protocol."""
    resampling, min_seeds = terms.resampling, terms.min_seeds
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
    parts, needed = [], "1 is" if min_seeds == 1 else f"{min_seeds} are"
    for part, (of_seeds, *_) in values.items():
        n = int(np.isfinite(of_seeds).sum())
        interval = mean_interval(of_seeds, resampling, drawn=drawn.get(part), **shared) if n >= min_seeds else None
        note = "" if interval else f"{n} of {plural(len(of_seeds), 'seed')} can be read, {needed} needed"
        parts.append(Measured(part, n, interval, families.get(part, (np.nan, np.nan)), note=note))
    return parts


def _without_families(statement: Statement, evidence: Evidence) -> dict[Part, tuple[float, float]]:
    """Return the range of the estimate of every part when each family of the activations is left out in turn."""
    groups = evidence.subjects(statement), evidence.comparators(statement)
    estimates: dict[Part, list[float]] = {}
    for family in dict.fromkeys(evidence.families[name] for group in groups for name in group):
        kept = [np.array([[float(evidence.families[name] != family) for name in group]]) for group in groups]
        if any(group and not weights.any() for group, weights in zip(groups, kept, strict=True)):
            continue  # nothing is left of one side
        for part, values in statement.contrast(evidence, statement, Weights(*kept)).items():
            if len(known := values[np.isfinite(values)]):
                estimates.setdefault(part, []).append(float(known.mean()))
    return {part: (min(means), max(means)) for part, means in estimates.items()}


def judge(statement: Statement, measured: Sequence[Measured], region: Region, *, linear: Sequence[str]) -> Judgement:
    """Return the verdict on a statement under one protocol, from its measured parts: that of the least favourable.

    Args:
        statement: What is judged.
        measured: Its parts as `measure` returns them, none where it cannot be tested.
        region: Where the value lies if it is true.
        linear: Activations that end at the linear optimum, a set on which counts of features are arbitrary.
    """

    def lead(part: Measured) -> tuple[int, float]:
        """Return how little a part speaks against the statement: by its verdict, then how far inside it lies."""
        estimate = part.interval.estimate  # type: ignore[union-attr]
        return SPEAKS_AGAINST.index(part.verdict), min(estimate - region.low, region.high - estimate)

    parts = tuple(_with_verdict(statement, part, region, linear) for part in measured)
    verdict = min((part.verdict for part in parts), key=SPEAKS_AGAINST.index, default=NOT_TESTABLE)
    notes = dict.fromkeys(part.note for part in parts if part.note and part.verdict == verdict)
    deciding = min((part for part in parts if part.interval), key=lead, default=None)
    return Judgement(verdict, "; ".join(notes), deciding, parts, region)


def _with_verdict(statement: Statement, measured: Measured, region: Region, linear: Sequence[str]) -> Measured:
    """Return a part with its verdict, and a note where it compares counts of two linear activations."""
    part, verdict, note = measured.part, measured.verdict, measured.note
    if measured.interval:
        verdict, note = verdict_of(measured.interval, region, null=statement.null)
    is_larger = note == LARGER
    if part.quantity in FROM_COUNTS and part.other is not None and {part.subject, part.other} <= set(linear):
        note = "; ".join(filter(None, [note, ARBITRARY]))
    return replace(measured, verdict=verdict, note=note, is_larger=is_larger)


def judge_variants(statement: Statement, views: Views, classes: Classes, terms: Terms) -> dict[str, Judgement]:
    """Return the judgement on a statement under one protocol by variant; what is measured is measured once.

    Args:
        statement: What is judged.
        views: Evidence under the protocol by way of counting.
        classes: Activations of each class that a variant leaves out.
        terms: How statements are judged and intervals computed.
    """
    if missing := [name for name in statement.named if name not in views[BASE].activations]:
        reason = f"not in the study: {', '.join(terms.labels.get(name, name) for name in missing)}"
        return {BASE: Judgement(NOT_TESTABLE, reason, None, (), terms.regions(statement)[0])}
    measured: dict[Evidence, list[Measured]] = {}
    judgements, linear = {}, classes.get("linear", ())
    n_resamples = max(terms.resampling.resamples // FEWER_RESAMPLES, 1)
    fewer = replace(terms, resampling=replace(terms.resampling, resamples=n_resamples))
    for name, evidence, region in _variants(statement, views, classes, terms):
        if evidence not in measured:
            measured[evidence] = measure(statement, evidence, terms if name == BASE else fewer)
        judgements[name] = judge(statement, measured[evidence], region, linear=linear)
    return judgements


def _variants(
    statement: Statement, views: Views, classes: Classes, terms: Terms
) -> Iterator[tuple[str, Evidence, Region]]:
    """Yield ways in which a statement is judged, the deciding one first: each other changes one thing that matters."""
    base, (decides, *others) = views[BASE], terms.regions(statement)
    yield BASE, base, decides
    for name, evidence in views.items():
        if evidence.changed & set(statement.quantities):
            yield name, evidence, decides
    general = base.general(statement)
    for name, members in classes.items():
        if general & set(members):
            yield f"without_{name}", base.without(members), decides
    for i, other in enumerate(others, start=1):
        yield f"margin_{i}", base, other
    if half := len(base.seeds) // 2:
        yield "first_half_of_seeds", base.of_seeds(slice(half)), decides
        yield "second_half_of_seeds", base.of_seeds(slice(half, None)), decides
