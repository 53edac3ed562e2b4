"""Statuses of values: what each means, which may be read, and their order; and the words of verdicts.

Those of LLC estimates are identifiers, from the worst of which checks and figures choose; all others are in words.
"""

from typing import Any

OK, DRIFTING, NOT_A_MINIMUM, UNCONVERGED = "ok", "drifting", "not_a_minimum", "unconverged"
KINK, SADDLE, ESCAPED, DIVERGED = "kink", "saddle", "escaped", "diverged"

MEANINGS = {
    OK: "The value may be read.",
    DRIFTING: "Chains have not converged, or too few chains or draws, or draws that never change, cannot tell.",
    NOT_A_MINIMUM: "The gradient of the sampler's loss shifts the estimate; that of the training loss is not known to.",
    UNCONVERGED: "That of the run's own training loss shifts it too: training has not arrived at the checkpoint.",
    KINK: "The checkpoint lies at a kink, and directions that curve down on a side of it shift the estimate.",
    SADDLE: "Directions that curve down at the checkpoint shift the estimate: no minimum, whatever the gradient.",
    ESCAPED: "A chain's own estimate lies, by more than a margin, below 0 or above half the number of parameters.",
    DIVERGED: "Weights or losses are not finite.",
}
"""Every status of an LLC estimate with its meaning, from the one that may be read to the worst.

Shifts are those beyond what is allowed; of several that hold, `llc.estimate` says which is given.
"""

STATUSES = tuple(MEANINGS)
ENDED = (OK, DIVERGED)  # statuses of weights


def may_be_read(status: Any) -> Any:
    """Return whether a value with this status may be read; of many statuses, for each of them."""
    return status == OK


CLOSE = 0.05  # largest relative difference of a close estimate, and standard error that counts: `within_5_percent`
STANDARD_ERRORS = 3  # within so many a close estimate may lie instead: column `within_3_se`

CONVERGED, AT_A_JUMP = "converged", "at a jump or kink"
TO_INFINITY, NOT_CONVERGED = "to infinity", "not converged"

END_MEANINGS = {
    CONVERGED: "The gradient is small, and no direction curves down: a minimum of the training loss.",
    SADDLE: "The gradient is small, and a direction curves down: no minimum.",
    AT_A_JUMP: "Not converged, and a pre-activation lies at a jump or kink: gradient or curvature depends on the side.",
    TO_INFINITY: "The gradient is not small, and the norm still grows: there is no minimum where the run goes.",
    NOT_CONVERGED: "None of these: the loss is that at the last step.",
    DIVERGED: MEANINGS[DIVERGED],
}
"""Every status of the end of a run with its meaning."""

SAME, LINEAR, CANNOT, FROZEN, TRAINED = CLASSES = ("same", "linear", "cannot", "frozen", "trained")
"""Classes of activations, of which the first that holds is an activation's."""

ATTAINED, AT_INFINITY = "attained", "at infinity"

BEST_MEANINGS = {
    ATTAINED: "The best loss is that of some weights.",
    AT_INFINITY: "The best loss is approached by weights that grow without end, and that of no weights.",
    AT_A_JUMP: "Several searches end there with a gradient that is not 0: the activation jumps or bends.",
    NOT_CONVERGED: "One search alone found the best loss, and no minimum, or none kept it when pulled: an upper bound.",
}
"""Every status of the best possible loss with its meaning."""

MINIMUM, NONE = "minimum", "none near"
POINTS = (MINIMUM, SADDLE, NONE)  # kinds of critical points near a checkpoint

YES, NO, BOTH, UNDECIDED, NOT_TESTED = ANSWERS = ("yes", "no", "both", "undecided", "not yet tested")
"""Answers to open questions. Both: yes in one part, no in another. Undecided: the data cannot tell."""

RISES, FALLS, FLAT, TURNS, NOT_READABLE = "rises", "falls", "flat", "turns", "not readable"
SHAPES = (RISES, FALLS, FLAT, TURNS, UNDECIDED, NOT_READABLE)  # what a quantity does along a family's parameter

RESTRICTED, OF_DATA, INFLUENCE = FINER = ("restricted", "data-refined", "influence")
"""Finer tools than one LLC: chains that move some parameters or follow some data, and what features do to others."""

REPLICATED = "replicated"
SMALLER = "right direction, smaller than stated"
REVERSED = "reversed"
INCONCLUSIVE = "inconclusive"
NOT_TESTABLE = "not testable"
LARGER = "larger than stated"  # what some are that are reversed
VERDICTS = (REPLICATED, SMALLER, REVERSED, INCONCLUSIVE, NOT_TESTABLE)  # as tables and legends show them
