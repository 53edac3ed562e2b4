"""Runs that the study was not made from: evidence of its hold-out, and verdicts along the ladder of control."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from superposition.claims.evidence_table import evidence_table
from superposition.claims.judge import judge_statements
from superposition.claims.statement import ClaimSettings
from superposition.measures.geometry import Thresholds
from superposition.measures.phases import transition_tables
from superposition.measures.summary import EndLimits, runs_table
from superposition.measures.transitions import EventSettings
from superposition.protocols import POST, Protocols
from superposition.statistics import Resampling
from superposition.tables.columns import RUN_KEYS
from superposition.training_presets import TrainingPreset

NO_SAMPLER = "none"  # sampler preset of runs whose LLC is not estimated


@dataclass(frozen=True, kw_only=True)
class Definitions:
    """What of a study decides how runs are read: limits of features, events, ends and verdicts; and the null's seed."""

    thresholds: Thresholds
    events: EventSettings
    ends: EndLimits
    claims: ClaimSettings
    seed: int

    @classmethod
    def of(cls, seed: int, **values: Mapping[str, Any]) -> "Definitions":
        """Return them from the seed and the values of each record, by its name."""
        records = {"thresholds": Thresholds, "events": EventSettings, "ends": EndLimits, "claims": ClaimSettings}
        return cls(seed=seed, **{name: record(**values[name]) for name, record in records.items()})


def fresh_evidence(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    protocols: Protocols,
    presets: Mapping[str, TrainingPreset],
    num_chains: Mapping[str, int],
    definitions: Definitions,
) -> pd.DataFrame:
    """Return the evidence of runs that the study was not made from.

    Args:
        superposition: Measures of these runs at every recorded step.
        loss: Their loss curves.
        ends: How their training ended, a row for each run.
        llc: Their estimates by sampler preset.
        protocols: The pairs of presets that are judged.
        presets: Training presets by name.
        num_chains: Chains per checkpoint, by sampler preset.
        definitions: Those of the study, by which the runs are read.
    """
    n_hidden = {name: preset.n_hidden for name, preset in presets.items()}
    n_free = {name: preset.n_free for name, preset in presets.items()}
    counted = {"thresholds": definitions.thresholds, "settings": definitions.events, "seed": definitions.seed}
    counted |= {"num_chains": num_chains, "post_sampler": protocols.get(POST, {}).get("sampler")}
    _, transitions = transition_tables(superposition, loss, llc, n_free=n_free, **counted)
    ended = {"end_limits": definitions.ends, "capacity": None, "n_free": n_free, "provenance": {}}
    tables = (runs_table(superposition, loss, ends, llc, **ended), transitions, loss, llc)
    return evidence_table(*tables, protocols=protocols, n_hidden=n_hidden, settings=definitions.claims)


def ladder_table(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    *,
    presets: Mapping[str, TrainingPreset],
    checkpoints: Mapping[str, Sequence[int]],
    printed: Mapping[str, Mapping[str, str]],
    resampling: Resampling,
    definitions: Definitions,
) -> pd.DataFrame:
    """Return the verdict on every statement of the post under each of some presets; on the LLC, none is testable.

    Args:
        superposition: Measures of their runs, as for `fresh_evidence`.
        loss: Their loss curves.
        ends: How their training ended.
        presets: The ladder's from the first step on, or a preset and its variants, by name.
        checkpoints: Steps at which losses are compared, by training preset.
        printed: Label and family of the activations.
        resampling: How intervals over seeds are computed.
        definitions: Those of the study, by which the runs are read.
    """
    wanted = [(loss.training == name) & loss.step.isin(steps) for name, steps in checkpoints.items()]
    none = dict.fromkeys(("llc", "llc_std", "predicted_llc"), np.nan) | {"status": None}
    evidence = fresh_evidence(
        superposition,
        loss,
        ends,
        {NO_SAMPLER: loss.loc[np.any(wanted, axis=0), [*RUN_KEYS, "step"]].assign(**none)},
        protocols={name: {"training": name, "sampler": NO_SAMPLER} for name in presets},
        presets=presets,
        num_chains={NO_SAMPLER: 1},
        definitions=definitions,
    )
    shared = {"printed": printed, "names": {}, "settings": definitions.claims, "resampling": resampling}
    claims = judge_statements(evidence, presets=list(presets), **shared)["claims"]
    changed = {next(iter(presets)): ""} | {
        after: ", ".join(name for name, value in vars(presets[after]).items() if value != vars(presets[before])[name])
        for before, after in pairwise(presets)
    }
    return claims.assign(changed=claims.training.map(changed))
