"""Kinks and jumps of activations."""

from dataclasses import replace

import pytest
import torch

from superposition.activations import ACTIVATIONS, BY_NAME
from superposition.model.kinks import kinks

KNOWN = {
    "relu": [0],
    "leaky_relu": [0],
    "relu6": [0, 6],
    "threshold": [0.5],
    "hardswish": [-3, 3],
    "selu": [0],
    "hardsigmoid": [-3, 3],
    "hardtanh": [-1, 1],
    "hardshrink": [-0.5, 0.5],
    "softshrink": [-0.5, 0.5],
}
"""By their formulas. ReLU², ELU and CELU have continuous slopes; all others are smooth."""


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
def test_kinks_and_jumps_are_where_the_formula_has_them(activation):
    assert kinks(activation).tolist() == pytest.approx(KNOWN.get(activation.name, []), abs=1e-8)


def test_a_steep_smooth_function_has_no_kink():
    # Its slope changes by 25 within 0.1, and by less than 0.05 within 1e-9.
    assert not len(kinks(replace(BY_NAME["tanh"], function=lambda x: torch.sigmoid(100 * x))))


@pytest.mark.parametrize(("size", "count"), [(0.0495, 0), (0.0505, 1)])
@pytest.mark.parametrize("function", [torch.relu, lambda x: (x > 0) + 0 * x], ids=["slope", "value"])
def test_slopes_and_values_jump_by_more_than_a_twentieth_at_a_kink(function, size, count):
    assert len(kinks(replace(BY_NAME["relu"], function=lambda x: size * function(x)))) == count


@pytest.mark.parametrize(("place", "count"), [(19.9, 1), (20.1, 0)])
def test_kinks_are_looked_for_up_to_20(place, count):
    for sign in (1, -1):
        assert len(kinks(replace(BY_NAME["relu"], function=lambda x, s=sign: torch.relu(s * x - place)))) == count
