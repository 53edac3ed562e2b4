"""Verdicts in the explorer's page: their numbers as printed, and the values that they rest on."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from superposition import wording
from superposition.claims.contrasts import correlation, loss_gain
from superposition.claims.evidence import Evidence
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import EVERY, Statement
from superposition.explorer.run_data import plain, plain_value
from superposition.measures.phases import BASE
from superposition.quantities import EVIDENCE_MEANINGS

VERDICT_KEYS = ("id", "training", "sampler")
"""Columns that identify a verdict."""

INTERVAL = ("estimate", "low", "high")
SCALE = (*INTERVAL, "null_value", "margin_low", "margin_high", "unit")
"""Columns that place a verdict on the scale of its statement."""


def statements(evidence: Evidence) -> dict[str, dict[str, Any]]:
    """Return every statement of the post and of prior work, with the activations and quantities that it is about."""
    return {statement.id: _statement(statement, evidence) for statement in (*OF_POST, *PRIOR_WORK)}


def _statement(statement: Statement, evidence: Evidence) -> dict[str, Any]:
    first, *others = statement.quantities
    over_activations = statement.contrast in (correlation, loss_gain)
    charts = [[first, other] for other in others] if over_activations else [[name] for name in statement.quantities]
    return {
        "text": statement.text,
        "measure": statement.measure,
        "subjects": [name for name in evidence.subjects(statement) if name in evidence.activations],
        "comparators": [name for name in evidence.comparators(statement) if name in evidence.activations],
        "aboutAll": tuple(statement.activations) == EVERY,
        "charts": charts,
    }


def verdicts(
    claims: pd.DataFrame,
    comparisons: pd.DataFrame,
    variants: pd.DataFrame,
    *,
    printed: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Return every verdict with its numbers as printed, its comparisons and its variants.

    Args:
        claims: Tables claims or prior_work.
        comparisons: Table claim_comparisons.
        variants: Table claim_variants.
        printed: Labels of the study's activations.
    """
    compared, varied = (_by_verdict(table) for table in (comparisons, variants))
    return [
        {name: row[name] for name in (*VERDICT_KEYS, "verdict", "sentence")}
        | {"numbers": _numbers(row, row["unit"]), "pair": _activations(row, printed)}
        | {"agree": f"{row['n_agree']} of {row['n_variants']}", "parts": row["parts"], "fresh": _fresh(row)}
        | {name: plain_value(row[name]) for name in SCALE}
        | {"comparisons": [_comparison(one, printed) for one in compared.get(_key(row), [])]}
        | {"variants": [_variant(one) for one in varied[_key(row)]]}
        for row in claims.to_dict("records")
    ]


def _key(row: Mapping[str, Any]) -> tuple:
    return tuple(row[name] for name in VERDICT_KEYS)


def _by_verdict(table: pd.DataFrame) -> dict[tuple, list[dict[str, Any]]]:
    found: dict[tuple, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        found.setdefault(_key(row), []).append(row)
    return found


def _fresh(row: Mapping[str, Any]) -> str:
    """Return the verdict on fresh seeds and the chance of the same by chance; nothing before they have run."""
    if not isinstance(row["holdout_verdict"], str):
        return ""
    return f"{row['holdout_verdict']} (the same by chance: {wording.percent(row['holdout_chance'])})"


def _comparison(row: Mapping[str, Any], printed: Mapping) -> dict[str, Any]:
    return {
        "name": EVIDENCE_MEANINGS.get(row["comparison"], row["comparison"]),
        "pair": _activations(row, printed),
        "numbers": _numbers(row) or wording.MISSING,
        **{name: plain_value(row[name]) for name in INTERVAL},
        "seeds": row["n_seeds"],
        "verdict": row["verdict"],
    }


def _variant(row: Mapping[str, Any]) -> dict[str, Any]:
    name = wording.words(row["variant"])
    return {"name": name, "numbers": _numbers(row) or wording.MISSING, "verdict": row["verdict"]}


def _numbers(row: Mapping[str, Any], unit: str = "") -> str:
    """Return an estimate with its interval and unit, nothing where it is missing."""
    interval = wording.interval(row["low"], row["high"])
    return " ".join(filter(None, [wording.number(row["estimate"]), interval, unit])) if interval else ""


def _activations(row: Mapping[str, Any], printed: Mapping) -> list[str]:
    """Return the activations that a part compares, none where it compares groups."""
    return [row[name] for name in ("subject", "other") if row[name] in printed]


def values(evidence: pd.DataFrame, *, activations: Sequence[str], seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return the quantities of every run that statements read, one record per protocol, None where none may be read."""
    runs = pd.MultiIndex.from_product([activations, seeds])
    base = evidence[evidence.variant == BASE]
    found = []
    for (training, sampler), rows in base.groupby(["training", "sampler"], sort=False):  # type: ignore[misc]
        wide = rows.pivot(index=["activation", "seed"], columns="quantity", values="value").reindex(runs)
        of = {"training": training, "sampler": sampler}
        found.append(of | {name: plain(wide[name].round(6)) for name in EVIDENCE_MEANINGS})
    return found
