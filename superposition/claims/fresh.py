"""Evidence from seeds that the study was not made from, without the tables between runs and evidence."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from superposition.claims.evidence_table import evidence_table
from superposition.claims.factors import Presets
from superposition.measures.end_status import EndLimits
from superposition.measures.final import runs_table
from superposition.measures.geometry import Thresholds
from superposition.measures.phases import transition_tables
from superposition.protocols import POST, Protocols


def fresh_evidence(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    end_limits: Mapping[str, float],
    protocols: Protocols,
    presets: Mapping[str, Presets],
    claims: Mapping[str, Any],
    transitions: Mapping[str, Any],
    thresholds: Mapping[str, float],
    seed: int,
) -> pd.DataFrame:
    """Evidence of runs from their own tables, with the values of the study's configuration; see `evidence_table`."""
    shared = {
        "n_initial": {name: preset["initial_polygon"] for name, preset in presets["training"].items()},
        "thresholds": Thresholds(**thresholds),
    }
    _, seen = transition_tables(
        superposition,
        loss,
        llc,
        **shared,
        num_chains={name: preset["num_chains"] for name, preset in presets["sampler"].items()},
        settings=transitions,
        post_sampler=protocols.get(POST, {}).get("sampler"),
        seed=seed,
    )
    runs = runs_table(
        superposition, loss, ends, llc, end_limits=EndLimits(**end_limits), capacity=None, **shared, provenance={}
    )
    n_hidden = {name: preset["n_hidden"] for name, preset in presets["training"].items()}
    return evidence_table(runs, seen, loss, llc, protocols=protocols, n_hidden=n_hidden, settings=claims)
