"""Verdicts along the ladder of training presets: at which change of the procedure a statement of the post changes."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.factors import Presets, differing
from superposition.claims.fresh import fresh_evidence
from superposition.claims.verdict_tables import verdict_tables
from superposition.measures.geometry import Thresholds
from superposition.statistics import Resampling
from superposition.tables.columns import RUN_KEYS

NONE = "none"
"""Sampler preset of runs whose LLC is not estimated."""


def ladder_table(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    *,
    ladder: Presets,
    checkpoints: Mapping[str, Sequence[int]],
    thresholds: Thresholds,
    transitions: Mapping[str, Any],
    resampling: Resampling,
    **judging: Any,
) -> pd.DataFrame:
    """Verdict on every statement of the post at every step of the ladder; on the LLC, none is testable.

    Args:
        superposition: Superposition tables of all runs of the ladder.
        loss: Loss tables of these runs.
        ladder: Values of its training presets, from the first step on.
        checkpoints: Steps at which losses are compared, by training preset.
        thresholds: From when on a feature counts as represented.
        transitions: What counts as an event of training.
        resampling: How intervals are computed.
        **judging: Names of activations and how statements are judged, as for all tables of verdicts.
    """
    wanted = [(loss.training == name) & loss.step.isin(steps) for name, steps in checkpoints.items()]
    keys = loss.loc[np.any(wanted, axis=0), [*RUN_KEYS, "step"]]
    missing = dict.fromkeys(("llc", "llc_std", "predicted_llc"), np.nan)
    protocols = {name: {"training": name, "sampler": NONE} for name in ladder}
    presets = {"training": ladder, "sampler": {NONE: {"num_chains": 1}}}
    evidence = fresh_evidence(
        superposition,
        loss,
        {NONE: keys.assign(**missing, status=None)},
        protocols=protocols,
        presets=presets,
        claims=judging["settings"],
        transitions=transitions,
        thresholds=thresholds,
        seed=resampling.seed,
    )
    tables = verdict_tables(evidence, protocols=protocols, presets=presets, resampling=resampling, **judging)
    steps = {name: ", ".join(differing(ladder[before], ladder[name])) for before, name in pairwise(ladder)}
    claims = tables["claims"]
    return claims.assign(changed=claims.training.map({next(iter(ladder)): "", **steps}))
