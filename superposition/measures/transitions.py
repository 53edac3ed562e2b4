r"""Events in a run: loss drops, LLC rises, changes of superposition; and how often these coincide, against chance.

Time is logarithmic, :math:`t = \log_{10}(\text{step} + 1)` in decades, so that step 0 has a place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int, Real
from numpy.typing import ArrayLike

POINTS_PER_WINDOW = 10  # grid intervals in a smoothing window: a drop's ends are known to a tenth of it
SMALLEST_LOSS = 1e-12  # losses below are set to it: they are rounding errors of float32, and zero has no logarithm


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """Definition of events.

    A loss drop is where -d log L / d log t exceeds `slope`, fitted in windows of `smoothing` decades of time, and at
    least `min_size` decades of loss. A change of superposition survives the running median of `change_window` recorded
    steps, an odd number. An LLC rise exceeds so many standard errors of the difference. An event within the tolerance
    of a change, in decades of time, coincides with it; `shuffles` are random shifts of the changes. A dimensionality
    within `sticky_tolerance` of 1/2 or 1 is sticky. Variants have other slopes, or relative norms of represented ones.
    """

    slope: float
    smoothing: float
    min_size: float
    change_window: int
    standard_errors: float
    tolerance: float
    shuffles: int
    sticky_tolerance: float
    other_slopes: Sequence[float] = ()
    other_relative_norms: Sequence[float] = ()


@dataclass(frozen=True)
class Events:
    """Events of one kind in one run, with start and end in decades of time, in whose order they are.

    Sizes are decades of loss for a loss drop, LLC units for an LLC rise, features for a change of superposition.
    """

    start: Float[np.ndarray, " event"]
    end: Float[np.ndarray, " event"]
    size: Float[np.ndarray, " event"]

    def __len__(self) -> int:
        return len(self.size)


def log_time(steps: ArrayLike) -> Float[np.ndarray, "*shape"]:
    """Return log10(step + 1), the time in decades, of steps in an array of any shape, or of one."""
    return np.asarray(np.log10(np.asarray(steps, dtype=float) + 1))


def log_loss(loss: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Return log10 of losses, those of zero as the smallest loss that counts; NaN stay NaN."""
    return np.log10(np.maximum(np.asarray(loss, dtype=float), SMALLEST_LOSS))


def loss_drops(steps: Real[np.ndarray, " point"], loss: Float[np.ndarray, " point"], settings: EventSettings) -> Events:
    r"""Return the maximal intervals in which :math:`-d \log L / d \log t` exceeds the threshold.

    The loss after each of some increasing training steps is given. The slope at a point is that of a straight line
    fitted to log L over the smoothing window around it, on an even grid in log time. A run that diverges is judged by
    what it was before. An end is known to about half a smoothing window.
    """
    finite = np.logical_and.accumulate(np.isfinite(loss))
    time = log_time(steps)[finite]
    values = log_loss(loss)[finite]
    spacing = settings.smoothing / POINTS_PER_WINDOW
    if len(time) < 2 or time[-1] - time[0] <= settings.smoothing:
        return Events(*np.empty((3, 0)))
    grid = np.arange(time[0], time[-1], spacing)
    curve = np.interp(grid, time, values)
    first, last = _stretches(fitted_slope(curve) / spacing < -settings.slope)
    size = curve[first] - curve[last]
    kept = size >= settings.min_size
    return Events(grid[first][kept], grid[last][kept], size[kept])


