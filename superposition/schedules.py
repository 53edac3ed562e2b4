"""Training steps at which something is recorded or estimated."""

import numpy as np


def log_spaced_steps(*, count: int, last: int) -> list[int]:
    """Return step 0 and the distinct integers among `count` log-spaced points from 1 to `last`.

    The TMS notebook's recording steps are ``log_spaced_steps(count=50, last=20000)``: 0 and 46 distinct integers.

    Source: the notebook's ``log_ivl``, ``set(np.logspace(0, log10(last), count, dtype=int))``.
    """
    spaced = np.logspace(0, np.log10(last), count)
    # ASSUME truncation, as in the notebook; the last point is exact up to rounding and must not be lost to it.
    return sorted({0, last, *np.floor(spaced[:-1] + 1e-9).astype(int).tolist()})


def dense_steps(*, first: int, count: int, last: int) -> list[int]:
    """Return every step up to `first` and the distinct ones of `count` log-spaced points from there to `last`."""
    first = min(first, last)
    spaced = np.geomspace(first, last, count + 1).round().astype(int)
    return sorted({*range(first + 1), *spaced.tolist()})


def nearest_steps(wanted: list[int], recorded: list[int]) -> list[int]:
    """Return the recorded step nearest to each wanted one, without repetitions and in increasing order."""
    steps = np.asarray(recorded)
    return sorted({int(steps[np.abs(steps - step).argmin()]) for step in wanted})
