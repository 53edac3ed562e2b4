"""The reference library, devinterp: its own chains and baseline, and how far the batched chains are from it."""

import dataclasses
import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from devinterp.optim.sgld import SGLD
from devinterp.optim.sgmcmc import SGMCMC
from devinterp.slt.cov import CovarianceAccumulator, WithinHeadCovarianceAccumulator
from devinterp.slt.sampler import estimate_learning_coeff_with_summary
from devinterp.utils import get_init_loss_multi_batch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from superposition.activations import BY_NAME, Activation
from superposition.llc.chains import Target, run_chains, run_sample
from superposition.sampler_presets import SamplerPreset
from superposition.tables import frames
from superposition.tables.trajectory import Trajectory

OPTIMIZERS = {"deprecated": SGLD, "current": SGMCMC.sgld}  # SGLD of the post's time, and its successor
Covariance = Float[np.ndarray, "parameter parameter"]


class ToyAutoencoder(nn.Module):
    """The notebook's model: the tied weights are two Parameters over one storage."""

    def __init__(self, activation: Activation, W: Float[Tensor, "hidden feature"], b: Float[Tensor, " feature"]):
        super().__init__()
        n_hidden, n_features = W.shape
        self.embedding = nn.Linear(n_features, n_hidden, bias=False)
        self.unembedding = nn.Linear(n_hidden, n_features)
        self.embedding.weight.data = W.clone()
        self.unembedding.weight = nn.Parameter(self.embedding.weight.transpose(0, 1))
        self.unembedding.bias.data = b.clone()
        self.activation = activation

    def forward(self, x: Float[Tensor, "*batch feature"]) -> Float[Tensor, "*batch feature"]:
        """Return the model's outputs; the tie is renewed in each pass, as in the notebook."""
        self.unembedding.weight.data = self.embedding.weight.data.transpose(0, 1)
        return self.activation.function(self.unembedding(self.embedding(x)))


def mean_squared_error(model: Callable[[Tensor], Tensor], x: Float[Tensor, "input feature"]) -> Float[Tensor, ""]:
    """Return the model's loss on a batch, in the form that the library asks for."""
    return nn.functional.mse_loss(model(x), x)


def shuffled(inputs: Float[Tensor, "input feature"], batch_size: int, seed: int | None = None) -> DataLoader:
    """Return inputs in batches, 0 for all in one, shuffled anew in each pass by a generator with a seed, or torch's."""
    order, rows = None if seed is None else torch.Generator().manual_seed(seed), cast(Dataset[Tensor], inputs)
    return DataLoader(rows, batch_size=batch_size or len(inputs), shuffle=True, generator=order)


def init_loss(model: nn.Module, batches: DataLoader, n_batches: int) -> float:
    """Return the loss at the model's own parameters as the library estimates it, a mean over some batches."""
    return float(get_init_loss_multi_batch(batches, n_batches, model, mean_squared_error, "cpu"))


