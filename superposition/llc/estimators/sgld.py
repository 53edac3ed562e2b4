r"""SGLD at one temperature, without an accept step: the estimator of the study's runs.

.. math:: \hat\lambda = n\beta \, (E[L(w)] - L(w^*))

Source: Lau et al. 2023 (arXiv 2308.12108).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from torch import Tensor

from superposition.llc.estimate import Limits, estimate_llc
from superposition.llc.estimators.found import Found
from superposition.llc.hessian import Loss
from superposition.presets import SamplerPreset


@dataclass(frozen=True, kw_only=True)
class Sgld:
    """SGLD at one temperature.

    Attributes:
        sampler: Step size, temperature, localisation and chains; its data, batches and streams play no part.
        limits: Beyond what an estimate may not be read.
    """

    sampler: SamplerPreset
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> Found:
        """Return the estimates at points of one loss; see `found.Estimator`."""
        return self.with_chains(loss, points, seed=seed)[0]

    def with_chains(
        self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int
    ) -> tuple[Found, Float[np.ndarray, "point chain"]]:
        """Return the estimates, and each chain's own."""
        chains = ("lr", "nbeta", "localization", "num_chains", "num_burnin_steps", "num_draws", "num_steps_bw_draws")
        settings = {name: getattr(self.sampler, name) for name in chains}
        estimate, _ = estimate_llc(loss, points, **settings, seed=seed)
        columns = estimate.columns(limits=self.limits)
        unknown = np.full(points.shape[1], np.nan)
        found = Found(
            llc=columns["llc"],
            standard_error=columns["llc_std"] / self.sampler.num_chains**0.5,
            multiplicity=unknown,
            r_hat=columns["r_hat"],
            ess=columns["ess"],
            acceptance=unknown,
            status=columns["status"],
            steps=self.sampler.num_chains * self.sampler.n_steps,
        )
        return found, estimate.per_chain