def fitted_slope(curve: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
    r"""Return the slope per point of the line that is fitted to the smoothing window around each point.

    .. math:: \sum_k k \, y_{i+k} / \sum_k k^2, \quad k = -h, \dots, h

    Within half a window of an end it is that of the window at this end: a Savitzky-Golay filter of first order.
    """
    half = POINTS_PER_WINDOW // 2
    offset = np.arange(-half, half + 1)
    slope = np.correlate(curve, offset / (offset**2).sum(), mode="valid")
    return slope[np.clip(np.arange(len(curve)) - half, 0, len(slope) - 1)]


def half_and_share(losses: Float[np.ndarray, "2 point"], drop: tuple[float, float], when: float) -> tuple[float, float]:
    """Return the first recorded time in a loss drop, given by its ends, at which half of its decades are lost.

    With it comes the share of them lost at a time, 0 before its start and 1 after its end. All times are in decades,
    `losses` has training steps in its first row and the loss after each in its second.
    """
    start, end = drop
    time, values = log_time(losses[0]), log_loss(losses[1])
    first, now, last = np.interp([start, min(max(when, start), end), end], time, values)
    inside = (time >= start) & (time <= end) & (values <= (first + last) / 2)
    half = float(time[inside.argmax()]) if inside.any() else end
    return half, float(np.clip((first - now) / (first - last), 0, 1))


def llc_rises(estimates: Float[np.ndarray, "3 checkpoint"], settings: EventSettings) -> Events:
    r"""Return the maximal stretches over which the LLC rises from each readable checkpoint to the next.

    A rise is :math:`\Delta\hat\lambda > z \sqrt{s_1^2 + s_2^2}`. ASSUME independent errors; chains that share their
    noise over checkpoints have smaller errors of differences, so rises are missed rather than invented. Rows of the
    estimates are training steps, LLC and its standard error.
    """
    steps, llc, standard_error = estimates
    time = log_time(steps)
    errors = np.hypot(standard_error[1:], standard_error[:-1])
    first, last = _stretches(np.diff(llc) > settings.standard_errors * errors)
    return Events(time[first], time[last + 1], llc[last + 1] - llc[first])


def feature_changes(
    steps: Int[np.ndarray, " step"], count: Int[np.ndarray, " step"], settings: EventSettings
) -> Events:
    """Return the changes of a count of features that last, each between the recorded steps around it.

    The count is that after each of the recorded training steps, which increase. Flickers shorter than half the window
    of the running median are no changes. Sizes are signed, in features.
    """
    half = settings.change_window // 2
    window = np.clip(np.arange(len(count))[:, None] + np.arange(-half, half + 1), 0, len(count) - 1)
    size = np.diff(np.median(count[window], axis=-1))
    before = np.flatnonzero(size)
    time = log_time(steps)
    return Events(time[before], time[before + 1], size[before])


def _stretches(flags: Bool[np.ndarray, " point"]) -> tuple[np.ndarray, np.ndarray]:
    """Return first and last index of every maximal stretch of true values."""
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1


def coincidence(
    changes: Events, events: Events, settings: EventSettings, *, span: Sequence[float], seed: tuple[int, ...]
) -> dict[str, float]:
    """Return how often changes coincide with events, `expected` if their times are shuffled, and p; NaN without any.

    Under the null, all changes of a run are shifted together by a random time, around the ends of the span: their
    number and spacing stay, their relation to the events goes. A change happens at the middle of the interval in which
    it was seen; it coincides with an event that contains that moment, give or take the tolerance. p is the share of
    the shuffled rates, the observed one among them, that reach the observed one.

    Args:
        changes: Changes of superposition.
        events: Loss drops or LLC rises.
        settings: Tolerance and number of shuffles.
        span: First and last time at which an event could be seen, in decades; changes outside are left out.
        seed: Seed of the shifts.
    """
    start, length = float(span[0]), float(span[1] - span[0])
    middle = (changes.start + changes.end) / 2
    time = middle[(middle >= span[0]) & (middle <= span[1])]
    if len(time) == 0 or not length > 0:
        return dict.fromkeys(("rate", "expected", "p"), np.nan)
    shifted = (time - start + length * _shifts(settings.shuffles, seed)) % length + start
    shuffled, rate = _rate(shifted, events, settings.tolerance), _rate(time[None], events, settings.tolerance)[0]
    p = (1 + np.count_nonzero(shuffled >= rate)) / (1 + settings.shuffles)
    return {"rate": float(rate), "expected": float(shuffled.mean()), "p": p}


@lru_cache(maxsize=256)  # runs of one seed share them
def _shifts(shuffles: int, seed: tuple[int, ...]) -> Float[np.ndarray, "shuffle 1"]:
    """Return random shifts as shares of a span."""
    return np.random.default_rng(seed).uniform(size=(shuffles, 1))


def _rate(time: Float[np.ndarray, "shuffle change"], events: Events, tolerance: float) -> Float[np.ndarray, " shuffle"]:
    """Return the share of the moments that lie in an event."""
    late = time[..., None] >= events.start - tolerance
    early = time[..., None] <= events.end + tolerance
    return (late & early).any(-1).mean(-1)
