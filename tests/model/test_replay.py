"""Recorded functions."""

import pytest
import torch
from torch import Tensor

from superposition.activations import ACTIVATIONS
from superposition.model.replay import ValueDependentError, record

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)


@EVERY
def test_a_recording_gives_the_bits_of_the_function_on_fresh_arguments(activation):
    def value_and_gradient(x: Tensor, weight: Tensor) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            y = activation.function(x.requires_grad_())
        return y.detach(), torch.autograd.grad(y, x, weight)[0]

    generator = torch.Generator().manual_seed(0)
    replay = record(value_and_gradient, torch.linspace(-3, 3, 64 * 8).view(64, 8), torch.ones(64, 8))
    for size in (0.1, 1.0, 10.0):  # across all branches of the piecewise functions
        x = torch.randn(64, 8, generator=generator) * size
        weight = torch.randn(64, 8, generator=generator)
        expected = value_and_gradient(x.clone(), weight)
        for replayed, wanted in zip(replay(x.clone(), weight), expected, strict=True):
            assert torch.equal(replayed, wanted)


@EVERY
def test_a_recording_copies_no_tensor_into_another_order_of_axes(activation):
    def with_features_last(z: Tensor) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            y = activation.function(z.requires_grad_().permute(2, 0, 1)).permute(1, 2, 0)
            total = y.square().sum()
        return y.detach(), torch.autograd.grad(total, z)[0]

    replay = record(with_features_last, torch.linspace(-3, 3, 4 * 8 * 32).view(4, 8, 32))
    # LogSigmoid's operations have two results, of which the recording does not know that they share an order.
    assert ("permute" in replay.__self__.code) == (activation.name == "logsigmoid")


def test_tensors_from_outside_are_constants_of_the_recording():
    constant = torch.tensor([2.0, 3.0])
    replay = record(lambda x: (x * constant,), torch.zeros(2))
    assert torch.equal(replay(torch.tensor([1.0, 10.0]))[0], torch.tensor([2.0, 30.0]))


def test_an_operation_with_several_results_is_replayed():
    replay = record(lambda x: (x.sort().values, x.max(0).indices), torch.tensor([1.0, 2.0, 3.0]))
    values, index = replay(torch.tensor([5.0, 9.0, 1.0]))
    assert values.tolist() == [1.0, 5.0, 9.0]
    assert index.item() == 1


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x * 2,) if x.sum() < 0 else (x + 1,),
        lambda x: (x * float(x.max()),),
        lambda x: (x[: int(x.argmax())],),
    ],
    ids=["branch", "number", "slice"],
)
def test_a_function_that_reads_values_out_of_its_arguments_is_refused(function):
    with pytest.raises(ValueDependentError):
        record(function, torch.arange(-4.0, 2.0))


def test_a_function_that_gives_something_else_each_time_is_refused():
    with pytest.raises(ValueDependentError):
        record(lambda x: (x * torch.rand(4),), torch.ones(4))
