"""Summaries: of each run with the status of its end, of an activation's seeds, and of what the full length changes."""

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

TIMES = ("drop_start", "drop_end", "distance")  # columns of the table of runs' transitions that are summarised
OF_COUNTS = ["n_represented", "n_recovered", "effective_features", "polygon"]
OF_STEPS = ["seed", "step", "status", "loss", *OF_COUNTS, "frobenius_sq"]  # all that is read of superposition tables
COMPARED = [LOSS.name, "n_represented", "n_recovered", "polygon"]  # at the last step that the original shows, and later


@dataclass(frozen=True, kw_only=True)
class EndLimits:
    """Limits within which a run has converged: norm of the gradient, curvature of a direction that curves down.

    `kink` is the largest distance of a pre-activation that lies at a kink or jump, `growth` the largest of the norm, in
    decades per decade of steps, of a run that does not go to infinity.
    """

    gradient: float
    curvature: float
    kink: float
    growth: float


def end_statuses(ends: pd.DataFrame, limits: EndLimits) -> np.ndarray:
    """Return the status of each end in a table of ends, the first that holds; docs/method.md says what each means."""
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
    """Return the final measures, statuses and provenance of every run.

    Args:
        superposition: Measures of all runs at every recorded step; all tables have keys training, activation and seed.
        loss: Their loss curves.
        ends: How their training ended, a row for each run.
        llc: Their estimates by sampler preset.
        end_limits: Limits within which a run has converged.
        capacity: Best possible losses; None where no gap to them is asked for.
        n_free: Features that are there without superposition, by training preset.
        provenance: Values that are the same in every row.
    """
    table, final_loss = (_last(rows) for rows in (superposition.loc[:, [*RUN_KEYS[:2], *OF_STEPS]], loss))
    table["diverged_step"] = superposition[superposition.status == DIVERGED].groupby(RUN_KEYS, sort=False).step.first()
    table[["sample_loss", "logged_loss"]] = final_loss[["sample_loss", "logged_loss"]]
    table["onset"] = onsets(superposition, superposition.training.map(n_free), by=RUN_KEYS)
    table = table.join(ends.assign(end_status=end_statuses(ends, end_limits)).drop(columns="step").set_index(RUN_KEYS))
    stopped = ~table.end_status.isin([CONVERGED, DIVERGED])
    table["loss_at_step"] = table.step.where(stopped)  # where a run went on, another loss would be its final one
    for sampler, estimates in llc.items():
        names = ["llc", "llc_std", "predicted_llc", "status"]
        table[[f"{name}_{sampler}" for name in names]] = _last(estimates)[names]
    table["gap"] = np.nan
    if capacity is not None:
        best = capacity.set_index(RUN_KEYS[:2]).best_loss
        table["gap"] = table.loss - best.reindex(table.index.droplevel("seed")).to_numpy()
    return table.reset_index().assign(**provenance)


def _last(table: pd.DataFrame) -> pd.DataFrame:
    """Return the last row of every run."""
    return table.groupby(RUN_KEYS, sort=False).tail(1).set_index(RUN_KEYS)


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
    used whose loss is not that of a minimum.

    Args:
        runs: How every run ended.
        transitions: Table of runs' transitions.
        samplers: Sampler presets by training preset.
        resampling: How intervals over seeds are computed.
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
    at_seen, at_end = superposition[superposition.step == seen], superposition.groupby(keys, sort=False).tail(1)
    table, end = (rows.set_index(keys)[["step", *COMPARED]] for rows in (at_seen, at_end))
    counts = superposition.set_index(keys)[COMPARED[1:]].astype(float)
    changed = counts.groupby(keys).diff().abs().gt(0).any(axis=1) & (superposition.step > seen).to_numpy()
    last = superposition.set_index(keys).step[changed].groupby(keys).last().astype(float)
    return table.join(end, suffixes=("_seen", "_end")).assign(last_change=last).reset_index()
