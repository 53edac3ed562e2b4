"""The explorer: one HTML page that holds the runs and verdicts of a study, and needs neither server nor network.

Charts are drawn by its own scripts as SVG: plotly.js alone would be larger than all runs.
"""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool

from superposition import palette, wording
from superposition.claims.contrasts import correlation, loss_gain
from superposition.claims.evidence import Evidence, views_of
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import EVERY, Statement
from superposition.documents.shared import ShownStudy, text_of
from superposition.explorer import run_data
from superposition.explorer.run_data import MISSING, NOT_FINITE, plain, plain_value
from superposition.figures.directions import plane_note
from superposition.measures.history import Key
from superposition.measures.phases import BASE
from superposition.palette import Printed
from superposition.quantities import EVIDENCE_MEANINGS
from superposition.status import OK, STATUSES, VERDICTS
from superposition.tables.trajectory import Trajectory


@dataclass(frozen=True, kw_only=True)
class PageSources:
    """Sources of the page: weights, recovered features and tables of all runs, and what is printed of families.

    `llc` is by sampler preset, `training` holds the values of the training presets. `tables` are loss, superposition,
    runs, run_transitions, transitions, capacity, evidence, claims, prior_work, claim_comparisons and claim_variants; of
    families, family_runs, family_jumps and critical_points those that were made.
    """

    trajectories: Mapping[Key, Trajectory]
    recovered: Mapping[Key, Bool[np.ndarray, "seed step feature"]]
    llc: Mapping[str, pd.DataFrame]
    tables: Mapping[str, pd.DataFrame]
    training: Mapping[str, Mapping[str, Any]]
    families: Mapping[str, Mapping[str, Any]]
    commit: str


def explorer(study: ShownStudy, sources: PageSources, *, template: str, style: str, scripts: Iterable[str]) -> str:
    """Return the explorer as HTML, with all that it shows inside; the files are of what `page` takes as text."""
    parts = {"template": text_of([template]), "style": text_of([style]), "scripts": [text_of(scripts)]}
    return page(page_content(study, sources), **parts)


def page_content(study: ShownStudy, sources: PageSources) -> dict[str, Any]:
    """Return all that the page shows, as JSON has it."""
    seeds = sorted(int(seed) for seed in sources.tables["runs"].seed.unique())
    # Those whose LLC is estimated over training: with all others, the page would be three times as large.
    every, followed = (run_data.index([*study.printed], some) for some in (seeds, seeds[: study.n_followed]))
    return {
        "title": study.citation["title"],
        "commit": sources.commit,
        "confidence": wording.percent(study.confidence),
        "activations": [
            {"name": name, "label": row["label"], "family": row["family"]} for name, row in study.printed.items()
        ],
        "colors": palette.FAMILY_COLORS,
        "seeds": seeds[: study.n_followed],
        "allSeeds": seeds,
        "training": {name: _preset(study, sources, name, every, followed) for name in study.places},
        "protocols": list(study.protocols.values()),
        "statuses": [wording.words(status) for status in STATUSES],
        "units": run_data.UNITS,
        "codes": {"missing": MISSING, "notFinite": NOT_FINITE, "readable": STATUSES.index(OK)},
        "families": run_data.families(sources.tables, printed=sources.families),
        **_verdicts(study, sources.tables, every),
    }


def _preset(
    study: ShownStudy, sources: PageSources, training: str, every: pd.MultiIndex, shown: pd.MultiIndex
) -> dict[str, Any]:
    """Return the runs of one training preset and what is known of each of them."""
    llc = {sampler: sources.llc[sampler] for sampler in study.samplers_of(training)}
    tables, estimates = (
        {name: table.loc[table.training == training] for name, table in some.items() if "training" in table}
        for some in (sources.tables, llc)
    )
    keys = [key for key in sources.trajectories if key[0] == training]
    runs_of = {key[1]: (sources.trajectories[key], sources.recovered[key]) for key in keys}
    transitions, best = tables["run_transitions"], tables["capacity"].set_index("activation").reindex([*study.printed])
    values = sources.training[training]
    return {
        **run_data.packed_runs(runs_of, tables["loss"], tables["superposition"], estimates, runs=shown),
        "facts": run_data.run_facts(tables["runs"], transitions.loc[transitions.variant == BASE], shown),
        "ends": run_data.packed_ends(runs_of, tables["runs"], every),
        "best": {"loss": plain(best.best_loss), "recovered": plain(best.n_recovered)},
        "events": run_data.events(tables["transitions"], shown),
        "stages": run_data.stages(tables.get("critical_points"), shown),
        "nInitial": values["initial_polygon"],
        "nFeatures": values["n_features"],
        "nHidden": values["n_hidden"],
        "plane": plane_note(values["n_hidden"]),
    }


