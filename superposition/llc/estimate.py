r"""LLC estimates with their diagnostics, and the status that says whether they may be read.

.. math:: \hat\lambda = n\beta \, (E[L(w)] - L(w^*))

with the expectation over the draws of chains localised at w*. It estimates a learning coefficient only at a minimum
that the chains neither leave nor fail to explore, so every estimate comes with diagnostics and a status (DEVIATION N8:
the original has neither).

Source: Lau et al. 2023 (arXiv 2308.12108).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, Shaped
from torch import Tensor

from superposition.llc.convergence import MIN_DRAWS, effective_sample_size, r_hat
from superposition.llc.hessian import Curvature, Loss, NBeta, check_loss, curvature
from superposition.llc.sampling import Gradient, independent_noise, sample, value_and_slope
from superposition.model.autoencoder import padded
from superposition.status import DIVERGED, DRIFTING, ESCAPED, KINK, NOT_A_MINIMUM, OK, SADDLE, UNCONVERGED
from superposition.tables.trajectory import Columns

MIN_TRACE_POINTS = 50
"""Convergence is judged from at least so many evenly spaced draws per chain, fewer than twice as many, or from all.

Neighbouring draws of SGLD are nearly equal, so thinned traces lose little and cost a fraction.
"""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits beyond which an estimate is not read.

    `shift` is the largest share of the estimate at a minimum that the gradient, or directions that curve down, may add;
    what is within the Monte-Carlo error is not seen, and allowed. A pre-activation nearer than `kink` to one of the
    activation lies at it. A chain whose own estimate is below minus `escape` escaped down, one that exceeds half the
    number of parameters, the most that a quadratic loss can give, by more than this escaped up. `r_hat` is the largest
    of chains that have converged, `ess` the smallest of all of theirs together.
    """

    shift: float
    kink: float
    escape: float
    r_hat: float
    ess: float


OfCurvature = Callable[..., Float[Tensor, " point"]]  # a method of `Curvature`


