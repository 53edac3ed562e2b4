"""Events of all runs: curves of one run, and the tables of transitions, from those of loss, superposition and LLC."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from superposition.measures import geometry, transitions
from superposition.measures.geometry import Thresholds
from superposition.measures.transitions import Events, EventSettings, coincidence, log_time
from superposition.status import DRIFTING, OK, may_be_read
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

BASE = "base"
"""Variant with the thresholds of the study."""

COUNT_REPRESENTED = "n_represented"
"""Variant in which superposition is counted in represented instead of recovered features."""

BEFORE, DURING, AFTER = "before", "during", "after"


SUPERPOSITION_COLUMNS = ["seed", "step", "status", "n_recovered", "feature_norm", "dimensionality"]
"""Columns of the superposition table that are read; the others would only fill the memory."""


def with_drifting_read(statuses: pd.Series) -> pd.Series:
    """Return statuses of LLC estimates with `ok` for chains that drift: as the post reads, which judged no convergence.

    DEVIATION N14 is followed so: without it, no statement on the LLC could be replicated as the post made it.
    """
    return statuses.replace(DRIFTING, OK)


def followed(llc: pd.DataFrame) -> pd.Series:
    """Whether each row of an LLC table is of a run followed over training, and not estimated at its end alone."""
    first = llc.groupby(RUN_KEYS).step.transform("min")
    return first == first.groupby(llc.training).transform("min")


@dataclass(frozen=True, kw_only=True, eq=False)  # without comparison of values, a run is a key of caches
class Run:
    """Everything of one run, of (training preset, activation, seed), that is needed here.

    Steps are those at which weights were recorded, of a diverged run before it diverged; at them are the number of
    recovered features and the norms, at the last of them the dimensionality. `losses` are steps and loss; `llc` are
    checkpoints whose estimates may be read, estimates and standard errors, by sampler preset with which the run is
    followed. `n_free` features are there without superposition.
    """

    keys: tuple
    steps: Int[np.ndarray, " step"]
    recovered: Int[np.ndarray, " step"]
    norms: Float[np.ndarray, "step feature"]
    dimensionality: Float[np.ndarray, " feature"]
    losses: tuple[Int[np.ndarray, " point"], Float[np.ndarray, " point"]]
    llc: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    n_free: int
    diverged: bool


def runs_in(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    n_free: Mapping[str, int],
    num_chains: Mapping[str, int],
) -> Iterator[Run]:
    """Yield the runs in tables of many runs with key columns training, activation and seed; see `transition_tables`."""
    finite = superposition.loc[may_be_read(superposition.status)]
    norms, dimensionality = finite.feature_norm.to_numpy(), finite.dimensionality.to_numpy()
    by_run, recorded = _by_run(finite, "step", "n_recovered"), _by_run(loss, "step", "loss")
    readable, estimated = {}, {}
    for sampler, table in llc.items():
        table = table.assign(standard_error=table.llc_std / np.sqrt(num_chains[sampler]))
        readable[sampler] = _by_run(table.loc[may_be_read(table.status)], "step", "llc", "standard_error")
        estimated[sampler] = {*map(tuple, table.loc[followed(table), RUN_KEYS].to_numpy())}
    for keys, last in superposition.groupby(RUN_KEYS, sort=False).status.last().items():
        keys = cast(tuple, keys)
        rows, steps, counts = by_run.get(keys, NO_ROWS[:3])
        yield Run(
            keys=keys,
            steps=steps.astype(int),
            recovered=counts.astype(int),
            norms=np.concatenate(norms[rows]).reshape(len(rows), -1) if len(rows) else np.empty((0, 0)),
            dimensionality=np.asarray(dimensionality[rows[-1]]) if len(rows) else np.empty(0),
            losses=(recorded[keys][1].astype(int), recorded[keys][2]),
            llc={name: runs.get(keys, NO_ROWS)[1:] for name, runs in readable.items() if keys in estimated[name]},
            n_free=n_free[keys[0]],
            diverged=not may_be_read(last),
        )


NO_ROWS = np.empty(0, int), np.empty(0), np.empty(0), np.empty(0)
"""Rows and columns of a run that has none."""


def _by_run(table: pd.DataFrame, *columns: str) -> dict[tuple, tuple[np.ndarray, ...]]:
    """Return the places of each run's rows, and their values in some columns."""
    values = [table[column].to_numpy(float, na_value=np.nan) for column in columns]
    rows = table.groupby(RUN_KEYS, sort=False).indices
    return {cast(tuple, keys): (at, *(each[at] for each in values)) for keys, at in rows.items()}


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way of seeing superposition and loss drops: with `recovered` features counted, or represented ones."""

    name: str
    thresholds: Thresholds
    settings: EventSettings
    recovered: bool = True


def variants(
    thresholds: Thresholds, settings: EventSettings, *, relative_norms: Sequence[float], slopes: Sequence[float]
) -> list[Variant]:
    """Return the base variant and those that change one thing: counted features, threshold or slope of drops."""
    base = Variant(name=BASE, thresholds=thresholds, settings=settings)
    by_norm = replace(base, name=COUNT_REPRESENTED, recovered=False)
    return [
        base,
        by_norm,
        *(
            replace(by_norm, name=f"relative_norm={norm:g}", thresholds=replace(thresholds, relative_norm=norm))
            for norm in relative_norms
        ),
        *(replace(base, name=f"slope={slope:g}", settings=replace(settings, slope=slope)) for slope in slopes),
    ]


def transition_tables(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    n_free: Mapping[str, int],
    num_chains: Mapping[str, int],
    thresholds: Thresholds,
    settings: Mapping,
    post_sampler: str | None,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events of all runs, and one row per run and variant: the tables transitions and run_transitions.

    Tables of superposition, loss and LLC, by sampler preset, are those of all runs, with key columns training,
    activation and seed. `n_free`, by training preset, are features that are there without superposition; `num_chains`
    are by sampler preset; `settings` are those of ``EventSettings``, with `other_slopes` and `other_relative_norms` for
    the variants. With `post_sampler`, if the study has one, chains that drift are read too, as in the verdicts. The
    seed is that of the null.
    """
    if post_sampler and post_sampler in llc:
        llc = {**llc, post_sampler: llc[post_sampler].assign(status=with_drifting_read(llc[post_sampler].status))}
    slopes, norms = settings["other_slopes"], settings["other_relative_norms"]
    base, *others = variants(thresholds, transitions.event_settings(settings), relative_norms=norms, slopes=slopes)
    events, rows = [], []
    for run in runs_in(superposition, loss, llc, n_free=n_free, num_chains=num_chains):
        events += event_rows(run, base)
        rows += [run_transitions(run, variant, seed=seed) for variant in (base, *others)]
    return frames.of(events, "transitions"), frames.of(rows, "run_transitions", samplers=list(llc))


