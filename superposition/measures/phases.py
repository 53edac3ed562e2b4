"""Events of all runs: the tables of transitions, from the tables of loss, superposition and LLC."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from superposition.measures import geometry, transitions
from superposition.measures.curves import Run, split, with_drifting_read
from superposition.measures.geometry import Thresholds
from superposition.measures.transitions import Events, EventSettings, coincidence, log_time
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

BASE = "base"
"""Variant with the thresholds of the study."""

REPRESENTED = "n_represented"
"""Variant in which superposition is counted in represented instead of recovered features."""

BEFORE, DURING, AFTER = "before", "during", "after"


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
    by_norm = replace(base, name=REPRESENTED, recovered=False)
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

    Args:
        superposition: Tables of all runs, here and below with key columns training, activation and seed.
        loss: Their loss tables.
        llc: Their LLC tables by sampler preset.
        n_free: Features that are there without superposition, by training preset.
        num_chains: Chains per estimate by sampler preset.
        thresholds: From when on a feature counts as represented.
        settings: The values of ``EventSettings``, with `other_slopes` and `other_relative_norms` for the variants.
        post_sampler: The post's sampler preset, with which chains that drift are read too, as in the verdicts, if the
            study has one.
        seed: Seed of the permutation null.
    """
    if post_sampler and post_sampler in llc:
        llc = {**llc, post_sampler: llc[post_sampler].assign(status=with_drifting_read(llc[post_sampler].status))}
    slopes, norms = settings["other_slopes"], settings["other_relative_norms"]
    base, *others = variants(thresholds, transitions.settings(settings), relative_norms=norms, slopes=slopes)
    events, rows = [], []
    for run in split(superposition, loss, llc, n_free=n_free, num_chains=num_chains):
        events += event_rows(run, base)
        rows += [run_transitions(run, variant, seed=seed) for variant in (base, *others)]
    return frames.of(events, "transitions"), frames.of(rows, "run_transitions", samplers=list(llc))


def event_rows(run: Run, variant: Variant) -> Iterator[dict[str, object]]:
    """Yield one row per event of a run."""
    found = {("loss_drop", None): _drops(run, variant.settings)}
    found |= {("superposition_change", None): transitions.changes(run.steps, _counts(run, variant), variant.settings)}
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


def run_transitions(run: Run, variant: Variant, *, seed: int) -> dict[str, object]:
    """Return one row of the table of runs' transitions: final count, onset, order, and coincidences against chance."""
    drops = _drops(run, variant.settings)
    # The slope of a drop plays no part in what is counted, which variants that differ in it alone so share.
    changed, counted = _counted(run, replace(variant, name="", settings=replace(variant.settings, slope=0.0)), seed)
    span = log_time(run.steps[[0, -1]]) if len(run.steps) else np.zeros(2)
    row: dict[str, object] = {**dict(zip(RUN_KEYS, run.keys, strict=True)), "variant": variant.name, **counted}
    row |= {"loss_range": _loss_range(run), "n_loss_drops": len(drops), **_order(run, drops, counted["onset"])}
    return row | _coincidences("loss_drop", changed, drops, span, variant.settings, (seed, int(run.keys[2])))


@lru_cache(maxsize=1)
def _counted(run: Run, variant: Variant, seed: int) -> tuple[Events, dict[str, float]]:
    """Return the changes of superposition of a run, and its columns that no loss drop concerns."""
    changed = transitions.changes(run.steps, _counts(run, variant), variant.settings)
    row = {"n_changes": len(changed), **_onsets(run, variant)}
    for sampler, (steps, *_) in run.llc.items():
        rises = _rises(run, sampler, variant.settings)
        span = log_time(steps[[0, -1]]) if len(steps) else np.zeros(2)
        found = _coincidences("llc_rise", changed, rises, span, variant.settings, (seed, int(run.keys[2])))
        row |= {f"n_llc_rises_{sampler}": len(rises)} | {f"{name}_{sampler}": value for name, value in found.items()}
    return changed, row


def _coincidences(kind: str, changed: Events, events: Events, span, settings: EventSettings, seed: tuple[int, int]):
    """Return the coincidence of changes with events between the ends of a span, as columns."""
    how = {"tolerance": settings.tolerance, "shuffles": settings.shuffles, "seed": seed}
    found = coincidence(changed, events, span=(float(span[0]), float(span[1])), **how)
    return {f"{kind}_rate": found.rate, f"{kind}_expected": found.expected, f"{kind}_p": found.p}


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
