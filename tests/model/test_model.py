"""Forward pass, loss and gradient."""

import pytest
import torch
from torch import Tensor

from superposition.activations import ACTIVATIONS, BY_NAME
from superposition.model import autoencoder
from superposition.model.autoencoder import REPLICA_MULTIPLE, Inputs, LossGradient, join, split

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
RELU = BY_NAME["relu"]

# Three features, two hidden dimensions: features 1 and 3 are antipodal, feature 2 is orthogonal to both.
#   W = (1 0 -1)   W^T W = ( 1 0 -1)   b = (1/2, 0, 1/4)
#       (0 1  0)           ( 0 1  0)
#                          (-1 0  1)
W = torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]])[:, :, None]
B = torch.tensor([0.5, 0.0, 0.25])[:, None]
UNITS = Inputs(x=None, weight=torch.full((3, 1, 1), 1 / 3))


def one_hot(n_inputs: int) -> Inputs:
    """Return unit vectors with unequal weights for every input, feature and replica."""
    generator = torch.Generator().manual_seed(5)
    return Inputs(x=None, weight=torch.rand(n_inputs, n_inputs, REPLICA_MULTIPLE, generator=generator) / n_inputs)


def general() -> Inputs:
    """Return five inputs that differ between replicas, with unequal weights."""
    generator = torch.Generator().manual_seed(6)
    weight = torch.rand(5, 8, 1, generator=generator) / 5
    return Inputs(x=torch.rand(5, 8, REPLICA_MULTIPLE, generator=generator), weight=weight)


def parameters(n_hidden: int) -> Tensor:
    generator = torch.Generator().manual_seed(n_hidden)
    return torch.randn((n_hidden + 1) * 8, REPLICA_MULTIPLE, generator=generator)


def test_forward_pass_of_three_features_by_hand():
    # Row i of W^T W + b, then ReLU: (1.5, 0, -0.75), (0.5, 1, 0.25), (-0.5, 0, 1.25).
    expected = torch.tensor([[1.5, 0.0, 0.0], [0.5, 1.0, 0.25], [0.0, 0.0, 1.25]])
    assert torch.equal(autoencoder.outputs(RELU, W, B, UNITS)[:, :, 0], expected)


def test_loss_of_three_features_by_hand():
    # Squared errors: 1/4 + (1/4 + 1/16) + 1/16 = 5/8, over 3 inputs and 3 features. 1e-6: single precision.
    torch.testing.assert_close(autoencoder.loss(RELU, W, B, UNITS), torch.tensor([5 / 8 / 9]), rtol=1e-6, atol=0)


def test_loss_with_importance_by_hand():
    # Features count 1, 1/2, 1/4: 1/4 + (1/4 + 1/64) + 1/64 = 17/32, over 3 inputs and 3 features.
    importance = torch.tensor([1.0, 0.5, 0.25])[:, None]
    inputs = Inputs(x=None, weight=torch.full((3, 1, 1), 1 / 3) * importance)
    torch.testing.assert_close(autoencoder.loss(RELU, W, B, inputs), torch.tensor([17 / 32 / 9]), rtol=1e-6, atol=0)


def test_loss_of_an_input_with_two_active_features_by_hand():
    # x = (1, 1, 0): W x = (1, 1), z = (1.5, 1, -0.75), error (1/2, 0, 0): 1/4 over 3 features.
    inputs = Inputs(x=torch.tensor([[1.0, 1.0, 0.0]])[:, :, None], weight=torch.ones(1, 1, 1))
    torch.testing.assert_close(autoencoder.loss(RELU, W, B, inputs), torch.tensor([1 / 12]), rtol=1e-6, atol=0)


def test_parameters_hold_W_row_by_row_and_then_b():
    w = join(W[..., 0], B[..., 0])
    assert w.tolist() == [1, 0, -1, 0, 1, 0, 0.5, 0, 0.25]
    again_W, again_b = split(w[:, None], 2)
    assert torch.equal(again_W, W)
    assert torch.equal(again_b, B)


@pytest.mark.parametrize(("n", "size"), [(1, 32), (32, 32), (33, 64), (200, 224)])
def test_replica_axes_are_padded_to_whole_registers(n, size):
    values = torch.ones(2, n)
    padded = autoencoder.padded(values)
    assert padded.shape == (2, size)
    assert torch.equal(padded[:, :n], values) and not padded[:, n:].any()


