"""LLC estimates at checkpoints of training runs: which loss, what estimates, and whether they may be read."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.llc.chains import Target, run_chains, sampled_inputs
from superposition.llc.estimate import Estimate, Limits, estimate_of
from superposition.llc.hessian import Curvature, curvature
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs
from superposition.model.kinks import kinks
from superposition.tables.trajectory import Columns, Trajectory, seed_and_step

Estimator = Callable[[Target, Trajectory, Limits], Estimate]
"""Estimates at points of runs of a target; limits say what lies on a kink."""


def llc_table(
    target: Target,
    checkpoints: Trajectory,
    trained_on: Inputs,
    estimator: Estimator,
    *,
    followed: Sequence[int],
    limits: Limits,
) -> Columns:
    """Return the columns of the LLC table: for each seed and checkpoint, estimate, prediction, diagnostics, status.

    Args:
        target: What is sampled, and how.
        checkpoints: Weights of all runs; the sampler preset takes some of their steps.
        trained_on: Training sample of each run.
        estimator: The one that the sampler preset names, such as `by_chains`.
        followed: Seeds of which all these steps are estimated, not the last one alone.
        limits: Limits beyond which an estimate is not read.
    """
    steps, is_followed = target.sampler.sampled(checkpoints.steps.tolist()), np.isin(checkpoints.seeds, followed)
    parts = []
    for chosen, of_chosen in ((is_followed, steps), (~is_followed, steps[-1:])):
        if chosen.any():
            points = checkpoints.of(checkpoints.seeds[chosen].tolist()).at(of_chosen)
            sample = trained_on.of(torch.from_numpy(np.flatnonzero(chosen)))
            estimate = estimator(target, points, limits)
            columns = estimate.columns(limits=limits, on_sample=sampled_curvature(target, points, sample))
            parts.append(seed_and_step(points.seeds, points.steps) | columns)
    return {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}


def by_chains(target: Target, points: Trajectory, limits: Limits) -> Estimate:
    """Return estimates by SGLD chains, step after step of seed after seed; `limits` say what lies on a kink."""
    sampler = target.sampler
    at_points, *sides = sampled_curvatures(target, points, limits)
    chains = run_chains(target, points)
    posterior = {"nbeta": sampler.nbeta, "localization": sampler.localization}
    return estimate_of(chains.losses, chains.init_loss, at_points, **posterior, sides=tuple(sides))


def sampled_curvatures(target: Target, points: Trajectory, limits: Limits) -> Iterator[Curvature]:
    """Yield the curvature at points of runs and, where the activation has kinks, with biases shifted to their sides."""
    shifts = (-limits.kink, limits.kink) if len(kinks(target.activation)) else ()
    return (sampled_curvature(target, points, shift=shift) for shift in (0.0, *shifts))


def sampled_curvature(
    target: Target,
    points: Trajectory,
    inputs: Inputs | None = None,
    *,
    shift: float | Float[np.ndarray, "step 1"] = 0.0,
) -> Curvature:
    """Return gradient and Hessian of the loss, in float64, step after step of seed after seed.

    Args:
        target: Model and sampler.
        points: Where.
        inputs: Over which the loss is a mean, of each run or one for all; None for those that the chains follow.
        shift: By how much all biases are raised before.
    """
    inputs = inputs or sampled_inputs(target.training, target.sampler, points.seeds.tolist())
    b = torch.from_numpy(points.b.astype(np.float64) + shift)
    w = autoencoder.join(torch.from_numpy(points.W).double(), b).flatten(0, 1)
    run = torch.arange(len(points.seeds)).repeat_interleave(len(points.steps))
    of_points = inputs.to(torch.device("cpu")).to(torch.float64).of(autoencoder.padded(run))

    def loss(w: Float[Tensor, "parameter replica"]) -> Float[Tensor, " replica"]:
        return autoencoder.loss(target.activation, *autoencoder.split(w, target.training.n_hidden), of_points)

    found = curvature(loss, autoencoder.padded(w.T))
    return Curvature(*(values[: len(w)] for values in (found.gradient, found.eigenvalues, found.eigenvectors)))