def _sample(
    model: nn.Module, inputs: Float[Tensor, "input feature"], sampler: SamplerPreset, *, seed: int, **method: Any
) -> dict[str, Any]:
    """Return what devinterp's estimator records of its chains; `method` are its optimizer and callbacks."""
    chains = {"num_chains": sampler.num_chains, **sampler.draws, "seed": seed}
    # Our baseline is computed elsewhere; without one the library draws from the global generator.
    method |= {"optimizer_kwargs": sampler.step_settings, "evaluate": mean_squared_error, "init_loss": 1.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own defaults and of its deprecated class
        batches = shuffled(inputs, sampler.batch_size)
        return estimate_learning_coeff_with_summary(model, batches, **method, **chains, verbose=False)


def library_losses(
    model: nn.Module, inputs: Float[Tensor, "input feature"], sampler: SamplerPreset, *, seed: int, optimizer: str
) -> Float[np.ndarray, "chain draw"]:
    """Return the loss traces that devinterp's estimator records.

    Args:
        model: Where chains start.
        inputs: Inputs over which the loss is a mean.
        sampler: Step, draws, number of chains and batch size.
        seed: Seed of the library's generators.
        optimizer: Name in ``OPTIMIZERS``.
    """
    return _sample(model, inputs, sampler, seed=seed, sampling_method=OPTIMIZERS[optimizer])["loss/trace"]


class AcceptingAccumulator(WithinHeadCovarianceAccumulator):
    """The library's accumulator, made to accept the keywords with which the library's sampler calls it."""

    def __call__(self, model: nn.Module, **_: object) -> None:
        """Take the parameters of one draw into the moments."""
        super().__call__(model)


def covariances(
    model: nn.Module, inputs: Float[Tensor, "input feature"], sampler: SamplerPreset, *, seed: int
) -> tuple[Covariance, Covariance]:
    """Return two covariances of the same draws: that of one of the library's accumulators, and the proper one.

    The library's sampler asks every callback for its results, and the estimator that called it asks again. Each time,
    ``WithinHeadCovarianceAccumulator.to_matrix`` subtracts the outer product of the mean from its second moments, in
    place. The parameters of a `ToyAutoencoder` are one "head". Arguments are as of `library_losses`.
    """

    def parameters(model: nn.Module) -> Tensor:
        parts = map(model.get_parameter, ("embedding.weight", "unembedding.bias"))
        return nn.utils.parameters_to_vector(parts).detach()

    size = len(parameters(model))
    # With fewer eigenvalues than parameters, get_results fails on the shape of its own eigenvectors.
    shipped = AcceptingAccumulator(1, size, [lambda model: (parameters(model),)], num_evals=size)
    proper = CovarianceAccumulator(size, [parameters])
    _sample(model, inputs, sampler, seed=seed, sampling_method=OPTIMIZERS["deprecated"], callbacks=[shipped, proper])
    return shipped.second_moment[0, 0].numpy(), proper.to_matrix().numpy()


def cross_checks(
    names: Sequence[str],
    runs: Sequence[Trajectory],
    *,
    settings: Target,
    steps: Sequence[int],
    batch_sizes: Sequence[int],
) -> pd.DataFrame:
    """Return how far the batched chains are from devinterp's own, draw for draw, at the first seed of activations.

    Args:
        names: Activations.
        runs: Checkpoints of a batch of runs of each activation.
        settings: How to sample, with the library's streams and tied weights; the activation is replaced.
        steps: Checkpoints that are compared.
        batch_sizes: Inputs in each SGLD step, 0 for all.
    """
    rows = []
    for (name, checkpoints), batch_size in itertools.product(zip(names, runs, strict=True), batch_sizes):
        chosen = checkpoints.of(int(checkpoints.seeds[0])).at(list(steps))
        sampler = dataclasses.replace(settings.sampler, batch_size=batch_size)
        target = dataclasses.replace(settings, activation=BY_NAME[name], sampler=sampler)
        ours = run_chains(target, chosen).losses[0]
        which = itertools.product(range(len(steps)), OPTIMIZERS)
        rows += [_compare(target, chosen, i, ours[i], optimizer) for i, optimizer in which]
    return frames.of(rows, "llc_cross_check")


def _compare(target: Target, chosen: Trajectory, position: int, ours: np.ndarray, optimizer: str) -> dict[str, object]:
    """Return the row of one checkpoint and one SGLD class of the library."""
    seed = int(chosen.seeds[0])
    weights = [torch.from_numpy(values[0, position]).float() for values in (chosen.W, chosen.b)]
    model = ToyAutoencoder(target.activation, *weights)
    inputs = run_sample(target.training, target.sampler, seed)
    theirs = library_losses(model, inputs, target.sampler, seed=seed, optimizer=optimizer)
    return {
        **{"activation": target.activation.name, "seed": seed, "step": int(chosen.steps[position])},
        **{"batch_size": target.sampler.batch_size, "optimizer": optimizer, "n_draws": theirs.size},
        "max_difference": float(np.abs(ours / theirs - 1).max()),
        "llc_difference": float(target.sampler.nbeta * (ours.mean() - theirs.mean())),
    }
