r"""Events in a run: loss drops, LLC rises, changes of superposition, its onset.

Time is logarithmic, :math:`t = \log_{10}(\text{step} + 1)` in decades, so that step 0 has a place. Sizes of loss drops
are in decades of loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

POINTS_PER_WINDOW = 10
"""Grid intervals in a smoothing window: fine enough that a drop's ends are known to a tenth of the window."""

SMALLEST_LOSS = 1e-12
"""Losses below are set to it: they are rounding errors of float32, and zero has no logarithm."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Definition of events: slopes, sizes and windows.

    Attributes:
        slope: A loss drop is where -d log L / d log t exceeds this.
        smoothing: Width of the window in which that slope is fitted, in decades of time.
        min_size: Smallest loss drop, in decades of loss.
        change_window: Recorded steps in the running median that a change of superposition must survive, odd.
        standard_errors: An LLC rise exceeds this many standard errors of the difference.
        tolerance: An event within this distance of a change of superposition coincides with it, in decades of time.
        shuffles: Random shifts of the changes that make the distribution of chance coincidences.
        sticky_tolerance: A dimensionality within this of 1/2 or 1 counts as sticky.
    """

    slope: float
    smoothing: float
    min_size: float
    change_window: int
    standard_errors: float
    tolerance: float
    shuffles: int
    sticky_tolerance: float


def settings(values: Mapping[str, Any]) -> Settings:
    """Return what counts as an event, from values among which those of variants begin with `other_`."""
    return Settings(**{name: value for name, value in values.items() if not name.startswith("other_")})


@dataclass(frozen=True)
class Events:
    """Events of one kind in one run, in order of time.

    Attributes:
        start: Start in decades of time, shape (event,).
        end: End.
        size: Decades of loss for a loss drop, LLC units for an LLC rise, features for a change of superposition.
    """

    start: Float[np.ndarray, " event"]
    end: Float[np.ndarray, " event"]
    size: Float[np.ndarray, " event"]

    def __len__(self) -> int:
        return len(self.size)

    @property
    def middle(self) -> Float[np.ndarray, " event"]:
        """Middle of each event in decades of time."""
        return (self.start + self.end) / 2


def log_time(steps: ArrayLike) -> np.ndarray:
    """Return log10(step + 1), the time of a step in decades."""
    return np.asarray(np.log10(np.asarray(steps, dtype=float) + 1))


def log_loss(loss: np.ndarray) -> np.ndarray:
    """Return log10 of losses, those of zero as the smallest loss that counts; NaN stay NaN."""
    return np.log10(np.maximum(np.asarray(loss, dtype=float), SMALLEST_LOSS))


def loss_drops(steps: np.ndarray, loss: np.ndarray, settings: Settings) -> Events:
    r"""Return the maximal intervals in which :math:`-d \log L / d \log t` exceeds the threshold.

    The slope at a point is that of a straight line fitted to log L over the smoothing window around it, on an even grid
    in log time. A run that diverges is judged by what it was before.

    Args:
        steps: Steps at which the loss was recorded, increasing.
        loss: Loss at these steps.
        settings: Threshold, window and smallest size.

    Returns:
        Drops with their size in decades of loss. An end is known to about half a smoothing window.
    """
    finite = np.logical_and.accumulate(np.isfinite(loss))
    time, values = log_time(steps)[finite], log_loss(loss)[finite]
    spacing = settings.smoothing / POINTS_PER_WINDOW
    if len(time) < 2 or time[-1] - time[0] <= settings.smoothing:
        return _events([], [], [])
    grid = np.arange(time[0], time[-1], spacing)
    curve = np.interp(grid, time, values)
    first, last = _stretches(fitted_slope(curve) / spacing < -settings.slope)
    size = curve[first] - curve[last]
    kept = size >= settings.min_size
    return _events(grid[first][kept], grid[last][kept], size[kept])


def fitted_slope(curve: Float[np.ndarray, " point"]) -> Float[np.ndarray, " point"]:
    r"""Return the slope per point of the line that is fitted to the smoothing window around each point.

    .. math:: \sum_k k \, y_{i+k} / \sum_k k^2, \quad k = -h, \dots, h

    Within half a window of an end it is that of the window at this end: a Savitzky-Golay filter of first order.
    """
    half = POINTS_PER_WINDOW // 2
    offset = np.arange(-half, half + 1)
    return np.pad(np.correlate(curve, offset / (offset**2).sum(), mode="valid"), half, mode="edge")


def half_lost(steps: np.ndarray, loss: np.ndarray, *, start: float, end: float) -> float:
    """Return the first recorded time in a loss drop at which half of its decades are lost.

    Args:
        steps: Steps at which the loss was recorded.
        loss: Loss at these steps.
        start: Start of the drop, in decades of time.
        end: Its end.
    """
    time, values = log_time(steps), log_loss(loss)
    middle = np.interp([start, end], time, values).mean()
    inside = (time >= start) & (time <= end) & (values <= middle)
    return float(time[inside.argmax()]) if inside.any() else end


def share_lost(steps: np.ndarray, loss: np.ndarray, *, start: float, end: float, at: float) -> float:
    """Return the share of a loss drop's decades that are lost at a time, 0 before its start and 1 after its end.

    Args:
        steps: Steps at which the loss was recorded.
        loss: Loss at these steps.
        start: Start of the drop, in decades of time.
        end: Its end.
        at: The time in decades; infinite where it is later than any recorded step.
    """
    first, now, last = np.interp([start, min(max(at, start), end), end], log_time(steps), log_loss(loss))
    return float(np.clip((first - now) / (first - last), 0, 1))


def llc_rises(steps: np.ndarray, llc: np.ndarray, standard_error: np.ndarray, settings: Settings) -> Events:
    r"""Return the maximal stretches over which the LLC rises from each readable checkpoint to the next.

    A rise is :math:`\Delta\hat\lambda > z \sqrt{s_1^2 + s_2^2}`. ASSUME independent errors; chains that share their
    noise over checkpoints have smaller errors of differences, so rises are missed rather than invented.

    Args:
        steps: Checkpoints whose estimates may be read, increasing.
        llc: Estimates.
        standard_error: Their Monte-Carlo standard errors.
        settings: Number of standard errors.
    """
    time, change = log_time(steps), np.diff(llc)
    rising = change > settings.standard_errors * np.hypot(standard_error[1:], standard_error[:-1])
    first, last = _stretches(rising)
    return _events(time[first], time[last + 1], llc[last + 1] - llc[first])


def changes(steps: np.ndarray, count: np.ndarray, settings: Settings) -> Events:
    """Return the changes of a count of features that last.

    Flickers shorter than half the window of the running median are no changes.

    Args:
        steps: Recorded steps, increasing.
        count: Number of features at these steps.
        settings: Length of the window.

    Returns:
        Each change between the recorded steps around it, with its signed size in features.
    """
    time = log_time(steps)
    half = settings.change_window // 2
    windows = sliding_window_view(np.pad(np.asarray(count, dtype=float), half, mode="edge"), settings.change_window)
    size = np.diff(np.median(windows, axis=-1))
    at = np.flatnonzero(size)
    return _events(time[at], time[at + 1], size[at])


def _stretches(flags: Bool[np.ndarray, " point"]) -> tuple[np.ndarray, np.ndarray]:
    """Return first and last index of every maximal stretch of true values."""
    edges = np.diff(np.concatenate([[0], flags.astype(int), [0]]))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1


def _events(start, end, size) -> Events:
    return Events(*(np.asarray(values, dtype=float) for values in (start, end, size)))
