"""Kinks and jumps of activations, found by trying, so that no row of the registry has to name them."""

import functools

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from superposition.activations import Activation

REACH, CELLS = 20.0, 20_000
"""Kinks are looked for between -REACH and REACH, in so many cells: two in one cell are taken for one."""

SLOPE = 0.05  # smallest jump of slope or value that is taken for one: a third of Hardsigmoid's, the smallest


@functools.cache
def kinks(activation: Activation) -> Float[np.ndarray, " kink"]:
    """Return where the activation jumps or has a kink, by halving cells in which its value or its slope does.

    Of functions that mix features it sees what they are of a single one.
    """
    edges = torch.linspace(-REACH, REACH, CELLS + 1, dtype=torch.float64) + 1e-4  # off the round numbers
    low, high = edges[:-1], edges[1:]
    for _ in range(40):  # to 1e-14, below which nothing is left of a smooth change
        chosen = _jumps(activation, low, high)
        low, high = low[chosen], high[chosen]
        middle = (low + high) / 2
        low, high = torch.cat([low, middle]), torch.cat([middle, high])
    return np.unique(((low + high) / 2)[_jumps(activation, low, high)].numpy().round(9))


def _jumps(activation: Activation, low: Tensor, high: Tensor) -> Bool[Tensor, " cell"]:
    """Return between which points the value or the slope changes by more than SLOPE."""
    x = torch.stack([low, high]).requires_grad_()
    with torch.enable_grad():
        value = activation.function(x[..., None])[..., 0]
        slope = torch.autograd.grad(value.sum(), x)[0]
    return torch.maximum((value[1] - value[0]).abs(), (slope[1] - slope[0]).abs()).detach() > SLOPE
