"""Verdicts on all statements under every protocol, and how they fare when something about the judging changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from superposition.claims import verdicts
from superposition.claims.evidence import Evidence, Views
from superposition.claims.evidence_table import Protocol
from superposition.claims.sentences import sentence
from superposition.claims.statement import EVERY, Region, Statement, region
from superposition.claims.verdicts import Comparison, Judgement, Measured
from superposition.errors import StudyError, closest
from superposition.measures.phases import BASE
from superposition.statistics import Resampling
from superposition.tables import frames

SEEDS, CROSSED = "seeds", "seeds and activations"
"""What an interval resamples."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How statements are judged.

    Attributes:
        margins: Margins by name, each with the value that decides, other values, and the date on which it was fixed.
        min_seeds: Fewest readable seeds with which a part is measured.
        resampling: How intervals are computed.
        labels: Names of activations and quantities as printed.
    """

    margins: Mapping[str, Mapping]
    min_seeds: int
    resampling: Resampling
    labels: Mapping[str, str]

    def regions(self, statement: Statement) -> list[Region]:
        """Return the region that decides on a statement, and those of the other margins.

        Raises:
            StudyError: If the configuration has no such margin, or one of the wrong form.
        """
        if statement.margin not in self.margins:
            raise StudyError(
                expected=f"a margin for statement {statement.id}",
                found=repr(statement.margin),
                where="claims.margins",
                hint=closest(statement.margin, list(self.margins)),
            )
        margin = self.margins[statement.margin]
        return [region(statement, value) for value in (margin["value"], *margin["others"])]


def variants_of(
    statement: Statement, views: Views, classes: Mapping[str, Sequence[str]], terms: Terms
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


def judge_all(
    statements: Sequence[Statement],
    evidence: Mapping[Protocol, Views],
    terms: Terms,
    *,
    classes: Mapping[str, Mapping[str, Sequence[str]]],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the verdicts on statements under all protocols, their parts and their variants.

    Args:
        statements: What is judged.
        evidence: The evidence of every protocol, in each view.
        terms: How it is judged.
        classes: Activations of each class by training preset, which are left out in a variant.

    Returns:
        Rows of the tables claims, claim_comparisons and claim_variants.
    """
    claims, comparisons, variants = [], [], []
    for statement in statements:
        for protocol, views in evidence.items():
            keys = {"id": statement.id, "training": protocol[0], "sampler": protocol[1]}
            found = judged(statement, views, classes.get(protocol[0], {}), terms)
            claims.append(keys | _claim(statement, views[BASE], found, terms))
            comparisons += [keys | row for row in _comparisons(statement, found[BASE], terms)]
            variants += [keys | row for row in _variants(statement, found, terms)]
    return (
        frames.of(claims, "claims"),
        frames.of(comparisons, "claim_comparisons"),
        frames.of(variants, "claim_variants"),
    )


def judged(
    statement: Statement, views: Views, classes: Mapping[str, Sequence[str]], terms: Terms
) -> dict[str, Judgement]:
    """Return the judgement on a statement under one protocol by variant; what is measured is measured once.

    Variants in which other values are measured make do with a quarter of the resamples.
    """
    measured: dict[int, list[Measured]] = {}
    found = {}
    fewer = replace(terms.resampling, resamples=max(terms.resampling.resamples // 4, 1))
    for name, seen, inside in variants_of(statement, views, classes, terms):
        if missing := verdicts.not_in_study(statement, seen, inside):
            return {BASE: missing}
        if id(seen) not in measured:
            resampling = terms.resampling if name == BASE else fewer
            measured[id(seen)] = verdicts.measure(statement, seen, resampling=resampling, min_seeds=terms.min_seeds)
        shared = {
            "linear": classes.get("linear", ()),
            "resampling": terms.resampling,
            "min_seeds": terms.min_seeds,
        }
        found[name] = verdicts.judge(statement, measured[id(seen)], inside, **shared, with_p=name == BASE)
    return found


def _claim(statement: Statement, base: Evidence, found: Mapping[str, Judgement], terms: Terms) -> dict:
    """Return the row of a verdict."""
    judgement, others = found[BASE], [other.verdict for name, other in found.items() if name != BASE]
    with_quantity, labels = len(statement.quantities) > 1, terms.labels
    n_used, n_excluded, n_censored = base.runs_of(statement) if judgement.comparisons else (0, 0, 0)
    return {
        "statement": statement.text,
        "measure": statement.measure,
        "unit": statement.unit,
        "activations": ", ".join(labels.get(name, name) for name in statement.activations).replace("*", "all"),
        "resampled": CROSSED if statement.over_activations else SEEDS,
        "null_value": statement.null,
        **_region(judgement.region),
        **_numbers(statement, judgement.deciding, terms),
        "n_comparisons": len(judgement.comparisons),
        "n_used": n_used,
        "n_excluded": n_excluded,
        "n_censored": n_censored,
        "verdict": judgement.verdict,
        "parts": verdicts.by_word(judgement, labels, with_quantity=with_quantity),
        "reason": judgement.reason,
        "n_variants": len(others),
        "n_agree": others.count(judgement.verdict),
        "margin_date": terms.margins[statement.margin]["date"],
        "revised": "; ".join(statement.revisions),
        "sentence": sentence(
            statement, judgement, labels=labels, confidence=terms.resampling.confidence, runs=(n_used, n_excluded)
        ),
    }


def _region(region: Region) -> dict[str, float]:
    """Return the ends of a region as columns, NaN where it is open."""
    ends = {"margin_low": region.low, "margin_high": region.high}
    return {name: end if np.isfinite(end) else np.nan for name, end in ends.items()}


def _numbers(statement: Statement, comparison: Comparison | None, terms: Terms) -> dict:
    """Return a part and its numbers as columns."""
    names = ("estimate", "low", "high", "family_low", "family_high", "detectable", "effect_size", "p")
    if comparison is None:
        return dict.fromkeys(("comparison", "quantity", "subject", "other")) | dict.fromkeys(names, np.nan)
    measured, interval = comparison.measured, comparison.measured.interval
    ends = [interval.estimate, interval.low, interval.high] if interval else [np.nan] * 3
    detectable = interval.detectable if interval else np.nan
    values = (*ends, *measured.families, detectable, comparison.effect_size, comparison.p)
    label = measured.part.label(terms.labels, with_quantity=len(statement.quantities) > 1)
    return {"comparison": label, **vars(measured.part), **dict(zip(names, values, strict=True))}


def _comparisons(statement: Statement, judgement: Judgement, terms: Terms) -> Iterator[dict]:
    """Yield the rows of the parts of a verdict."""
    for comparison in judgement.comparisons:
        yield _numbers(statement, comparison, terms) | {
            "n_seeds": comparison.measured.n_seeds,
            "verdict": comparison.verdict,
            "reason": comparison.note,
        }


def _variants(statement: Statement, found: Mapping[str, Judgement], terms: Terms) -> Iterator[dict]:
    """Yield the rows of the variants of a verdict, the deciding one among them."""
    for name, judgement in found.items():
        numbers = _numbers(statement, judgement.deciding, terms)
        yield {
            "variant": name,
            **_region(judgement.region),
            **{column: numbers[column] for column in ("comparison", "estimate", "low", "high")},
            "verdict": judgement.verdict,
            "agrees": judgement.verdict == found[BASE].verdict,
        }
