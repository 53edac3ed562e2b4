"""What every estimator of the learning coefficient takes and returns."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

from superposition.llc.estimate import Limits
from superposition.llc.hessian import Loss
from superposition.status import DIVERGED, DRIFTING, ESCAPED, OK


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


@runtime_checkable
class Estimator(Protocol):
    """An algorithm with its settings, which are its attributes."""

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> Found:
        """Return the estimates at points of one loss, each of which depends on no other.

        Args:
            loss: Loss of many parameter vectors at once.
            points: Where to estimate; should be minima. All is computed in their dtype.
            seed: Of the noise, which is the same at all points.
        """
        ...


def judged(
    y: Float[np.ndarray, "rung point island"],
    *,
    r_hat: Float[np.ndarray, " point"],
    ess: Float[np.ndarray, " point"],
    limits: Limits,
) -> np.ndarray:
    """Return the status of estimates by n beta times the mean excess loss of independent groups.

    Args:
        y: By inverse temperature, point and group.
        r_hat: Agreement of the groups.
        ess: Effective sample size.
        limits: Beyond what an estimate may not be read.
    """
    converged = (r_hat <= limits.r_hat) & (ess >= limits.ess)
    conditions = [~np.isfinite(y).all((0, 2)), (y < -limits.escape).any((0, 2)), ~converged]
    return np.select(conditions, [DIVERGED, ESCAPED, DRIFTING], OK)
