"""Verdicts along the ladder of training presets: at which change of the procedure a statement of the post changes."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.factors import Presets, differing
from superposition.claims.fresh import fresh_evidence
from superposition.claims.verdict_tables import verdict_tables
from superposition.statistics import Resampling
from superposition.tables.columns import RUN_KEYS

NONE = "none"
"""Sampler preset of runs whose LLC is not estimated."""


def ladder_table(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    *,
    ladder: Presets,
    checkpoints: Mapping[str, Sequence[int]],
    printed: Mapping[str, Mapping[str, str]],
    resampling: Resampling,
    claims: Mapping[str, Any],
    **values: Mapping[str, Any],
) -> pd.DataFrame:
    """Verdict on every statement of the post at every step of the ladder; on the LLC, none is testable.

    Args:
        superposition: Superposition tables of all runs of the ladder.
        loss: Loss tables of these runs.
        ends: Tables of their ends.
        ladder: Values of its training presets, from the first step on.
        checkpoints: Steps at which losses are compared, by training preset.
        printed: Label and family of the activations.
        resampling: How intervals are computed.
        claims: Margins, fewest seeds and fewest activations.
        **values: Sections of the configuration that evidence depends on, as for `fresh_evidence`.
    """
    wanted = [(loss.training == name) & loss.step.isin(steps) for name, steps in checkpoints.items()]
    keys = loss.loc[np.any(wanted, axis=0), [*RUN_KEYS, "step"]]
    missing = dict.fromkeys(("llc", "llc_std", "predicted_llc"), np.nan)
    protocols = {name: {"training": name, "sampler": NONE} for name in ladder}
    shared = {"protocols": protocols, "presets": {"training": ladder, "sampler": {NONE: {"num_chains": 1}}}}
    llc = {NONE: keys.assign(**missing, status=None)}
    evidence = fresh_evidence(superposition, loss, ends, llc, **shared, claims=claims, **values, seed=resampling.seed)
    judged = verdict_tables(evidence, **shared, printed=printed, settings=claims, resampling=resampling)["claims"]
    steps = {name: ", ".join(differing(ladder[before], ladder[name])) for before, name in pairwise(ladder)}
    return judged.assign(changed=judged.training.map({next(iter(ladder)): "", **steps}))
