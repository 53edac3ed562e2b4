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
import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.estimators.extrapolation import Found, extrapolate, first_nbeta
from superposition.llc.estimate import Limits, estimate_llc
from superposition.llc.hessian import Loss
from superposition.presets import SamplerPreset
from superposition.status import DRIFTING, STATUSES

PRIOR_DRAWS = 256
"""Draws of the localisation's Gaussian that place the ladder."""


@dataclass(frozen=True, kw_only=True)
class Sgld:
    """SGLD at one temperature; data, batches and streams of the sampler play no part."""

    sampler: SamplerPreset
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> Found:
        """Return the estimates at points of one loss; see `extrapolation`."""
        return self.with_chains(loss, points, seed=seed)[0]

    def with_chains(
        self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int
    ) -> tuple[Found, Float[np.ndarray, "point chain"]]:
        """Return the estimates, and each chain's own."""
        estimate, _ = estimate_llc(loss, points, **self.sampler.chains, seed=seed)
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


@dataclass(frozen=True, kw_only=True)
class SgldLadder:
    """SGLD over a ladder of n beta, increasing; the step size of the sampler belongs to its own."""

    sampler: SamplerPreset
    nbeta: Sequence[float]
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> Found:
        """Return the estimates at points of one loss; see `extrapolation`."""
        rungs = [
            replace(self.sampler, nbeta=nbeta, lr=self.sampler.lr * self.sampler.nbeta / nbeta) for nbeta in self.nbeta
        ]
        found, chains = zip(
            *(Sgld(sampler=rung, limits=self.limits).with_chains(loss, points, seed=seed) for rung in rungs),
            strict=True,
        )
        worst = np.max([[STATUSES.index(status) for status in each.status] for each in found], axis=0)
        shape, random = (len(points), 1, PRIOR_DRAWS), Generator().manual_seed(seed)
        noise = torch.randn(*shape, generator=random, dtype=points.dtype) / self.sampler.localization**0.5
        with torch.no_grad():
            value = loss((points[:, :, None] + noise).flatten(1)).view(-1, PRIOR_DRAWS) - loss(points)[:, None]
        y, first = np.stack(chains), first_nbeta(value.double().numpy())
        each = [
            extrapolate(np.log(np.array(self.nbeta) / first[i]), y[:, i : i + 1], n_parameters=len(points))
            for i in range(points.shape[1])
        ]
        llc, error, multiplicity = (np.concatenate(values) for values in zip(*each, strict=True))
        return Found(
            llc=llc,
            standard_error=error,
            multiplicity=multiplicity,
            r_hat=np.max([rung.r_hat for rung in found], axis=0),
            ess=np.min([rung.ess for rung in found], axis=0),
            acceptance=np.full(len(llc), np.nan),
            status=np.where(np.isfinite(llc) | (worst > 0), np.array(STATUSES)[worst], DRIFTING),
            steps=sum(rung.steps for rung in found),
        )
