"""Dose and response: what happens to the runs of a family along its parameter, and what that says of the post's causes.

The post explains findings by properties that come in degrees. A family varies one of them, so a cause becomes a
direction: along the parameter, a quantity should rise, or fall. Seeds are compared with themselves, value by value.
Causes are written down in `verdicts.yaml` beside this module.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from jaxtyping import Bool, Float

from superposition.families.rows import FAMILY_BY_NAME, Family
from superposition.families.runs import families_table
from superposition.statistics import Interval, Resampling, mean_interval, multiplicities
from superposition.status import BOTH, FALLS, FLAT, NO, NOT_READABLE, RISES, TURNS, UNDECIDED, YES, may_be_read
from superposition.tables import frames
from superposition.wording import in_text, plural

QUANTITIES = {
    "n_recovered": ("recovered features", "more", "alike"),
    "log_loss": ("decades of final loss", "hardly_different", "same_landscape"),
    "log_onset": ("decades of onset", "hardly_different", "same_landscape"),
}
"""Quantities in words, with the margins of claims beyond which a change is seen, and within which values are alike."""


@dataclass(frozen=True)
class Cause:
    """A causal statement as the direction of one quantity along the parameter of a family.

    With the id of the post's statement and the number of the open question, 0 for none. The direction is the shape of
    the response of the quantity, a key of QUANTITIES, where the post is right: it rises, falls, or is flat.
    """

    statement: str
    question: int
    text: str
    family: str
    quantity: str
    direction: str


_PAGE = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
CAUSES = tuple(Cause(family=family, **row["cause"]) for row in _PAGE["causes"] for family in row["families"])


@dataclass(frozen=True)
class Response:
    """Response of a quantity to a parameter: one of the declared shapes, and the change from first value to last.

    Where most of a rise or fall happens between two neighbouring values, `step` is the place of the first of these.
    """

    shape: str
    change: Interval | None = None
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class ResponseSettings:
    """Settings by which responses are judged.

    Of features where outputs can differ by more than the `recovery_margin` of recovered ones. A response is stepped if
    more than a share of it, `stepped`, lies between two values; those with fewer readable seeds are left out.
    """

    recovery_margin: float
    stepped: float
    resampling: Resampling
    min_seeds: int


def response(y: Float[np.ndarray, "seed value"], seen: float, alike: float, settings: ResponseSettings) -> Response:
    """Return what a quantity does along a parameter.

    Intervals hold together for the differences of all pairs of values. It rises if one lies above an earlier one by
    more than can be seen, falls likewise, and turns if it does both. Else it is flat if all differ by less than alike
    values do.

    Args:
        y: The quantity at increasing values of the parameter, NaN where it cannot be read.
        seen: Difference beyond which a change is seen.
        alike: Difference within which values are alike.
        settings: Settings by which responses are judged.
    """
    places = np.flatnonzero(np.isfinite(y).sum(0) >= settings.min_seeds)
    differences = [y[:, after] - y[:, before] for before, after in itertools.combinations(places, 2)]
    if not differences or min(np.isfinite(difference).sum() for difference in differences) < settings.min_seeds:
        return Response(NOT_READABLE)
    most = float(np.nanmax(y) - np.nanmin(y))
    shared = {"resampling": settings.resampling, "bounds": (-most, most)}
    intervals = [mean_interval(difference, n_comparisons=len(differences), **shared) for difference in differences]
    change = mean_interval(y[:, places[-1]] - y[:, places[0]], n_comparisons=1, **shared)
    rises = any(interval.low > seen for interval in intervals)
    falls = any(interval.high < -seen for interval in intervals)
    if rises and falls:
        return Response(TURNS, change)
    if rises or falls:
        step = _step(y[:, places] if rises else -y[:, places], settings)
        return Response(RISES if rises else FALLS, change, None if step is None else int(places[step]))
    is_flat = all(interval.high < alike and interval.low > -alike for interval in intervals)
    return Response(FLAT if is_flat else UNDECIDED, change)


def _step(y: Float[np.ndarray, "seed value"], settings: ResponseSettings) -> int | None:
    """Return before which value more than a share of a rise lies in nearly all resamples, None if before no one."""
    often, known = multiplicities(len(y), settings.resampling, stream=0), np.isfinite(y)
    number = (often @ known).clip(min=1)
    steps = np.diff(often @ np.where(known, y, 0) / number, axis=1)
    place = int(np.diff(np.nanmean(y, axis=0)).argmax())
    share = steps[:, place] / np.maximum(steps.sum(1), 1e-12)
    return place if np.quantile(share, (1 - settings.resampling.confidence) / 2) > settings.stepped else None


def can_recover(family: Family, values: Float[np.ndarray, " value"], *, margin: float) -> Bool[np.ndarray, " value"]:
    """Return at which values two outputs can differ by more than the margin of recovered features.

    Elsewhere none counts as recovered whatever the weights are: a cap of 0.4 hides features, it does not hinder them.
    """
    x = torch.linspace(-100, 100, 20_001, dtype=torch.float64)
    outputs = family.function(x, torch.tensor(values, dtype=torch.float64)[:, None])
    return ((outputs.amax(1) - outputs.amin(1)) > margin).numpy()


def family_tables(
    tables: Mapping[str, pd.DataFrame], *, margins: Mapping[str, float | Sequence[float]], settings: ResponseSettings
) -> dict[str, pd.DataFrame]:
    """Return the tables over all families, from family_runs, family_best and family_jumps of all, by name."""
    runs, judged = tables["family_runs"], {"margins": margins, "settings": settings}
    return {
        "families": families_table(runs, tables["family_best"], resampling=settings.resampling),
        "family_verdicts": family_verdicts(runs, **judged),
        **{name: tables[name] for name in ("family_runs", "family_jumps")},
    }


def family_verdicts(
    runs: pd.DataFrame, *, margins: Mapping[str, float | Sequence[float]], settings: ResponseSettings
) -> pd.DataFrame:
    """Return a row for each cause whose family was run, over the values at which features can be recovered.

    `margins` are those of statements by name, a number or both ends of a range.
    """
    runs = runs.assign(
        n_recovered=runs.n_recovered.astype(float).where(may_be_read(runs.status)),
        log_loss=np.log10(runs.loss.where(may_be_read(runs.status) & (runs.loss > 0)).astype(float)),
        log_onset=np.log10(runs.onset.astype(float) + 1),
    )
    rows = []
    for cause in (cause for cause in CAUSES if (runs.family == cause.family).any()):
        wide = runs[runs.family == cause.family].pivot(index="seed", columns="value", values=cause.quantity)
        values = wide.columns.to_numpy(float)
        if cause.quantity != "log_loss":
            readable = can_recover(FAMILY_BY_NAME[cause.family], values, margin=settings.recovery_margin)
            wide, values = wide.loc[:, readable], values[readable]
        seen, alike = (np.max(margins[name]) for name in QUANTITIES[cause.quantity][1:])
        rows.append(_row(cause, values, response(wide.to_numpy(float), seen, alike, settings)))
    return frames.of(rows, "family_verdicts")


def _row(cause: Cause, values: np.ndarray, along: Response) -> dict[str, Any]:
    """Return a verdict with its numbers, and all of it as a sentence."""
    family, shape, change, step = FAMILY_BY_NAME[cause.family], along.shape, along.change, along.step
    answers = {UNDECIDED: UNDECIDED, NOT_READABLE: UNDECIDED, TURNS: NO if cause.direction == FLAT else BOTH}
    answer = (answers | {cause.direction: YES}).get(shape, NO)
    row = {name: getattr(cause, name) for name in ("statement", "question", "family", "quantity")}
    row |= {"cause": cause.text, "shape": shape, "stepped": step is not None, "answer": answer}
    row |= dict.fromkeys(("estimate", "low", "high", "step_low", "step_high"), np.nan) | {"n_seeds": 0}
    span = f", {family.parameter} from {in_text(values[0])} to {in_text(values[-1])}" if len(values) else ""
    words = f"{cause.text} ({family.label}{span})"
    if change is None:
        return row | {"sentence": f"{words}: {NOT_READABLE}."}
    row |= {"estimate": change.estimate, "low": change.low, "high": change.high, "n_seeds": change.n}
    if step is not None:
        row |= {"step_low": values[step], "step_high": values[step + 1]}
        shape += f", most of it from {in_text(row['step_low'])} to {in_text(row['step_high'])}"
    numbers = f"{in_text(change.estimate)} [{in_text(change.low)}, {in_text(change.high)}]"
    size = f"from end to end {numbers} {QUANTITIES[cause.quantity][0]}, {plural(change.n, 'seed')}"
    return row | {"sentence": f"{words}: {answer}; {shape}; {size}."}
