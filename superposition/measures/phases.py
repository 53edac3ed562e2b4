"""Events of all runs: curves of one run, and the tables of transitions, from those of loss, superposition and LLC."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from superposition.measures import geometry, transitions
from superposition.measures.geometry import Thresholds
from superposition.measures.transitions import Events, EventSettings, coincidence, log_time
from superposition.status import DRIFTING, OK, may_be_read
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

BASE = "base"  # variant with the thresholds of the study
COUNT_REPRESENTED = "n_represented"  # variant in which represented instead of recovered features are counted
BEFORE, DURING, AFTER = "before", "during", "after"
SUPERPOSITION_COLUMNS = ["seed", "step", "status", "n_recovered", "feature_norm", "dimensionality"]  # all that is read

Row = dict[str, Any]


def with_drifting_read(statuses: pd.Series) -> pd.Series:
    """Return statuses of LLC estimates with `ok` for chains that drift: as the post reads, which judged no convergence.

    DEVIATION N14 is followed so: without it, no statement on the LLC could be replicated as the post made it.
    """
    return statuses.replace(DRIFTING, OK)


def followed(llc: pd.DataFrame) -> pd.Series:
    """Return whether each row of an LLC table is of a run followed over training, not estimated at its end alone."""
    first = llc.groupby(RUN_KEYS).step.transform("min")
    return first == first.groupby(llc.training).transform("min")


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that is needed here of one run, whose keys are training preset, activation and seed.

    Steps are those at which weights were recorded, of a diverged run before it diverged; at them are the number of
    recovered features and the norms, at the last of them the dimensionality. `losses` are steps and loss; `llc` are
    checkpoints whose estimates may be read, estimates and standard errors, by sampler preset with which the run is
    followed. `n_free` features are there without superposition.
    """

    keys: tuple[str, str, int]
    steps: Int[np.ndarray, " step"]
    recovered: Int[np.ndarray, " step"]
    norms: Float[np.ndarray, "step feature"]
    dimensionality: Float[np.ndarray, " feature"]
    losses: Float[np.ndarray, "2 point"]
    llc: Mapping[str, Float[np.ndarray, "3 checkpoint"]]
    n_free: int
    diverged: bool


