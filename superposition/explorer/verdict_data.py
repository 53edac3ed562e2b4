"""Verdicts in the explorer's page: their numbers as printed, and the values that they rest on."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from superposition import wording
from superposition.claims.contrasts import correlation, loss_gain, spread
from superposition.claims.evidence import Evidence
from superposition.claims.judge import Protocol
from superposition.claims.post import POST
from superposition.claims.prior_work import PRIOR_WORK
from superposition.claims.statement import EVERY, Statement
from superposition.explorer.run_data import plain
from superposition.quantities import EVIDENCE_LABELS, EVIDENCE_MEANINGS
from superposition.wording import printed_name

VERDICT_KEYS = ("id", "training", "sampler")
"""Columns that identify a verdict."""

BY_CURVES = "This statement is judged on the curves over all checkpoints; the values at the end are shown."


def statements(evidence: Evidence) -> dict[str, dict[str, Any]]:
    """Return every statement of the post and of prior work, with the activations and quantities that it is about.

    Args:
        evidence: Evidence of any protocol, for the activations of the study.
    """
    return {statement.id: _statement(statement, evidence) for statement in (*POST, *PRIOR_WORK)}


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
        "note": BY_CURVES if statement.contrast is spread else "",
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
    labels = EVIDENCE_MEANINGS | EVIDENCE_LABELS | {name: row["label"] for name, row in printed.items()}
    compared, varied = (_by_verdict(table) for table in (comparisons, variants))
    return [
        {name: row[name] for name in (*VERDICT_KEYS, "verdict", "sentence")}
        | {"numbers": _numbers(row, row["unit"]), "pair": _activations(row["comparison"], printed)}
        | {"agree": f"{row['n_agree']} of {row['n_variants']}"}
        | {"comparisons": [_comparison(one, labels, printed) for one in compared.get(_key(row), [])]}
        | {"variants": [_variant(one) for one in varied[_key(row)]]}
        for row in _rows(claims)
    ]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _key(row: Mapping[str, Any]) -> tuple:
    return tuple(row[name] for name in VERDICT_KEYS)


def _by_verdict(table: pd.DataFrame) -> dict[tuple, list[dict[str, Any]]]:
    found: dict[tuple, list[dict[str, Any]]] = {}
    for row in _rows(table):
        found.setdefault(_key(row), []).append(row)
    return found


def _comparison(row: Mapping[str, Any], labels: Mapping[str, str], printed: Mapping) -> dict[str, Any]:
    return {
        "name": printed_name(row["comparison"], labels),
        "pair": _activations(row["comparison"], printed),
        "numbers": _numbers(row) or wording.MISSING,
        "p": wording.number(row["p"]),
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


def _activations(comparison: Any, printed: Mapping) -> list[str]:
    """Return the activations that the name of a comparison holds, none where there is no comparison."""
    return [part for part in re.split("[ :]+", str(comparison)) if part in printed]


def values(
    evidence: Mapping[Protocol, Evidence], *, activations: Sequence[str], seeds: Sequence[int]
) -> list[dict[str, Any]]:
    """Return the quantities of every run that statements read, one record per protocol, None where none may be read.

    Args:
        evidence: Evidence of every protocol.
        activations: Activations of the study, in the order of the runs.
        seeds: Seeds of the study.
    """
    runs = pd.MultiIndex.from_product([activations, seeds])
    return [
        {"training": training, "sampler": sampler}
        | {name: plain(found.values.reindex(runs)[name].round(6)) for name in EVIDENCE_MEANINGS}
        for (training, sampler), found in evidence.items()
    ]
