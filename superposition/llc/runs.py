"""LLC estimates at checkpoints of training runs: which loss, what estimates, and whether they may be read."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.llc.chains import Target, run_chains, sampled_inputs
from superposition.llc.estimate import Estimate, Limits, estimate_of
from superposition.llc.estimators.tempered_mala import TemperedMala
from superposition.llc.hessian import Curvature, curvature
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs, LossGradient
from superposition.model.kinks import kinks
from superposition.status import NOT_A_MINIMUM, UNCONVERGED
from superposition.tables.trajectory import Trajectory, seed_and_step


def llc_table(
    target: Target,
    checkpoints: Trajectory,
    trained_on: Inputs,
    *,
    followed: Sequence[int],
    limits: Limits,
    replicas_per_chunk: int,
) -> dict[str, np.ndarray]:
    """Return the columns of the LLC table: for each seed and checkpoint, estimate, prediction, diagnostics, status.

    Of the checkpoints, the sampler preset takes some, and of seeds that are not `followed` over training the last one.
    `trained_on` is the training sample of each run.
    """
    steps, is_followed = target.sampler.sampled(checkpoints.steps.tolist()), np.isin(checkpoints.seeds, followed)
    parts = []
    for chosen, at in ((is_followed, steps), (~is_followed, steps[-1:])):
        if chosen.any():
            points = checkpoints.of(checkpoints.seeds[chosen].tolist()).at(at)
            samples = [x if x.shape[-1] == 1 else x[..., np.flatnonzero(chosen)] for x in trained_on.tensors]
            estimate = estimate_at(target, points, limits=limits, replicas_per_chunk=replicas_per_chunk)
            found = columns_of_runs(estimate, target, points, Inputs.of_tensors(*samples), limits=limits)
            parts.append(seed_and_step(points.seeds, points.steps) | found)
    return {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}


def estimate_at(target: Target, points: Trajectory, *, limits: Limits, replicas_per_chunk: int) -> Estimate:
    """Return estimates at points of runs by the sampler's estimator, step after step of seed after seed."""
    sampler = target.sampler
    # Biases shifted to the sides of kinks, where the activation has any.
    shifts = (-limits.kink, limits.kink) if len(kinks(target.activation)) else ()
    at_points, *sides = (sampled_curvature(target, points, shift=shift) for shift in (0.0, *shifts))
    if sampler.estimator == "tempered_mala":
        return _annealed(target, points, at_points, tuple(sides), limits)
    chains = run_chains(target, points, replicas_per_chunk=replicas_per_chunk)
    losses, init_loss = chains.losses.reshape(-1, *chains.losses.shape[2:]), chains.init_loss.ravel()
    how = {"nbeta": sampler.nbeta, "localization": sampler.localization}
    return estimate_of(losses, init_loss, at_points, **how, sides=tuple(sides))


def _annealed(
    target: Target, points: Trajectory, at_points: Curvature, sides: tuple[Curvature, ...], limits: Limits
) -> Estimate:
    """Return estimates by annealed particles; each run has noise of its own, the same at all of its points."""
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
    return Estimate(
        found.llc[:, None] + found.standard_error[:, None] * apart,
        loss(w).numpy(),
        annealed.share_below,
        found.r_hat,
        found.ess,
        at_points,
        annealed.nbeta,
        sampler.localization,
        sides,
    )


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


def columns_of_runs(
    estimate: Estimate, target: Target, points: Trajectory, trained_on: Inputs, *, limits: Limits
) -> dict[str, np.ndarray]:
    """Return the columns of estimates at points of runs, which tell whether a run is at a minimum of its own loss.

    Estimates are step after step of seed after seed; the own loss is over the training sample of each run.
    """
    found = estimate.columns(limits=limits)
    own = estimate.of(Curvature.gradient_shift, _curvature(target, points, trained_on))
    unconverged = (found["status"] == NOT_A_MINIMUM) & ~(-own <= estimate.allowed_shift(limits=limits))
    return found | {"status": np.where(unconverged, UNCONVERGED, found["status"])}


def sampled_curvature(
    target: Target, points: Trajectory, *, shift: float | Float[np.ndarray, "step 1"] = 0.0
) -> Curvature:
    """Return gradient and Hessian, in float64, of the loss that the chains follow: over the sampler's own inputs.

    They are those of all points, step after step of seed after seed, with all biases raised by `shift` before.
    """
    return _curvature(target, points, sampled_inputs(target.training, target.sampler, points.seeds.tolist()), shift)


def _curvature(
    target: Target, points: Trajectory, inputs: Inputs, shift: float | Float[np.ndarray, "step 1"] = 0.0
) -> Curvature:
    """Return gradient and Hessian of the loss over some inputs, the same for all runs or with a replica for each."""
    b = torch.from_numpy(points.b.astype(np.float64) + shift)
    w = autoencoder.padded(autoencoder.join(torch.from_numpy(points.W).double(), b).flatten(0, 1).T)
    inputs = inputs.to(torch.device("cpu")).to(torch.float64)
    n_runs, n_steps = points.W.shape[:2]
    parts = [x if x.shape[-1] == 1 else x[..., :n_runs].repeat_interleave(n_steps, -1) for x in inputs.tensors]
    each = Inputs.of_tensors(*(x if x.shape[-1] == 1 else autoencoder.padded(x) for x in parts))
    found = curvature(
        lambda w: autoencoder.loss(target.activation, *autoencoder.split(w, target.training.n_hidden), each), w
    )
    n_points = n_runs * n_steps
    return Curvature(found.gradient[:n_points], found.eigenvalues[:n_points], found.eigenvectors[:n_points])
