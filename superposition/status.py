"""Statuses of values: what each means, which may be read, and their order."""

from typing import Any

OK, DRIFTING, NOT_A_MINIMUM, ESCAPED, DIVERGED = "ok", "drifting", "not_a_minimum", "escaped", "diverged"

MEANINGS = {
    OK: "The value may be read.",
    DRIFTING: "Chains have not converged, or there are too few of them to know.",
    NOT_A_MINIMUM: "The checkpoint is no minimum at the sampler's resolution: the estimate is no learning coefficient.",
    ESCAPED: "A chain left the neighbourhood of the checkpoint.",
    DIVERGED: "Weights or losses are not finite.",
}
"""Every status of an LLC estimate with its meaning, from the one that may be read to the worst."""

STATUSES = tuple(MEANINGS)
ENDED = (OK, DIVERGED)
"""Statuses of weights."""


def may_be_read(status: Any) -> Any:
    """Return whether a value with this status may be read; of many statuses, for each of them."""
    return status == OK
