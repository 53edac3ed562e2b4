"""Verdicts on all statements under every protocol, and how they fare when something about the judging changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from superposition.claims import verdicts
from superposition.claims.evidence import Evidence, Views
from superposition.claims.evidence_table import Protocol
from superposition.claims.statement import EVERY, Region, Statement, region_of
from superposition.claims.verdicts import Comparison, Judgement, Measured
from superposition.errors import StudyError, closest
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
        return [region_of(statement, value) for value in (margin["value"], *margin["others"])]


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
    for statement in statements:
        for protocol, views in evidence.items():
            keys = {"id": statement.id, "training": protocol[0], "sampler": protocol[1]}
            found = judged(statement, views, classes.get(protocol[0], {}), terms)
            claims.append(keys | _claim(statement, views[BASE], found, terms))
            for one in found[BASE].comparisons:
                numbers = _numbers(statement, one, terms) | {"n_seeds": one.measured.n_seeds}
                comparisons.append(keys | numbers | {"verdict": one.verdict, "reason": one.note})
            variants += [keys | row for row in _variants(statement, found, terms)]
    tables = {"claims": claims, "claim_comparisons": comparisons, "claim_variants": variants}
    first, second, third = (frames.of(rows, name) for name, rows in tables.items())
    return first, second, third


def judged(statement: Statement, views: Views, classes: Classes, terms: Terms) -> dict[str, Judgement]:
    """Return the judgement on a statement under one protocol by variant; what is measured is measured once.

    Variants in which other values are measured make do with a quarter of the resamples.
    """
    measured: dict[Evidence, list[Measured]] = {}
    found = {}
    fewer = replace(terms.resampling, resamples=max(terms.resampling.resamples // 4, 1))
    for name, seen, inside in variants_of(statement, views, classes, terms):
        if missing := verdicts.not_in_study(statement, seen, inside):
            return {BASE: missing}
        if seen not in measured:
            resampling = terms.resampling if name == BASE else fewer
            measured[seen] = verdicts.measure(statement, seen, resampling=resampling, min_seeds=terms.min_seeds)
        linear = classes.get("linear", ())
        found[name] = verdicts.judge(statement, measured[seen], inside, linear=linear, min_seeds=terms.min_seeds)
    return found


def _claim(statement: Statement, base: Evidence, found: Mapping[str, Judgement], terms: Terms) -> dict:
    """Return the row of a verdict."""
    judgement, others = found[BASE], [other.verdict for name, other in found.items() if name != BASE]
    n_used, n_excluded, n_censored = base.runs_of(statement) if judgement.comparisons else (0, 0, 0)
    return {
        "statement": statement.text,
        "measure": statement.measure,
        "unit": statement.unit,
        "activations": ", ".join(terms.labels.get(name, name) for name in statement.activations).replace("*", "all"),
        "resampled": CROSSED if statement.over_activations else SEEDS,
        "null_value": statement.null,
        **_ends(judgement.region),
        **_numbers(statement, judgement.deciding, terms),
        "n_comparisons": len(judgement.comparisons),
        "n_used": n_used,
        "n_excluded": n_excluded,
        "n_censored": n_censored,
        "verdict": judgement.verdict,
        "parts": verdicts.by_word(judgement, terms.labels, with_quantity=len(statement.quantities) > 1),
        "reason": judgement.reason,
        "n_variants": len(others),
        "n_agree": others.count(judgement.verdict),
        "margin_date": terms.margins[statement.margin]["date"],
        "revised": "; ".join(statement.revisions),
        "sentence": _sentence(statement, judgement, terms, (n_used, n_excluded)),
    }


def _ends(region: Region) -> dict[str, float]:
    """Return the ends of a region as columns, NaN where it is open."""
    ends = {"margin_low": region.low, "margin_high": region.high}
    return {name: end if np.isfinite(end) else np.nan for name, end in ends.items()}


def _numbers(statement: Statement, comparison: Comparison | None, terms: Terms) -> dict:
    """Return a part and its numbers as columns."""
    names = ("estimate", "low", "high", "family_low", "family_high", "detectable")
    if comparison is None:
        return dict.fromkeys(("comparison", "quantity", "subject", "other")) | dict.fromkeys(names, np.nan)
    measured, interval = comparison.measured, comparison.measured.interval
    ends = (interval.estimate, interval.low, interval.high) if interval else (np.nan,) * 3
    values = (*ends, *measured.families, interval.detectable if interval else np.nan)
    label = measured.part.label(terms.labels, with_quantity=len(statement.quantities) > 1)
    return {"comparison": label, **vars(measured.part), **dict(zip(names, values, strict=True))}


def _variants(statement: Statement, found: Mapping[str, Judgement], terms: Terms) -> Iterator[dict]:
    """Yield the rows of the variants of a verdict, the deciding one among them."""
    for name, judgement in found.items():
        numbers = _numbers(statement, judgement.deciding, terms)
        yield {
            "variant": name,
            **_ends(judgement.region),
            **{column: numbers[column] for column in ("comparison", "estimate", "low", "high")},
            "verdict": judgement.verdict,
            "agrees": judgement.verdict == found[BASE].verdict,
        }


def _sentence(statement: Statement, judgement: Judgement, terms: Terms, runs: tuple[int, int]) -> str:
    """Return a verdict as one sentence with its numbers, and how many runs are used and left out."""
    deciding, word = judgement.deciding, judgement.verdict
    if deciding is None or deciding.measured.interval is None:
        return f"{statement.measure}: {word} ({judgement.reason or 'no comparison'})."
    found, unit = deciding.measured.interval, f" {statement.unit}" if statement.unit else ""
    k, part = len(judgement.comparisons), deciding.measured.part
    name = part.label(terms.labels, with_quantity=len(statement.quantities) > 1)
    which = f" ({name}, the least favourable of {k})" if k > 1 else ""
    kind = f"{terms.resampling.confidence:.0%} {'sensitivity' if statement.over_activations else 'interval'}"
    numbers = f"{in_text(found.estimate)}{unit} ({kind} {in_text(found.low)} to {in_text(found.high)}"
    used = f"{plural(found.n, 'seed')}; {plural(runs[0], 'run')} with all values, {runs[1]} without)"
    reason = f" ({judgement.reason})" if judgement.reason else ""
    return f"{statement.measure}{which}: {numbers}; {used}, stated {_stated(judgement.region)}: {word}{reason}."


def _stated(region: Region) -> str:
    """Return a region in words."""
    if np.isinf(region.high):
        return f"above {in_text(region.low)}"
    if np.isinf(region.low):
        return f"below {in_text(region.high)}"
    return f"between {in_text(region.low)} and {in_text(region.high)}"
