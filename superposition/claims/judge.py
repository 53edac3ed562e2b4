"""Verdicts on all statements under every protocol, and how they fare when something about the judging changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition.claims import verdicts
from superposition.claims.evidence import DROPS, GEOMETRIC, ONSETS, Evidence
from superposition.claims.statement import CONTRADICTED, REPLICATED, Region, Statement, region
from superposition.claims.verdicts import Judgement
from superposition.errors import StudyError, closest
from superposition.measures.phases import BASE, RECOVERED
from superposition.statistics import Resampling
from superposition.tables import frames

Protocol = tuple[str, str]
"""Training preset and sampler preset."""

Views = Mapping[str, Evidence]
"""The evidence of one protocol by variant of the transitions, `base` first."""

AGREEMENT = {REPLICATED: "agree", CONTRADICTED: "disagree"}
"""What verdicts are called where findings of prior work are tested."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How statements are judged.

    Attributes:
        margins: Margins by name, each with the value that decides and other values.
        threshold: Superposition from which on `superposition_beyond` counts, with other values.
        min_seeds: Fewest readable seeds with which a comparison is made.
        resampling: How intervals are computed.
        labels: Names of activations and quantities as printed.
    """

    margins: Mapping[str, Mapping]
    threshold: Mapping
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


def variants_of(statement: Statement, views: Views, terms: Terms) -> Iterator[tuple[str, Evidence, Region]]:
    """Yield the ways in which a statement is judged, the deciding one first: each other changes one thing.

    Only changes that can matter are made: another count of features where the statement reads a measure of
    superposition, another slope or half of a drop where it reads loss drops, the time at which half had formed where it
    reads the onset, another threshold where it reads superposition beyond one; other margins always, and half the seeds
    where there are two.
    """
    base, (decides, *others) = views[BASE], terms.regions(statement)
    yield BASE, base, decides
    reads = set(statement.quantities)
    for name, evidence in views.items():
        counts_otherwise = name == RECOVERED or name.startswith("relative_norm")
        if (counts_otherwise and reads & set(GEOMETRIC)) or (name.startswith("slope") and reads & set(DROPS)):
            yield name, evidence, decides
    if reads & set(ONSETS):
        yield "half_formed", base.timed_by_half(), decides
    if "after_drop" in reads:
        yield "after_half_of_drop", base.after_half_of_drop(), decides
    if "superposition_beyond" in reads:
        for value in terms.threshold["others"]:
            yield f"threshold={value:g}", base.with_threshold(value), decides
    for i, other in enumerate(others, start=1):
        yield f"margin_{i}", base, other
    if len(base.seeds) > 1:
        for name, half in zip(("first_half_of_seeds", "second_half_of_seeds"), base.halves, strict=True):
            yield name, half, decides


def judge_all(
    statements: Sequence[Statement],
    evidence: Mapping[Protocol, Views],
    terms: Terms,
    *,
    words: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the verdicts on statements under all protocols, their comparisons and their variants.

    Args:
        statements: What is judged.
        evidence: The evidence of every protocol, in each view.
        terms: How it is judged.
        words: What verdicts are called where not by their own names.

    Returns:
        Rows of the tables claims, claim_comparisons and claim_variants.
    """
    claims, comparisons, variants = [], [], []
    for statement in statements:
        for protocol, views in evidence.items():
            keys = {"id": statement.id, "training": protocol[0], "sampler": protocol[1]}
            found = {
                name: verdicts.judge(
                    statement, seen, inside, resampling=terms.resampling, min_seeds=terms.min_seeds, with_p=name == BASE
                )
                for name, seen, inside in variants_of(statement, views, terms)
            }
            claims.append(keys | _claim(statement, found, terms, words))
            comparisons += [keys | row for row in _comparisons(found[BASE], words)]
            variants += [keys | row for row in _variants(found, words)]
    return (
        frames.of(claims, "claims"),
        frames.of(comparisons, "claim_comparisons"),
        frames.of(variants, "claim_variants"),
    )


def _claim(statement: Statement, found: Mapping[str, Judgement], terms: Terms, words: Mapping[str, str]) -> dict:
    """Return the row of a verdict."""
    base, others = found[BASE], [other.verdict for name, other in found.items() if name != BASE]
    word = words.get(base.verdict, base.verdict)
    return {
        "statement": statement.text,
        "measure": statement.measure,
        "unit": statement.unit,
        "activations": ", ".join(terms.labels.get(name, name) for name in statement.activations).replace("*", "all"),
        **_numbers(base),
        "n_comparisons": len(base.comparisons),
        "n_used": base.n_used,
        "n_excluded": base.n_excluded,
        "verdict": word,
        "reason": base.reason,
        "n_variants": len(others),
        "n_agree": others.count(base.verdict),
        "sentence": verdicts.sentence(
            statement, base, labels=terms.labels, confidence=terms.resampling.confidence, word=word
        ),
    }


def _numbers(judgement: Judgement) -> dict:
    """Return margin and deciding comparison of a judgement as columns."""
    ends = {"margin_low": judgement.region.low, "margin_high": judgement.region.high}
    row = {name: end if np.isfinite(end) else np.nan for name, end in ends.items()}
    deciding = judgement.deciding
    if deciding is None or deciding.interval is None:
        return row | {"comparison": None} | dict.fromkeys(("estimate", "low", "high", "effect_size", "p"), np.nan)
    found = deciding.interval
    row |= {"comparison": deciding.name, "estimate": found.estimate, "low": found.low, "high": found.high}
    return row | {"effect_size": deciding.effect_size, "p": deciding.p}


def _comparisons(judgement: Judgement, words: Mapping[str, str]) -> Iterator[dict]:
    """Yield the rows of the comparisons of a verdict."""
    for comparison in judgement.comparisons:
        found = comparison.interval
        yield {
            "comparison": comparison.name,
            "estimate": found.estimate if found else np.nan,
            "low": found.low if found else np.nan,
            "high": found.high if found else np.nan,
            "effect_size": comparison.effect_size,
            "p": comparison.p,
            "n_seeds": comparison.n_seeds,
            "verdict": words.get(comparison.verdict, comparison.verdict),
        }


def _variants(found: Mapping[str, Judgement], words: Mapping[str, str]) -> Iterator[dict]:
    """Yield the rows of the variants of a verdict, the deciding one among them."""
    for name, judgement in found.items():
        numbers = _numbers(judgement)
        kept = ("margin_low", "margin_high", "comparison", "estimate", "low", "high")
        yield {
            "variant": name,
            **{column: numbers[column] for column in kept},
            "verdict": words.get(judgement.verdict, judgement.verdict),
            "agrees": judgement.verdict == found[BASE].verdict,
        }
