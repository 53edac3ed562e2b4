"""Training and chains on a GPU: the same random draws, so the same numbers until rounding has grown."""

import dataclasses

import numpy as np
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.errors import StudyError
from superposition.llc.chains import Target, run_chains
from superposition.model.device import choose_device
from superposition.model.draws import draw_inputs
from superposition.model.training import train

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")


@needs_gpu
@pytest.mark.parametrize("activation", BY_NAME)
def test_a_short_training_on_the_gpu_is_that_on_the_cpu(notebook, activation):
    inputs, steps = draw_inputs(notebook.inputs, seeds=[1, 2]), {"weight_steps": [0, 50], "loss_steps": [0, 50]}
    runs = [
        train(BY_NAME[activation], notebook, inputs, **steps, device=torch.device(device))[0]
        for device in ("cpu", "cuda")
    ]
    # 50 steps of float32 arithmetic in another order, before differences have had time to grow.
    np.testing.assert_allclose(runs[0].W, runs[1].W, atol=1e-4)


@needs_gpu
def test_short_chains_on_the_gpu_are_those_on_the_cpu(notebook, sgld_sampler):
    short = dataclasses.replace(sgld_sampler, num_burnin_steps=5, num_draws=5)
    inputs, steps = draw_inputs(notebook.inputs, seeds=[1]), {"weight_steps": [0, 50], "loss_steps": [0]}
    points, _ = train(BY_NAME["gelu"], notebook, inputs, **steps, device=torch.device("cpu"))
    both = [
        run_chains(Target(BY_NAME["gelu"], notebook, short, torch.device(name)), points) for name in ("cpu", "cuda")
    ]
    # 1e-4: single precision, and sums in another order, over ten steps.
    np.testing.assert_allclose(both[0].losses, both[1].losses, rtol=1e-4)


def test_auto_takes_the_gpu_where_there_is_one():
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_asking_for_a_gpu_that_is_not_there_says_so():
    with pytest.raises(StudyError, match=r"(?s)expected: a GPU.*found: +none.*where: +device"):
        choose_device("cuda")
