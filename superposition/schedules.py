"""Training steps at which something is recorded or estimated."""

import numpy as np


def log_spaced_steps(*, count: int, last: int) -> list[int]:
    """Return step 0 and the distinct integers among `count` log-spaced points from 1 to `last`.

    The TMS notebook's recording steps are ``log_spaced_steps(count=50, last=20000)``: 0 and 46 distinct integers.

    Args:
        count: Number of points before integers that coincide are merged, at least 2.
        last: Last step, at least 1.

    Returns:
        Increasing steps, from 0 to `last` inclusive.

    Source: the notebook's ``log_ivl``, ``set(np.logspace(0, log10(last), count, dtype=int))``.
    """
    spaced = np.logspace(0, np.log10(last), count)
    # ASSUME truncation, as in the notebook; the last point is exact up to rounding and must not be lost to it.
    return sorted({0, last, *np.floor(spaced[:-1] + 1e-9).astype(int).tolist()})


def dense_steps(*, first: int, count: int, last: int) -> list[int]:
    """Return every step up to `first` and `count` log-spaced points from there to `last`.

    Args:
        first: Last step of the stretch in which every step is taken.
        count: Number of log-spaced points after that stretch; points that coincide are merged.
        last: Last step.

    Returns:
        Increasing steps, from 0 to `last` inclusive.
    """
    if first >= last:
        return list(range(last + 1))
    spaced = np.geomspace(first, last, count + 1).round().astype(int)
    return sorted({*range(first + 1), *spaced.tolist()})


def nearest_steps(wanted: list[int], recorded: list[int]) -> list[int]:
    """Return the recorded step nearest to each wanted one, without repetitions and in increasing order."""
    steps = np.asarray(recorded)
    return sorted({int(steps[np.abs(steps - step).argmin()]) for step in wanted})
