"""Results of a small study and the page made of them; estimates, families and labels are made up."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
from conftest import ROOT

from superposition.activations import BY_NAME
from superposition.claims.evidence_table import evidence_table
from superposition.claims.judge import judge_statements
from superposition.claims.statement import ClaimSettings
from superposition.documents.shared import study_of
from superposition.explorer import page
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.measures.phases import transition_tables
from superposition.measures.summary import EndLimits, runs_table
from superposition.measures.transitions import EventSettings
from superposition.model.training import loss_table
from superposition.schedules import nearest_steps
from superposition.statistics import Resampling
from superposition.tables import store
from superposition.tables.columns import RUN_KEYS
from workflow.provenance import registry
from workflow.study import Study

PAGE = ROOT / "workflow" / "report" / "explorer"
SCRIPTS = re.findall(
    r'"(\w+)"', re.search(r"part=\[(.*?)\]", (ROOT / "workflow/rules/write_explorer.smk").read_text(), re.DOTALL)[1]
)

DIVERGED = ("notebook", "tanh", 3)
MISSING = ("zero_bias", "gelu", 2)
"""Runs of the small study that are made to diverge at step 100, and to be missing."""

STATUSES = ["not_a_minimum", "ok", "escaped", "ok", "ok", "ok", "ok"]
LLC = [-500.0, 1.25, 900.0, 4.0, 5.5, 6.25, 7.25]
"""LLC estimates at the checkpoints of every run of the small study."""


def explore(small: Study, cpu, folder: Path, without: Sequence[str] = ()) -> None:
    """Train the small study, and write its tables and its page."""
    trajectories, recovered, loss, superposition = _train(small, cpu)
    checkpoints = nearest_steps(small.checkpoint_steps, small.weight_steps("notebook"))
    assert len(checkpoints) <= len(LLC)
    llc = superposition[superposition.step.isin(checkpoints)][["training", "activation", "seed", "step"]]
    n_runs = len(llc) // len(checkpoints)
    values, statuses = LLC[: len(checkpoints)] * n_runs, STATUSES[: len(checkpoints)] * n_runs
    llc = llc.assign(llc=values, llc_std=0.1, predicted_llc=values, status=statuses)
    tables = _tables(small, loss, superposition, {name: llc for name in small.sampler})
    sources = page.PageSources(
        trajectories=trajectories,
        recovered=recovered,
        llc={name: llc for name in small.sampler},
        tables={name: table for name, table in tables.items() if name not in without}
        | {"loss": loss, "superposition": superposition},
        training={name: asdict(preset) for name, preset in small.training.items()},
        families={"relu_cap": registry.printed_family("relu_cap")},
        commit="0123abc" * 6,
    )
    content = page.page_content(_study(small), sources)
    (folder / "index.html").write_text(page.page(content, **parts()))
    (folder / "content.json").write_text(json.dumps(content))
    for name, table in {**tables, "loss": loss, "superposition": superposition}.items():
        table.to_parquet(folder / f"{name}.parquet")
    for (training, activation), runs in trajectories.items():
        runs.save(folder / f"{training}-{activation}.safetensors")


def _train(small: Study, cpu) -> tuple[dict, dict, pd.DataFrame, pd.DataFrame]:
    """Return weights, recovered features, losses and superposition of all runs but the missing one; one diverged."""
    from superposition.model.draws import draw_inputs
    from superposition.model.training import outputs_of, train

    trajectories, recovered, losses, measured = {}, {}, [], []
    for training, preset in small.training.items():
        inputs = draw_inputs(preset.inputs, seeds=small.seeds)
        for name in small.activations:
            steps = {"weight_steps": small.weight_steps(training), "loss_steps": small.loss_steps(training)}
            runs, loss = train(BY_NAME[name], preset, inputs, **steps, device=cpu)
            table = pd.DataFrame(loss_table(preset, runs.seeds, loss))
            if DIVERGED[:2] == (training, name):
                lost = runs.seeds == DIVERGED[2], runs.steps >= 100
                runs.W[np.ix_(*lost)] = np.nan
                table.loc[(table.seed == DIVERGED[2]) & (table.step >= 100), ["loss", "sample_loss", "logged_loss"]] = (
                    np.nan
                )
            if MISSING[:2] == (training, name):
                kept = runs.seeds != MISSING[2]
                runs = replace(runs, W=runs.W[kept], b=runs.b[kept], seeds=runs.seeds[kept])
                table = table[table.seed != MISSING[2]]
            trajectories[training, name] = runs
            thresholds = Thresholds(**small.config["superposition"])
            outputs = outputs_of(BY_NAME[name], preset, runs)
            recovered[training, name] = geometry.recovered(np.nan_to_num(outputs.outputs), thresholds=thresholds)
            found = pd.DataFrame(superposition_table(runs, outputs, thresholds=thresholds))
            losses.append(table.assign(training=training, activation=name))
            measured.append(found.assign(training=training, activation=name))
    return trajectories, recovered, pd.concat(losses, ignore_index=True), pd.concat(measured, ignore_index=True)


def _tables(small: Study, loss: pd.DataFrame, superposition: pd.DataFrame, llc) -> dict[str, pd.DataFrame]:
    thresholds = Thresholds(**small.config["superposition"])
    n_free = {name: preset.n_free for name, preset in small.training.items()}
    keys = superposition[["training", "activation"]].drop_duplicates()
    given = {"n_free": n_free, "provenance": {}}
    ends = superposition.groupby(["training", "activation", "seed"], sort=False).tail(1)[[*RUN_KEYS, "step"]]
    ends = ends.assign(**{column.name: 0.0 for column in store.TABLES["ends"].columns[2:]})
    limits = EndLimits(**small.config["end_limits"])
    best = keys.assign(best_loss=0.0)
    runs = runs_table(superposition, loss, ends, llc, end_limits=limits, capacity=best, **given)
    num_chains = {name: preset.num_chains for name, preset in small.sampler.items()}
    settings = EventSettings(**{**small.config["transitions"], "shuffles": 20})
    common = {
        "n_free": n_free,
        "thresholds": thresholds,
        "settings": settings,
        "post_sampler": "notebook",
        "seed": 0,
    }
    events, transitions = transition_tables(superposition, loss, llc, num_chains=num_chains, **common)
    n_hidden, claims = dict.fromkeys(small.training, 2), ClaimSettings(**small.config["claims"])
    evidence = evidence_table(
        runs, transitions, loss, llc, protocols=small.protocols, n_hidden=n_hidden, settings=claims
    )
    judged = judge_statements(
        evidence,
        presets=list(small.training),
        printed={name: registry.printed(name) for name in small.activations},
        names={},
        settings=claims,
        resampling=Resampling(confidence=0.95, resamples=100, seed=0),
    )
    capacity = keys.assign(best_loss=0.01, n_recovered=[5] * (len(keys) - 1) + [pd.NA])
    found = {"runs": runs, "run_transitions": transitions, "transitions": events, "capacity": capacity}
    return {**found, "evidence": evidence, **judged, **_families(), "critical_points": critical_points()}


def _families() -> dict[str, pd.DataFrame]:
    """Return tables of one family: two values, of which the second has a run that diverged and no readable LLC."""
    keys = {"family": "relu_cap", "parameter": "n"}
    runs = {"seed": [1, 2, 1, 2], "status": ["ok", "ok", "ok", "diverged"], "n_recovered": [2, 4, 8, np.nan]}
    measured = {"loss": [0.1, 0.2, 0.01, np.nan], "llc": [5.0, 6.0, 7.0, np.nan]}
    statuses = {"llc_status": ["ok", "ok", "drifting", "diverged"]}
    medians = {"n_recovered": [3, 8], "loss": [0.15, 0.01], "llc": [5.5, np.nan]}
    ends = {f"{name}{end}": values for name, values in medians.items() for end in ("", "_low", "_high")}
    both = {**keys, "value": [1.0, 2.0]}
    jump = {"low": [1.25, 7], "high": [1.26, 8], "capacity_low": [3, 2], "capacity_high": [8, 5]}
    of_others = {"family": ["relu_cap", "swish_beta"], "parameter": ["n", "\\beta"]}
    return {
        "family_runs": pd.DataFrame({**keys, "value": [1.0, 1.0, 2.0, 2.0], **runs, **measured, **statuses}),
        "families": pd.DataFrame({**both, "best_loss": [0.05, 0.0], "capacity": [3, 8], **ends}),
        "family_jumps": pd.DataFrame({**of_others, **jump}),
    }


def critical_points() -> pd.DataFrame:
    """Return labels of the checkpoints of one run: near none, at a saddle, and twice at a minimum."""
    keys = {"training": "notebook", "activation": "relu", "seed": 1, "step": [0, 50, 100, 300]}
    near = [("none near", "none near"), ("4 live", "saddle"), ("5 live", "minimum"), ("5 live", "minimum")]
    return pd.DataFrame({**keys, "label": [label for label, _ in near], "kind": [kind for _, kind in near]})


def _study(small: Study):
    return study_of(
        ROOT / "CITATION.cff",
        printed={name: registry.cited(name) for name in small.activations},
        protocols=small.protocols,
        confidence=small.config["statistics"]["confidence"],
        n_followed=None,
    )


def parts() -> dict:
    """Return template, style and scripts of the page."""
    scripts = [(PAGE / f"{name}.js").read_text() for name in SCRIPTS]
    return {"template": (PAGE / "page.html").read_text(), "style": (PAGE / "page.css").read_text(), "scripts": scripts}


def run_in(frame: pd.DataFrame, training: str, activation: str, seed: int) -> pd.DataFrame:
    chosen = (frame.training == training) & (frame.activation == activation) & (frame.seed == seed)
    return frame[chosen].reset_index(drop=True)
