"""All tables of verdicts: from the study's evidence, beside fresh seeds, and along the ladder of control."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.evidence import Views, views
from superposition.claims.evidence_table import Presets, Protocol, fresh_evidence
from superposition.claims.judge import Terms, judge_all
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import Statement
from superposition.quantities import EVIDENCE_LABELS
from superposition.statistics import Resampling
from superposition.status import SAME, TRAINED
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

PROTOCOL = ["training", "sampler"]

NO_SAMPLER = "none"
"""Sampler preset of runs whose LLC is not estimated."""


def verdict_tables(
    evidence: pd.DataFrame,
    *,
    ladder: Sequence[str],
    printed: Mapping[str, Mapping[str, str]],
    settings: Mapping[str, Any],
    resampling: Resampling,
    classes: pd.DataFrame | None = None,
    holdout: pd.DataFrame | None = None,
    statements: Sequence[Statement] = OF_POST,
) -> dict[str, pd.DataFrame]:
    """Return all tables of verdicts by name.

    Args:
        evidence: Table of evidence.
        ladder: The study's training presets, in the order of the ladder of control.
        printed: Label and family of its activations.
        settings: Margins, fewest seeds and fewest activations.
        resampling: How intervals are computed.
        classes: Table of classes; None for no activations that are the same or special.
        holdout: Evidence from seeds that no one had run before; None where they have not been run.
        statements: What is judged, beside prior work.
    """
    labels = EVIDENCE_LABELS | {name: row["label"] for name, row in printed.items()}
    terms = Terms(margins=settings["margins"], min_seeds=settings["min_seeds"], resampling=resampling, labels=labels)
    shared = {"printed": printed, "classes": classes, "min_activations": settings["min_activations"]}
    seen, left_out = views_of(evidence, **shared), _members(classes)
    fresh = views_of(holdout, **shared) if holdout is not None else {}
    found, details = {}, []
    for name, records in (("claims", statements), ("prior_work", PRIOR_WORK)):
        claims, *others = judge_all(records, seen, terms, classes=left_out)
        again = judge_all(records, fresh, terms, classes={})[0] if fresh else None
        found[name] = with_ladder(with_holdout(claims, again), ladder)
        details.append(others)
    comparisons, variants = (frames.joined(tables) for tables in zip(*details, strict=True))
    return {**found, "claim_comparisons": comparisons, "claim_variants": variants}


def views_of(
    evidence: pd.DataFrame,
    *,
    printed: Mapping[str, Mapping[str, str]],
    classes: pd.DataFrame | None,
    min_activations: int,
) -> dict[Protocol, Views]:
    """Return the evidence of every protocol, by way of counting; arguments as of `verdict_tables`."""
    families = {name: row["family"] for name, row in printed.items()}
    shared = {"activations": list(printed), "families": families, "min_activations": min_activations}
    return {
        (str(training), str(sampler)): views(rows, **shared, same=_same(classes, str(training)))
        for (training, sampler), rows in evidence.groupby(PROTOCOL, sort=False)  # type: ignore[misc]
    }


def _same(classes: pd.DataFrame | None, training: str) -> dict[str, str]:
    """Return the activations of a training preset that are the same as another one, with its name."""
    if classes is None:
        return {}
    rows = classes[(classes.training == training) & (classes["class"] == SAME)]
    return dict(zip(rows.activation, rows.same_as, strict=True))


def _members(classes: pd.DataFrame | None) -> dict[str, dict[str, list[str]]]:
    """Return the activations of every class that a variant leaves out, and of all of them, by training preset."""
    found: dict[str, dict[str, list[str]]] = {}
    if classes is None:
        return found
    special = classes[~classes["class"].isin([SAME, TRAINED])]
    for training, rows in special.groupby("training"):
        by_class = {str(name): list(members.activation) for name, members in rows.groupby("class", sort=False)}
        found[str(training)] = by_class | ({"all_of_these": list(rows.activation)} if len(by_class) > 1 else {})
    return found


def with_holdout(claims: pd.DataFrame, fresh: pd.DataFrame | None) -> pd.DataFrame:
    """Return verdicts beside those on fresh seeds, with the chance that such a verdict would survive by chance.

    By chance means that the verdicts on the fresh seeds have nothing to do with the statements: dealt out anew among
    the statements of a protocol, each is met by its own word as often as that word occurs among them.
    """
    if fresh is None or fresh.empty:
        return claims.assign(holdout_verdict=None, holdout_chance=float("nan"))
    found = fresh.set_index(["id", *PROTOCOL]).verdict.rename("holdout_verdict").reset_index()
    shares = found.groupby(PROTOCOL).holdout_verdict.value_counts(normalize=True).rename("holdout_chance")
    shares = shares.rename_axis(index={"holdout_verdict": "verdict"}).reset_index()
    joined = claims.merge(found, on=["id", *PROTOCOL], how="left").merge(shares, on=[*PROTOCOL, "verdict"], how="left")
    has_run = joined.holdout_verdict.notna()
    return joined.assign(holdout_chance=joined.holdout_chance.fillna(0.0).where(has_run))


def with_ladder(claims: pd.DataFrame, ladder: Sequence[str]) -> pd.DataFrame:
    """Return verdicts with the steps of the ladder, up to their own training preset, at which the verdict changes.

    Between two presets it is compared under the same sampler preset where there is one, else under any: a statement
    that reads no LLC does not depend on it.
    """
    words = {
        key: dict(zip(rows.training, rows.verdict, strict=True)) for key, rows in claims.groupby(["id", "sampler"])
    }
    by_id = {name: dict(zip(rows.training, rows.verdict, strict=True)) for name, rows in claims.groupby("id")}
    keys = zip(claims.id, claims.sampler, claims.training, strict=True)
    return claims.assign(
        changed_at=[_changes({**by_id[name], **words[name, sampler]}, ladder, end) for name, sampler, end in keys]
    )


def _changes(verdicts: dict[str, str], ladder: Sequence[str], end: str) -> str | None:
    """Return the presets at which a verdict is another one than before; None where there is nothing to compare."""
    steps = [name for name in ladder if name in verdicts]
    if end not in steps[1:]:
        return None
    steps = steps[: steps.index(end) + 1]
    return ", ".join(after for before, after in pairwise(steps) if verdicts[before] != verdicts[after])


def ladder_table(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    *,
    ladder: Presets,
    checkpoints: Mapping[str, Sequence[int]],
    printed: Mapping[str, Mapping[str, str]],
    resampling: Resampling,
    claims: Mapping[str, Any],
    **values: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the verdict on every statement of the post at every step of the ladder; on the LLC, none is testable.

    Tables are those of all runs of the ladder, whose training presets are given from the first step on; checkpoints are
    the steps at which losses are compared, by training preset; others are as of `verdict_tables` and `fresh_evidence`.
    """
    wanted = [(loss.training == name) & loss.step.isin(steps) for name, steps in checkpoints.items()]
    keys = loss.loc[np.any(wanted, axis=0), [*RUN_KEYS, "step"]]
    missing = dict.fromkeys(("llc", "llc_std", "predicted_llc"), np.nan)
    evidence = fresh_evidence(
        superposition,
        loss,
        ends,
        {NO_SAMPLER: keys.assign(**missing, status=None)},
        protocols={name: {"training": name, "sampler": NO_SAMPLER} for name in ladder},
        presets={"training": ladder, "sampler": {NO_SAMPLER: {"num_chains": 1}}},
        claims=claims,
        **values,
        seed=resampling.seed,
    )
    shared = {"printed": printed, "settings": claims, "resampling": resampling}
    judged = verdict_tables(evidence, ladder=list(ladder), **shared)["claims"]
    changed = {next(iter(ladder)): ""} | {
        after: ", ".join(name for name in ladder[after] if ladder[before][name] != ladder[after][name])
        for before, after in pairwise(ladder)
    }
    return judged.assign(changed=judged.training.map(changed))