def _verdicts(study: ShownStudy, tables: Mapping[str, pd.DataFrame], runs: pd.MultiIndex) -> dict[str, Any]:
    """Return the verdicts on all statements, what they are about, and the values of the runs that they rest on."""
    evidence = views_of(tables["evidence"], printed=study.printed, classes=None, min_activations=1)
    first = next(iter(evidence.values()))[BASE]
    details = (tables["claim_comparisons"], tables["claim_variants"], study.printed)
    judged = {name: tables[name] for name in ("claims", "prior_work") if len(tables[name])}
    return {
        "statements": {statement.id: _statement(statement, first) for statement in (*OF_POST, *PRIOR_WORK)},
        "quantities": EVIDENCE_MEANINGS,
        "verdicts": {name: _judged(table, *details) for name, table in judged.items()},
        "fills": {verdict: f"#{fill}" for verdict, fill in palette.FILLS.items()},
        "words": VERDICTS,
        "values": _values(tables["evidence"], runs),
    }


def page(content: Mapping[str, Any], *, template: str, style: str, scripts: Sequence[str]) -> str:
    """Return the page as HTML, with everything that it needs inside.

    Args:
        content: All that it shows, as ``page_content`` returns it.
        template: HTML with places for title, style, study and script, written as `$title`.
        style: Style sheet.
        scripts: Scripts, in the order in which they are executed.
    """
    # In a script element only "</" could end it early; "<" stands in strings alone, where it may be written otherwise.
    study = json.dumps(content, allow_nan=False, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return Template(template).substitute(
        title=html.escape(content["title"]), style=style, study=study, script="\n".join(scripts)
    )


VERDICT_KEYS = ["id", "training", "sampler"]  # columns that identify a verdict
INTERVAL = ("estimate", "low", "high")
SCALE = (*INTERVAL, "null_value", "margin_low", "margin_high", "unit")  # places a verdict on that of its statement


def _statement(statement: Statement, evidence: Evidence) -> dict[str, Any]:
    first, *rest = statement.quantities
    over_activations = statement.contrast in (correlation, loss_gain)
    return {
        "text": statement.text,
        "measure": statement.measure,
        "subjects": [name for name in evidence.subjects(statement) if name in evidence.activations],
        "comparators": [name for name in evidence.comparators(statement) if name in evidence.activations],
        "aboutAll": tuple(statement.activations) == EVERY,
        "charts": [[first, name] for name in rest] if over_activations else [[name] for name in statement.quantities],
    }


def _judged(
    claims: pd.DataFrame, comparisons: pd.DataFrame, variants: pd.DataFrame, printed: Printed
) -> list[dict[str, Any]]:
    """Return verdicts of the tables claims or prior_work as printed, with their comparisons and variants."""
    compared, varied = (
        {key: rows.to_dict("records") for key, rows in table.groupby(VERDICT_KEYS, sort=False)}
        for table in (comparisons, variants)
    )
    verdicts = []
    for row in claims.to_dict("records"):
        key, fresh = tuple(row[name] for name in VERDICT_KEYS), ""
        if isinstance(row["holdout_verdict"], str):
            fresh = f"{row['holdout_verdict']} (the same by chance: {wording.percent(row['holdout_chance'])})"
        verdicts.append(
            {name: row[name] for name in (*VERDICT_KEYS, "verdict", "sentence")}
            | {"numbers": _numbers(row, row["unit"]), "pair": _activations(row, printed)}
            | {"agree": f"{row['n_agree']} of {row['n_variants']}", "parts": row["parts"], "fresh": fresh}
            | {name: plain_value(row[name]) for name in SCALE}
            | {"comparisons": [_comparison(part, printed) for part in compared.get(key, [])]}
            | {"variants": [_part(part) | {"name": wording.words(part["variant"])} for part in varied[key]]}
        )
    return verdicts


def _comparison(row: Mapping[str, Any], printed: Printed) -> dict[str, Any]:
    name = EVIDENCE_MEANINGS.get(row["comparison"], row["comparison"])
    interval = {end: plain_value(row[end]) for end in INTERVAL}
    return {"name": name, "pair": _activations(row, printed), "seeds": row["n_seeds"]} | interval | _part(row)


def _part(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"numbers": _numbers(row) or wording.MISSING, "verdict": row["verdict"]}


def _numbers(row: Mapping[str, Any], unit: str = "") -> str:
    """Return an estimate with its interval and unit, nothing where it is missing."""
    interval = wording.interval(row["low"], row["high"])
    return " ".join(filter(None, [wording.number(row["estimate"]), interval, unit])) if interval else ""


def _activations(row: Mapping[str, Any], printed: Printed) -> list[str]:
    """Return the activations that a part compares, none where it compares groups."""
    return [row[name] for name in ("subject", "other") if row[name] in printed]


def _values(evidence: pd.DataFrame, runs: pd.MultiIndex) -> list[dict[str, Any]]:
    """Return the quantities of every run that statements read, one record per protocol, None where none may be read."""
    of_protocols = []
    base = evidence[evidence.variant == BASE]
    for (training, sampler), rows in base.groupby(["training", "sampler"], sort=False):  # type: ignore[misc]
        wide = rows.pivot(index=[*runs.names], columns="quantity", values="value").reindex(runs).round(6)
        quantities = {name: plain(wide[name]) for name in EVIDENCE_MEANINGS}
        of_protocols.append({"training": training, "sampler": sampler} | quantities)
    return of_protocols
