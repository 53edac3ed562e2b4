r"""Volume of the set of small loss, over draws of the localisation's Gaussian: in low dimensions only.

.. math:: V(\epsilon) = P(|K(w)| < \epsilon) \sim \epsilon^\lambda (-\log\epsilon)^{m - 1},
    \quad w \sim N(w^*, 1/\gamma)

The slope of log V between neighbouring thresholds is extrapolated (`extrapolation`). No chains, no gradient; but with N
draws no volume below 1 / N is seen, so that thresholds span few decades where lambda is large.

Source: Watanabe 2009, theorem 7.1.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from superposition.estimators.extrapolation import CoefficientEstimate, extrapolate, first_nbeta, prior_excess
from superposition.llc.estimate import Limits
from superposition.llc.hessian import Loss
from superposition.status import DRIFTING, OK

LEAST_COUNT = 20  # fewest draws below a threshold on every island: with less, the logarithm is biased
LEAST_RUNGS = 8  # fewest slopes from which a limit is taken


@dataclass(frozen=True, kw_only=True)
class Volume:
    """Volume scaling: so many draws on each island, whose spread gives the error; `ratio` is that of thresholds."""

    localization: float
    ratio: float
    islands: int
    draws: int
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> CoefficientEstimate:
        """Return the estimates at points of one loss, NaN where thresholds span too little; see `extrapolation`."""
        drawn = prior_excess(loss, points, localization=self.localization, draws=self.islands * self.draws, seed=seed)
        excess = np.abs(drawn).reshape(-1, self.islands, self.draws)
        limits = [self._limit(of_point, len(points)) for of_point in excess]
        estimate = {name: np.concatenate([limit[name] for limit in limits]) for name in limits[0]}
        return CoefficientEstimate(
            **estimate | dict.fromkeys(("r_hat", "acceptance"), np.full(len(limits), np.nan)),
            status=np.where(np.isfinite(estimate["llc"]) & (estimate["ess"] >= self.limits.ess), OK, DRIFTING),
            steps=self.islands * self.draws,
        )

    def _limit(self, excess: Float[np.ndarray, "island draw"], n_parameters: int) -> dict[str, np.ndarray]:
        """Return the limit of the slopes at one point, its error and multiplicity, and the draws that the last saw."""
        t0 = -np.log(first_nbeta(excess.reshape(1, -1))[0])
        ordered = np.sort(excess, 1)
        deepest = np.log(max(ordered[:, LEAST_COUNT - 1].max(), np.finfo(float).tiny))
        n_rungs = max(0, int((t0 - deepest) / np.log(self.ratio))) + 1
        t = np.log(self.ratio) * np.arange(n_rungs)
        counts = np.stack([(ordered < threshold).sum(1) for threshold in np.exp(t0 - t)]).astype(float)
        seen = {"ess": counts[-1].sum(keepdims=True)}
        if n_rungs <= LEAST_RUNGS:
            return seen | dict.fromkeys(("llc", "standard_error", "multiplicity"), np.full(1, np.nan))
        y = np.log(counts[:-1] / counts[1:]) / np.log(self.ratio)
        total = counts.sum(1)
        error = np.sqrt(np.maximum(1 / total[1:] - 1 / total[:-1], 1 / total[1:] / total[0])) / np.log(self.ratio)
        middle = (t[1:] + t[:-1]) / 2
        return seen | extrapolate(middle, y[:, None], n_parameters=n_parameters, error=error[:, None])
