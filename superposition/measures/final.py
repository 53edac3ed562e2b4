"""Ends of all runs: one row per training preset, activation and seed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from superposition.measures import geometry
from superposition.measures.end_status import EndLimits, end_statuses
from superposition.status import DIVERGED, DRIFTING, OK, may_be_read
from superposition.tables.columns import RUN_KEYS


def runs_table(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    end_limits: EndLimits,
    capacity: pd.DataFrame | None,
    n_initial: Mapping[str, int],
    thresholds: geometry.Thresholds,
    provenance: Mapping[str, str],
) -> pd.DataFrame:
    """Return the final measures, statuses and provenance of every run.

    Args:
        superposition: Superposition tables of all runs, with key columns training and activation.
        loss: Loss tables of all runs, with the same keys.
        ends: Tables of the ends of all runs, with the same keys.
        llc: LLC tables of all runs by sampler preset, with the same keys.
        end_limits: Up to where a run has converged.
        capacity: The best possible loss of each training preset and activation; None where no gap is asked for.
        n_initial: Corners of the initial polygon by training preset.
        thresholds: From when on a feature counts as represented.
        provenance: Values that are the same in every row.
    """
    last = superposition.groupby(RUN_KEYS, sort=False).tail(1).set_index(RUN_KEYS)
    table = last.drop(columns=["feature_norm", "dimensionality", "interference", "leakage"])
    table["diverged_step"] = superposition[superposition.status == DIVERGED].groupby(RUN_KEYS, sort=False).step.first()
    final_loss = loss.groupby(RUN_KEYS, sort=False).tail(1).set_index(RUN_KEYS)
    table[["sample_loss", "logged_loss"]] = final_loss[["sample_loss", "logged_loss"]]
    table["onset"] = superposition.groupby(RUN_KEYS, sort=False)[["training", "step", "status", "feature_norm"]].apply(
        lambda run: _onset(run, n_initial[run.training.iloc[0]], thresholds)
    )
    table = table.join(ends.assign(end_status=end_statuses(ends, end_limits)).drop(columns="step").set_index(RUN_KEYS))
    for sampler, estimates in llc.items():
        final = estimates.groupby(RUN_KEYS, sort=False).tail(1).set_index(RUN_KEYS)
        for column in ("llc", "llc_std", "predicted_llc", "status"):
            table[f"{column}_{sampler}"] = final[column]
    table = table.reset_index()
    table["gap"] = np.nan if capacity is None else table.loss - best_losses(capacity, table)
    return table.assign(**provenance)


def best_losses(capacity: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return the best possible loss of the training preset and activation of each row."""
    keys = ["training", "activation"]
    return rows[keys].merge(capacity[[*keys, "best_loss"]], how="left").best_loss.set_axis(rows.index)


def llc_measure(sampler: str) -> str:
    """Return the name of the final LLC of a sampler preset, as measure and as column."""
    return f"llc_{sampler}"


def readable(runs: pd.DataFrame, sampler: str) -> pd.Series:
    """Return the final LLC of every run, missing where its status says that it may not be read."""
    is_readable = may_be_read(runs[f"status_{sampler}"]).to_numpy()
    return pd.Series(np.where(is_readable, runs[f"llc_{sampler}"], np.nan), index=runs.index)


def with_drifting_read(statuses: pd.Series) -> pd.Series:
    """Return statuses of LLC estimates with `ok` for chains that drift: as the post reads, which judged no convergence.

    DEVIATION N14 is followed so: without it, no statement on the LLC could be replicated as the post made it.
    """
    return statuses.replace(DRIFTING, OK)


def _onset(run: pd.DataFrame, n_initial: int, thresholds: geometry.Thresholds) -> float:
    """Return the onset of superposition of one run from its superposition table; NaN for none, or if it diverged."""
    if not may_be_read(run.status).all():
        return np.nan
    is_represented = geometry.long_enough(np.stack(run.feature_norm.to_list()), thresholds=thresholds)
    return geometry.onset(is_represented, run.step.to_numpy(dtype=int), n_initial=n_initial)
