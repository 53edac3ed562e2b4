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

ATTAINED = "attained"
"""The best loss is that of some weights."""

AT_INFINITY = "at infinity"
"""The best loss is approached by weights that grow without end, and that of no weights."""

AT_A_JUMP = "at a jump or kink"
"""Several searches end at the best loss with a gradient that is not 0: where the activation jumps or bends."""

NOT_CONVERGED = "not converged"
"""The best loss was found once only, and no minimum: it may be lower still."""

ENDS = (ATTAINED, AT_INFINITY, AT_A_JUMP, NOT_CONVERGED)
"""Statuses of the best possible loss."""
