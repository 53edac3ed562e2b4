"""What every estimator of the learning coefficient returns.

An estimator is a record of settings with a method ``estimate(loss, points, *, seed)``: a loss of many parameter vectors
at once, points of shape (parameter, point) that should be minima, in whose dtype all is computed, and the seed of the
noise, which is the same at all points, none of which depends on another.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, kw_only=True)
class Found:
    """Estimates at many points of one loss; arrays have shape (point,).

    Attributes:
        llc: Estimate of the learning coefficient.
        standard_error: Its standard error, that of the extrapolation included where there is one.
        multiplicity: Order of the pole that fits best, NaN where none was looked for.
        r_hat: R-hat of chains, or of independent groups of particles.
        ess: Effective sample size, all chains or particles together.
        acceptance: Share of accepted proposals, NaN where all are.
        status: Whether the estimate may be read, one of `status.STATUSES`.
        steps: Evaluations of the loss of one parameter vector, with or without its gradient, per point.
    """

    llc: Float[np.ndarray, " point"]
    standard_error: Float[np.ndarray, " point"]
    multiplicity: Float[np.ndarray, " point"]
    r_hat: Float[np.ndarray, " point"]
    ess: Float[np.ndarray, " point"]
    acceptance: Float[np.ndarray, " point"]
    status: np.ndarray
    steps: int
