"""Correction of p-values for the number of comparisons in one statement.

A module of its own, since statsmodels takes longer to load than most tables to make.
"""

import numpy as np
from jaxtyping import Float
from statsmodels.stats.multitest import multipletests


def holm(p: Float[np.ndarray, " comparison"]) -> Float[np.ndarray, " comparison"]:
    """Return p-values corrected for their number by Holm's method; NaN are left out and stay."""
    corrected = np.array(p, dtype=float)
    known = np.isfinite(corrected)
    if known.sum() > 1:  # one alone stays as it is; statsmodels collects garbage at each call, a tenth of a second
        corrected[known] = multipletests(corrected[known], method="holm")[1]
    return corrected
