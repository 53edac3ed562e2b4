"""Models of every preset: the fast path where it can compute them, values by hand elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.llc.hessian import curvature
from superposition.model import autoencoder, data, general
from superposition.model.autoencoder import Inputs
from superposition.model.draws import draw_inputs, initial_parameters
from superposition.model.training import train

SEEDS = [1, 2, 3]
MLP = {"weights": "untied", "hidden_layers": 2, "layer_width": 5}


@pytest.fixture(scope="module")
def short(notebook):
    return replace(notebook, n_steps=200, logged_last=200, bias_std=0.0)


@pytest.mark.parametrize(("name", "optimizer"), [("relu", "sgd"), ("sigmoid", "adamw"), ("solu", "sgd")])
def test_the_general_path_equals_the_fast_path_on_one_hot_data(short, cpu, name, optimizer):
    preset = replace(short, optimizer=optimizer, precision="float64")
    inputs = draw_inputs(preset.inputs, seeds=SEEDS)
    expected, _ = train(BY_NAME[name], preset, inputs, weight_steps=[0, 200], loss_steps=[200], device=cpu)
    batches = (Inputs(each.weight[..., :3]) for each in data.training_batches(inputs, preset, device=cpu))
    start = general.initial(preset, SEEDS)
    parameters = general.by_name(preset, general.train_from(BY_NAME[name], [preset], start, batches, steps=[0, 200])[1])
    # Rounding of 1e-16 in each of 200 steps, enlarged as runs part from the initial pair.
    np.testing.assert_allclose(parameters["W"].numpy(), expected.W[:, 1], rtol=0, atol=1e-10)
    np.testing.assert_allclose(parameters["b"].numpy(), expected.b[:, 1], rtol=0, atol=1e-10)
    assert np.abs(expected.W[:, 1] - expected.W[:, 0]).max() > 0.02  # they did learn


@pytest.mark.parametrize("changes", [{"sparsity": 3}, {"sparsity": 0.5, "importance": 0.7}, {"values": "uniform"}])
def test_losses_of_any_data_are_those_of_the_fast_path(short, changes):
    preset = replace(short, precision="float64", population_size=300, **changes)
    w, inputs = general.initial(preset, SEEDS), data.population_inputs(preset).to(torch.float64)
    expected = autoencoder.loss(BY_NAME["gelu"], *autoencoder.split(w.T.contiguous(), 2), inputs)
    torch.testing.assert_close(general.GeneralModel(BY_NAME["gelu"], preset).loss(w, inputs), expected)


def test_an_mlp_computes_layer_after_layer(short):
    preset = replace(short, n_features=3, **MLP)
    w = torch.linspace(-1, 1, len(general.initial(preset, [1])[0]))[None]
    p, x = {name: value[0] for name, value in general.by_name(preset, w).items()}, torch.tensor([0.5, 0.0, 1.0])
    first = torch.tanh(p["A0"] @ (p["W"] @ x) + p["c0"])
    expected = torch.tanh(p["V"] @ torch.tanh(p["A1"] @ first + p["c1"]) + p["b"])
    torch.testing.assert_close(general.GeneralModel(BY_NAME["tanh"], preset).outputs(w, x[None, None])[0, 0], expected)


def test_a_fixed_affine_map_after_layer_norm_keeps_unit_vectors(short):
    # What has the mean and the spread of a unit vector is one: W = 1 gives x for x, and normalising changes nothing.
    preset = replace(short, n_hidden=8, layer_norm_affine="fixed", precision="float64")
    w, x = torch.cat([torch.eye(8).flatten(), torch.zeros(8)])[None].double(), 3 * torch.eye(8).double()[None]
    for where in ("before_bottleneck", "after_activation"):
        outputs = general.GeneralModel(BY_NAME["identity"], replace(preset, layer_norm=where)).outputs(w, x)
        torch.testing.assert_close(outputs, x / 3, rtol=0, atol=1e-4)  # 1e-5 is added to a variance of 0.1
    plain = general.GeneralModel(
        BY_NAME["identity"], replace(preset, layer_norm=where, layer_norm_affine="none")
    ).outputs(w, x)
    torch.testing.assert_close(plain.mean(-1), torch.zeros(1, 8).double(), rtol=0, atol=1e-9)


def test_every_parameter_of_a_model_is_trained(short, cpu):
    for changes in (MLP, {"weights": "untied", "layer_norm": "after_activation", "layer_norm_affine": "learned"}):
        preset = replace(short, n_steps=20, initial_polygon=0, weight_std=1.0, **changes)
        batches = data.fresh_batches([replace(preset, sparsity=0.5, batch_size=64)], [1])
        start, end = general.train_from(BY_NAME["tanh"], [preset], general.initial(preset, [1]), batches, steps=[0, 20])
        for name, value in general.by_name(preset, end).items():
            assert not torch.equal(value, general.by_name(preset, start)[name]), name


def test_an_untied_model_starts_as_the_tied_one(short):
    p = general.by_name(replace(short, weights="untied"), general.initial(replace(short, weights="untied"), [7]))
    W, b = initial_parameters(short, seed=7)
    np.testing.assert_array_equal(p["W"][0], W.astype(np.float32))
    np.testing.assert_array_equal(p["V"][0], W.T.astype(np.float32))
    np.testing.assert_array_equal(p["b"][0], b.astype(np.float32))


def test_starts_have_the_spread_that_they_are_named_for(short):
    wide = replace(short, initial_polygon=0, n_features=300, n_hidden=100)
    W, _ = initial_parameters(replace(wide, initial_weights="xavier"), seed=1)
    # Glorot & Bengio: variance 2 / (300 + 100). Of 30,000 normal entries the deviation is known to 1 / sqrt(60,000),
    # that is 0.4 %; 4 of these.
    assert W.std() == pytest.approx(np.sqrt(2 / 400), rel=0.0164)
    W, _ = initial_parameters(replace(wide, initial_weights="orthogonal"), seed=1)
    np.testing.assert_allclose(W @ W.T, np.eye(100), rtol=0, atol=1e-10)
    normal, _ = initial_parameters(replace(wide, weight_std=0.3), seed=1)
    assert normal.std() == pytest.approx(0.3, rel=0.0164)  # as above


def test_fresh_inputs_are_as_sparse_as_asked_for_and_differ_between_seeds_and_steps(short):
    base = replace(short, sample="fresh", values="uniform", batch_size=500)
    presets = [replace(base, sparsity=sparsity) for sparsity in (0.9, 0.5, 2)]
    batches = data.fresh_batches(presets, SEEDS)
    x = next(batches).x
    assert x.shape == (500, 8, 9)  # seed after seed, all presets of each
    active = (x > 0).float()
    # Of 4,000 entries, the share is known to 0.005 and 0.008 (standard errors), and of at least 2,000 that are active a
    # mean to 0.29 / sqrt(2,000) = 0.0065; some 4 and 3 of these.
    torch.testing.assert_close(active.mean((0, 1))[:2], torch.tensor([0.1, 0.5]), rtol=0, atol=0.03)
    assert (active[:, :, 2].sum(1) == 2).all()
    assert x[x > 0].mean() == pytest.approx(0.5, abs=0.02)
    assert (x[:, :, 1][x[:, :, 0] > 0] == x[:, :, 0][x[:, :, 0] > 0]).all()  # common random numbers of a seed
    assert not torch.equal(x[..., :3], x[..., 3:6])
    assert not torch.equal(x, next(batches).x)
    torch.testing.assert_close(next(data.fresh_batches(presets[:1], SEEDS[1:])).x, x[..., [3, 6]])  # a run's own


def symmetric(inputs: Inputs) -> Inputs:
    """Return a sample of five features with all its rotations and reflections, without zeros, which count nothing."""
    turned = [torch.arange(5).roll(k) for k in range(5)]
    x = torch.cat([inputs.x[:, order, 0] for order in (*turned, *(order.flip(0) for order in turned))])
    chosen = x[x.any(1)]
    return Inputs(torch.full((len(chosen), 1, 1), 1 / len(x), dtype=x.dtype), chosen[..., None])


def test_the_pentagon_has_coefficient_7_tied_and_10_5_untied(short):
    # Of 2 x 5 + 5 = 15 parameters, the rotation leaves one flat: 14 / 2. Untied there are 25, and an invertible matrix
    # between W and V changes nothing: 4 flat, 21 / 2. The sample is as symmetric as the pentagon, which therefore is
    # critical untied as well.
    preset = replace(short, n_features=5, sparsity=0.95, values="uniform", precision="float64")
    inputs = symmetric(data.population_inputs(replace(preset, population_size=1000)).to(torch.float64))
    angle = torch.arange(5) * 2 * torch.pi / 5
    start = [1.17 * torch.stack([angle.cos(), angle.sin()]).flatten(), torch.full((5,), -0.28)]
    w = torch.cat(start).double()[:, None]
    for _ in range(10):  # Newton's method without the flat direction
        at = curvature(lambda each: general.GeneralModel(BY_NAME["relu"], preset).loss(each.T, inputs), w)
        along = at.eigenvectors[0].T @ at.gradient.flatten() / at.eigenvalues[0]
        w = w - (at.eigenvectors[0][:, 1:] @ along[1:])[:, None]
    for weights, point, n_flat in (("tied", w, 1), ("untied", torch.cat([w, w[:10].view(2, 5).T.reshape(-1, 1)]), 4)):
        changed = replace(preset, weights=weights)
        at = curvature(lambda each, of=changed: general.GeneralModel(BY_NAME["relu"], of).loss(each.T, inputs), point)
        assert float(at.gradient.norm()) < 1e-12
        # Of the largest, flat directions have 1e-16 and the least curved other one 3e-3.
        assert (at.eigenvalues[0] / at.eigenvalues.max() > 1e-8).tolist() == [False] * n_flat + [True] * (
            len(point) - n_flat
        )
        assert (len(point) - n_flat) / 2 == {"tied": 7, "untied": 10.5}[weights]
