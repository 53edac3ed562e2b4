"""The distribution of inputs."""

import math
from dataclasses import replace

import pytest
import torch

from superposition.model.data import error_weights, population_inputs


def probabilities(inputs) -> torch.Tensor:
    """Return the probability of each input: its weight in the first feature, whose importance is 1."""
    return inputs.weight[:, 0, 0]


@pytest.mark.parametrize("sparsity", [1, 2, 5, 8, 0.3, 0.9])
def test_probabilities_of_an_enumerated_population_sum_to_one(notebook, sparsity):
    inputs = population_inputs(replace(notebook, sparsity=sparsity))
    # 2^8 products of 8 factors in single precision: an error of some 1e-7.
    torch.testing.assert_close(probabilities(inputs).sum(), torch.tensor(1.0), rtol=0, atol=1e-6)


def test_one_hot_inputs_are_the_unit_vectors_equally_likely(notebook):
    inputs = population_inputs(notebook)
    assert inputs.x is None
    assert torch.equal(inputs.target[:, :, 0], torch.eye(8))
    assert probabilities(inputs).tolist() == [1 / 8] * 8


@pytest.mark.parametrize("k", [2, 3, 8])
def test_k_active_features_are_all_subsets_equally_likely(notebook, k):
    inputs = population_inputs(replace(notebook, sparsity=k))
    x = inputs.x[:, :, 0]
    count = math.comb(8, k)
    assert x.shape == (count, 8)
    assert len(x.unique(dim=0)) == count
    assert (x.sum(1) == k).all()
    torch.testing.assert_close(probabilities(inputs), torch.full((count,), 1 / count))


def test_probabilities_of_two_independent_features_by_hand(notebook):
    # Zero with probability 1/4 each: (0,0) 1/16, (0,1) and (1,0) 3/16, (1,1) 9/16.
    inputs = population_inputs(replace(notebook, n_features=2, sparsity=0.25))
    likely = {tuple(x): float(p) for x, p in zip(inputs.x[:, :, 0].tolist(), probabilities(inputs), strict=True)}
    assert likely == {(0, 0): 1 / 16, (0, 1): 3 / 16, (1, 0): 3 / 16, (1, 1): 9 / 16}


def test_importance_is_a_geometric_series_that_multiplies_the_weights(notebook):
    preset = replace(notebook, n_features=3, importance=0.5)
    assert error_weights(preset, torch.ones(1, 1, 1)).flatten().tolist() == [1.0, 0.5, 0.25]
    weight = population_inputs(preset).weight.expand(3, 3, 1)[:, :, 0]
    torch.testing.assert_close(weight, torch.tensor([[1.0, 0.5, 0.25]] * 3) / 3)


@pytest.mark.parametrize(
    "changes",
    [{"sparsity": 1, "values": "uniform"}, {"n_features": 13, "sparsity": 0.5}, {"n_features": 30, "sparsity": 15}],
    ids=str,
)
def test_a_population_that_is_infinite_or_large_is_a_fixed_sample(notebook, changes):
    # 2^13 = 8192 and (30 choose 15) = 1.6e8 inputs are more than are enumerated.
    preset = replace(notebook, **changes, population_size=500)
    assert not preset.population_is_exact
    first, second = population_inputs(preset), population_inputs(preset)
    assert first.x.shape == (500, preset.n_features, 1)
    assert torch.equal(first.x, second.x)
    torch.testing.assert_close(probabilities(first).sum(), torch.tensor(1.0), rtol=0, atol=1e-6)


def test_twelve_independent_features_are_still_enumerated(notebook):
    assert population_inputs(replace(notebook, n_features=12, sparsity=0.5)).x.shape == (4096, 12, 1)
