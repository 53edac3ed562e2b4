r"""Output activations of the study, a row each.

The registry is one tuple with one record for every activation. Rules, tests, legends, tables and documents iterate over
it, so adding an activation means writing one function and one row here, and nothing else in the package.

Two entries of PyTorch's list change the model and are left out: PReLU has a trainable slope, RReLU is stochastic.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from superposition.palette import (
    BOUNDED,
    CONTROL,
    EXPONENTIAL,
    FAMILY_COLORS,
    NORMALISING,
    RECTIFIER,
    SHRINKAGE,
    SMOOTH,
)


@dataclass(frozen=True, kw_only=True)
class Activation:
    """One row of the registry."""

    name: str  # in configuration, paths and tables; PyTorch's functional name where there is one
    label: str  # as printed in figures and documents
    # To a tensor of the same shape and dtype; the last axis is the feature axis.
    # ASSUME deterministic and differentiable almost everywhere by autograd.
    function: Callable[[Tensor], Tensor]
    formula: str  # definition in LaTeX, with argument x
    family: str  # one of those in palette.FAMILY_COLORS
    reference: str  # where the activation was introduced or is defined


def identity(x: Tensor) -> Tensor:
    """Return x: the linear control, with which the model is a tied linear autoencoder."""
    return x * 1.0  # a new tensor, as every other activation returns


def relu_squared(x: Tensor) -> Tensor:
    """Return max(x, 0) squared."""
    return F.relu(x).square()


def threshold(x: Tensor) -> Tensor:
    """Return x where x > 1/2 and 0 elsewhere.

    ASSUME torch.nn.Threshold has no default; a threshold of 1/2 with value 0 makes it the one-sided Hardshrink.
    """
    return F.threshold(x, 0.5, 0.0)


def hardsigmoid(x: Tensor) -> Tensor:
    """Return (x + 3) / 6 clipped to [0, 1].

    The same bits as torch.nn.functional.hardsigmoid, whose derivative PyTorch cannot differentiate again.
    """
    return F.relu6(x + 3) / 6


def solu(x: Tensor) -> Tensor:
    """Return x times its softmax over the features, without the LayerNorm that the original work adds."""
    return x * F.softmax(x, dim=-1)


_TORCH = "torch.nn.functional"

ACTIVATIONS: tuple[Activation, ...] = (
    Activation(name="relu", label="ReLU", function=F.relu, family=RECTIFIER,
        formula=r"\max(x, 0)", reference="Nair & Hinton 2010"),
    Activation(name="leaky_relu", label="LeakyReLU", function=F.leaky_relu, family=RECTIFIER,
        formula=r"\max(x, 0) + 0.01 \min(x, 0)", reference="Maas et al. 2013"),
    Activation(name="relu6", label="ReLU6", function=F.relu6, family=RECTIFIER,
        formula=r"\min(\max(x, 0), 6)", reference="Krizhevsky 2010"),
    Activation(name="relu_squared", label="ReLU²", function=relu_squared, family=RECTIFIER,
        formula=r"\max(x, 0)^2", reference="So et al. 2021"),
    Activation(name="threshold", label="Threshold", function=threshold, family=RECTIFIER,
        formula=r"x \, 1[x > 0.5]", reference=_TORCH),
    Activation(name="softplus", label="Softplus", function=F.softplus, family=SMOOTH,
        formula=r"\log(1 + e^{x})", reference="Dugas et al. 2001"),
    Activation(name="gelu", label="GELU", function=F.gelu, family=SMOOTH,
        formula=r"x \, \Phi(x)", reference="Hendrycks & Gimpel 2016"),
    Activation(name="silu", label="SiLU", function=F.silu, family=SMOOTH,
        formula=r"x \, \sigma(x)", reference="Elfwing et al. 2018; swish in Ramachandran et al. 2017"),
    Activation(name="hardswish", label="Hardswish", function=F.hardswish, family=SMOOTH,
        formula=r"x \, \min(\max(x + 3, 0), 6) / 6", reference="Howard et al. 2019"),
    Activation(name="mish", label="Mish", function=F.mish, family=SMOOTH,
        formula=r"x \tanh(\log(1 + e^{x}))", reference="Misra 2019"),
    Activation(name="elu", label="ELU", function=F.elu, family=EXPONENTIAL,
        formula=r"\max(x, 0) + \min(e^{x} - 1, 0)", reference="Clevert et al. 2015"),
    Activation(name="celu", label="CELU", function=F.celu, family=EXPONENTIAL,
        formula=r"\max(x, 0) + \min(e^{x} - 1, 0)", reference="Barron 2017"),
    Activation(name="selu", label="SELU", function=F.selu, family=EXPONENTIAL,
        formula=r"1.0507 \, (\max(x, 0) + 1.6733 \min(e^{x} - 1, 0))", reference="Klambauer et al. 2017"),
    Activation(name="sigmoid", label="Sigmoid", function=torch.sigmoid, family=BOUNDED,
        formula=r"\sigma(x) = 1 / (1 + e^{-x})", reference=_TORCH),
    Activation(name="hardsigmoid", label="Hardsigmoid", function=hardsigmoid, family=BOUNDED,
        formula=r"\min(\max(x + 3, 0), 6) / 6", reference="Courbariaux et al. 2015"),
    Activation(name="tanh", label="Tanh", function=torch.tanh, family=BOUNDED,
        formula=r"\tanh(x)", reference=_TORCH),
    Activation(name="hardtanh", label="Hardtanh", function=F.hardtanh, family=BOUNDED,
        formula=r"\min(\max(x, -1), 1)", reference="Collobert 2004"),
    Activation(name="softsign", label="Softsign", function=F.softsign, family=BOUNDED,
        formula=r"x / (1 + |x|)", reference="Bergstra et al. 2009"),
    Activation(name="logsigmoid", label="LogSigmoid", function=F.logsigmoid, family=SMOOTH,
        formula=r"\log \sigma(x)", reference=_TORCH),
    Activation(name="hardshrink", label="Hardshrink", function=F.hardshrink, family=SHRINKAGE,
        formula=r"x \, 1[|x| > 0.5]", reference="Donoho & Johnstone 1994"),
    Activation(name="softshrink", label="Softshrink", function=F.softshrink, family=SHRINKAGE,
        formula=r"\mathrm{sign}(x) \max(|x| - 0.5, 0)", reference="Donoho 1995"),
    Activation(name="tanhshrink", label="Tanhshrink", function=F.tanhshrink, family=SHRINKAGE,
        formula=r"x - \tanh(x)", reference=_TORCH),
    Activation(name="softmax", label="Softmax", function=partial(F.softmax, dim=-1), family=NORMALISING,
        formula=r"e^{x_i} / \sum_j e^{x_j}", reference="Bridle 1990"),
    Activation(name="softmin", label="Softmin", function=partial(F.softmin, dim=-1), family=NORMALISING,
        formula=r"e^{-x_i} / \sum_j e^{-x_j}", reference=_TORCH),
    Activation(name="log_softmax", label="LogSoftmax", function=partial(F.log_softmax, dim=-1), family=NORMALISING,
        formula=r"x_i - \log \sum_j e^{x_j}", reference=_TORCH),
    Activation(name="solu", label="SoLU", function=solu, family=NORMALISING,
        formula=r"x_i \, e^{x_i} / \sum_j e^{x_j}", reference="Elhage et al. 2022 (Softmax Linear Units)"),
    Activation(name="identity", label="Identity", function=identity, family=CONTROL,
        formula=r"x", reference="linear control"),
)  # fmt: skip

BY_NAME: dict[str, Activation] = {activation.name: activation for activation in ACTIVATIONS}

assert len(BY_NAME) == len(ACTIVATIONS), "activation names must be unique"
assert {activation.family for activation in ACTIVATIONS} == set(FAMILY_COLORS), "every family needs a row, and no other"
