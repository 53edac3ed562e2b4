r"""SGLD without an accept step: at one temperature, as for the study's runs, and over a ladder of temperatures.

.. math:: \hat\lambda = n\beta \, (E[L(w)] - L(w^*)) = -d\log Z / d\log n\beta

is extrapolated from the rungs of the ladder to infinite ones. Step sizes fall as 1 / n beta, so that each rung is as
stable as the sampler's own.

Source: Lau et al. 2023 (arXiv 2308.12108); Watanabe 2013, J. Mach. Learn. Res. 14, section 5, for the slope between
temperatures; `extrapolation` for its limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from torch import Tensor

from superposition.estimators.extrapolation import CoefficientEstimate, extrapolate, first_nbeta, prior_excess
from superposition.llc.estimate import Limits, estimate_llc
from superposition.llc.hessian import Loss
from superposition.sampler_presets import SamplerPreset
from superposition.status import DRIFTING, STATUSES

PRIOR_DRAWS = 256  # draws of the localisation's Gaussian that place the ladder


@dataclass(frozen=True, kw_only=True)
class Sgld:
    """SGLD at one temperature; data, batches and streams of the sampler play no part."""

    sampler: SamplerPreset
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> CoefficientEstimate:
        """Return the estimates at points of one loss; see `extrapolation`."""
        estimate, _ = estimate_llc(loss, points, **self.sampler.chains, seed=seed)
        columns = estimate.columns(limits=self.limits)
        return CoefficientEstimate(
            standard_error=columns["llc_std"] / self.sampler.num_chains**0.5,
            **{name: columns[name] for name in ("llc", "r_hat", "ess", "status")},
            **dict.fromkeys(("multiplicity", "acceptance"), np.full(points.shape[1], np.nan)),
            steps=self.sampler.num_chains * self.sampler.n_steps,
        )


@dataclass(frozen=True, kw_only=True)
class SgldLadder:
    """SGLD over a ladder of n beta, increasing; the step size of the sampler belongs to its own."""

    sampler: SamplerPreset
    nbeta: Sequence[float]
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> CoefficientEstimate:
        """Return the estimates at points of one loss; see `extrapolation`."""
        of_prior = {"localization": self.sampler.localization, "draws": PRIOR_DRAWS, "seed": seed}
        first, slopes, tables = first_nbeta(prior_excess(loss, points, **of_prior)), [], []
        for nbeta in self.nbeta:
            rung = replace(self.sampler, nbeta=nbeta, lr=self.sampler.lr * self.sampler.nbeta / nbeta)
            at_rung, _ = estimate_llc(loss, points, **rung.chains, seed=seed)
            slopes.append(at_rung.per_chain)
            tables.append(at_rung.columns(limits=self.limits))
        worst = np.max([[STATUSES.index(status) for status in table["status"]] for table in tables], axis=0)
        limits = [
            extrapolate(np.log(np.array(self.nbeta) / first[i]), np.stack(slopes)[:, [i]], n_parameters=len(points))
            for i in range(points.shape[1])
        ]
        estimate = {name: np.concatenate([limit[name] for limit in limits]) for name in limits[0]}
        return CoefficientEstimate(
            **estimate,
            acceptance=np.full(len(limits), np.nan),
            r_hat=np.max([table["r_hat"] for table in tables], axis=0),
            ess=np.min([table["ess"] for table in tables], axis=0),
            status=np.where(np.isfinite(estimate["llc"]) | (worst > 0), np.array(STATUSES)[worst], DRIFTING),
            steps=len(tables) * self.sampler.num_chains * self.sampler.n_steps,
        )
