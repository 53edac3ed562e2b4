"""Events of all runs: the tables of transitions, from the tables of loss, superposition and LLC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from superposition.measures import geometry, transitions
from superposition.measures.coincidence import Coincidence, coincidence
from superposition.measures.curves import Run, split
from superposition.measures.final import with_drifting_read
from superposition.measures.geometry import Thresholds
from superposition.measures.transitions import Events, Settings, log_time
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

BASE = "base"
"""Variant with the thresholds of the study."""

REPRESENTED = "n_represented"
"""Variant in which superposition is counted in represented instead of recovered features."""

BEFORE, DURING, AFTER = "before", "during", "after"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way of seeing superposition and loss drops.

    Attributes:
        name: Name in tables.
        thresholds: From when on a feature counts as represented.
        settings: What counts as an event.
        recovered: Whether recovered features are counted, or represented ones.
    """

    name: str
    thresholds: Thresholds
    settings: Settings
    recovered: bool = True


def variants(
    thresholds: Thresholds, settings: Settings, *, relative_norms: Sequence[float], slopes: Sequence[float]
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
    n_initial: Mapping[str, int],
    num_chains: Mapping[str, int],
    thresholds: Thresholds,
    settings: Mapping,
    post_sampler: str | None,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events of all runs, and one row per run and variant: the tables transitions and run_transitions.

    Args:
        superposition: Superposition tables of all runs, with key columns training, activation and seed.
        loss: Loss tables of all runs, with the same keys.
        llc: LLC tables of all runs by sampler preset, with the same keys.
        n_initial: Corners of the initial polygon by training preset.
        num_chains: Chains per estimate by sampler preset.
        thresholds: From when on a feature counts as represented.
        settings: The values of ``Settings``, with `other_slopes` and `other_relative_norms` for the variants.
        post_sampler: The post's sampler preset, with which chains that drift are read too, as in the verdicts, if the
            study has one.
        seed: Seed of the permutation null.
    """
    if post_sampler and post_sampler in llc:
        llc = {**llc, post_sampler: llc[post_sampler].assign(status=with_drifting_read(llc[post_sampler].status))}
    slopes, norms = settings["other_slopes"], settings["other_relative_norms"]
    base, *others = variants(thresholds, transitions.settings(settings), relative_norms=norms, slopes=slopes)
    events, rows = [], []
    for run in split(superposition, loss, llc, n_initial=n_initial, num_chains=num_chains):
        events.append(transition_table(run, base))
        rows += [run_transitions(run, variant, seed=seed) for variant in (base, *others)]
    return frames.joined(events), frames.of(rows, "run_transitions", samplers=list(llc))


def transition_table(run: Run, variant: Variant) -> pd.DataFrame:
    """Return one row per event of a run."""
    drops, changed = drops_of(run, variant.settings), changes_of(run, variant)
    found = {("loss_drop", None): drops, ("superposition_change", None): changed}
    found |= {("llc_rise", sampler): rises_of(run, sampler, variant.settings) for sampler in run.llc}
    rows = [
        dict(zip(RUN_KEYS, run.keys, strict=True))
        | {"kind": kind, "sampler": sampler, "start": 10**start - 1, "end": 10**end - 1, "size": size}
        for (kind, sampler), events in found.items()
        for start, end, size in zip(events.start, events.end, events.size, strict=True)
    ]
    return frames.of(rows, "transitions")


# Most variants of a run share these events with the one before: what they see otherwise is superposition.
@lru_cache(maxsize=1)
def drops_of(run: Run, settings: Settings) -> Events:
    """Return the loss drops of a run."""
    return transitions.loss_drops(*run.losses, settings)


@lru_cache(maxsize=8)
def rises_of(run: Run, sampler: str, settings: Settings) -> Events:
    """Return the LLC rises of a run under a sampler preset."""
    estimates = run.llc[sampler]
    llc, error = estimates.llc.to_numpy(float), estimates.standard_error.to_numpy(float)
    return transitions.llc_rises(estimates.step.to_numpy(int), llc, error, settings)


def changes_of(run: Run, variant: Variant) -> Events:
    """Return the changes of superposition of a run."""
    if run.superposition.empty:
        return Events(*np.empty((3, 0)))
    return transitions.changes(run.steps, counts(run, variant), variant.settings)


def counts(run: Run, variant: Variant) -> np.ndarray:
    """Return the number of recovered or represented features at every recorded step of a run."""
    if variant.recovered:
        return run.superposition.n_recovered.to_numpy(int)
    return _is_represented(run, variant.thresholds).sum(-1)


@lru_cache(maxsize=4)
def _is_represented(run: Run, thresholds: Thresholds) -> np.ndarray:
    """Return which features are represented, shape (step, feature)."""
    return geometry.long_enough(run.norms, thresholds=thresholds)


def run_transitions(run: Run, variant: Variant, *, seed: int) -> dict[str, object]:
    """Return one row of the table of runs' transitions: final count, onset, order and coincidences.

    Args:
        run: The run.
        variant: How to see superposition and loss drops.
        seed: Seed of the permutation null.
    """
    drops, changed = drops_of(run, variant.settings), changes_of(run, variant)
    onset = _onsets(run, variant)
    span = log_time(run.steps[[0, -1]]) if len(run.steps) else (0.0, 0.0)
    with_drops = _compare(changed, drops, span, variant.settings, [seed, int(run.keys[2])])
    row = {**dict(zip(RUN_KEYS, run.keys, strict=True)), "variant": variant.name, "n_changes": len(changed), **onset}
    row |= {"loss_range": _loss_range(run), "n_loss_drops": len(drops), **_order(run, drops, onset["onset"])}
    row |= _columns("loss_drop", with_drops)
    for sampler, estimates in run.llc.items():
        rises = rises_of(run, sampler, variant.settings)
        span = log_time(estimates.step.to_numpy(int)[[0, -1]]) if len(estimates) else (0.0, 0.0)
        found = _compare(changed, rises, span, variant.settings, [seed, int(run.keys[2])])
        row |= {f"n_llc_rises_{sampler}": len(rises), **_columns("llc_rise", found, f"_{sampler}")}
    return row


def _compare(changed: Events, events: Events, span, settings: Settings, seed: list[int]) -> Coincidence:
    """Return the coincidence of changes with events between the ends of a span."""
    ends = float(span[0]), float(span[1])
    return coincidence(changed, events, span=ends, tolerance=settings.tolerance, shuffles=settings.shuffles, seed=seed)


def _columns(kind: str, found: Coincidence, suffix: str = "") -> dict[str, float]:
    """Return a coincidence as columns."""
    values = {"rate": found.rate, "expected": found.expected, "p": found.p}
    return {f"{kind}_{name}{suffix}": value for name, value in values.items()}


def _onsets(run: Run, variant: Variant) -> dict[str, float]:
    """Return final count and stickiness, the onset with the recorded step before it, and when half had formed."""
    if run.diverged or run.superposition.empty:
        return dict.fromkeys(("n_features", "sticky", "onset", "onset_after", "half_formed"), np.nan)
    steps, count = run.steps, counts(run, variant)
    if variant.recovered:
        onset = geometry.settled(steps, count > run.n_initial)
    else:
        onset = geometry.onset(_is_represented(run, variant.thresholds), steps, n_initial=run.n_initial)
    half = run.n_initial + (count[-1] - run.n_initial) / 2
    formed = geometry.settled(steps, count >= half) if count[-1] > run.n_initial else np.nan
    before = steps[max(np.searchsorted(steps, onset) - 1, 0)] if np.isfinite(onset) else np.nan
    values = (float(count[-1]), _sticky(run, variant), onset, float(before), formed)
    return dict(zip(("n_features", "sticky", "onset", "onset_after", "half_formed"), values, strict=True))


def _sticky(run: Run, variant: Variant) -> float:
    """Return the share of represented features that have one dimension, or half of one, in the end."""
    dimensionality = np.asarray(run.superposition.dimensionality.iloc[-1])[_is_represented(run, variant.thresholds)[-1]]
    distance = np.minimum(np.abs(dimensionality - 0.5), np.abs(dimensionality - 1))
    return float((distance <= variant.settings.sticky_tolerance).mean()) if len(distance) else np.nan


def _loss_range(run: Run) -> float:
    """Return the decades between the largest and the smallest recorded loss."""
    if run.diverged:
        return np.nan
    return float(np.ptp(transitions.log_loss(run.losses[1])))


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
