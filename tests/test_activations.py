"""Properties of every row of the registry of activations, beside what any function must have (test_contract)."""

import numpy as np
import pytest
import torch
from scipy.special import erf, expit, log_softmax, softmax

from superposition.activations import ACTIVATIONS, BOUNDED, BY_NAME, CONTROL, NORMALISING
from superposition.palette import FAMILY_COLORS

EVERY = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)

# Written from the definitions in the literature, without looking at PyTorch.
FORMULAS = {
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "relu6": lambda x: np.clip(x, 0, 6),
    "relu_squared": lambda x: np.maximum(x, 0) ** 2,
    "threshold": lambda x: np.where(x > 0.5, x, 0),
    "softplus": lambda x: np.logaddexp(0, x),
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "silu": lambda x: x * expit(x),
    "hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "mish": lambda x: x * np.tanh(np.logaddexp(0, x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "celu": lambda x: np.maximum(x, 0) + np.minimum(0, np.expm1(np.minimum(x, 0))),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0))),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "hardsigmoid": lambda x: np.clip((x + 3) / 6, 0, 1),
    "tanh": lambda x: (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1),
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "logsigmoid": lambda x: -np.logaddexp(0, -x),
    "hardshrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "softshrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "tanhshrink": lambda x: x - np.tanh(x),
    "softmax": lambda x: softmax(x, axis=-1),
    "softmin": lambda x: softmax(-x, axis=-1),
    "log_softmax": lambda x: log_softmax(x, axis=-1),
    "solu": lambda x: x * softmax(x, axis=-1),
    "identity": lambda x: x,
}


def grid(largest: float, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return evenly spaced values in [-largest, largest], each row with values from the whole range."""
    return torch.linspace(-largest, largest, 8 * 101, dtype=dtype).view(8, 101).T.contiguous()


def test_names_are_unique_and_every_family_has_a_row():
    assert len({activation.name for activation in ACTIVATIONS}) == len(ACTIVATIONS) == len(BY_NAME)
    assert len({activation.label for activation in ACTIVATIONS}) == len(ACTIVATIONS)
    assert {activation.family for activation in ACTIVATIONS} == set(FAMILY_COLORS)


def test_every_activation_has_a_formula_here():
    assert set(FORMULAS) == set(BY_NAME), "a new activation needs its formula, in NumPy, in FORMULAS above"


@pytest.mark.parametrize("activation", [BY_NAME[name] for name in FORMULAS], ids=list(FORMULAS))
def test_values_agree_with_the_formula(activation):
    # 3e-9: PyTorch's softplus is x above 20, where log(1 + exp(x)) - x is at most exp(-20) = 2.1e-9. Else rounding.
    x = grid(25)
    np.testing.assert_allclose(
        activation.function(x).numpy(), FORMULAS[activation.name](x.numpy()), rtol=1e-9, atol=3e-9
    )


@EVERY
def test_single_precision_agrees_with_double_precision(activation):
    # 1e-5: some tens of roundings of 6e-8 relative to values up to 8; relu_squared reaches 64, hence the relative part.
    x = grid(8, torch.float32)
    double = activation.function(x.double())
    torch.testing.assert_close(activation.function(x).double(), double, rtol=1e-6, atol=1e-5)


@EVERY
def test_gradient_agrees_with_differences_of_the_values(activation):
    # The offset keeps every kink and jump (0, +-0.5, +-1, +-3, 6) further than h from every point of the grid.
    # The error of central differences is h^2 / 6 times a third derivative of order 1, plus rounding of 1e-16 / h.
    h = 1e-5
    x = (grid(7.9) + 0.00123).requires_grad_()
    weight = torch.linspace(-1, 2, 8, dtype=torch.float64)  # a plain sum would hide the softmax-like functions
    (gradient,) = torch.autograd.grad((activation.function(x) * weight).sum(), x)
    with torch.no_grad():
        for feature in range(8):
            shift = torch.zeros(8, dtype=torch.float64)
            shift[feature] = h
            difference = (activation.function(x + shift) - activation.function(x - shift)) / (2 * h)
            torch.testing.assert_close(gradient[:, feature], difference @ weight, rtol=1e-6, atol=1e-7)


@EVERY
def test_features_are_mixed_exactly_by_the_normalising_family(activation):
    x = torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    changed = x.clone()
    changed[3] += 1.0
    moved = activation.function(changed) != activation.function(x)
    moved[3] = False
    assert moved.any().item() == (activation.family == NORMALISING)


def test_softmax_and_softmin_sum_to_one_over_the_features():
    x = grid(6)
    for name in ("softmax", "softmin"):
        np.testing.assert_allclose(BY_NAME[name].function(x).sum(-1), 1.0, rtol=1e-12)


def test_the_bounded_family_is_bounded_and_monotone_and_others_are_not_bounded():
    # Over [-1e4, 1e4] a bounded function stays within [-1, 1]; one of another family grows at least linearly on a side.
    # Controls may be anything.
    x = torch.linspace(-1e4, 1e4, 100_001, dtype=torch.float64)
    for activation in ACTIVATIONS:
        values = activation.function(x)
        if activation.family == BOUNDED:
            assert values.abs().max() <= 1 and (values.diff() >= 0).all(), activation.name
        elif activation.family not in (NORMALISING, CONTROL):
            assert values.abs().max() > 1, activation.name


def test_elu_and_celu_are_the_same_function_bit_for_bit():
    x = grid(30, torch.float32)
    assert torch.equal(BY_NAME["elu"].function(x), BY_NAME["celu"].function(x))


def test_relu6_is_relu_up_to_6_bit_for_bit():
    x = grid(12, torch.float32)
    low = x <= 6
    relu, relu6 = BY_NAME["relu"].function(x), BY_NAME["relu6"].function(x)
    assert torch.equal(relu[low], relu6[low])
    assert (relu6[~low] == 6).all()


def test_hardsigmoid_is_pytorchs_bit_for_bit_with_its_gradient():
    ours, theirs = (grid(6, torch.float32).requires_grad_() for _ in range(2))
    value, expected = BY_NAME["hardsigmoid"].function(ours), torch.nn.functional.hardsigmoid(theirs)
    assert torch.equal(value, expected)
    value.sum().backward()
    expected.sum().backward()
    assert torch.equal(ours.grad, theirs.grad)
