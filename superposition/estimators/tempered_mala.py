r"""The learning coefficient by particles that are annealed, on a ladder of n beta with a constant ratio.

On each rung they are resampled and make some moves (`particles`). The slope :math:`n\beta \, E[K]` of every rung is
extrapolated (`extrapolation`).
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.estimators.extrapolation import FROM, CoefficientEstimate, extrapolate, first_nbeta
from superposition.estimators.particles import Particles
from superposition.llc.chains import Target, sampled_inputs
from superposition.llc.convergence import r_hat
from superposition.llc.estimate import Estimate, Limits
from superposition.llc.hessian import Loss, check_loss
from superposition.llc.runs import Estimator, by_chains, sampled_curvatures
from superposition.llc.sampling import LossAndGradient, value_and_slope
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs, LossGradient
from superposition.status import DIVERGED, DRIFTING, ESCAPED, OK
from superposition.tables.trajectory import Trajectory

REPLICAS = 1024  # particles computed together: their working set stays in cache, and no number depends on it


@dataclass(frozen=True, kw_only=True)
class TemperedMala:
    """Annealed particles: so many on each island, whose spread gives the error, as islands are independent.

    `decades` is the range of n beta from `first_nbeta` on, `ratio` that between neighbouring rungs. Slopes are taken
    over the later half of the moves on each.
    """

    localization: float
    decades: float
    ratio: float
    moves: int
    islands: int
    particles: int
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> CoefficientEstimate:
        """Return the estimates at points of one loss; see `extrapolation`."""
        check_loss(loss, points)
        return self.estimate_of(self.anneal(loss, points, seeds=[seed] * points.shape[1]), n_parameters=len(points))

    def estimate_of(self, annealed: Mapping[str, np.ndarray], *, n_parameters: int) -> CoefficientEstimate:
        """Return the estimates from what `anneal` returns."""
        y, ess = annealed["slopes"], annealed["ess"]
        t = np.arange(len(y)) * math.log(self.ratio)
        upper = y[t >= FROM * t[-1]]
        apart = torch.from_numpy(upper - upper.mean(-1, keepdims=True)).permute(1, 2, 0)
        agreement = r_hat(apart).numpy()
        converged = (agreement <= self.limits.r_hat) & (ess >= self.limits.ess)
        conditions = [~np.isfinite(y).all((0, 2)), (y < -self.limits.escape).any((0, 2)), ~converged]
        return CoefficientEstimate(
            **extrapolate(t, y, n_parameters=n_parameters),
            **{"r_hat": agreement, "ess": ess, "acceptance": annealed["acceptance"]},
            status=np.select(conditions, [DIVERGED, ESCAPED, DRIFTING], OK),
            steps=(len(t) * self.moves + 1) * self.islands * self.particles,
        )

    def anneal(
        self,
        loss: Loss,
        points: Float[Tensor, "parameter point"],
        *,
        seeds: Sequence[int],
        evaluate: Callable[[Float[Tensor, "parameter replica"]], LossAndGradient] | None = None,
    ) -> dict[str, np.ndarray]:
        """Return what particles show, annealed at points of one loss.

        Arguments are as of `Particles`; `evaluate` is given where there is something quicker than autograd.

        Returns:
            `slopes` n beta E[K] of each rung, shape (rung, point, island), and for each point `ess`, the smallest
            effective number of particles on any rung, `acceptance`, the share of accepted moves, and in the end `nbeta`
            and `share_below`, the share of particles whose loss is below the point's.
        """
        evaluate = evaluate or functools.partial(value_and_slope, loss)
        held = {"localization": self.localization, "size": (self.islands, self.particles)}
        parts = []
        for chunk in torch.arange(points.shape[1]).split(max(1, REPLICAS // (self.islands * self.particles))):
            of_chunk = [seeds[i] for i in chunk.tolist()]
            parts.append(self._anneal(Particles(loss, points[:, chunk], evaluate, seeds=of_chunk, **held)))
        return {name: np.concatenate([part[name] for part in parts], axis=int(name == "slopes")) for name in parts[0]}

    def _anneal(self, particles: Particles) -> dict[str, np.ndarray]:
        n_rungs = math.floor(self.decades / math.log10(self.ratio)) + 1
        first = torch.from_numpy(first_nbeta(particles.excess.double().numpy())).to(particles.excess)
        slopes, shares, accepted = [], [], []
        nbeta = torch.zeros_like(first)
        for rung in range(n_rungs):
            before, nbeta = nbeta, first * self.ratio**rung
            shares.append(particles.resample(nbeta - before))
            energies = []
            for _ in range(self.moves):
                accepted.append(particles.move(nbeta))
                energies.append(particles.islands(particles.excess).mean(-1))
            slopes.append(nbeta[:, None] * torch.stack(energies[self.moves // 2 :]).mean(0))
        ess = torch.stack(shares).min(0).values * self.islands * self.particles
        annealed = {"slopes": torch.stack(slopes), "ess": ess, "acceptance": torch.stack(accepted).mean(0)}
        annealed |= {"nbeta": nbeta, "share_below": (particles.excess < 0).double().mean(1)}
        return {name: values.double().numpy() for name, values in annealed.items()}


def _by_particles(target: Target, points: Trajectory, limits: Limits) -> Estimate:
    """Return estimates by annealed particles; each run has noise of its own, the same at all of its points."""
    at_points, *sides = sampled_curvatures(target, points, limits)
    sampler, seeds = target.sampler, np.repeat(points.seeds, len(points.steps)).tolist()
    w = autoencoder.join(torch.from_numpy(points.W), torch.from_numpy(points.b)).double().flatten(0, 1).T
    inputs = sampled_inputs(target.training, sampler, []).to(torch.float64)
    estimator = TemperedMala(**sampler.annealing, limits=limits)

    def loss(w: Float[Tensor, "parameter replica"]) -> Float[Tensor, " replica"]:
        return autoencoder.loss(target.activation, *autoencoder.split(w, target.training.n_hidden), inputs)

    # Particles see both sides of a kink, whichever of them curves down.
    sides = tuple(replace(side, eigenvalues=side.eigenvalues.clamp(min=0)) for side in sides)
    annealed = estimator.anneal(loss, w, seeds=seeds, evaluate=_evaluation(target, inputs))
    estimate = estimator.estimate_of(annealed, n_parameters=len(w))
    # Islands as chains: as far apart as their slopes are, in units with which the mean has the standard error.
    slopes = annealed["slopes"]
    apart = slopes[len(slopes) // 2 :].mean(0)
    apart = (apart - apart.mean(1, keepdims=True)) / apart.std(1, ddof=1, keepdims=True) * estimator.islands**0.5
    per_chain = estimate.llc[:, None] + estimate.standard_error[:, None] * apart
    diagnostics = annealed["share_below"], estimate.r_hat, estimate.ess
    return Estimate(per_chain, loss(w).numpy(), *diagnostics, at_points, annealed["nbeta"], sampler.localization, sides)


def _evaluation(target: Target, inputs: Inputs) -> Callable[[Float[Tensor, "parameter replica"]], LossAndGradient]:
    """Return a map from any parameters to loss and gradient of a model, without autograd."""
    bound: dict[torch.Size, tuple[Tensor, LossGradient]] = {}

    def evaluate(w: Float[Tensor, "parameter replica"]) -> LossAndGradient:
        if w.shape not in bound:
            parameters = autoencoder.padded(w)
            gradient = LossGradient(target.activation, parameters, n_hidden=target.training.n_hidden)
            bound[w.shape] = parameters, gradient
        parameters, gradient = bound[w.shape]
        parameters[:, : w.shape[1]] = w
        gradient(inputs)
        return gradient.loss()[: w.shape[1]], gradient.tied()[:, : w.shape[1]].clone()

    return evaluate


ESTIMATORS: dict[str, Estimator] = {"sgld": by_chains, "tempered_mala": _by_particles}
"""Both estimators that sampler presets name: chains of SGLD, from `llc.runs`, and the particles of this module."""
