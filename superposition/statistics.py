"""Statistics over seeds: medians and means with bootstrap intervals, and corrected tests."""

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


@dataclass(frozen=True)
class Interval:
    """Mean over seeds with its interval, and how far seeds scatter.

    Attributes:
        estimate: Mean over seeds.
        low: Lower end of the interval of the mean; equal to the mean where all seeds agree.
        high: Upper end.
        spread: Standard deviation over seeds.
        n: Number of seeds.
    """

    estimate: float
    low: float
    high: float
    spread: float
    n: int


def mean_interval(
    values: Float[np.ndarray, " seed"], resampling: Resampling, *, n_comparisons: int, bounds: tuple[float, float]
) -> Interval:
    r"""Return the mean over seeds with its percentile bootstrap interval, widened for few seeds.

    The percentile interval of a mean is too short for few values: its width is that of a normal distribution with the
    biased variance. Both its arms are therefore scaled by

    .. math:: t_{1 - \alpha/2k, n - 1} \sqrt{n / (n - 1)} / z_{1 - \alpha/2}

    On normal values the result is Student's interval, on skewed ones it keeps the skew of the bootstrap.

    Args:
        values: One finite value per seed, at least two.
        resampling: Level, number of resamples and seed.
        n_comparisons: Number k of intervals that shall hold together at the level (Bonferroni).
        bounds: Smallest and largest possible mean, at which the interval ends.

    Source: Hesterberg 2015, What Teachers Should Know About the Bootstrap, section 4, who expands the quantiles
    instead; with ten values and several comparisons those lie beyond what a bootstrap distribution resolves.
    """
    values, n = np.asarray(values, dtype=float), len(values)
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    if np.ptp(values) == 0:
        return Interval(mean, mean, mean, 0.0, n)
    result = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=resampling.confidence,
        n_resamples=resampling.resamples,
        method="percentile",
        rng=np.random.default_rng(resampling.seed),
    )
    tail = (1 - resampling.confidence) / 2
    scale = stats.t.isf(tail / n_comparisons, n - 1) * np.sqrt(n / (n - 1)) / stats.norm.isf(tail)
    low, high = (mean + scale * (float(end) - mean) for end in result.confidence_interval)
    return Interval(mean, max(low, bounds[0]), min(high, bounds[1]), spread, n)


def sign_flip_p(values: Float[np.ndarray, " seed"], centre: float, resampling: Resampling) -> float:
    """Return the two-sided p-value of the permutation test that the mean of values is a centre.

    The signs of the distances from the centre are flipped: all ways of doing so where they are no more than the
    resamples (up to ten seeds with 2000), else a random choice of them. NaN where every value is at the centre.

    Args:
        values: One finite value per seed.
        centre: The mean under the null hypothesis, around which values scatter symmetrically.
        resampling: Number of resamples and seed.
    """
    differences = np.asarray(values, dtype=float) - centre
    if not np.any(differences):
        return np.nan
    result = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        n_resamples=resampling.resamples,
        vectorized=True,
        rng=np.random.default_rng(resampling.seed),
    )
    return float(result.pvalue)
