"""Coincidence of changes of superposition with phase changes, against chance."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from superposition.measures.transitions import Events


@dataclass(frozen=True)
class Coincidence:
    """Frequency with which changes fall into events.

    Attributes:
        rate: Share of the changes that coincide with an event, NaN without a change.
        expected: Mean share under the permutation null.
        p: Share of the shuffled rates, the observed one among them, that reach the observed one.
        n_changes: Number of changes that were compared.
    """

    rate: float
    expected: float
    p: float
    n_changes: int


def coincidence(
    changes: Events, events: Events, *, span: tuple[float, float], tolerance: float, shuffles: int, seed: list[int]
) -> Coincidence:
    """Return how often changes coincide with events, beside what shuffled event times give.

    Under the null, all changes of a run are shifted together by a random time, around the ends of the span: their
    number and spacing stay, their relation to the events goes. A change happens at the middle of the interval in which
    it was seen; it coincides with an event that contains that moment, give or take the tolerance.

    Args:
        changes: Changes of superposition; those outside the span are left out.
        events: Loss drops or LLC rises.
        span: First and last time at which an event could have been seen, in decades.
        tolerance: In decades of time.
        shuffles: Number of random shifts.
        seed: Seed of the shifts.

    Returns:
        `rate` above `expected` means coincidence beyond chance.
    """
    start, length = span[0], span[1] - span[0]
    time = changes.middle[(changes.middle >= span[0]) & (changes.middle <= span[1])]
    if len(time) == 0 or not length > 0:
        return Coincidence(np.nan, np.nan, np.nan, 0)
    shifts = np.random.default_rng(seed).uniform(0, length, size=(shuffles, 1))
    shuffled = _rate((time - start + shifts) % length + start, events, tolerance)
    rate = _rate(time[None], events, tolerance)[0]
    p = (1 + np.count_nonzero(shuffled >= rate)) / (1 + shuffles)
    return Coincidence(float(rate), float(shuffled.mean()), p, len(time))


def _rate(time: Float[np.ndarray, "shuffle change"], events: Events, tolerance: float) -> Float[np.ndarray, " shuffle"]:
    """Return the share of the moments that lie in an event."""
    late = time[..., None] >= events.start - tolerance
    early = time[..., None] <= events.end + tolerance
    return (late & early).any(-1).mean(-1)
