r"""Particles that are annealed from the localisation's Gaussian by Metropolis-corrected Langevin steps.

Particles start as exact draws of :math:`N(w^*, 1/\gamma)`, so there is no burn-in and no arm of a singular set is
missed. From rung to rung n beta grows by a constant ratio; particles are resampled with the weights
:math:`e^{-(n\beta' - n\beta) K}` within islands that are independent of one another, and make some MALA moves

.. math:: w' = w + \tfrac{\epsilon^2}{2} A A^\top \nabla \log\pi(w) + \epsilon A \xi, \quad
    \pi = e^{-n\beta K - \gamma |w - w^*|^2 / 2}

which are accepted with the probability that keeps pi invariant. A scales each direction of the Hessian at w* by
:math:`(n\beta h + \gamma)^{-1/2}`. The slope :math:`n\beta \, E[K]` of every rung is extrapolated (`extrapolation`).

Source: Del Moral, Doucet & Jasra 2006, section 3 (sequential Monte Carlo samplers); Roberts & Tweedie 1996 (MALA);
Neal 2011, section 5.2 (MALA as one leapfrog step, in whose form it is computed here).
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.estimators.extrapolation import FROM, CoefficientEstimate, extrapolate, first_nbeta
from superposition.llc.chains import Target, sampled_inputs
from superposition.llc.convergence import r_hat
from superposition.llc.estimate import Estimate, Limits
from superposition.llc.hessian import Loss, check_loss, curvature
from superposition.llc.runs import Estimator, by_chains, sampled_curvatures
from superposition.llc.sampling import value_and_slope
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs, LossGradient
from superposition.status import DIVERGED, DRIFTING, ESCAPED, OK
from superposition.tables.trajectory import Trajectory

ACCEPTANCE, FIRST_STEP = 0.7, 0.5
"""Share of accepted moves that step sizes are adapted to, rung by rung, and the first step size."""

SPREAD = 2.0
"""Largest by smallest step size: each move of each particle draws its own, as ridges are of different widths."""

REPLICAS = 1024
"""Particles that are computed together: their working set stays in cache. No number depends on it."""

FLATTEST = 0.01
"""Curvature of the flattest direction in the proposals, relative to the sharpest: those without curvature at a singular
point are curved beside it."""


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
        evaluate: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None,
    ) -> dict[str, np.ndarray]:
        """Return what particles show, annealed at points of one loss.

        Args:
            loss: Loss of many parameter vectors at once.
            points: Where particles start, and are held.
            seeds: Seed of each point's noise.
            evaluate: Loss and gradient where there is something quicker than autograd.

        Returns:
            `slopes` n beta E[K] of each rung, shape (rung, point, island), and for each point `ess`, the smallest
            effective number of particles on any rung, `acceptance`, the share of accepted moves, and in the end `nbeta`
            and `share_below`, the share of particles whose loss is below the point's.
        """
        evaluate = evaluate or functools.partial(value_and_slope, loss)
        parts = [
            self._anneal(_Particles(loss, points[:, at], self, [seeds[i] for i in at.tolist()], evaluate))
            for at in torch.arange(points.shape[1]).split(max(1, REPLICAS // (self.islands * self.particles)))
        ]
        return {name: np.concatenate([part[name] for part in parts], axis=int(name == "slopes")) for name in parts[0]}

    def _anneal(self, particles: "_Particles") -> dict[str, np.ndarray]:
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


class _Particles:
    """Particles at some points, with their excess loss and its gradient.

    Noise is drawn for each seed and used at all of its points, so results of a point do not depend on the others.
    """

    def __init__(self, loss: Loss, points: Tensor, settings: TemperedMala, seeds: Sequence[int], evaluate: Callable):
        self._gamma, self._n_islands, self._value_and_slope = settings.localization, settings.islands, evaluate
        every = list(dict.fromkeys(seeds))
        self._random = [Generator().manual_seed(seed) for seed in every]
        self._stream = torch.tensor([every.index(seed) for seed in seeds])
        self._count = settings.islands * settings.particles
        self._points, self._at_point = points[:, :, None], loss(points)[:, None]
        at_points = curvature(loss, points)
        h = at_points.eigenvalues.clamp(min=0)
        self._h = h.maximum(FLATTEST * h[:, -1:]).to(points)
        self._vectors = at_points.eigenvectors.to(points)
        self._step = torch.full((points.shape[1], 1), FIRST_STEP).to(points)
        self.w = self._points + self._noise(len(points)) / self._gamma**0.5
        self.excess, self._gradient = self._evaluate(self.w)

    def _noise(self, *shape: int) -> Float[Tensor, "... point particle"]:
        """Return normal noise for every point, with axes before those of points and particles."""
        size = (*shape, self._count)
        drawn = [torch.randn(size, generator=each) for each in self._random]  # in single precision, four times as quick
        return torch.stack(drawn, -2)[..., self._stream, :].to(self._points)

    def _uniform(self, count: int) -> Float[Tensor, "point particle"]:
        drawn = [torch.rand(count, generator=each, dtype=self._points.dtype) for each in self._random]
        return torch.stack(drawn)[self._stream]

    def _evaluate(self, w: Float[Tensor, "parameter point particle"]) -> tuple[Tensor, Tensor]:
        """Return the excess loss and its gradient."""
        value, gradient = self._value_and_slope(w.flatten(1))
        return value.view(w.shape[1:]) - self._at_point, gradient.view(w.shape)

    def islands(self, values: Float[Tensor, "point particle"]) -> Float[Tensor, "point island of_island"]:
        """Return values with an axis of islands."""
        return values.unflatten(1, (self._n_islands, -1))

    def resample(self, increase: Float[Tensor, " point"]) -> Float[Tensor, " point"]:
        """Resample for n beta increased, systematically within islands; return the effective share of particles."""
        share = torch.softmax(self.islands(-increase[:, None] * self.excess), -1)
        n = share.shape[-1]
        at = (self._uniform(self._n_islands)[..., None] + torch.arange(n)) / n
        chosen = torch.searchsorted(share.cumsum(-1), at.expand_as(share).contiguous()).clamp(max=n - 1)
        chosen = (chosen + n * torch.arange(self._n_islands)[:, None]).flatten(1)
        everywhere = chosen.expand_as(self.w)
        self.w, self._gradient = self.w.gather(2, everywhere), self._gradient.gather(2, everywhere)
        self.excess = self.excess.gather(1, chosen)
        return 1 / share.square().sum(-1).mean(-1) / n

    def move(self, nbeta: Float[Tensor, " point"]) -> Float[Tensor, " point"]:
        """Make one MALA move, a leapfrog step from fresh momenta, and adapt step sizes; return what is accepted."""
        scale = self._vectors / (nbeta[:, None] * self._h + self._gamma).sqrt()[:, None]
        step = self._step * SPREAD ** -self._uniform(self._count)
        momentum = self._noise(len(self.w))
        half = momentum - step / 2 * self._force(self.w, self._gradient, nbeta, scale)
        w = self.w + torch.einsum("pij,jpn->ipn", scale, step * half)
        excess, gradient = self._evaluate(w)
        end = half - step / 2 * self._force(w, gradient, nbeta, scale)
        log_ratio = self._energy(self.w, self.excess, momentum, nbeta) - self._energy(w, excess, end, nbeta)
        log_ratio = log_ratio.nan_to_num(nan=-math.inf)
        accepted = self._uniform(self._count).log() < log_ratio
        self.w, self.excess = torch.where(accepted, w, self.w), torch.where(accepted, excess, self.excess)
        self._gradient = torch.where(accepted, gradient, self._gradient)
        mean = log_ratio.clamp(max=0).exp().mean(1)
        self._step = (self._step * (mean - ACCEPTANCE).exp()[:, None]).clamp(max=1)
        return mean

    def _force(self, w: Tensor, gradient: Tensor, nbeta: Tensor, scale: Tensor) -> Tensor:
        """Return the gradient of -log pi along the scaled directions."""
        return torch.einsum("pij,ipn->jpn", scale, nbeta[:, None] * gradient + self._gamma * (w - self._points))

    def _energy(self, w: Tensor, excess: Tensor, momentum: Tensor, nbeta: Tensor) -> Tensor:
        """Return -log pi plus the kinetic energy."""
        from_point = (w - self._points).square().sum(0)
        return nbeta[:, None] * excess + self._gamma / 2 * from_point + momentum.square().sum(0) / 2


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


def _evaluation(target: Target, inputs: Inputs) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Return a map from any parameters to loss and gradient of a model, without autograd."""
    bound: dict[torch.Size, tuple[Tensor, LossGradient]] = {}

    def evaluate(w: Float[Tensor, "parameter replica"]) -> tuple[Tensor, Tensor]:
        if w.shape not in bound:
            own = autoencoder.padded(w)
            bound[w.shape] = own, LossGradient(target.activation, own, n_hidden=target.training.n_hidden)
        own, gradient = bound[w.shape]
        own[:, : w.shape[1]] = w
        gradient(inputs)
        return gradient.loss()[: w.shape[1]], gradient.tied()[:, : w.shape[1]].clone()

    return evaluate


ESTIMATORS: dict[str, Estimator] = {"sgld": by_chains, "tempered_mala": _by_particles}
"""Both estimators that sampler presets name: chains of SGLD, from `llc.runs`, and the particles of this module."""
