"""Verdicts on all statements under every protocol, and how they fare when something about the judging changes."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from superposition.claims import verdicts
from superposition.claims.evidence import Evidence, Protocol, Views
from superposition.claims.statement import EVERY, NOT_TESTABLE, Part, Region, Statement
from superposition.claims.verdicts import Judgement, Measured
from superposition.measures.phases import BASE
from superposition.statistics import Resampling
from superposition.tables import frames
from superposition.wording import in_text, plural

SEEDS, CROSSED = "seeds", "seeds and activations"
"""What an interval resamples."""

Classes = Mapping[str, Sequence[str]]
"""Activations by class."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How statements are judged: margins by name, each with the value that decides, other values, and its date.

    `min_seeds` readable ones are the fewest with which a part is measured; `labels` are names as printed.
    """

    margins: Mapping[str, Mapping]
    min_seeds: int
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


def judge_all(
    statements: Sequence[Statement],
    evidence: Mapping[Protocol, Views],
    terms: Terms,
    *,
    classes: Mapping[str, Classes],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return rows of the tables claims, claim_comparisons and claim_variants on statements under all protocols.

    `classes` are activations of each class by training preset, which are left out in a variant.
    """
    claims, comparisons, variants = [], [], []
    for statement, ((training, sampler), views) in itertools.product(statements, evidence.items()):
        keys = {"id": statement.id, "training": training, "sampler": sampler}
        found = judged(statement, views, classes.get(training, {}), terms)
        claims.append(keys | _claim(statement, views[BASE], found, terms))
        for one in found[BASE].parts:
            of_part = {"n_seeds": one.n_seeds, "verdict": one.verdict, "reason": one.note}
            comparisons.append(keys | _numbers(statement, one, terms) | of_part)
        for name, judgement in found.items():
            numbers = _numbers(statement, judgement.deciding, terms)
            of_variant = {column: numbers[column] for column in ("comparison", "estimate", "low", "high")}
            of_variant |= {"verdict": judgement.verdict, "agrees": judgement.verdict == found[BASE].verdict}
            variants.append(keys | {"variant": name, **_ends(judgement.region)} | of_variant)
    tables = {"claims": claims, "claim_comparisons": comparisons, "claim_variants": variants}
    first, second, third = (frames.of(rows, name) for name, rows in tables.items())
    return first, second, third


