"""What a function of an activation is refused for, before anything is trained with it."""

import json
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import SMOKE, add_activation, plan, replace, snakemake

from superposition.activations import ACTIVATIONS
from superposition.errors import StudyError
from superposition.families import contract

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)


class Counting:
    calls = 0

    def __call__(self, x):
        self.calls += 1
        return x * self.calls


BROKEN = {
    "none": (lambda x: None, "shape and dtype", "NoneType"),
    "a_sum": (lambda x: x.sum(-1), "shape and dtype", "shape (3, 5)"),
    "another_dtype": (lambda x: x.float(), "shape and dtype", "float32"),
    "a_bool": (lambda x: x > 0, "shape and dtype", "torch.bool"),
    "two_arguments": (lambda x, y: x, "shape and dtype", "TypeError"),
    "in_place": (torch.relu_, "stays as it was", "another input"),
    "not_finite": (torch.sqrt, "finite values", "a value of nan"),
    "overflow": (lambda x: torch.exp(x) ** 2 / (1 + torch.exp(x) ** 2), "finite values", "torch.float32"),
    "gradient_not_finite": (lambda x: torch.where(x > 0, x.sqrt(), 0 * x), "finite values", "a gradient of nan"),
    "random": (F.dropout, "same values at every call", "second call"),
    "a_memory": (Counting(), "same values at every call", "second call"),
    "control_flow": (lambda x: x if x.sum() > 0 else 2 * x, "same operations", "control flow"),
    "numpy": (lambda x: torch.from_numpy(np.sin(x.detach().numpy())), "same operations", "numbers"),
    # The first was accepted: a run depended on the other runs of its batch.
    "mean_over_runs": (lambda x: torch.relu(x - x.mean(0, keepdim=True)), "computed by itself", "one run"),
    "sorted_runs": (lambda x: x.sort(0).values, "computed by itself", "one run"),
    "size_of_batch": (lambda x: x / x.shape[0], "computed by itself", "one run"),
    "softmax_over_inputs": (lambda x: F.softmax(x, dim=1), "computed by itself", "one input"),
    "constant": (torch.ones_like, "autograd", "without a gradient"),
    "detached": (lambda x: torch.relu(x.detach()), "autograd", "without a gradient"),
    "flat": (torch.sign, "autograd", "0 everywhere"),
    "half_detached": (lambda x: x * torch.sigmoid(x).detach(), "autograd", "not the derivative"),
    # Where x is negative, infinity times 0; torch.relu in place of the product would be accepted.
    "infinite_curvature": (lambda x: (x * (x > 0)) ** 1.5, "autograd", "second derivative of nan"),
    "once_differentiable": (F.hardsigmoid, "autograd", "not implemented"),
}


@EVERY
def test_every_activation_keeps_the_contract(activation):
    contract.check(activation.function, where="here")


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_function_that_breaks_a_rule_is_refused_for_it(name):
    function, expected, found = BROKEN[name]
    with pytest.raises(StudyError) as error:
        contract.check(function, where="line 7")
    message = re.search(r"expected: (.*)\n  found:    (.*)\n  where:    line 7\n  hint:     .+", str(error.value))
    assert message, error.value
    assert expected in message[1]
    assert found in message[2]


def test_a_function_that_raises_is_told_to_compute_with_pytorch():
    with pytest.raises(StudyError, match=r"hint: +compute with PyTorch alone"):
        contract.check(lambda x: torch.as_tensor(np.sin(x.numpy())), where="line 7")


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x,
        torch.exp,
        lambda x: 1 / x,
        lambda x: x.sort(-1).values,
        lambda x: F.layer_norm(x, x.shape[-1:]),
        lambda x: torch.where(x > 1, x, 0.0),
        lambda x: x.clone().masked_fill_(x < 0, 0),
    ],
)
def test_poles_jumps_and_mixing_of_features_are_allowed(function):
    contract.check(function, where="here")


def _alone(error):
    """Return an activation that gives a run other values alone than beside others, by a relative error."""
    return lambda x: x + error * (1 + x.abs()) * (x.shape[0] == 1)


def _steeper(excess, rows=15):
    """Return one whose gradient is too large by a share for some of the 15 inputs of all runs; slopes are steep."""

    def function(x):
        chosen = (torch.arange(15) < rows).view(3, 5, 1)[: x.shape[0], : x.shape[1]]
        more = 1000 * excess * x * chosen
        return 1000 * x + more - more.detach()

    return function


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (_alone(0.98 * contract.TOLERANCE), ""),
        (_alone(1.02 * contract.TOLERANCE), "computed by itself"),
        (_steeper(0.98 * contract.SLOPE_TOLERANCE), ""),
        (_steeper(1.02 * contract.SLOPE_TOLERANCE), "autograd"),
        (_steeper(0.1, rows=7), ""),  # 7 of 15 is below a half, 8 above
        (_steeper(0.1, rows=8), "autograd"),
    ],
)
def test_rounding_and_few_kinks_are_allowed_up_to_the_tolerance(function, fault):
    assert (contract.TOLERANCE, contract.SLOPE_TOLERANCE) == (1e-9, 1e-3)
    if not fault:
        return contract.check(function, where="here")
    with pytest.raises(StudyError, match=fault):
        contract.check(function, where="here")


@pytest.mark.workflow
def test_a_broken_function_trains_nothing_and_is_named_and_the_mended_one_retrains_no_other(smoke):
    add_activation(smoke)
    replace(smoke, "config/smoke.yaml", "activations: [relu, tanh]", "activations: [relu, tanh, double]")
    replace(smoke, "superposition/activations.py", "    return 2 * x", "    return 2 * (x - x.mean(0, keepdim=True))")
    run = snakemake(smoke, "--cores", "2", *SMOKE, check=False)
    said = run.stdout + run.stderr
    assert run.returncode
    assert "computed by itself" in said
    assert re.search(r"superposition/activations.py, line \d+, function of double", said)
    again = snakemake(smoke, "--cores", "1", *SMOKE, check=False)
    assert "computed by itself" in again.stdout + again.stderr
    assert not list((smoke / "results/smoke/runs").glob("*/double/*/trajectory.safetensors"))
    replace(smoke, "superposition/activations.py", "(x - x.mean(0, keepdim=True))", "x")
    jobs, _ = plan(smoke, *SMOKE)
    assert (jobs["check_activations"], jobs["train"]) == (1, 3)
    snakemake(smoke, "results/smoke/inputs/activations.json", "--cores", "2", *SMOKE)
    assert json.loads((smoke / "results/smoke/inputs/activations.json").read_text()) == ["double", "relu", "tanh"]


@pytest.mark.workflow
def test_an_activation_without_the_minimum_at_which_deviations_are_measured_is_named_ahead_of_training(repository):
    replace(repository, "config/smoke.yaml", "grid: {activations: [relu]", "grid: {activations: [relu, hardshrink]")
    run = snakemake(repository, "results/smoke/inputs/activations.json", "--cores", "1", *SMOKE, check=False)
    said = run.stdout + run.stderr
    assert run.returncode
    assert re.search(r"hardshrink: gradient .*\n *where: +deviations.grid.activations", said)
