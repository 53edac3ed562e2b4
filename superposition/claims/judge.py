"""Tables of verdicts on all statements, from evidence of the study and of fresh seeds."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product

import numpy as np
import pandas as pd

from superposition.claims.evidence import PROTOCOL, Evidence, PresetPair, Views, views_of
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import ClaimSettings, Region, Statement
from superposition.claims.verdicts import Classes, Judgement, Measured, Terms, judge_variants
from superposition.measures.phases import BASE
from superposition.quantities import EVIDENCE_LABELS
from superposition.statistics import Resampling
from superposition.status import SAME, TRAINED
from superposition.tables import frames
from superposition.wording import in_text, plural


def judge_statements(
    evidence: pd.DataFrame,
    *,
    presets: Sequence[str],
    printed: Mapping[str, Mapping[str, str]],
    names: Mapping[str, str],
    settings: ClaimSettings,
    resampling: Resampling,
    classes: pd.DataFrame | None = None,
    holdout: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Return all tables of verdicts, on statements of the post and of prior work, by name.

    Args:
        evidence: Evidence of the study.
        presets: Names of training presets, in the order in which changes of verdicts are told.
        printed: Label and family of the activations.
        names: Labels of the activations that statements name, in the study or not.
        settings: How statements are judged.
        resampling: How intervals over seeds are computed.
        classes: Table of classes; without it, no activations are the same or special.
        holdout: Evidence from seeds that no one had run before.
    """
    labels = EVIDENCE_LABELS | {**names} | {name: row["label"] for name, row in printed.items()}
    terms = Terms(**vars(settings), resampling=resampling, labels=labels)
    shared = {"printed": printed, "classes": classes, "min_activations": settings.min_activations}
    views, special = views_of(evidence, **shared), {} if classes is None else _special(classes)
    fresh = views_of(holdout, **shared) if holdout is not None else {}
    verdicts, details = {}, []
    for name, statements in (("claims", OF_POST), ("prior_work", PRIOR_WORK)):
        claims, *others = _judge_all(statements, views, terms, special)
        again = _judge_all(statements, fresh, terms, {})[0] if fresh else None
        verdicts[name] = with_changes(with_holdout(claims, again), presets)
        details.append(others)
    comparisons, variants = (frames.joined(tables) for tables in zip(*details, strict=True))
    return {**verdicts, "claim_comparisons": comparisons, "claim_variants": variants}