@dataclass(frozen=True)
class Estimate:
    """LLC estimates at many points with their diagnostics.

    `init_loss` is the loss at the points, `share_below` the share of draws below it, 0 to 1; `r_hat`, near 1 where
    chains agree, and `ess` are of the loss traces, all chains together. `curvature` is that at the points, `sides` on
    the sides of kinks on which points lie, if any do. Of each point `n_moving` parameters may move; None for all.
    """

    per_chain: Float[np.ndarray, "point chain"]
    init_loss: Float[np.ndarray, " point"]
    share_below: Float[np.ndarray, " point"]
    r_hat: Float[np.ndarray, " point"]
    ess: Float[np.ndarray, " point"]
    curvature: Curvature
    nbeta: NBeta
    localization: float
    sides: tuple[Curvature, ...] = ()
    n_moving: Int64[np.ndarray, " point"] | None = None

    @property
    def llc(self) -> Float[np.ndarray, " point"]:
        """Mean over chains; NaN where a chain is."""
        return self.per_chain.mean(-1)

    @property
    def llc_std(self) -> Float[np.ndarray, " point"]:
        """Standard deviation over chains; divided by the root of their number, the Monte-Carlo error of `llc`."""
        return self.per_chain.std(-1, ddof=1) if self.per_chain.shape[1] > 1 else np.full(len(self.per_chain), np.nan)

    def of(self, measure: OfCurvature, derivatives: Curvature) -> Float[np.ndarray, " point"]:
        """Return a measure of a curvature under the temperature and localisation of the chains."""
        return measure(derivatives, nbeta=self.nbeta, localization=self.localization).cpu().numpy()

    def _least(self, measure: OfCurvature) -> Float[np.ndarray, " point"]:
        """Return the least of a measure at the points and on the sides of their kinks."""
        return np.min([self.of(measure, side) for side in (self.curvature, *self.sides)], axis=0)

    def allowed_shift(self, *, limits: Limits) -> Float[np.ndarray, " point"]:
        """Return the largest size of a shift: a share of the estimate at a minimum, or the Monte-Carlo error."""
        error = self.llc_std / self.per_chain.shape[1] ** 0.5
        return np.fmax(limits.shift * self._least(Curvature.effective_dimension) / 2, error)

    def columns(self, *, limits: Limits, on_sample: Curvature | None = None) -> Columns:
        """Return the columns of a table with a row per point: estimate, prediction, diagnostics and status.

        `on_sample` is the curvature of the loss over a run's training sample, to tell whether that has a minimum here.
        """
        # At a kink: the side with fewer curved directions, which decides for ReLU and is a lower bound elsewhere.
        dimension = self._least(Curvature.effective_dimension)
        shift = self.of(Curvature.gradient_shift, self.curvature)
        allowed = self.allowed_shift(limits=limits)
        sloped = ~(-shift <= allowed)
        sloped_on_sample = on_sample is not None and ~(-self.of(Curvature.gradient_shift, on_sample) <= allowed)
        n_moving = self.curvature.gradient.shape[1] if self.n_moving is None else self.n_moving[:, None]
        down, up = self.per_chain < -limits.escape, self.per_chain > n_moving / 2 + limits.escape
        nan = ~np.isfinite(self.per_chain)
        conditions = {
            DIVERGED: nan.any(-1),
            SADDLE: -self.of(Curvature.saddle_shift, self.curvature) > allowed,  # unknown without a Hessian, as KINK is
            KINK: -self._least(Curvature.saddle_shift) > allowed,
            UNCONVERGED: sloped & sloped_on_sample,
            NOT_A_MINIMUM: sloped,
            ESCAPED: (down | up).any(-1),
            DRIFTING: ~((self.r_hat <= limits.r_hat) & (self.ess >= limits.ess)),  # also where they are unknown
        }
        return {
            **{"llc": self.llc, "llc_std": self.llc_std, "init_loss": self.init_loss},
            "status": np.select(list(conditions.values()), list(conditions), OK),
            "predicted_llc": dimension / 2 + shift,
            "effective_dimension": dimension,
            "gradient_shift": shift,
            "gradient_norm": self.curvature.gradient.norm(dim=-1).cpu().numpy(),
            "hessian_min": self.curvature.eigenvalues[:, 0].cpu().numpy(),
            "hessian_max": self.curvature.eigenvalues[:, -1].cpu().numpy(),
            **{"share_below": self.share_below, "r_hat": self.r_hat, "ess": self.ess},
            **{"n_chains_down": down.sum(-1), "n_chains_up": up.sum(-1), "n_chains_nan": nan.sum(-1)},
        }