@EVERY
@pytest.mark.parametrize("n_hidden", [2, 3])
@pytest.mark.parametrize("inputs", [one_hot(8), general()], ids=["one_hot", "general"])
def test_tied_gradient_is_that_of_autograd(activation, n_hidden, inputs):
    w = parameters(n_hidden).requires_grad_()
    expected_loss = autoencoder.loss(activation, *split(w, n_hidden), inputs)
    (expected,) = torch.autograd.grad(expected_loss.sum(), w)
    evaluate = LossGradient(activation, w.detach(), n_hidden=n_hidden)(inputs)
    # Single precision, sums of 8 to 40 products in another order: a few 1e-7 of the largest gradient.
    scale = float(expected.abs().max())
    torch.testing.assert_close(evaluate.tied(), expected, rtol=1e-5, atol=2e-6 * scale)
    torch.testing.assert_close(evaluate.loss(), expected_loss.detach(), rtol=1e-5, atol=1e-6)


@EVERY
@pytest.mark.parametrize("inputs", [one_hot(8), general()], ids=["one_hot", "general"])
def test_separate_gradients_are_those_of_two_untied_layers(activation, inputs):
    w = parameters(2)
    matrix, b = split(w, 2)
    embedding, unembedding, bias = (value.clone().requires_grad_() for value in (matrix, matrix, b))
    h = torch.einsum("hfr,ifr->hir", embedding, inputs.target.expand(-1, -1, REPLICA_MULTIPLE))
    z = torch.einsum("hir,hfr->ifr", h, unembedding) + bias
    output = activation.function(z.movedim(1, -1)).movedim(-1, 1)
    loss = ((output - inputs.target).square() * inputs.weight).sum((0, 1)) / 8
    expected = torch.autograd.grad(loss.sum(), (embedding, unembedding, bias))
    evaluate = LossGradient(activation, w, n_hidden=2)(inputs)
    for gradient, wanted in zip(evaluate.separate(), expected, strict=True):
        scale = float(wanted.abs().max())  # tolerance as above
        torch.testing.assert_close(gradient, wanted.reshape(gradient.shape), rtol=1e-5, atol=2e-6 * scale)


@EVERY
@torch.no_grad()
def test_separate_gradients_add_up_to_the_tied_one(activation):
    for inputs in (one_hot(8), general()):
        evaluate = LossGradient(activation, parameters(2), n_hidden=2)(inputs)
        embedding, unembedding, bias = evaluate.separate()
        total = torch.cat([embedding + unembedding, bias])
        torch.testing.assert_close(evaluate.tied(), total, rtol=1e-5, atol=2e-6 * float(total.abs().max()))


@EVERY
@torch.no_grad()
def test_unit_vectors_give_what_the_same_inputs_written_out_give(activation):
    w, units = parameters(2), one_hot(8)
    written_out = Inputs(x=torch.eye(8)[:, :, None].expand(-1, -1, REPLICA_MULTIPLE), weight=units.weight)
    short, long = (LossGradient(activation, w, n_hidden=2)(inputs) for inputs in (units, written_out))
    scale = float(long.tied().abs().max())  # tolerance as above: sums with additional zeros, in another order
    torch.testing.assert_close(short.tied(), long.tied(), rtol=1e-5, atol=2e-6 * scale)
    torch.testing.assert_close(short.loss(), long.loss(), rtol=1e-5, atol=1e-6)


@EVERY
@torch.no_grad()
def test_gradients_follow_parameters_and_inputs_that_change_between_calls(activation):
    w = parameters(2).clone()
    evaluate = LossGradient(activation, w, n_hidden=2)
    evaluate(one_hot(8)).tied()
    w.mul_(0.5)
    inputs = Inputs(x=None, weight=one_hot(8).weight.flip(0))
    fresh = LossGradient(activation, w.clone(), n_hidden=2)(inputs)
    assert torch.equal(evaluate(inputs).tied(), fresh.tied())
    assert torch.equal(evaluate.loss(), fresh.loss())
    first = general()
    second = Inputs(x=first.x.flip(1), weight=first.weight)
    evaluate(first).tied()
    assert torch.equal(evaluate(second).tied(), LossGradient(activation, w.clone(), n_hidden=2)(second).tied())
