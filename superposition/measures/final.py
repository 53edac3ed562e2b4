"""Ends of all runs: one row per run, with the status of its end, and what the seeds of an activation say together."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition.measures.phases import BASE, COUNT_REPRESENTED, onsets
from superposition.quantities import LOSS, MEASURED
from superposition.statistics import Resampling, median_interval
from superposition.status import AT_A_JUMP, CONVERGED, DIVERGED, NOT_CONVERGED, SADDLE, TO_INFINITY, may_be_read
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

TIMES = ("drop_start", "drop_end", "distance")
"""Columns of the table of runs' transitions that are summarised."""

OF_COUNTS = ["n_represented", "n_recovered", "effective_features", "polygon"]
OF_STEPS = ["seed", "step", "status", "loss", *OF_COUNTS, "frobenius_sq"]
"""Columns of the superposition table that are read; those of single features would only fill the memory."""

COMPARED = [LOSS.name, "n_represented", "n_recovered", "polygon"]
"""Measures that are compared between the last step that the original shows and the end of its training."""


@dataclass(frozen=True, kw_only=True)
class EndLimits:
    """Up to where a run has converged: norm of the gradient, curvature of a direction that curves down.

    `kink` is the largest distance of a pre-activation that lies at a kink or jump, `growth` the largest of the norm, in
    decades per decade of steps, of a run that does not go to infinity.
    """

    gradient: float
    curvature: float
    kink: float
    growth: float


def end_statuses(ends: pd.DataFrame, limits: EndLimits) -> np.ndarray:
    """Return the status of each end in a table of ends.

    A small gradient tells minima from saddles by the curvature, unless that depends on the side of a kink. A larger one
    that comes with a growing norm is that of a loss which falls ever more slowly.
    """
    flat = ends.gradient_norm <= limits.gradient
    conditions = {
        DIVERGED: ends.gradient_norm.isna(),
        CONVERGED: flat & (ends.smallest_eigenvalue >= -limits.curvature),
        AT_A_JUMP: ends.kink_distance <= limits.kink,
        SADDLE: flat,
        TO_INFINITY: ends.norm_growth > limits.growth,
    }
    return np.select(list(conditions.values()), list(conditions), NOT_CONVERGED)


def runs_table(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    ends: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    end_limits: EndLimits,
    capacity: pd.DataFrame | None,
    n_free: Mapping[str, int],
    provenance: Mapping[str, str],
) -> pd.DataFrame:
    """Return the final measures, statuses and provenance of every run; tables have key columns training and activation.

    `capacity` is None where no gap to the best possible loss is asked for, `n_free` the features that are
    there without superposition by training preset, and `provenance` values that are the same in every row.
    """
    table, final_loss = (_last(rows) for rows in (superposition, loss))
    table = table.drop(columns=["feature_norm", "dimensionality", "interference", "leakage"], errors="ignore")
    table["diverged_step"] = superposition[superposition.status == DIVERGED].groupby(RUN_KEYS, sort=False).step.first()
    table[["sample_loss", "logged_loss"]] = final_loss[["sample_loss", "logged_loss"]]
    table["onset"] = onsets(superposition, superposition.training.map(n_free), by=RUN_KEYS)
    table = table.join(ends.assign(end_status=end_statuses(ends, end_limits)).drop(columns="step").set_index(RUN_KEYS))
    stopped = ~table.end_status.isin([CONVERGED, DIVERGED])
    table["loss_at_step"] = table.step.where(stopped)  # where a run went on, another loss would be its final one
    for sampler, estimates in llc.items():
        final = _last(estimates)
        for column in ("llc", "llc_std", "predicted_llc", "status"):
            table[f"{column}_{sampler}"] = final[column]
    table = table.reset_index()
    table["gap"] = np.nan if capacity is None else table.loss - best_losses(capacity, table)
    return table.assign(**provenance)


def _last(table: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of every run."""
    return table.groupby(RUN_KEYS, sort=False).tail(1).set_index(RUN_KEYS)


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


def summary_table(
    runs: pd.DataFrame, transitions: pd.DataFrame, *, samplers: Mapping[str, Sequence[str]], resampling: Resampling
) -> pd.DataFrame:
    """Return one row for each training preset, activation and measure: median over seeds with its interval.

    Values of diverged runs and LLC estimates that may not be read are excluded and counted. So is a missing onset, of a
    run that does not end with more features than the initial ones, and a missing loss drop. Of `loss_at_step`, runs are
    used whose loss is not that of a minimum. `transitions` is the table
    of runs' transitions, `samplers` has sampler presets by training preset.
    """
    measures = [*(quantity.name for quantity in MEASURED), "loss_at_step"]
    values = pd.DataFrame(runs[measures]).astype(float)
    for sampler in dict.fromkeys(itertools.chain(*samplers.values())):
        values[llc_measure(sampler)] = readable(runs, sampler)
    keys = pd.MultiIndex.from_frame(runs.loc[:, RUN_KEYS])
    by_variant = {name: rows.set_index(RUN_KEYS).reindex(keys) for name, rows in transitions.groupby("variant")}
    values[list(TIMES)] = by_variant[BASE][list(TIMES)].to_numpy(float, na_value=np.nan)
    values["onset_represented"] = by_variant[COUNT_REPRESENTED].onset.to_numpy(float, na_value=np.nan)
    values = values.where(may_be_read(runs.status))
    rows = []
    for key, of_seeds in values.groupby([runs.training, runs.activation], sort=False):
        shown = [*measures, "onset_represented", *map(llc_measure, samplers[str(key[0])]), *TIMES]  # type: ignore[index]
        for measure, column in of_seeds[shown].items():
            row = dict(zip(("training", "activation"), key, strict=True))  # type: ignore[arg-type]
            rows.append({**row, "measure": measure, **vars(median_interval(column.to_numpy(), resampling))})
    return frames.of(rows, "summary")


def full_length_table(superposition: pd.DataFrame, *, seen: int) -> pd.DataFrame:
    """Return one row for each run of the full length (N1): its measures at the last step that the original shows.

    They have the ending `_seen`, and `_end` at the end. `last_change` is the last recorded step after `seen`, itself
    recorded, with other counts than at the one before it, missing for none. A diverged run has missing measures.
    """
    keys = ["activation", "seed"]
    runs = superposition.groupby(keys, sort=False)
    at_seen = superposition[superposition.step == seen].set_index(keys)[["step", *COMPARED]]
    at_end = superposition.loc[runs.step.idxmax()].set_index(keys)[["step", *COMPARED]]
    table = at_seen.join(at_end, suffixes=("_seen", "_end"))
    table["last_change"] = runs[["step", *COMPARED]].apply(lambda run: _last_change(run, seen))
    return table.reset_index()


def _last_change(run: pd.DataFrame, seen: int) -> float:
    """Return the last step after `seen` at which a count changes, NaN without one."""
    later = run[run.step >= seen]
    counts = np.asarray(later[COMPARED[1:]].astype(float))
    steps = np.asarray(later.step, dtype=float)[1:][(np.abs(np.diff(counts, axis=0)) > 0).any(axis=1)]
    return steps[-1] if len(steps) else np.nan
