"""How values over seeds are summarised: medians and bootstrap intervals."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How intervals are computed.

    Attributes:
        confidence: Level of intervals, in (0, 1).
        resamples: Number of bootstrap resamples.
        seed: Seed of the resampling.
    """

    confidence: float
    resamples: int
    seed: int


@dataclass(frozen=True)
class Summary:
    """Median over seeds with its interval.

    Attributes:
        median: Median of the values that could be used, NaN without any.
        low: Lower end of the interval of the median; equal to the median with fewer than two values.
        high: Upper end.
        n_used: Number of values.
        n_excluded: Number of values that were missing.
    """

    median: float
    low: float
    high: float
    n_used: int
    n_excluded: int


def summarise(values: Float[np.ndarray, " seed"], resampling: Resampling) -> Summary:
    """Return the median over seeds with its percentile bootstrap interval; NaN are excluded and counted.

    ASSUME the percentile method: with ten seeds, a median's bootstrap distribution is too coarse for corrections of it.

    Args:
        values: One value per seed, NaN where it is missing or may not be read.
        resampling: Level, number of resamples and seed.
    """
    values = np.asarray(values, dtype=float)
    used = values[np.isfinite(values)]
    n_excluded = len(values) - len(used)
    if len(used) == 0:
        return Summary(np.nan, np.nan, np.nan, 0, n_excluded)
    median = float(np.median(used))
    if len(used) == 1 or np.ptp(used) == 0:
        return Summary(median, median, median, len(used), n_excluded)
    result = stats.bootstrap(
        (used,),
        np.median,
        confidence_level=resampling.confidence,
        n_resamples=resampling.resamples,
        method="percentile",
        rng=np.random.default_rng(resampling.seed),
    )
    interval = result.confidence_interval
    return Summary(median, float(interval.low), float(interval.high), len(used), n_excluded)