def judged(statement: Statement, views: Views, classes: Classes, terms: Terms) -> dict[str, Judgement]:
    """Return the judgement on a statement under one protocol by variant; what is measured is measured once.

    Variants in which other values are measured make do with a quarter of the resamples.
    """
    if missing := [name for name in statement.named if name not in views[BASE].activations]:
        reason = f"not in the study: {', '.join(missing)}"
        return {BASE: Judgement(NOT_TESTABLE, reason, None, (), terms.regions(statement)[0])}
    measured: dict[Evidence, list[Measured]] = {}
    found, linear = {}, classes.get("linear", ())
    fewer = replace(terms.resampling, resamples=max(terms.resampling.resamples // 4, 1))
    for name, seen, inside in variants_of(statement, views, classes, terms):
        if seen not in measured:
            resampling = terms.resampling if name == BASE else fewer
            measured[seen] = verdicts.measure(statement, seen, resampling=resampling, min_seeds=terms.min_seeds)
        found[name] = verdicts.judge(statement, measured[seen], inside, linear=linear)
    return found


def variants_of(
    statement: Statement, views: Views, classes: Classes, terms: Terms
) -> Iterator[tuple[str, Evidence, Region]]:
    """Yield the ways in which a statement is judged, the deciding one first: each other changes one thing.

    Only changes that can matter are made: another way of counting where the statement reads what it changes; without a
    class of activations where one of them is among those that the statement is about in general, or compared with;
    other margins always, and half the seeds where there are two.
    """
    base, (decides, *others) = views[BASE], terms.regions(statement)
    yield BASE, base, decides
    for name, evidence in views.items():
        if evidence.changed & set(statement.quantities):
            yield name, evidence, decides
    general = set(base.subjects(statement)) if statement.over_activations else set()
    general |= set(base.comparators(statement)) if tuple(statement.against) == EVERY else set()
    for name, members in classes.items():
        if general & set(members):
            yield f"without_{name}", base.without(members), decides
    for i, other in enumerate(others, start=1):
        yield f"margin_{i}", base, other
    half = len(base.seeds) // 2
    if half:
        yield "first_half_of_seeds", base.of_seeds(0, half), decides
        yield "second_half_of_seeds", base.of_seeds(half, len(base.seeds)), decides


def _claim(statement: Statement, base: Evidence, found: Mapping[str, Judgement], terms: Terms) -> dict:
    """Return the row of a verdict."""
    judgement, others = found[BASE], [other.verdict for name, other in found.items() if name != BASE]
    runs = base.runs_of(statement) if judgement.parts else (0, 0, 0)
    return {
        "statement": statement.text,
        "measure": statement.measure,
        "unit": statement.unit,
        "activations": ", ".join(terms.labels.get(name, name) for name in statement.activations).replace("*", "all"),
        "resampled": CROSSED if statement.over_activations else SEEDS,
        "null_value": statement.null,
        **_ends(judgement.region),
        **_numbers(statement, judgement.deciding, terms),
        "n_comparisons": len(judgement.parts),
        **dict(zip(("n_used", "n_excluded", "n_censored"), runs, strict=True)),
        "verdict": judgement.verdict,
        "parts": _by_verdict(statement, judgement, terms),
        "reason": judgement.reason,
        "n_variants": len(others),
        "n_agree": others.count(judgement.verdict),
        "margin_date": terms.margins[statement.margin]["date"],
        "revised": "; ".join(statement.revisions),
        "sentence": _sentence(statement, judgement, terms, *runs[:2]),
    }


def _ends(region: Region) -> dict[str, float]:
    """Return the ends of a region as columns, NaN where it is open."""
    ends = {"margin_low": region.low, "margin_high": region.high}
    return {name: end if np.isfinite(end) else np.nan for name, end in ends.items()}


def _numbers(statement: Statement, measured: Measured | None, terms: Terms) -> dict:
    """Return a part and its numbers as columns; empty without a part."""
    names = ("estimate", "low", "high", "detectable")
    found = dict.fromkeys(("comparison", "quantity", "subject", "other"))
    found |= dict.fromkeys((*names, "family_low", "family_high"), np.nan)
    if measured is None:
        return found
    found |= {"comparison": terms.label(statement, measured.part), **vars(measured.part)}
    found |= dict(zip(("family_low", "family_high"), measured.families, strict=True))
    return found | ({name: getattr(measured.interval, name) for name in names} if measured.interval else {})


def _by_verdict(statement: Statement, judgement: Judgement, terms: Terms) -> str:
    """Return the parts of a statement by their verdicts, where these differ; empty otherwise."""
    found: dict[str, list[str]] = {}
    for one in judgement.parts:
        found.setdefault(one.verdict, []).append(terms.label(statement, one.part))
    return "; ".join(f"{', '.join(parts)}: {verdict}" for verdict, parts in found.items()) if len(found) > 1 else ""


def _sentence(statement: Statement, judgement: Judgement, terms: Terms, n_used: int, n_excluded: int) -> str:
    """Return a verdict as one sentence with its numbers, and how many runs are used and left out."""
    deciding, word, k = judgement.deciding, judgement.verdict, len(judgement.parts)
    if deciding is None or deciding.interval is None:
        return f"{statement.measure}: {word} ({judgement.reason or 'no comparison'})."
    found, unit = deciding.interval, f" {statement.unit}" if statement.unit else ""
    which = f" ({terms.label(statement, deciding.part)}, the least favourable of {k})" if k > 1 else ""
    kind = f"{terms.resampling.confidence:.0%} {'sensitivity' if statement.over_activations else 'interval'}"
    numbers = f"{in_text(found.estimate)}{unit} ({kind} {in_text(found.low)} to {in_text(found.high)}"
    used = f"{plural(found.n, 'seed')}; {plural(n_used, 'run')} with all values, {n_excluded} without)"
    reason = f" ({judgement.reason})" if judgement.reason else ""
    return f"{statement.measure}{which}: {numbers}; {used}, stated {_stated(judgement.region)}: {word}{reason}."


def _stated(region: Region) -> str:
    """Return a region in words."""
    if np.isinf(region.high):
        return f"above {in_text(region.low)}"
    if np.isinf(region.low):
        return f"below {in_text(region.high)}"
    return f"between {in_text(region.low)} and {in_text(region.high)}"
