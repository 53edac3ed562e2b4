"""Statuses of ends of runs, from the table of ends: which final losses are those of a minimum."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from superposition.status import AT_A_JUMP, CONVERGED, DIVERGED, NOT_CONVERGED, SADDLE, TO_INFINITY


@dataclass(frozen=True, kw_only=True)
class EndLimits:
    """Up to where a run has converged.

    Attributes:
        gradient: Largest norm of the gradient.
        curvature: Largest curvature of a direction that curves down.
        kink: Largest distance of a pre-activation that lies at a kink or jump.
        growth: Largest growth of the norm, in decades per decade of steps, of a run that does not go to infinity.
    """

    gradient: float
    curvature: float
    kink: float
    growth: float


def end_statuses(ends: pd.DataFrame, limits: EndLimits) -> np.ndarray:
    """Return the status of each end.

    A small gradient tells minima from saddles by the curvature, unless that depends on the side of a kink. A larger one
    that comes with a growing norm is that of a loss which falls ever more slowly.
    """
    flat = ends.gradient_norm <= limits.gradient
    conditions = {
        DIVERGED: ends.gradient_norm.isna(),
        CONVERGED: flat & (ends.smallest_eigenvalue >= -limits.curvature),
        AT_A_JUMP: ends.kink_distance <= limits.kink,
        SADDLE: flat,
        TO_INFINITY: ends.norm_growth > limits.growth,
    }
    return np.select(list(conditions.values()), list(conditions), NOT_CONVERGED)
