r"""Particles that draw from the posterior at a growing inverse temperature, by Metropolis-corrected Langevin steps.

Particles start as exact draws of :math:`N(w^*, 1/\gamma)`, so there is no burn-in and no arm of a singular set is
missed. When n beta grows they are resampled with the weights :math:`e^{-(n\beta' - n\beta) K}`, within islands that are
independent of one another. In between they make MALA moves

.. math:: w' = w + \tfrac{\epsilon^2}{2} A A^\top \nabla \log\pi(w) + \epsilon A \xi, \quad
    \pi = e^{-n\beta K - \gamma |w - w^*|^2 / 2}

which are accepted with the probability that keeps pi invariant. A scales each direction of the Hessian at w* by
:math:`(n\beta h + \gamma)^{-1/2}`.

Source: Del Moral, Doucet & Jasra 2006, section 3 (sequential Monte Carlo samplers); Roberts & Tweedie 1996 (MALA);
Neal 2011, section 5.2 (MALA as one leapfrog step, in whose form it is computed here).
"""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.llc.hessian import Loss, curvature
from superposition.llc.sampling import LossAndGradient

ACCEPTANCE = 0.7  # share of accepted moves that step sizes are adapted to, rung by rung
FIRST_STEP = 0.5  # step size before
SPREAD = 2.0  # largest by smallest step size: each move draws its own, as ridges are of different widths

FLATTEST = 0.01
"""Curvature of the flattest direction in the proposals, relative to the sharpest: those without curvature at a singular
point are curved beside it."""


class Particles:
    """Particles at some points, with their excess loss and its gradient.

    Noise is drawn for each seed and used at all of its points, so results of a point do not depend on the others.

    Args:
        loss: Loss of many parameter vectors at once.
        points: Where particles are held.
        evaluate: Loss and gradient of many parameter vectors.
        seeds: Seed of each point's noise.
        localization: Strength gamma with which they are held.
        size: Number of islands, the groups within which particles are resampled, and of particles on each.
    """

    def __init__(
        self,
        loss: Loss,
        points: Float[Tensor, "parameter point"],
        evaluate: Callable[[Float[Tensor, "parameter replica"]], LossAndGradient],
        *,
        seeds: Sequence[int],
        localization: float,
        size: tuple[int, int],
    ):
        self._gamma, self._n_islands, self._value_and_slope = localization, size[0], evaluate
        every = list(dict.fromkeys(seeds))
        self._random = [Generator().manual_seed(seed) for seed in every]
        self._stream = torch.tensor([every.index(seed) for seed in seeds])
        self._count = math.prod(size)
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
        drawn = [torch.randn(size, generator=random) for random in self._random]  # in float32, four times as quick
        return torch.stack(drawn, -2)[..., self._stream, :].to(self._points)

    def _uniform(self, count: int) -> Float[Tensor, "point particle"]:
        drawn = [torch.rand(count, generator=random, dtype=self._points.dtype) for random in self._random]
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
        places = (self._uniform(self._n_islands)[..., None] + torch.arange(n)) / n
        chosen = torch.searchsorted(share.cumsum(-1), places.expand_as(share).contiguous()).clamp(max=n - 1)
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