def event_rows(run: Run, variant: Variant) -> Iterator[dict[str, object]]:
    """Yield one row per event of a run."""
    found = {("loss_drop", None): _drops(run, variant.settings)}
    found |= {
        ("superposition_change", None): transitions.feature_changes(run.steps, _counts(run, variant), variant.settings)
    }
    found |= {("llc_rise", sampler): _rises(run, sampler, variant.settings) for sampler in run.llc}
    for (kind, sampler), events in found.items():
        for start, end, size in zip(events.start, events.end, events.size, strict=True):
            what = {"kind": kind, "sampler": sampler, "start": 10**start - 1, "end": 10**end - 1, "size": size}
            yield dict(zip(RUN_KEYS, run.keys, strict=True)) | what


# Most variants of a run share what these find with the one before.
@lru_cache(maxsize=4)
def _drops(run: Run, settings: EventSettings) -> Events:
    """Return the loss drops of a run."""
    return transitions.loss_drops(*run.losses, settings)


@lru_cache(maxsize=8)
def _rises(run: Run, sampler: str, settings: EventSettings) -> Events:
    """Return the LLC rises of a run under a sampler preset."""
    return transitions.llc_rises(*run.llc[sampler], settings)


@lru_cache(maxsize=4)
def _is_represented(run: Run, thresholds: Thresholds) -> np.ndarray:
    """Return which features are represented, shape (step, feature)."""
    return geometry.long_enough(run.norms, thresholds=thresholds)


def _counts(run: Run, variant: Variant) -> np.ndarray:
    """Return the number of recovered or represented features at every recorded step of a run."""
    if variant.recovered or not len(run.steps):
        return run.recovered
    return _is_represented(run, variant.thresholds).sum(-1)


def onsets(superposition: pd.DataFrame, n_free: int | pd.Series, *, by: str | list[str]) -> dict[Any, float]:
    """Return the onset of superposition of every run by its key, NaN for none, from tables of superposition."""
    beyond = (superposition.n_recovered > n_free).fillna(False).to_numpy(bool)
    steps, runs = superposition.step.to_numpy(int), superposition.groupby(by, sort=False).indices
    return {key: geometry.settled(steps[rows], beyond[rows]) for key, rows in runs.items()}


