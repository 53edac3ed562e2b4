"""The explorer: one HTML page that holds the runs and verdicts of a study, and needs neither server nor network.

Charts are drawn by its own scripts as SVG: plotly.js alone would be larger than all runs.
"""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

import pandas as pd

from superposition import palette, wording
from superposition.claims.statement import VERDICTS
from superposition.claims.verdict_tables import views_of
from superposition.documents.shared import Study
from superposition.explorer import run_data, verdict_data
from superposition.explorer.family_data import families
from superposition.figures import plane
from superposition.measures.geometry import Thresholds
from superposition.measures.history import Key
from superposition.measures.phases import BASE, COUNT_REPRESENTED
from superposition.quantities import EVIDENCE_MEANINGS
from superposition.status import STATUSES
from superposition.tables.trajectory import Trajectory


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Sources of the page.

    Attributes:
        trajectories: Weights of all runs by training preset and activation.
        loss: Loss tables of all runs.
        superposition: Superposition tables of all runs.
        llc: LLC tables of all runs by sampler preset.
        tables: Tables runs, run_transitions, transitions, capacity, evidence, claims, prior_work, claim_comparisons and
            claim_variants; of families, family_runs, family_jumps and critical_points those that were made.
        training: Values of the training presets.
        thresholds: From when on a feature counts as represented.
        families: What is printed of each family of activations.
        commit: Commit of the code that made the results.
    """

    trajectories: Mapping[Key, Trajectory]
    loss: pd.DataFrame
    superposition: pd.DataFrame
    llc: Mapping[str, pd.DataFrame]
    tables: Mapping[str, pd.DataFrame]
    training: Mapping[str, Mapping[str, Any]]
    thresholds: Thresholds
    families: Mapping[str, Mapping[str, Any]]
    commit: str


def content(study: Study, sources: Sources) -> dict[str, Any]:
    """Return all that the page shows, as JSON has it.

    Args:
        study: What documents say about the study.
        sources: Its results.
    """
    seeds = sorted(int(seed) for seed in sources.tables["runs"].seed.unique())
    # Those whose LLC is estimated over training: with all others, the page would be three times as large.
    names = {"activations": list(study.printed), "seeds": seeds}
    presets = {name: _preset(study, sources, name, **names) for name in study.training}
    return {
        "title": study.work.title,
        "commit": sources.commit,
        "confidence": wording.percent(study.confidence),
        "activations": [
            {"name": name, "label": row["label"], "family": row["family"]} for name, row in study.printed.items()
        ],
        "colors": palette.FAMILY_COLORS,
        "seeds": seeds[: study.n_followed],
        "allSeeds": seeds,
        "training": presets,
        "protocols": list(study.protocols.values()),
        "statuses": [wording.words(status) for status in STATUSES],
        "units": run_data.UNITS,
        "families": families(sources.tables, printed=sources.families),
        **_verdicts(study, sources, **names),
    }


def _preset(
    study: Study, sources: Sources, training: str, *, activations: Sequence[str], seeds: Sequence[int]
) -> dict[str, Any]:
    """Return the runs of one training preset and what is known of each of them."""
    found = {
        name: pd.DataFrame(table[table.training == training])
        for name, table in sources.tables.items()
        if "training" in table
    }
    every, shown = (run_data.index(activations, some) for some in (seeds, seeds[: study.n_followed]))
    weights = {key[1]: runs for key, runs in sources.trajectories.items() if key[0] == training}
    llc = {sampler: sources.llc[sampler] for sampler in study.samplers_of(training)}
    transitions = found["run_transitions"][found["run_transitions"].variant == COUNT_REPRESENTED]
    values, tables = sources.training[training], (sources.loss, sources.superposition, llc)
    given = {"thresholds": sources.thresholds}
    return {
        **run_data.packed_runs(weights, *tables, training=training, runs=shown, **given),
        "facts": run_data.run_facts(found["runs"], pd.DataFrame(transitions), shown),
        "ends": run_data.packed_ends(weights, found["runs"], every, **given),
        "best": run_data.best(found["capacity"], activations),
        "events": run_data.events(found["transitions"], shown),
        "stages": run_data.stages(found.get("critical_points"), shown),
        "nInitial": values["initial_polygon"],
        "nFeatures": values["n_features"],
        "nHidden": values["n_hidden"],
        "plane": plane.plane_note(values["n_hidden"]),
    }


def _verdicts(study: Study, sources: Sources, *, activations: Sequence[str], seeds: Sequence[int]) -> dict[str, Any]:
    """Return the verdicts on all statements, what they are about, and the values of the runs that they rest on."""
    found = sources.tables
    evidence = views_of(found["evidence"], printed=study.printed, classes=None, min_activations=1)
    tables = {name: found[name] for name in ("claims", "prior_work") if len(found[name])}
    details = {"comparisons": found["claim_comparisons"], "variants": found["claim_variants"]}
    return {
        "statements": verdict_data.statements(next(iter(evidence.values()))[BASE]),
        "quantities": EVIDENCE_MEANINGS,
        "verdicts": {
            name: verdict_data.verdicts(table, **details, printed=study.printed) for name, table in tables.items()
        },
        "fills": {verdict: f"#{fill}" for verdict, fill in palette.FILLS.items()},
        "words": VERDICTS,
        "values": verdict_data.values(found["evidence"], activations=activations, seeds=seeds),
    }


def page(content: Mapping[str, Any], *, template: str, style: str, scripts: Sequence[str]) -> str:
    """Return the page as HTML, with everything that it needs inside.

    Args:
        content: What it shows, from `content`.
        template: HTML with places for title, style, study and script.
        style: CSS.
        scripts: JavaScript, in the order in which it is executed.
    """
    # In a script element only "</" could end it early; "<" stands in strings alone, where it may be written otherwise.
    study = json.dumps(content, allow_nan=False, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return Template(template).substitute(
        title=html.escape(content["title"]), style=style, study=study, script="\n".join(scripts)
    )
