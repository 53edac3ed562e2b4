"""Verdicts along the ladder of training presets: at which change of the procedure a statement of the post changes."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.factors import Presets, differing
from superposition.claims.verdict_tables import verdict_tables
from superposition.measures.final import runs_table
from superposition.measures.geometry import Thresholds
from superposition.measures.phases import transition_tables
from superposition.statistics import Resampling
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

NONE = "none"
"""Sampler preset of runs whose LLC is not estimated."""

SHOWN = ["id", "statement", "unit", "estimate", "low", "high", "n_used", "n_excluded", "verdict", "reason"]
"""Columns of a verdict that are shown at every step."""


def ladder_table(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    *,
    ladder: Presets,
    checkpoints: Mapping[str, Sequence[int]],
    thresholds: Thresholds,
    transitions: Mapping[str, Any],
    printed: Mapping[str, Mapping[str, str]],
    settings: Mapping[str, Any],
    resampling: Resampling,
) -> pd.DataFrame:
    """Return the verdict on every statement of the post at every step of the ladder, without any LLC.

    Args:
        superposition: Superposition tables of all runs of the ladder.
        loss: Loss tables of these runs.
        ladder: Values of its training presets, from the first step on.
        checkpoints: Steps at which losses are compared, by training preset.
        thresholds: From when on a feature counts as represented.
        transitions: What counts as an event of training.
        printed: Label and family of the activations.
        settings: How statements are judged.
        resampling: How intervals are computed.

    Returns:
        One row for each statement and step. Statements on the LLC are not testable at any of them.
    """
    llc = {NONE: _unestimated(loss, checkpoints)}
    n_initial = {name: preset["initial_polygon"] for name, preset in ladder.items()}
    shared = {"n_initial": n_initial, "thresholds": thresholds}
    runs = runs_table(superposition, loss, llc, **shared, provenance={})
    _, seen = transition_tables(
        *(superposition, loss, llc),
        **shared,
        num_chains={NONE: 1},
        settings=transitions,
        post_sampler=None,
        seed=resampling.seed,
    )
    found = verdict_tables(
        *(runs, seen, loss, llc),
        protocols={name: {"training": name, "sampler": NONE} for name in ladder},
        presets={"training": ladder, "sampler": {NONE: {}}},
        printed=printed,
        settings=settings,
        resampling=resampling,
    )
    claims = found["claims"]
    changed = claims.training.map(_changes(ladder))
    return frames.joined([pd.concat([claims.training, changed.rename("changed"), claims[SHOWN]], axis=1)])


def _changes(ladder: Presets) -> dict[str, str]:
    """Return what each step changes, nothing for the first."""
    steps = {name: ", ".join(differing(ladder[before], ladder[name])) for before, name in pairwise(ladder)}
    return {next(iter(ladder)): "", **steps}


def _unestimated(loss: pd.DataFrame, checkpoints: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """Return LLC tables of runs whose LLC is not estimated: every value is missing at every checkpoint."""
    wanted = [(loss.training == name) & loss.step.isin(steps) for name, steps in checkpoints.items()]
    at = loss.loc[np.any(wanted, axis=0), [*RUN_KEYS, "step"]]
    return at.assign(llc=np.nan, llc_std=np.nan, predicted_llc=np.nan, status=None)
