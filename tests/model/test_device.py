"""Steps as CUDA device: what a captured function does over many calls. Here the capture itself is a stand-in."""

import dataclasses
import functools

import numpy as np
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.model import device, training
from superposition.model.draws import draw_inputs

CUDA = torch.device("cuda")


@pytest.fixture
def deferred(monkeypatch):
    """A capture that, as CUDA's, executes nothing, and whose replays run with the arguments that were captured."""
    monkeypatch.setattr(device, "_capture", lambda function, arguments: (functools.partial(function, *arguments), None))


def test_a_captured_function_runs_once_for_each_call_with_the_arguments_of_that_call(deferred):
    total = torch.zeros(3)
    add = device.captured(lambda tensor: total.add_(tensor.sum()), CUDA)
    for value in (1.0, 10.0, 100.0, 1000.0):
        add(torch.full((1,), value))
        add(torch.full((2,), value))  # another shape, another capture
    # Of each value one and two.
    assert total.tolist() == [3 * 1111.0] * 3


def test_on_the_cpu_a_function_is_left_as_it_is(cpu):
    assert device.captured(abs, cpu) is abs


@pytest.mark.parametrize("sparsity", [1, 0.5])
def test_training_by_captured_steps_is_training(notebook, cpu, deferred, monkeypatch, sparsity):
    preset = dataclasses.replace(notebook, sparsity=sparsity, n_steps=40)
    inputs, steps = draw_inputs(preset.inputs, seeds=[1, 2]), {"weight_steps": [0, 40], "loss_steps": [0, 40]}
    plain, _ = training.train(BY_NAME["relu"], preset, inputs, **steps, device=cpu)
    monkeypatch.setattr(training, "captured", lambda function, _: device.captured(function, CUDA))
    by_graph, _ = training.train(BY_NAME["relu"], preset, inputs, **steps, device=cpu)
    np.testing.assert_array_equal(by_graph.W, plain.W)
