"""Statuses of values: which may be read, and why others may not."""

OK = "ok"
"""The value may be read."""

DRIFTING = "drifting"
"""Chains have not converged, or there are too few of them to know."""

SADDLE = "saddle"
"""A direction curves down: the point is no minimum, whatever its gradient."""

KINK = "kink"
"""The point lies at a kink of the activation, on a side of which a direction curves down."""

UNCONVERGED = "unconverged"
"""Training has not converged at the checkpoint: its own loss has a gradient that shifts the estimate."""

NOT_A_MINIMUM = "not_a_minimum"
"""The sampler's loss has a gradient that shifts the estimate, though training has converged on its own sample's."""

ESCAPED = "escaped"
"""A chain left the neighbourhood of the checkpoint."""

DIVERGED = "diverged"
"""Weights or losses are not finite."""

STATUSES = (OK, DRIFTING, NOT_A_MINIMUM, UNCONVERGED, KINK, SADDLE, ESCAPED, DIVERGED)
"""All statuses of estimates, from the one that may be read to the worst."""

CONVERGED = "converged"
"""A run has ended at a minimum of its training loss: a small gradient, and no direction that curves down."""

TO_INFINITY = "to infinity"
"""Its norm still grows: the loss has no minimum where it goes."""

AT_A_JUMP = "at a jump or kink"
"""A pre-activation lies at a jump or kink, and the gradient or the curvature depends on the side."""

NOT_CONVERGED = "not converged"
"""None of these: its loss is that at its last step."""

RUN_ENDS = (CONVERGED, SADDLE, AT_A_JUMP, TO_INFINITY, NOT_CONVERGED, DIVERGED)
"""Statuses of ends of runs."""