def estimate_of(
    losses: Float[np.ndarray, "*point chain draw"],
    init_loss: Float[np.ndarray, "*point"],
    at_points: Curvature,
    *,
    nbeta: float,
    localization: float,
    sides: tuple[Curvature, ...] = (),
) -> Estimate:
    """Return the estimates that chains give.

    Args:
        losses: Loss of every draw.
        init_loss: Loss at the points.
        at_points: Gradient and Hessian there.
        nbeta: Inverse temperature of the chains.
        localization: Strength gamma.
        sides: As in `Estimate`.
    """
    losses, init_loss = losses.reshape(-1, *losses.shape[-2:]).astype(np.float64), init_loss.ravel().astype(np.float64)
    thinned = losses[:, :, :: max(1, losses.shape[2] // MIN_TRACE_POINTS)]
    usable = np.isfinite(thinned).all((1, 2)) & (thinned.shape[1] > 1) & (thinned.shape[2] >= MIN_DRAWS)
    agreement, ess = np.full((2, len(losses)), np.nan)
    if usable.any():
        # With one more than there are: sums over a single point have another order, and may have other last bits.
        traces = torch.from_numpy(np.concatenate([thinned[usable], thinned[usable][:1]]))
        agreement[usable], ess[usable] = r_hat(traces)[:-1], effective_sample_size(traces)[:-1]
    per_chain, below = nbeta * (losses.mean(-1) - init_loss[:, None]), (losses < init_loss[:, None, None]).mean((1, 2))
    return Estimate(per_chain, init_loss, below, agreement, ess, at_points, nbeta, localization, sides)


def estimate_llc(
    loss: Loss,
    points: Tensor,
    *,
    nbeta: float,
    localization: float,
    moving: Bool[Tensor, "parameter point"] | None = None,
    **chains: Any,
) -> tuple[Estimate, Float[np.ndarray, "point chain draw"]]:
    """Return LLC estimates of any differentiable loss at many points together, and their loss traces.

    For the LLC of a PyTorch module, `own_model.learning_coeff` is simpler: it takes the module and its data.

    Args:
        loss: Loss of many parameter vectors at once.
        points: Where to estimate, shape (parameter, point); should be minima. All is computed in their dtype.
        nbeta: Inverse temperature; larger resolves flatter directions.
        localization: Strength gamma; directions with curvature below gamma / nbeta count as flat.
        moving: Which parameters move, None for all; the others stay, and nothing is differentiated by them.
        chains: num_chains at each point, and the seed of their noise, the same at all points; lr, num_burnin_steps,
            num_draws, num_steps_bw_draws and on_draw as for `sampling.sample`, but that on_draw sees a point's chains
            together. lr * nbeta times the largest curvature should be well below 1, and the burn-in at least a few
            times 2 / (lr * localization). gradient_at gives what chains follow at given parameters, which change in
            place, where it is not the gradient of `loss`; replicas are the chains of one point after the other.

    Raises:
        StudyError: Before any chain is run, if the points or the loss are not of this form.
    """
    check_loss(loss, points)
    # Before the chains, so that what cannot be differentiated twice costs no time.
    at_points = curvature(loss if moving is None else (lambda w: loss(torch.where(moving, w, points))), points)
    posterior: dict[str, Any] = {"nbeta": nbeta, "localization": localization}
    traces = _traces(loss, points, moving=moving, **posterior, **chains)
    with torch.no_grad():
        estimate = estimate_of(traces, loss(points).cpu().numpy(), at_points, **posterior)
    return estimate if moving is None else replace(estimate, n_moving=moving.sum(0).cpu().numpy()), traces


@torch.no_grad()
def _traces(
    loss: Loss,
    points: Float[Tensor, "parameter point"],
    *,
    num_chains: int,
    seed: int,
    moving: Bool[Tensor, "parameter point"] | None = None,
    gradient_at: Callable[[Float[Tensor, "parameter replica"]], Gradient] | None = None,
    on_draw: Callable[[int, Float[Tensor, "parameter point chain"]], None] | None = None,
    **sampling: Any,
) -> Float[np.ndarray, "point chain draw"]:
    """Return the loss of every draw of the chains at each point; arguments are those of `estimate_llc`."""

    def of_chains(values: Shaped[Tensor, "parameter point"]) -> Shaped[Tensor, "parameter replica"]:
        chains = values.repeat_interleave(num_chains, dim=1)
        return (
            chains if gradient_at else padded(chains)
        )  # padding makes a point's bits its own; large models go without

    def by_point(values: Float[Tensor, "row replica"]) -> Float[Tensor, "row point chain"]:
        return values[:, : points.shape[1] * num_chains].unflatten(1, (points.shape[1], num_chains))

    w = of_chains(points)
    losses = sample(
        w,
        gradient_at(w) if gradient_at else (lambda *_: value_and_slope(loss, w)),
        independent_noise([(seed, chain) for chain in range(num_chains)], size=len(points), noise_level=1.0),
        stream=torch.arange(w.shape[1], device=w.device) % num_chains,
        blocks=[slice(0, len(points))],
        moving=None if moving is None else of_chains(moving),
        on_draw=on_draw and (lambda draw, w: on_draw(draw, by_point(w))),
        **sampling,
    )
    return by_point(losses).movedim(0, -1).cpu().numpy()