def transition_tables(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    n_free: Mapping[str, int],
    num_chains: Mapping[str, int],
    thresholds: Thresholds,
    settings: EventSettings,
    post_sampler: str | None,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events of all runs, and one row per run and variant: the tables transitions and run_transitions.

    Args:
        superposition: Measures of all runs at every recorded step; all tables have keys training, activation and seed.
        loss: Loss curves of all runs.
        llc: Estimates by sampler preset.
        n_free: Features that are there without superposition, by training preset.
        num_chains: Chains per checkpoint, by sampler preset.
        thresholds: Thresholds from which a feature counts as represented or recovered.
        settings: What counts as an event.
        post_sampler: Sampler preset of which chains that drift are read too, as in the verdicts; None for none.
        seed: Seed of the null, random shifts of the changes.
    """
    if post_sampler and post_sampler in llc:
        llc = {**llc, post_sampler: llc[post_sampler].assign(status=with_drifting_read(llc[post_sampler].status))}
    events, rows = [], []
    for run in _runs_in(superposition, loss, llc, n_free, num_chains):
        keys = dict(zip(RUN_KEYS, run.keys, strict=True))
        of_events, of_variants = _of_run(run, thresholds, settings, seed=seed)
        events += [keys | row for row in of_events]
        rows += [keys | row for row in of_variants]
    return frames.of(events, "transitions"), frames.of(rows, "run_transitions", samplers=list(llc))


def _runs_in(
    superposition: pd.DataFrame, loss: pd.DataFrame, llc: Mapping, n_free: Mapping, num_chains: Mapping
) -> Iterator[Run]:
    """Yield the runs in tables of many runs; arguments as of `transition_tables`."""
    is_finite, losses = may_be_read(superposition.status).to_numpy(), _by_run(loss, ["step", "loss"])
    steps, recovered = (superposition[name].to_numpy(float, na_value=np.nan) for name in ("step", "n_recovered"))
    norms, dimensionality = superposition.feature_norm.to_numpy(), superposition.dimensionality.to_numpy()
    estimates = {}
    for name, table in llc.items():
        read, error = table.llc.where(may_be_read(table.status)), table.llc_std / np.sqrt(num_chains[name])
        curves = _by_run(pd.DataFrame(table.assign(llc=read, error=error)[followed(table)]), ["step", "llc", "error"])
        estimates[name] = {keys: curve[:, np.isfinite(curve[1])] for keys, curve in curves.items()}
    runs: dict[Any, np.ndarray] = superposition.groupby(RUN_KEYS, sort=False).indices  # type: ignore[assignment]
    for keys, rows in runs.items():
        finite = rows[is_finite[rows]]
        yield Run(
            keys=keys,
            steps=steps[finite].astype(int),
            recovered=recovered[finite].astype(int),
            norms=np.stack(norms[finite]) if len(finite) else np.empty((0, 1)),
            dimensionality=dimensionality[finite[-1]] if len(finite) else np.empty(0),
            losses=losses[keys],
            llc={sampler: curves[keys] for sampler, curves in estimates.items() if keys in curves},
            n_free=n_free[keys[0]],
            diverged=len(finite) < len(rows),
        )


def _by_run(table: pd.DataFrame, columns: list[str]) -> dict[tuple, Float[np.ndarray, "column row"]]:
    """Return the values of each run in some columns."""
    values = table[columns].to_numpy(float, na_value=np.nan)
    rows_of: dict[Any, np.ndarray] = table.groupby(RUN_KEYS, sort=False).indices  # type: ignore[assignment]
    return {keys: values[rows].T for keys, rows in rows_of.items()}


def _of_run(run: Run, thresholds: Thresholds, settings: EventSettings, *, seed: int) -> tuple[list[Row], list[Row]]:
    """Return the rows of a run's events, and those of its transitions: each variant changes one thing of the base."""
    steps, loss = run.losses
    by_slope = {BASE: settings} | {
        f"slope={slope:g}": replace(settings, slope=slope) for slope in settings.other_slopes
    }
    drops = {name: transitions.loss_drops(steps, loss, of_slope) for name, of_slope in by_slope.items()}
    rises = {sampler: transitions.llc_rises(estimates, settings) for sampler, estimates in run.llc.items()}
    represented = _represented(run, thresholds, settings)
    counts = {BASE: run.recovered} | {name: which.sum(-1) for name, which in represented.items()}
    changes = {name: transitions.feature_changes(run.steps, count, settings) for name, count in counts.items()}
    seeds = seed, int(run.keys[2])
    counted: dict[str, Row] = {}
    for name, count in counts.items():
        counted[name] = _onset(run, count, represented.get(name, represented[COUNT_REPRESENTED]), settings)
        for sampler, (checkpoints, *_) in run.llc.items():
            kind, end = "llc_rise", f"_{sampler}"
            counted[name] |= _together(kind, rises[sampler], changes[name], checkpoints, settings, seeds, end)

    def row_of(variant: str, counting: str, slope: str) -> Row:
        """Return the row of a variant: one of the ways of counting with one of the slopes."""
        row = {"variant": variant, "n_changes": len(changes[counting]), **counted[counting]}
        row |= _order(run, drops[slope], row["onset"])
        return row | _together("loss_drop", drops[slope], changes[counting], run.steps, settings, seeds)

    rows = [row_of(name, name, BASE) for name in counts] + [row_of(name, BASE, name) for name in [*drops][1:]]
    events = _event_rows("loss_drop", drops[BASE]) + _event_rows("superposition_change", changes[BASE])
    for sampler, of_sampler in rises.items():
        events += _event_rows("llc_rise", of_sampler, sampler)
    return events, rows


def _represented(
    run: Run, thresholds: Thresholds, settings: EventSettings
) -> dict[str, Bool[np.ndarray, "step feature"]]:
    """Return which features are represented at every step, by the variant that counts them."""
    limits = {COUNT_REPRESENTED: thresholds}
    for norm in settings.other_relative_norms:
        limits[f"relative_norm={norm:g}"] = replace(thresholds, relative_norm=norm)
    return {name: geometry.represented(run.norms, thresholds=limit) for name, limit in limits.items()}


def _event_rows(kind: str, events: Events, sampler: str | None = None) -> list[Row]:
    """Return the rows of a run's events of one kind, with start and end as training steps."""
    return [
        {"kind": kind, "sampler": sampler, "start": 10**start - 1, "end": 10**end - 1, "size": size}
        for start, end, size in zip(events.start, events.end, events.size, strict=True)
    ]


def onsets(superposition: pd.DataFrame, n_free: int | pd.Series, *, by: str | list[str]) -> dict[Any, float]:
    """Return the onset of superposition of every run by its key, NaN for none, from tables of superposition."""
    beyond = (superposition.n_recovered > n_free).fillna(False).to_numpy(bool)
    steps, runs = superposition.step.to_numpy(int), superposition.groupby(by, sort=False).indices
    return {key: geometry.settled(steps[rows], beyond[rows]) for key, rows in runs.items()}


def _onset(
    run: Run, count: Int[np.ndarray, " step"], is_represented: Bool[np.ndarray, "step feature"], settings: EventSettings
) -> Row:
    """Return final count and stickiness, the onset with the recorded step before it, and when half had formed."""
    names = ("n_features", "sticky", "onset", "onset_after", "half_formed")
    if run.diverged:
        return dict.fromkeys(names, np.nan)
    steps, onset = run.steps, geometry.settled(run.steps, count > run.n_free)
    half = run.n_free + (count[-1] - run.n_free) / 2
    formed = geometry.settled(steps, count >= half) if count[-1] > run.n_free else np.nan
    before = steps[max(np.searchsorted(steps, onset) - 1, 0)] if np.isfinite(onset) else np.nan
    # Sticky: the share of represented features that have one dimension, or half of one, in the end.
    dimensionality = run.dimensionality[is_represented[-1]]
    distance = np.minimum(np.abs(dimensionality - 0.5), np.abs(dimensionality - 1))
    sticky = float((distance <= settings.sticky_tolerance).mean()) if len(distance) else np.nan
    return dict(zip(names, (float(count[-1]), sticky, onset, float(before), formed), strict=True))


def _together(
    kind: str, events: Events, changes: Events, steps: np.ndarray, settings: EventSettings, seed: tuple, end: str = ""
) -> Row:
    """Return the number of events, and how often changes coincide with those that could be seen between some steps."""
    span = log_time(steps[[0, -1]]).tolist() if len(steps) else (0.0, 0.0)
    rates = coincidence(changes, events, settings, span=span, seed=seed)
    return {f"n_{kind}s{end}": len(events)} | {f"{kind}_{name}{end}": rate for name, rate in rates.items()}


def _order(run: Run, drops: Events, onset: float) -> Row:
    """Return the largest drop and where the onset lies: before, during or after it; distance is from its end."""
    loss_range = np.nan if run.diverged else float(np.ptp(transitions.log_loss(run.losses[1])))
    row: Row = {"loss_range": loss_range, "order": None}
    if not len(drops):
        names = ("drop_start", "drop_half", "drop_end", "drop_size", "drop_over", "distance")
        return row | dict.fromkeys(names, np.nan)
    largest = int(drops.size.argmax())
    start, end, time = drops.start[largest], drops.end[largest], log_time(onset)
    onset_or_later = np.inf if np.isnan(time) else float(time)  # an onset that was not seen is later than the last step
    half, over = transitions.half_and_share(run.losses, (start, end), onset_or_later)
    if not np.isnan(time):
        row["order"] = BEFORE if time < start else AFTER if time >= end else DURING
    row |= {"drop_start": 10**start - 1, "drop_half": 10**half - 1, "drop_end": 10**end - 1}
    row |= {"drop_size": drops.size[largest], "drop_over": np.nan if run.diverged else over}
    return row | {"distance": float(time - end)}
