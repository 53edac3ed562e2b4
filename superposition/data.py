"""Over which inputs a loss is the mean: the population, or a sample."""

import itertools
import math

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.draws import sample_inputs
from superposition.model import Inputs
from superposition.presets import TrainingPreset

MAX_ENUMERATED = 4096
"""Largest number of distinct inputs for which the population is enumerated; above it, it is a fixed sample."""

POPULATION_SAMPLE = 4096
"""Size of that fixed sample. ASSUME large enough: the standard error of a mean is below 2 % of the losses' spread."""


def importance_weights(preset: TrainingPreset) -> Float[Tensor, " feature"]:
    """Return the weights of the features in the loss, importance**i for feature i."""
    return torch.tensor(float(preset.importance)) ** torch.arange(preset.n_features)


def population_inputs(preset: TrainingPreset) -> Inputs:
    """Return the distribution of inputs of a preset as weighted inputs, the same for all replicas.

    Exact where the distribution is finite and small: all subsets of k active binary features, equally likely, or all
    binary vectors with their probabilities. Otherwise a fixed sample from it, the same in every run.
    """
    if preset.one_hot:
        x, probability = None, torch.full((preset.n_features,), 1 / preset.n_features)
    else:
        x, probability = _enumerated(preset) if _is_small(preset) else _sampled(preset)
        x = x[:, :, None]
    return Inputs(x=x, weight=probability[:, None, None] * importance_weights(preset)[:, None])


def equally_likely(preset: TrainingPreset, x: Float[Tensor, "replica input feature"]) -> Inputs:
    """Return a sample for each replica as weighted inputs; unit vectors are only counted."""
    importance = importance_weights(preset)[:, None].to(x.device)
    if preset.one_hot:
        return Inputs(x=None, weight=x.mean(1).T[:, None].contiguous() * importance)
    x = x.permute(1, 2, 0).contiguous()
    return Inputs(x=x, weight=(importance / len(x)).expand(len(x), -1, -1))


def _is_small(preset: TrainingPreset) -> bool:
    """Whether the distribution has few distinct inputs."""
    if preset.values != "binary":
        return False
    count = math.comb(preset.n_features, preset.n_active) if preset.n_active else 2**preset.n_features
    return count <= MAX_ENUMERATED


def _enumerated(preset: TrainingPreset) -> tuple[Tensor, Tensor]:
    """Return all distinct inputs and their probabilities."""
    if preset.n_active:
        subsets = torch.tensor(list(itertools.combinations(range(preset.n_features), preset.n_active)))
        x = torch.zeros(len(subsets), preset.n_features).scatter_(1, subsets, 1.0)
        return x, torch.full((len(x),), 1 / len(x))
    x = torch.tensor(list(itertools.product((0.0, 1.0), repeat=preset.n_features)))
    active = x.sum(1)
    return x, (1 - preset.sparsity) ** active * preset.sparsity ** (preset.n_features - active)


def _sampled(preset: TrainingPreset) -> tuple[Tensor, Tensor]:
    """Return a fixed sample of inputs with equal weights."""
    x = sample_inputs(
        Generator().manual_seed(0),
        n_samples=POPULATION_SAMPLE,
        n_features=preset.n_features,
        sparsity=preset.sparsity,
        values=preset.values,
    )
    return x, torch.full((len(x),), 1 / len(x))