def _special(classes: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Return the activations of every class that a variant leaves out, and of all of them, by training preset."""
    special = {}
    for training, rows in classes[~classes["class"].isin([SAME, TRAINED])].groupby("training"):
        by_class = {str(name): list(members.activation) for name, members in rows.groupby("class", sort=False)}
        special[str(training)] = by_class | ({"all_of_these": list(rows.activation)} if len(by_class) > 1 else {})
    return special


def _judge_all(
    statements: Sequence[Statement], evidence: Mapping[PresetPair, Views], terms: Terms, classes: Mapping[str, Classes]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return rows of the tables claims, claim_comparisons and claim_variants on statements under all protocols."""
    claims, comparisons, variants = [], [], []
    for statement, ((training, sampler), views) in product(statements, evidence.items()):
        keys = {"id": statement.id, "training": training, "sampler": sampler}
        judgements = judge_variants(statement, views, classes.get(training, {}), terms)
        claims.append(keys | _claim(statement, views[BASE], judgements, terms))
        for part in judgements[BASE].parts:
            of_part = {"n_seeds": part.n_seeds, "verdict": part.verdict, "reason": part.note}
            comparisons.append(keys | _numbers(statement, part, terms) | of_part)
        for name, judgement in judgements.items():
            numbers = _numbers(statement, judgement.deciding, terms)
            of_variant = {column: numbers[column] for column in ("comparison", "estimate", "low", "high")}
            of_variant |= {"verdict": judgement.verdict, "agrees": judgement.verdict == judgements[BASE].verdict}
            variants.append(keys | {"variant": name, **_ends(judgement.region)} | of_variant)
    details = frames.of(comparisons, "claim_comparisons"), frames.of(variants, "claim_variants")
    return frames.of(claims, "claims"), *details


def _claim(statement: Statement, base: Evidence, judgements: Mapping[str, Judgement], terms: Terms) -> dict:
    """Return the row of a verdict."""
    judgement, others = judgements[BASE], [variant.verdict for name, variant in judgements.items() if name != BASE]
    runs = base.runs_of(statement) if judgement.parts else (0, 0, 0)
    return {
        "statement": statement.text,
        "measure": statement.measure,
        "unit": statement.unit,
        "activations": ", ".join(terms.labels.get(name, name) for name in statement.activations).replace("*", "all"),
        "resampled": "seeds and activations" if statement.over_activations else "seeds",
        "null_value": statement.null,
        **_ends(judgement.region),
        **_numbers(statement, judgement.deciding, terms),
        "n_comparisons": len(judgement.parts),
        **dict(zip(("n_used", "n_excluded", "n_censored"), runs, strict=True)),
        "verdict": judgement.verdict,
        "parts": _by_verdict(statement, judgement, terms),
        "reason": judgement.reason,
        "larger_than_stated": judgement.is_larger,
        "n_variants": len(others),
        "n_agree": others.count(judgement.verdict),
        "margin_date": terms.margins[statement.margin]["date"],
        "revised": statement.revised,
        "sentence": _sentence(statement, judgement, terms, *runs[:2]),
    }


def _ends(region: Region) -> dict[str, float]:
    """Return the ends of a region as columns, NaN where it is open."""
    ends = {"margin_low": region.low, "margin_high": region.high}
    return {name: end if np.isfinite(end) else np.nan for name, end in ends.items()}


def _numbers(statement: Statement, measured: Measured | None, terms: Terms) -> dict:
    """Return a part and its numbers as columns; empty without a part."""
    names = ("estimate", "low", "high", "detectable")
    row = dict.fromkeys(("comparison", "quantity", "subject", "other"))
    row |= dict.fromkeys((*names, "family_low", "family_high"), np.nan)
    if measured is None:
        return row
    row |= {"comparison": terms.label(statement, measured.part), **vars(measured.part)}
    row |= dict(zip(("family_low", "family_high"), measured.families, strict=True))
    return row | ({name: getattr(measured.interval, name) for name in names} if measured.interval else {})


def _by_verdict(statement: Statement, judgement: Judgement, terms: Terms) -> str:
    """Return the parts of a statement by their verdicts, where these differ; empty otherwise."""
    labels: dict[str, list[str]] = {}
    for measured in judgement.parts:
        labels.setdefault(measured.verdict, []).append(terms.label(statement, measured.part))
    return "; ".join(f"{', '.join(parts)}: {verdict}" for verdict, parts in labels.items()) if len(labels) > 1 else ""


def _sentence(statement: Statement, judgement: Judgement, terms: Terms, n_used: int, n_excluded: int) -> str:
    """Return a verdict as one sentence with its numbers, and how many runs are used and left out."""
    deciding, word, k = judgement.deciding, judgement.verdict, len(judgement.parts)
    if deciding is None or deciding.interval is None:
        return f"{statement.measure}: {word} ({judgement.reason or 'no comparison'})."
    interval, unit = deciding.interval, f" {statement.unit}" if statement.unit else ""
    which = f" ({terms.label(statement, deciding.part)}, the least favourable of {k})" if k > 1 else ""
    kind = f"{terms.resampling.confidence:.0%} {'sensitivity' if statement.over_activations else 'interval'}"
    numbers = f"{in_text(interval.estimate)}{unit} ({kind} {in_text(interval.low)} to {in_text(interval.high)}"
    used = f"{plural(interval.n, 'seed')}; {plural(n_used, 'run')} with all values, {n_excluded} without)"
    reason = f" ({judgement.reason})" if judgement.reason else ""
    return f"{statement.measure}{which}: {numbers}; {used}, stated {_stated(judgement.region)}: {word}{reason}."


def _stated(region: Region) -> str:
    """Return a region in words."""
    if np.isinf(region.high):
        return f"above {in_text(region.low)}"
    if np.isinf(region.low):
        return f"below {in_text(region.high)}"
    return f"between {in_text(region.low)} and {in_text(region.high)}"


def with_holdout(claims: pd.DataFrame, fresh: pd.DataFrame | None) -> pd.DataFrame:
    """Return verdicts beside those on fresh seeds, with the chance of the same if these were dealt out anew.

    Among the statements of a protocol, each is then met by its own word as often as that word occurs among them.
    """
    if fresh is None or fresh.empty:
        return claims.assign(holdout_verdict=None, holdout_chance=float("nan"))
    keys = ["id", *PROTOCOL]
    again = fresh.loc[:, [*keys, "verdict"]].rename(columns={"verdict": "holdout_verdict"})
    shares = fresh.groupby(PROTOCOL).verdict.value_counts(normalize=True).rename("holdout_chance").reset_index()
    joined = claims.merge(again, on=keys, how="left").merge(shares, on=[*PROTOCOL, "verdict"], how="left")
    return joined.assign(holdout_chance=joined.holdout_chance.fillna(0.0).where(joined.holdout_verdict.notna()))


def with_changes(claims: pd.DataFrame, presets: Sequence[str]) -> pd.DataFrame:
    """Return verdicts with the training presets, in order and up to their own, at which the verdict changes.

    Between two presets it is compared under the same sampler preset where there is one, else under any: a statement
    that reads no LLC does not depend on it. Where there is nothing to compare, it is None.
    """

    def changed_at(claim) -> str | None:
        of_statement = claims.loc[claims.id == claim.id]
        rows = pd.concat([of_statement, of_statement.loc[of_statement.sampler == claim.sampler]])
        verdicts = dict(zip(rows.training, rows.verdict, strict=True))  # of several under a preset, the last one counts
        steps = [name for name in presets if name in verdicts]
        if claim.training not in steps[1:]:
            return None
        pairs = pairwise(steps[: steps.index(claim.training) + 1])
        return ", ".join(after for before, after in pairs if verdicts[before] != verdicts[after])

    return claims.assign(changed_at=[changed_at(claim) for claim in claims.itertuples()])
