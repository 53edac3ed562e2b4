"""LLC estimates at points of training runs by the estimator that a sampler preset names."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.estimators.tempered_mala import TemperedMala
from superposition.llc.chains import Target, sampled_inputs
from superposition.llc.estimate import Estimate, Limits
from superposition.llc.runs import Estimator, by_chains, sampled_curvatures
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs, LossGradient
from superposition.tables.trajectory import Trajectory


def by_particles(target: Target, points: Trajectory, *, limits: Limits, replicas_per_chunk: int) -> Estimate:
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
    found = estimator.found(annealed, n_parameters=len(w))
    # Islands as chains: as far apart as their slopes are, in units with which the mean has the standard error.
    apart = annealed.slopes[len(annealed.slopes) // 2 :].mean(0)
    apart = (apart - apart.mean(1, keepdims=True)) / apart.std(1, ddof=1, keepdims=True) * sampler.num_chains**0.5
    per_chain, gaussian = found.llc[:, None] + found.standard_error[:, None] * apart, sampler.localization
    diagnostics = annealed.share_below, found.r_hat, found.ess
    return Estimate(per_chain, loss(w).numpy(), *diagnostics, at_points, annealed.nbeta, gaussian, sides)


def _evaluation(target: Target, inputs: Inputs) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """Return a map from any parameters to loss and gradient of a model, without autograd."""
    bound: dict[torch.Size, tuple[Tensor, LossGradient]] = {}

    def evaluate(w: Float[Tensor, "parameter replica"]) -> tuple[Tensor, Tensor]:
        if w.shape not in bound:
            own = autoencoder.padded(w)
            bound[w.shape] = own, LossGradient(target.activation, own, n_hidden=target.training.n_hidden)
        own, gradient = bound[w.shape]
        own[:, : w.shape[1]] = w
        found = gradient(inputs)
        return found.loss()[: w.shape[1]], found.tied()[:, : w.shape[1]].clone()

    return evaluate


ESTIMATORS: dict[str, Estimator] = {"sgld": by_chains, "tempered_mala": by_particles}
"""By the name of a sampler preset's estimator, the function that estimates with it at points of runs."""
