"""Chains of devinterp itself: the reference that the batched chains must equal.

It runs one chain after another in Python, some thousand times slower than
`superposition.chains`.
"""

import warnings
from typing import cast

import numpy as np
import torch.nn as nn
from devinterp.optim.sgld import SGLD
from devinterp.optim.sgmcmc import SGMCMC
from devinterp.slt.sampler import estimate_learning_coeff_with_summary
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from superposition.activations import Activation
from superposition.presets import SamplerPreset

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
        model: Where the chains start.
        inputs: The data set that is sampled over.
        sampler: Step size, temperature, localisation, batch size, number of chains, burn-in and draws.
        seed: The estimator's seed.
        optimizer: Key of ``OPTIMIZERS``.
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
