"""All tables of verdicts: from the study's evidence, beside fresh seeds, and along the ladder of control."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.evidence import PROTOCOL, views_of
from superposition.claims.evidence_table import Presets, fresh_evidence
from superposition.claims.judge import Terms, judge_all
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.quantities import EVIDENCE_LABELS
from superposition.statistics import Resampling
from superposition.status import SAME, TRAINED
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

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
) -> dict[str, pd.DataFrame]:
    """Return all tables of verdicts, on statements of the post and of prior work, by name.

    `ladder` are the study's training presets in the order of the ladder of control, `printed` label and family of its
    activations, `settings` margins, fewest seeds and fewest activations, and `holdout` evidence from seeds that no one
    had run before. Without a table of classes, no activations are the same or special.
    """
    labels = EVIDENCE_LABELS | {name: row["label"] for name, row in printed.items()}
    terms = Terms(margins=settings["margins"], min_seeds=settings["min_seeds"], resampling=resampling, labels=labels)
    shared = {"printed": printed, "classes": classes, "min_activations": settings["min_activations"]}
    seen, special = views_of(evidence, **shared), {} if classes is None else _special(classes)
    fresh = views_of(holdout, **shared) if holdout is not None else {}
    found, details = {}, []
    for name, statements in (("claims", OF_POST), ("prior_work", PRIOR_WORK)):
        claims, *others = judge_all(statements, seen, terms, classes=special)
        again = judge_all(statements, fresh, terms, classes={})[0] if fresh else None
        found[name] = with_ladder(with_holdout(claims, again), ladder)
        details.append(others)
    comparisons, variants = (frames.joined(tables) for tables in zip(*details, strict=True))
    return {**found, "claim_comparisons": comparisons, "claim_variants": variants}


def _special(classes: pd.DataFrame) -> dict[str, dict[str, list[str]]]:
    """Return the activations of every class that a variant leaves out, and of all of them, by training preset."""
    found = {}
    for training, rows in classes[~classes["class"].isin([SAME, TRAINED])].groupby("training"):
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
    keys = ["id", *PROTOCOL]
    found = fresh[[*keys, "verdict"]].rename(columns={"verdict": "holdout_verdict"})
    shares = fresh.groupby(PROTOCOL).verdict.value_counts(normalize=True).rename("holdout_chance").reset_index()
    joined = claims.merge(found, on=keys, how="left").merge(shares, on=[*PROTOCOL, "verdict"], how="left")
    return joined.assign(holdout_chance=joined.holdout_chance.fillna(0.0).where(joined.holdout_verdict.notna()))


def with_ladder(claims: pd.DataFrame, ladder: Sequence[str]) -> pd.DataFrame:
    """Return verdicts with the steps of the ladder, up to their own training preset, at which the verdict changes.

    Between two presets it is compared under the same sampler preset where there is one, else under any: a statement
    that reads no LLC does not depend on it. Where there is nothing to compare, it is None.
    """

    def changed_at(claim) -> str | None:
        rows = claims[claims.id == claim.id]
        rows = pd.concat([rows, rows[rows.sampler == claim.sampler]])  # of two under a preset, the last one counts
        words = dict(zip(rows.training, rows.verdict, strict=True))
        steps = [name for name in ladder if name in words]
        if claim.training not in steps[1:]:
            return None
        pairs = pairwise(steps[: steps.index(claim.training) + 1])
        return ", ".join(after for before, after in pairs if words[before] != words[after])

    return claims.assign(changed_at=[changed_at(claim) for claim in claims.itertuples()])


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
    none = dict.fromkeys(("llc", "llc_std", "predicted_llc"), np.nan) | {"status": None}
    evidence = fresh_evidence(
        superposition,
        loss,
        ends,
        {NO_SAMPLER: loss.loc[np.any(wanted, axis=0), [*RUN_KEYS, "step"]].assign(**none)},
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
