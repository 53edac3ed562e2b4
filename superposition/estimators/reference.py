"""Chains of devinterp itself, one after another in Python, and the comparison of the batched chains with them."""

import dataclasses
import itertools
import warnings
from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from devinterp.optim.sgld import SGLD
from devinterp.optim.sgmcmc import SGMCMC
from devinterp.slt.sampler import estimate_learning_coeff_with_summary
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from superposition.activations import BY_NAME, Activation
from superposition.llc.chains import Target, run_chains, run_sample
from superposition.sampler_presets import SamplerPreset
from superposition.tables import frames
from superposition.tables.trajectory import Trajectory

OPTIMIZERS = {"deprecated": SGLD, "current": SGMCMC.sgld}
"""The library's SGLD class of the post's time, and its successor."""


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

    def forward(self, x: Tensor) -> Tensor:
        """Return the model's outputs; the tie is renewed in each pass, as in the notebook."""
        self.unembedding.weight.data = self.embedding.weight.data.transpose(0, 1)
        return self.activation.function(self.unembedding(self.embedding(x)))


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
    loader = DataLoader(cast(Dataset, inputs), batch_size=sampler.batch_size or len(inputs), shuffle=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of its own defaults and of its deprecated class
        result = estimate_learning_coeff_with_summary(
            model,
            loader,
            evaluate=lambda model, x: nn.functional.mse_loss(model(x), x),
            sampling_method=OPTIMIZERS[optimizer],
            optimizer_kwargs=sampler.step,
            num_chains=sampler.num_chains,
            **sampler.draws,
            init_loss=1.0,  # ours is computed elsewhere; without one the library draws from the global generator
            seed=seed,
            verbose=False,
        )
    return result["loss/trace"]


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
