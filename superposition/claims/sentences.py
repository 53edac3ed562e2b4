"""Verdicts as sentences with their numbers."""

from collections.abc import Mapping

import numpy as np

from superposition.claims.statement import Region, Statement
from superposition.claims.verdicts import Judgement
from superposition.wording import in_text, plural


def sentence(
    statement: Statement, judgement: Judgement, *, labels: Mapping[str, str], confidence: float, runs: tuple[int, int]
) -> str:
    """Return a verdict as one sentence with its numbers.

    Args:
        statement: The statement.
        judgement: The verdict on it.
        labels: Names of activations and quantities as printed.
        confidence: Level of the interval.
        runs: Number of runs that are used, and that are left out.
    """
    deciding, word = judgement.deciding, judgement.verdict
    if deciding is None or deciding.measured.interval is None:
        return f"{statement.measure}: {word} ({judgement.reason or 'no comparison'})."
    found, unit = deciding.measured.interval, f" {statement.unit}" if statement.unit else ""
    k, part = len(judgement.comparisons), deciding.measured.part
    name = part.label(labels, with_quantity=len(statement.quantities) > 1)
    which = f" ({name}, the least favourable of {k})" if k > 1 else ""
    kind = "sensitivity" if statement.over_activations else "interval"
    numbers = f"{in_text(found.estimate)}{unit} ({confidence:.0%} {kind} {in_text(found.low)} to {in_text(found.high)}"
    used = f"{plural(found.n, 'seed')}; {plural(runs[0], 'run')} with all values, {runs[1]} without)"
    reason = f" ({judgement.reason})" if judgement.reason else ""
    return f"{statement.measure}{which}: {numbers}; {used}, stated {_stated(judgement.region)}: {word}{reason}."


def _stated(region: Region) -> str:
    """Return a region in words."""
    if np.isinf(region.high):
        return f"above {in_text(region.low)}"
    if np.isinf(region.low):
        return f"below {in_text(region.high)}"
    return f"between {in_text(region.low)} and {in_text(region.high)}"
