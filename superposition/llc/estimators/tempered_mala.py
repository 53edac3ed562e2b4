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

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.llc.convergence import r_hat
from superposition.llc.estimate import Limits
from superposition.llc.estimators.extrapolation import FROM, Found, extrapolate, first_nbeta
from superposition.llc.hessian import Loss, check_loss, curvature
from superposition.status import DIVERGED, DRIFTING, ESCAPED, OK

ACCEPTANCE = 0.7
"""Share of accepted moves that step sizes are adapted to, rung by rung."""

SPREAD = 2.0
"""Largest by smallest step size: each move of each particle draws its own, as ridges are of different widths."""

REPLICAS = 1024
"""Particles that are computed together: their working set stays in cache. No number depends on it."""

FLATTEST = 0.01
"""Curvature of the flattest direction in the proposals, relative to the sharpest.

A direction without curvature at the point is one of a singular loss, and curved beside it.
"""


@dataclass(frozen=True, kw_only=True)
class TemperedMala:
    """Annealed particles: so many on each island, whose spread gives the error, as islands are independent.

    `decades` is the range of n beta, from where n beta times the excess loss is 0.1 on average over the Gaussian, and
    `ratio` that between neighbouring rungs. Slopes are taken over the later half of the moves on each.
    """

    localization: float
    decades: float
    ratio: float
    moves: int
    islands: int
    particles: int
    limits: Limits

    def estimate(self, loss: Loss, points: Float[Tensor, "parameter point"], *, seed: int) -> Found:
        """Return the estimates at points of one loss; see `extrapolation`."""
        check_loss(loss, points)
        most = max(1, REPLICAS // (self.islands * self.particles))
        slopes, shares, accepted = zip(*(self._anneal(loss, part, seed) for part in points.split(most, 1)), strict=True)
        y, ess, acceptance = np.concatenate(slopes, 1), np.concatenate(shares), np.concatenate(accepted)
        t = np.arange(len(y)) * math.log(self.ratio)
        llc, error, multiplicity = extrapolate(t, y, n_parameters=len(points))
        upper = y[t >= FROM * t[-1]]
        apart = torch.from_numpy(upper - upper.mean(-1, keepdims=True)).permute(1, 2, 0)
        agreement = r_hat(apart).numpy()
        converged = (agreement <= self.limits.r_hat) & (ess >= self.limits.ess)
        conditions = [~np.isfinite(y).all((0, 2)), (y < -self.limits.escape).any((0, 2)), ~converged]
        return Found(
            llc=llc,
            standard_error=error,
            multiplicity=multiplicity,
            r_hat=agreement,
            ess=ess,
            acceptance=acceptance,
            status=np.select(conditions, [DIVERGED, ESCAPED, DRIFTING], OK),
            steps=(len(t) * self.moves + 1) * self.islands * self.particles,
        )

    def _anneal(self, loss: Loss, points: Tensor, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return slopes (rung, point, island), effective sample size and acceptance (point,)."""
        particles = _Particles(loss, points, self, seed)
        n_rungs = math.floor(self.decades / math.log10(self.ratio)) + 1
        first = torch.from_numpy(first_nbeta(particles.excess.double().numpy())).to(points)
        slopes, shares, accepted = [], [], []
        before = torch.zeros_like(first)
        for rung in range(n_rungs):
            nbeta = first * self.ratio**rung
            shares.append(particles.resample(nbeta - before))
            energies = []
            for _ in range(self.moves):
                accepted.append(particles.move(nbeta))
                energies.append(particles.islands(particles.excess).mean(-1))
            slopes.append(nbeta[:, None] * torch.stack(energies[self.moves // 2 :]).mean(0))
            before = nbeta
        ess = torch.stack(shares).min(0).values * self.islands * self.particles
        found = torch.stack(slopes), ess, torch.stack(accepted).mean(0)
        first, second, third = (values.double().numpy() for values in found)
        return first, second, third


class _Particles:
    """Particles at some points, with their excess loss and its gradient.

    All noise is drawn for one point and used at each: results of a point do not depend on the others.
    """

    def __init__(self, loss: Loss, points: Tensor, settings: TemperedMala, seed: int):
        self._loss, self._gamma, self._n_islands = loss, settings.localization, settings.islands
        self._random = Generator().manual_seed(seed)
        self._count = settings.islands * settings.particles
        self._points = points[:, :, None]
        self._at_point = loss(points)[:, None]
        at_points = curvature(loss, points)
        sharpest = at_points.eigenvalues[:, -1:].clamp(min=0)
        self._h = at_points.eigenvalues.clamp(min=0).maximum(FLATTEST * sharpest).to(points)
        self._vectors = at_points.eigenvectors.to(points)
        self._step = torch.full((points.shape[1], 1), 0.5).to(points)
        self.w = self._points + self._noise(len(points), 1, self._count) / self._gamma**0.5
        self.excess, self._gradient = self._evaluate(self.w)

    def _noise(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self._random, dtype=self._points.dtype)

    def _uniform(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self._random, dtype=self._points.dtype)

    def _evaluate(self, w: Float[Tensor, "parameter point particle"]) -> tuple[Tensor, Tensor]:
        """Return the excess loss and its gradient."""
        leaf = w.flatten(1).detach().requires_grad_()
        with torch.enable_grad():
            value = self._loss(leaf)
            (gradient,) = torch.autograd.grad(value.sum(), leaf)
        return value.detach().view(w.shape[1:]) - self._at_point, gradient.view(w.shape)

    def islands(self, values: Float[Tensor, "point particle"]) -> Float[Tensor, "point island of_island"]:
        """Return values with an axis of islands."""
        return values.unflatten(1, (self._n_islands, -1))

    def resample(self, increase: Float[Tensor, " point"]) -> Float[Tensor, " point"]:
        """Resample for n beta increased, systematically within islands; return the effective share of particles."""
        share = torch.softmax(self.islands(-increase[:, None] * self.excess), -1)
        n = share.shape[-1]
        at = (self._uniform(1, self._n_islands, 1) + torch.arange(n)) / n
        chosen = torch.searchsorted(share.cumsum(-1), at.expand_as(share).contiguous()).clamp(max=n - 1)
        chosen = (chosen + n * torch.arange(self._n_islands)[:, None]).flatten(1)
        everywhere = chosen.expand(len(self.w), *chosen.shape)
        self.w, self._gradient = self.w.gather(2, everywhere), self._gradient.gather(2, everywhere)
        self.excess = self.excess.gather(1, chosen)
        return 1 / share.square().sum(-1).mean(-1) / n

    def move(self, nbeta: Float[Tensor, " point"]) -> Float[Tensor, " point"]:
        """Make one MALA move, a leapfrog step from fresh momenta, and adapt step sizes; return what is accepted."""
        scale = self._vectors / (nbeta[:, None] * self._h + self._gamma).sqrt()[:, None]
        step = self._step * SPREAD ** -self._uniform(1, self._count)
        momentum = self._noise(len(self.w), 1, self._count)
        half = momentum - step / 2 * self._force(self.w, self._gradient, nbeta, scale)
        w = self.w + torch.einsum("pij,jpn->ipn", scale, step * half)
        excess, gradient = self._evaluate(w)
        end = half - step / 2 * self._force(w, gradient, nbeta, scale)
        log_ratio = self._energy(self.w, self.excess, momentum, nbeta) - self._energy(w, excess, end, nbeta)
        log_ratio = log_ratio.nan_to_num(nan=-math.inf)
        accepted = self._uniform(1, self._count).log() < log_ratio
        self.w, self.excess = torch.where(accepted, w, self.w), torch.where(accepted, excess, self.excess)
        self._gradient = torch.where(accepted, gradient, self._gradient)
        mean = log_ratio.clamp(max=0).exp().mean(1)
        self._step = (self._step * (mean - ACCEPTANCE).exp()[:, None]).clamp(max=1)
        return mean

    def _force(self, w: Tensor, gradient: Tensor, nbeta: Tensor, scale: Tensor) -> Tensor:
        """Return the gradient of -log pi along the scaled directions."""
        slope = nbeta[:, None] * gradient + self._gamma * (w - self._points)
        return torch.einsum("pij,ipn->jpn", scale, slope)

    def _energy(self, w: Tensor, excess: Tensor, momentum: Tensor, nbeta: Tensor) -> Tensor:
        """Return -log pi plus the kinetic energy."""
        from_point = (w - self._points).square().sum(0)
        return nbeta[:, None] * excess + self._gamma / 2 * from_point + momentum.square().sum(0) / 2
