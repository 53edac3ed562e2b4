"""Statistics over seeds: medians and means with bootstrap intervals."""

import functools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri, stdtrit


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """Settings of intervals: level in (0, 1), number of bootstrap resamples, and their seed."""

    confidence: float
    resamples: int
    seed: int


@dataclass(frozen=True)
class Summary:
    """Median over seeds with the ends of its interval, equal to it with fewer than two values; NaN without any."""

    median: float
    low: float
    high: float
    n_used: int
    n_excluded: int


def median_interval(values: Float[np.ndarray, " seed"], resampling: Resampling) -> Summary:
    """Return the median over seeds with its percentile bootstrap interval; NaN are excluded and counted.

    ASSUME the percentile method: of tens of seeds, a median's bootstrap distribution is too coarse for corrections.
    """
    values = np.asarray(values, dtype=float)
    used = values[np.isfinite(values)]
    n_excluded = len(values) - len(used)
    if len(used) == 0:
        return Summary(np.nan, np.nan, np.nan, 0, n_excluded)
    median = float(np.median(used))
    if np.ptp(used) == 0:
        return Summary(median, median, median, len(used), n_excluded)
    medians, tail = np.median(used[resampled(len(used), resampling)], axis=1), (1 - resampling.confidence) / 2
    low, high = np.quantile(medians, [tail, 1 - tail])
    return Summary(median, float(low), float(high), len(used), n_excluded)


@functools.lru_cache(maxsize=64)
def resampled(n: int, resampling: Resampling) -> Int[np.ndarray, "resample seed"]:
    """Return which of n values every resample with replacement holds."""
    return np.random.default_rng(resampling.seed).integers(n, size=(resampling.resamples, n))


@dataclass(frozen=True)
class Interval:
    """Mean over n seeds with its interval.

    At the distance `detectable` from a margin, the interval would lie on one side of it with a chance of ``POWER``.
    """

    estimate: float
    low: float
    high: float
    n: int
    detectable: float


POWER = 0.8  # chance with which an effect of the size that is called detectable is found


@functools.lru_cache(maxsize=64)
def multiplicities(n: int, resampling: Resampling, *, stream: int) -> Float[np.ndarray, "resample unit"]:
    """Return how often each of n units occurs in every resample with replacement; each stream is another draw."""
    rng = np.random.default_rng([resampling.seed, stream])
    return rng.multinomial(n, np.full(n, 1 / n), size=resampling.resamples).astype(float)


def mean_interval(
    values: Float[np.ndarray, " seed"],
    resampling: Resampling,
    *,
    n_comparisons: int,
    bounds: tuple[float, float],
    drawn: Float[np.ndarray, "resample seed"] | None = None,
    n_units: float = np.inf,
) -> Interval:
    r"""Return the mean over seeds with its percentile bootstrap interval, widened for few units.

    Seeds are resampled, and with each resample of them one of what `drawn` varies: activations, of which a seed draws
    the same in all (crossed). The percentile interval of a mean is too short for few values: its width is that of a
    normal distribution with the biased variance. Both its arms, from the mean of the resamples, are therefore scaled by

    .. math:: t_{1 - \alpha/2k, n - 1} \sqrt{n / (n - 1)} / z_{1 - \alpha/2}

    with the smallest number n of units that are resampled. On normal values the result is Student's interval, on skewed
    ones it keeps the skew of the bootstrap. Where all resamples agree, the interval is exact instead: of seeds like
    these, at most a share :math:`1 - (\alpha/2k)^{1/n}` differs, and it may do so as far as the bounds.

    Args:
        values: One value per seed, at least two of them finite.
        resampling: Level, number of resamples and seed.
        n_comparisons: Number k of intervals that shall hold together at the level (Bonferroni).
        bounds: Smallest and largest possible value, at which the interval ends.
        drawn: The values in every resample of what else is resampled; nothing for seeds alone.
        n_units: Number of the fewest units that are resampled, if fewer than the seeds.

    Source: Hesterberg 2015, What Teachers Should Know About the Bootstrap, section 4, who expands the quantiles
    instead; with ten values and several comparisons those lie beyond what a bootstrap distribution resolves. Crossed
    resampling: Owen 2007, The pigeonhole bootstrap, which errs on the wide side. Exact bound: Clopper & Pearson 1934.
    """
    values, known = np.asarray(values, dtype=float), np.isfinite(values)
    used = values[known]
    mean, n = float(used.mean()), len(used)
    means = _resampled_means(used[None] if drawn is None else drawn[:, known], resampling)
    tail, fewest = (1 - resampling.confidence) / 2, int(min(n, n_units))
    t = -stdtrit(fewest - 1, tail / n_comparisons) if fewest > 1 else np.inf  # of Student's distribution
    if np.ptp(means) < ROUNDING * max(1.0, abs(mean)):
        share = 1 - (tail / n_comparisons) ** (1 / fewest)
        arms = share * np.abs(mean - np.array(bounds))
    else:
        scale = t * np.sqrt(fewest / max(fewest - 1, 1)) / -ndtri(tail)
        centre = mean if drawn is None else means.mean()  # of correlations, say, that of resamples is another one
        arms = scale * np.abs(np.quantile(means, [tail, 1 - tail]) - centre)
    detectable = float(np.mean(arms) * (1 + stdtrit(max(fewest - 1, 1), POWER) / t))
    return Interval(mean, max(mean - arms[0], bounds[0]), min(mean + arms[1], bounds[1]), n, detectable)


ROUNDING = 1e-12  # means that differ by less, relative to their size, are the same but for rounding


def _resampled_means(drawn: Float[np.ndarray, "resample seed"], resampling: Resampling) -> np.ndarray:
    """Return the mean over every resample of seeds, of those that have a value; without resamples that have none."""
    often, known = multiplicities(drawn.shape[1], resampling, stream=0), np.isfinite(drawn)
    total = (often * np.where(known, drawn, 0)).sum(1)
    number = (often * known).sum(1)
    return total[number > 0] / number[number > 0]
