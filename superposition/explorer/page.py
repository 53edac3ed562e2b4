"""The explorer: one HTML page that holds the runs and verdicts of a study, and needs neither server nor network."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template
from typing import Any

import numpy as np
import pandas as pd
from plotly.offline import get_plotlyjs

from superposition import palette, wording
from superposition.claims.statement import VERDICTS
from superposition.claims.verdict_tables import views_of
from superposition.documents.shared import Study
from superposition.explorer import verdict_data
from superposition.explorer.run_data import UNITS, packed_runs, run_facts
from superposition.figures import plane
from superposition.measures.history import Key
from superposition.measures.phases import BASE, REPRESENTED
from superposition.quantities import EVIDENCE_MEANINGS
from superposition.status import STATUSES, may_be_read
from superposition.tables.trajectory import Trajectory

LLC_MARGIN = 0.08
"""Room on the axis of LLC estimates beyond those that may be read, as a share of their range."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Sources of the page.

    Attributes:
        trajectories: Weights of all runs by training preset and activation.
        loss: Loss tables of all runs.
        superposition: Superposition tables of all runs.
        llc: LLC tables of all runs by sampler preset.
        tables: Tables runs, run_transitions, evidence, claims, prior_work, claim_comparisons and claim_variants.
        training: Values of the training presets.
        commit: Commit of the code that made the results.
    """

    trajectories: Mapping[Key, Trajectory]
    loss: pd.DataFrame
    superposition: pd.DataFrame
    llc: Mapping[str, pd.DataFrame]
    tables: Mapping[str, pd.DataFrame]
    training: Mapping[str, Mapping[str, Any]]
    commit: str


def content(study: Study, sources: Sources) -> dict[str, Any]:
    """Return all that the page shows, as JSON has it.

    Args:
        study: What documents say about the study.
        sources: Its results.
    """
    seeds = sorted(int(seed) for seed in sources.tables["runs"].seed.unique())
    # Those whose LLC is estimated over training: with all others, the page would be three times as large.
    names = {"activations": list(study.printed), "seeds": seeds[: study.n_followed]}
    presets = {name: _preset(study, sources, name, **names) for name in study.training}
    return {
        "title": study.work.title,
        "commit": sources.commit,
        "confidence": wording.percent(study.confidence),
        "activations": [
            {"name": name, "label": row["label"], "family": row["family"]} for name, row in study.printed.items()
        ],
        "colors": palette.FAMILY_COLORS,
        "inks": {"ink": palette.INK, "faint": palette.FAINT, "pale": palette.PALE},
        "seeds": names["seeds"],
        "nSeeds": len(seeds),
        "training": presets,
        "protocols": list(study.protocols.values()),
        "statuses": [wording.words(status) for status in STATUSES],
        "llcRange": _llc_range(sources),
        "units": UNITS,
        **_verdicts(study, sources, **names),
    }


def _preset(
    study: Study, sources: Sources, training: str, *, activations: Sequence[str], seeds: Sequence[int]
) -> dict[str, Any]:
    """Return the runs of one training preset and what is known of each of them."""
    found, order = sources.tables, {"activations": activations, "seeds": seeds, "training": training}
    transitions = found["run_transitions"][found["run_transitions"].variant == REPRESENTED]
    llc = {sampler: sources.llc[sampler] for sampler in study.samplers_of(training)}
    return {
        **packed_runs(sources.trajectories, sources.loss, sources.superposition, llc, **order),
        "facts": run_facts(found["runs"], pd.DataFrame(transitions), **order),
        "nInitial": sources.training[training]["initial_polygon"],
        "nFeatures": sources.training[training]["n_features"],
        "plane": plane.plane_note(sources.training[training]["n_hidden"]),
    }


def _llc_range(sources: Sources) -> list[float]:
    """Return the ends of the axis of LLC estimates: it holds 0, d/2 and every estimate that may be read."""
    sizes = [(preset["n_hidden"], preset["n_features"]) for preset in sources.training.values()]
    n_parameters = max(n_hidden * n_features + n_features for n_hidden, n_features in sizes)
    readable = [table.llc[may_be_read(table.status)].to_numpy(float, na_value=np.nan) for table in sources.llc.values()]
    ends = np.concatenate([[0.0, n_parameters / 2], *readable])
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    return [low - LLC_MARGIN * (high - low), high + LLC_MARGIN * (high - low)]


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
        template: HTML with places for title, style, library, study and script.
        style: CSS.
        scripts: JavaScript, in the order in which it is executed.
    """
    # In a script element only "</" could end it early; "<" stands in strings alone, where it may be written otherwise.
    study = json.dumps(content, allow_nan=False, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    return Template(template).substitute(
        title=html.escape(content["title"]), style=style, library=get_plotlyjs(), study=study, script="\n".join(scripts)
    )
