"""The loss as a sum of squares, its derivatives, and what is found out about activations without being told."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from superposition.activations import ACTIVATIONS, BY_NAME
from superposition.capacity import problem
from superposition.capacity.problem import Problem, descend, has_jump, starts
from workflow import presets

DATA = {
    "unit vectors": {},
    "weighted features": {"importance": 0.8},
    "two active features": {"sparsity": 2},
    "uniform values": {"sparsity": 0.7, "values": "uniform", "population_size": 20},
}


@pytest.fixture
def preset(config):
    return presets.training_preset(config["training_presets"], "notebook")


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
@pytest.mark.parametrize("name", ["gelu", "softmax"])
def test_residuals_add_up_to_the_loss_and_have_its_gradient(preset, name, data):
    problem = Problem(BY_NAME[name], replace(preset, n_features=5, **data))
    w = starts(problem, 6, seed=1)
    residuals, slopes = problem.residuals(w)
    torch.testing.assert_close(residuals.square().sum(1), problem.loss(w))
    gradient, hessian = problem.gauss_newton(w)
    leaf = w.clone().requires_grad_()
    torch.testing.assert_close(gradient, torch.autograd.grad(problem.loss(leaf).sum(), leaf)[0])
    torch.testing.assert_close(hessian, 2 * slopes.mT @ slopes)


def test_slopes_of_outputs_are_those_of_finite_differences(preset):
    problem = Problem(BY_NAME["softmax"], preset)
    w = starts(problem, 3, seed=1)
    slopes = problem.outputs_and_slopes(w, problem.units)[1]
    for parameter in (0, 9, 17):
        step = torch.zeros_like(w)
        step[:, parameter] = 1e-6
        difference = (problem.outputs(w + step) - problem.outputs(w - step)) / 2e-6
        torch.testing.assert_close(
            slopes[..., parameter], difference, rtol=1e-6, atol=1e-8
        )  # 1e-6 squared, and rounding


def test_only_what_jumps_jumps():
    jumping = {activation.name for activation in ACTIVATIONS if has_jump(activation)}
    assert jumping == {"threshold", "hardshrink"}
    steep = replace(BY_NAME["sigmoid"], function=lambda x: torch.sigmoid(1e6 * (x - 0.3)))
    assert not has_jump(steep)


@pytest.mark.parametrize(("height", "jumps"), [(0.98e-3, False), (1.02e-3, True)])
def test_a_jump_has_a_smallest_height(height, jumps, monkeypatch):
    monkeypatch.setattr(problem, "kinks", lambda activation: np.zeros(1))  # which sees larger ones alone
    assert has_jump(replace(BY_NAME["relu"], function=lambda x: height * (x > 0) + 0 * x)) == jumps


def test_directions_in_which_outputs_never_change(preset):
    # The plane's rotation; softmax also lets b shift, and all columns of W, with b to make up for it.
    problems = {name: Problem(BY_NAME[name], preset) for name in ("relu", "hardshrink", "identity", "softmax")}
    assert [problem.n_symmetric for problem in problems.values()] == [1, 1, 1, 4]
    space = Problem(BY_NAME["tanh"], replace(preset, n_hidden=3))
    assert space.n_symmetric == 3


def test_a_jump_becomes_a_slope(preset):
    problem = Problem(BY_NAME["threshold"], preset).smoothed(0.1)
    z = torch.tensor([[0.2, 0.5, 0.8]], dtype=torch.float64).requires_grad_()
    outputs = problem.activation.function(z)
    # At 1/2 half of the values in (0.4, 0.6) count, of a mean of 0.55; the slope is (0.6 - 0) / 0.2.
    torch.testing.assert_close(
        outputs.detach(), torch.tensor([[0.0, 0.275, 0.8]], dtype=torch.float64), rtol=0, atol=1e-12
    )
    slope = torch.autograd.grad(outputs.sum(), z)[0]
    torch.testing.assert_close(slope, torch.tensor([[0.0, 3.0, 1.0]], dtype=torch.float64))


def test_starts_are_of_all_scales(preset):
    w = starts(problem := Problem(BY_NAME["relu"], preset), 4000, seed=0)
    lengths = problem.directions(w).norm(dim=1)
    rings = lengths[1::4]  # of all features, whose directions are 1.5 long at the scale 1
    torch.testing.assert_close(rings, rings[:, :1].expand_as(rings))
    # Of 1000 that are log-uniform from 0.3 to 4, the first and the last are some thousandths from the ends.
    assert (float(rings.min()), float(rings.max())) == pytest.approx((0.3 * 1.5, 4 * 1.5), rel=0.02)
    # Parameters of normal starts are normal times the scale, whose mean square is (4² - 0.3²) / (2 log(4 / 0.3)).
    squares = w[::4].square().mean(1)
    expected = (4**2 - 0.3**2) / (2 * math.log(4 / 0.3))
    assert float(squares.mean()) == pytest.approx(expected, abs=4 * float(squares.std()) / len(squares) ** 0.5)
    fewer = lengths[2::4]  # polygons of fewer features, with the rest near 0
    assert float((fewer.amin(1) / fewer.amax(1)).min()) == pytest.approx(0.1 / 1.5)


def test_descent_finds_the_bottom_of_a_curved_valley_and_never_rises():
    # Rosenbrock's, from where plain descent takes thousands of steps: residuals 10 (y - x²) and 1 - x.
    def loss(w):
        return (10 * (w[:, 1] - w[:, 0] ** 2)) ** 2 + (1 - w[:, 0]) ** 2

    def model(w):
        x, y = w.T
        r = torch.stack([10 * (y - x**2), 1 - x], 1)
        J = torch.stack(
            [
                torch.stack([-20 * x, torch.full_like(x, 10)], 1),
                torch.tensor([[-1.0, 0.0]], dtype=x.dtype).expand(len(w), 2),
            ],
            1,
        )
        return 2 * (J.mT @ r[..., None])[..., 0], 2 * J.mT @ J

    w = torch.tensor([[-1.2, 1.0], [3.0, -2.0]], dtype=torch.float64)
    losses = [loss(descend(loss, model, w, n_steps=n)) for n in (1, 5, 20, 60)]
    assert all((after <= before).all() for before, after in itertools.pairwise(losses))
    assert (losses[-1] < 1e-20).all()
