"""Quotes of benchmarks of estimators: how near they come to known learning coefficients, and at what cost."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from superposition.estimators.leaderboard import score
from superposition.status import OK
from workflow.quoted.tables import benchmark, grid


def leaderboard_score() -> str:
    """Return how near each estimator comes, and what it costs."""
    header = (
        "| estimator | close | of points | per 10,000 evaluations | median error | evaluations | seconds, all points |"
    )
    table = benchmark("llc_leaderboard")
    seconds = table.groupby("estimator").seconds.sum()
    found: Any = score(table).assign(spent=lambda rows: rows.estimator.map(seconds))
    rows = [
        (
            f"`{row.estimator}`",
            row.close,
            row.points,
            f"{row.per_cost:.1f}",
            f"{100 * row.median_error:.1f} %" if row.median_error < 1 else "–",
            f"{row.steps:,.0f}",
            f"{row.spent:.0f}",
        )
        for row in found.itertuples()
    ]
    return grid(header, rows)


def coefficients() -> str:
    """Return how near samplers come at ends of controlled runs whose coefficient is known, and what they cost."""
    table = benchmark("coefficients")
    header = "| preset | ends | readable | and known | of these close | median error | evaluations | ms | ms of many |"
    rows = []
    for name, found in table.groupby("sampler", sort=False):
        read = found[(found.status == OK) & found.true_llc.notna()]
        error = (read.llc / read.true_llc - 1).abs().median()
        times = (1000 * found[column].mean() for column in ("seconds", "seconds_of_many"))
        counts = (len(found), (found.status == OK).sum(), len(read), read.close.sum())
        rows.append(
            (
                f"`{name}`",
                *counts,
                f"{100 * error:.1f} %",
                f"{found.steps.iloc[0]:,}",
                *(f"{seconds:.0f}" for seconds in times),
            )
        )
    return grid(header, rows)


def leaderboard_points() -> str:
    """Return the estimates at every point, those that are close in bold."""
    table = benchmark("llc_leaderboard")
    names = list(table.estimator.unique())
    rows = []
    for (group, point), found in table.groupby(["group", "point"], sort=False):
        cells = [_estimate(row) for row in found.set_index("estimator").loc[names].itertuples()]
        rows.append((group, point, f"{found.true_llc.iloc[0]:.3g}", *cells))
    return grid("| loss | point | coefficient | " + " | ".join(f"`{name}`" for name in names) + " |", rows)


def _estimate(row: Any) -> str:
    """Return an estimate with its standard error."""
    if pd.isna(row.estimate):
        return "–"
    text = f"{row.estimate:.3g} ± {row.se:.2g}"
    return f"**{text}**" if row.close else text


OF_ESTIMATORS: dict[str, Callable[[], str]] = {
    "leaderboard score": leaderboard_score,
    "leaderboard": leaderboard_points,
    "coefficients": coefficients,
}
"""What can be quoted of estimators, by name."""