def run_transitions(run: Run, variant: Variant, *, seed: int) -> dict[str, object]:
    """Return one row of the table of runs' transitions: final count, onset, order, and coincidences against chance."""
    drops = _drops(run, variant.settings)
    # The slope of a drop plays no part in what is counted, which variants that differ in it alone so share.
    changed, counted = _counted(run, replace(variant, name="", settings=replace(variant.settings, slope=0.0)), seed)
    row: dict[str, object] = {**dict(zip(RUN_KEYS, run.keys, strict=True)), "variant": variant.name, **counted}
    row |= {"loss_range": _loss_range(run), "n_loss_drops": len(drops), **_order(run, drops, counted["onset"])}
    return row | _coincidences("loss_drop", run, changed, drops, run.steps, variant.settings, seed)


@lru_cache(maxsize=1)
def _counted(run: Run, variant: Variant, seed: int) -> tuple[Events, dict[str, float]]:
    """Return the changes of superposition of a run, and its columns that no loss drop concerns."""
    changed = transitions.feature_changes(run.steps, _counts(run, variant), variant.settings)
    row = {"n_changes": len(changed), **_onsets(run, variant)}
    for sampler, (steps, *_) in run.llc.items():
        rises = _rises(run, sampler, variant.settings)
        found = _coincidences("llc_rise", run, changed, rises, steps, variant.settings, seed)
        row |= {f"n_llc_rises_{sampler}": len(rises)} | {f"{name}_{sampler}": value for name, value in found.items()}
    return changed, row


def _coincidences(kind: str, run: Run, changed: Events, events: Events, steps, how: EventSettings, seed: int):
    """Return the coincidence of a run's changes with events that could be seen between some steps, as columns."""
    span = log_time(steps[[0, -1]]) if len(steps) else np.zeros(2)
    found = coincidence(changed, events, how, span=span, seed=(seed, int(run.keys[2])))
    return {f"{kind}_{name}": value for name, value in found.items()}


def _onsets(run: Run, variant: Variant) -> dict[str, float]:
    """Return final count and stickiness, the onset with the recorded step before it, and when half had formed."""
    names = ("n_features", "sticky", "onset", "onset_after", "half_formed")
    if run.diverged or not len(run.steps):
        return dict.fromkeys(names, np.nan)
    steps, count, represented = run.steps, _counts(run, variant), _is_represented(run, variant.thresholds)
    onset = geometry.settled(steps, count > run.n_free)
    half = run.n_free + (count[-1] - run.n_free) / 2
    formed = geometry.settled(steps, count >= half) if count[-1] > run.n_free else np.nan
    before = steps[max(np.searchsorted(steps, onset) - 1, 0)] if np.isfinite(onset) else np.nan
    # Sticky: the share of represented features that have one dimension, or half of one, in the end.
    dimensionality = run.dimensionality[represented[-1]]
    distance = np.minimum(np.abs(dimensionality - 0.5), np.abs(dimensionality - 1))
    sticky = float((distance <= variant.settings.sticky_tolerance).mean()) if len(distance) else np.nan
    return dict(zip(names, (float(count[-1]), sticky, onset, float(before), formed), strict=True))


@lru_cache(maxsize=1)
def _loss_range(run: Run) -> float:
    """Return the decades between the largest and the smallest recorded loss."""
    return np.nan if run.diverged else float(np.ptp(transitions.log_loss(run.losses[1])))


def _order(run: Run, drops: Events, onset: float) -> dict[str, object]:
    """Return the largest drop and where the onset lies: before, during or after it; distance is from its end."""
    if not len(drops):
        missing = dict.fromkeys(("drop_start", "drop_half", "drop_end", "drop_size", "drop_over", "distance"), np.nan)
        return {**missing, "order": None}
    largest = int(drops.size.argmax())
    start, end, time = drops.start[largest], drops.end[largest], log_time(onset)
    half = transitions.half_lost(*run.losses, start=start, end=end)
    onset_or_later = np.inf if np.isnan(time) else float(time)  # an onset that was not seen is later than the last step
    over = transitions.share_lost(*run.losses, start=start, end=end, at=onset_or_later)
    over = np.nan if run.diverged else over
    order = None if np.isnan(time) else BEFORE if time < start else AFTER if time >= end else DURING
    steps = {"drop_start": 10**start - 1, "drop_half": 10**half - 1, "drop_end": 10**end - 1}
    return {**steps, "drop_size": drops.size[largest], "drop_over": over, "order": order, "distance": float(time - end)}
