"""Leaderboard: every estimator of the learning coefficient at points where it is known; the list of these points."""

import itertools
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch

from superposition.estimators import known_points
from superposition.estimators.known_points import GONS, LIVE_LENGTH_SQ, KnownPoint, deep_linear, live_polygon
from superposition.estimators.sgld import Sgld, SgldLadder
from superposition.estimators.tempered_mala import TemperedMala
from superposition.estimators.volume import Volume
from superposition.llc.estimate import Limits
from superposition.sampler_presets import SamplerPreset
from superposition.status import CLOSE, STANDARD_ERRORS
from superposition.tables.columns import RUN_KEYS


def all_estimators(
    samplers: Mapping[str, SamplerPreset], settings: Mapping[str, Mapping[str, Any]], *, limits: Limits
) -> dict[str, Any]:
    """Return the estimators of sampler presets, by their names, and the others, from settings by name.

    The ladder of SGLD is that of the first preset.
    """
    first, *_ = samplers.values()
    others = {"sgld_ladder": partial(SgldLadder, sampler=first), "tempered_mala": TemperedMala, "volume": Volume}
    return {
        name: Sgld(sampler=sampler, limits=limits)
        if sampler.estimator == "sgld"
        else TemperedMala(**sampler.annealing, limits=limits)
        for name, sampler in samplers.items()
    } | {name: others[name](**values, limits=limits) for name, values in settings.items()}


def some_points() -> list[KnownPoint]:
    """Return the points of the default study: of each kind, few that are quick."""
    return [
        known_points.quadratic([0.5] * 4, name="d = 4"),
        known_points.normal_crossing(1, 2),
        deep_linear(3, 2, 2, rank=0),
        deep_linear(3, 2, 3, rank=1),
        *(live_polygon(k) for k in (5, 8)),
        *(live_polygon(k, on_kinks=True) for k in (5, 8)),
        known_points.polished_minimum("tanh"),
        known_points.identity_optimum(),
    ]


def all_points() -> list[KnownPoint]:
    """Return all points, those of one loss one after the other."""
    return [
        *(known_points.quadratic([0.5] * d, name=f"d = {d}") for d in (1, 4, 16)),
        known_points.quadratic([1.0] * 3 + [1e-3] * 5, name="d = 8, five curvatures of 0.001"),
        *(known_points.normal_crossing(*powers) for powers in ((1, 1), (1, 2), (2, 2), (1, 3))),
        # Widths M, H, N, for which M + H + N + r is even and odd at both ranks.
        *(deep_linear(*widths, rank=0) for widths in ((2, 1, 2), (3, 2, 3), (3, 2, 2))),
        *(deep_linear(*widths, rank=1) for widths in ((2, 2, 2), (3, 2, 3), (4, 2, 3))),
        *(deep_linear(*widths, rank=0) for widths in ((1, 1, 1, 1), (2, 2, 2, 2), (3, 1, 2, 2))),
        *(deep_linear(*widths, rank=1) for widths in ((2, 2, 2, 2), (3, 2, 2, 3))),
        *(live_polygon(k) for k in sorted(LIVE_LENGTH_SQ)),
        *(live_polygon(k, on_kinks=True) for k in (3, 4, 5, 6, 8)),
        *(known_points.polished_minimum(activation) for activation in ("tanh", "silu")),
        known_points.identity_optimum(),
        known_points.softmin_origin(),
        *(known_points.chen_polygon(name) for name in GONS),
    ]


def leaderboard_table(estimators: dict[str, Any], points: list[KnownPoint], *, seed: int, timed: bool) -> pd.DataFrame:
    """Return one row for each point and estimator: truth, estimate, error, cost, and whether it is close.

    Args:
        estimators: By their names, as `all_estimators` returns them.
        points: Those of one loss that follow one another are computed together.
        seed: Seed of all estimators.
        timed: Whether seconds of the processor are measured, which differ from run to run.
    """
    groups = [list(cases) for _, cases in itertools.groupby(points, key=lambda case: case.loss)]
    rows = [_rows(name, estimator, cases, seed, timed) for cases in groups for name, estimator in estimators.items()]
    return pd.concat(rows, ignore_index=True)


def _rows(name: str, estimator: Any, cases: list[KnownPoint], seed: int, timed: bool) -> pd.DataFrame:
    """Return the rows of one estimator at points of one loss."""
    start = time.process_time()
    estimate = estimator.estimate(cases[0].loss, torch.stack([case.point for case in cases], 1), seed=seed)
    seconds = {"seconds": (time.process_time() - start) / len(cases)} if timed else {}
    known = {column: [getattr(case, column) for case in cases] for column in ("group", "name", "true_llc", "source")}
    rows = pd.DataFrame(known | vars(estimate) | seconds)
    rows = rows.rename(columns={"name": "point", "llc": "estimate", "standard_error": "se"})
    difference, near = (rows.estimate - rows.true_llc).abs(), CLOSE * rows.true_llc
    within = difference <= STANDARD_ERRORS * rows.se
    return rows.assign(
        estimator=name,
        n_parameters=[len(case.point) for case in cases],
        within_5_percent=difference <= near,
        within_3_se=within,
        close=(difference <= near) | (within & (rows.se <= near)),
    )


def score(leaderboard: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each estimator: at how many points it is close, its typical error, and what it costs.

    The best has the largest `per_cost`: number of points at which it is close, for each 10,000 evaluations of a point.
    """
    relative = (leaderboard.estimate / leaderboard.true_llc - 1).abs()
    relative = relative.where(np.isfinite(leaderboard.estimate), np.inf)
    groups = leaderboard.assign(error=relative).groupby("estimator", sort=False)
    scores = groups.agg(
        close=("close", "sum"), points=("close", "size"), median_error=("error", "median"), steps=("steps", "median")
    ).reset_index()
    return scores.assign(per_cost=scores.close / scores.steps * 1e4)


def coefficients_table(llc: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the last estimate of every run beside the known coefficient of its critical point, where it has a label.

    `llc` are LLC tables of all runs, `labels` is the table of critical points.
    """
    keys = [*RUN_KEYS, "step"]
    last = llc.loc[llc.groupby(RUN_KEYS, sort=False).step.idxmax()]
    return last.merge(labels[[*keys, "label", "true_llc"]], on=keys, how="left")
