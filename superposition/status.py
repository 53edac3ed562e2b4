"""Statuses of values: which may be read, and why others may not."""

OK = "ok"
"""The value may be read."""

DRIFTING = "drifting"
"""Chains have not converged, or there are too few of them to know."""

NOT_A_MINIMUM = "not_a_minimum"
"""The checkpoint is no minimum at the sampler's resolution, so the estimate is no learning coefficient."""

ESCAPED = "escaped"
"""A chain left the neighbourhood of the checkpoint."""

DIVERGED = "diverged"
"""Weights or losses are not finite."""

STATUSES = (OK, DRIFTING, NOT_A_MINIMUM, ESCAPED, DIVERGED)
"""All statuses, from the one that may be read to the worst."""
