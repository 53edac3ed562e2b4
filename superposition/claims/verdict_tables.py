"""All tables of verdicts, from the tables of the study."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from superposition.claims.evidence import Views, views
from superposition.claims.evidence_table import Protocol
from superposition.claims.factors import Presets, changes_table, factors_table
from superposition.claims.judge import Terms, judge_all
from superposition.claims.post import POST
from superposition.claims.prior_work import PRIOR_WORK
from superposition.claims.statement import Statement
from superposition.claims.survival import with_holdout, with_ladder
from superposition.protocols import Protocols
from superposition.quantities import EVIDENCE_LABELS
from superposition.statistics import Resampling
from superposition.tables import frames

SAME, TRAINED = "same", "trained"
"""Classes of activations: counted once with another one, and those about which there is nothing to say."""


def verdict_tables(
    evidence: pd.DataFrame,
    *,
    protocols: Protocols,
    presets: Mapping[str, Presets],
    printed: Mapping[str, Mapping[str, str]],
    settings: Mapping[str, Any],
    resampling: Resampling,
    classes: pd.DataFrame | None = None,
    holdout: pd.DataFrame | None = None,
    statements: Sequence[Statement] = POST,
) -> dict[str, pd.DataFrame]:
    """Return all tables of verdicts by name.

    Args:
        evidence: Table of evidence.
        protocols: Protocols of the study.
        presets: Values of its training presets, in the order of the ladder of control, and sampler presets, by kind.
        printed: Label and family of its activations.
        settings: Margins, fewest seeds and fewest activations.
        resampling: How intervals are computed.
        classes: Table of classes of activations; None for none that are the same or special.
        holdout: Table of evidence from seeds that no one had run before; None where they have not been run.
        statements: What is judged.
    """
    labels = EVIDENCE_LABELS | {name: row["label"] for name, row in printed.items()}
    terms = Terms(margins=settings["margins"], min_seeds=settings["min_seeds"], resampling=resampling, labels=labels)
    shared = {"printed": printed, "classes": classes, "min_activations": settings["min_activations"]}
    seen, left_out = views_of(evidence, **shared), _members(classes)
    fresh = views_of(holdout, **shared) if holdout is not None else {}
    found = {
        name: _surviving(records, seen, fresh, terms, left_out, list(presets["training"]))
        for name, records in (("claims", statements), ("prior_work", PRIOR_WORK))
    }
    claims = found["claims"][0]
    return {
        **{name: tables[0] for name, tables in found.items()},
        "claim_comparisons": frames.joined([tables[1] for tables in found.values()]),
        "claim_variants": frames.joined([tables[2] for tables in found.values()]),
        "claim_changes": changes_table(claims, protocols, presets),
        "claim_factors": factors_table(claims, protocols, presets),
    }


def _surviving(statements, seen, fresh, terms: Terms, left_out, ladder: Sequence[str]) -> list[pd.DataFrame]:
    """Return the verdicts on statements with what becomes of them, their parts and their variants."""
    claims, *details = judge_all(statements, seen, terms, classes=left_out)
    again = judge_all(statements, fresh, terms, classes={})[0] if fresh else None
    return [with_ladder(with_holdout(claims, again), ladder), *details]


def views_of(
    evidence: pd.DataFrame,
    *,
    printed: Mapping[str, Mapping[str, str]],
    classes: pd.DataFrame | None,
    min_activations: int,
) -> dict[Protocol, Views]:
    """Return the evidence of every protocol, by way of counting.

    Args:
        evidence: Table of evidence.
        printed: Label and family of the study's activations.
        classes: Table of classes of activations, None for none.
        min_activations: Fewest activations for spreads, correlations and shares.
    """
    families = {name: row["family"] for name, row in printed.items()}
    return {
        (str(training), str(sampler)): views(
            rows,
            activations=list(printed),
            families=families,
            same=_same(classes, str(training)),
            min_activations=min_activations,
        )
        for (training, sampler), rows in evidence.groupby(["training", "sampler"], sort=False)  # type: ignore[misc]
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
