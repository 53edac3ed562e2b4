"""Families of activations: functions of x and of one parameter, a row each; docs/families.md says what they are for."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from superposition.activations import CONTROL, Activation, hardsigmoid


@dataclass(frozen=True, kw_only=True)
class Family:
    """One row, with a name as in configuration, paths and tables, and how its parameter is printed.

    Attributes:
        function: Map from x and the parameter, which broadcasts against it, to a tensor of the shape and dtype of x.
        formula: Definition in LaTeX, with argument x.
        within: Smallest and largest value for which the function is defined and computed well.
        limits: Registered activations that the family contains or approaches: the value of the parameter, and the
            largest distance to the activation there for x from -8 to 8, 0 where both are the same but for rounding.
        question: What its runs answer.
    """

    name: str
    label: str
    parameter: str
    function: Callable[[Tensor, Tensor], Tensor]
    formula: str
    within: tuple[float, float]
    limits: Mapping[str, tuple[float, float]]
    question: str

    def activation(self, values: Sequence[float], *, each: int = 1) -> Activation:
        """Return all values of the parameter as one activation, for models along one axis of replicas.

        The first value is that of the first `each` replicas, the next of as many after them, and after the last value
        comes the first again.
        """
        cycle = np.repeat(np.asarray(values, dtype=np.float64), each)

        @functools.cache
        def parameter(n_replicas: int, dtype: torch.dtype) -> Tensor:
            # In memory, the axis of replicas comes last, as in the model. NumPy's operations are not recorded.
            repeated = np.resize(cycle, (1, 1, n_replicas))
            return torch.from_numpy(repeated.astype(np.float32 if dtype == torch.float32 else np.float64))

        return Activation(
            name=self.name,
            label=self.label,
            function=lambda x: self.function(x, parameter(len(x), x.dtype).permute(2, 0, 1)),
            formula=self.formula,
            family=CONTROL,
            reference=self.question,
        )


DIP, DEPTH = -0.7517915246935645, -0.16997120747990366  # where GELU is smallest, and its value there
TINY = 1e-30  # stands for 0 where a power of it is to have finite derivatives


Broadcast = Float[Tensor, "*#batch"]  # pre-activations or parameters, which are as in `Family`, and what comes of them


def held_gelu(x: Broadcast, t: Broadcast) -> Broadcast:
    """Return GELU, of which left of its minimum only a share 1 - t rises again: the minimum is the same for every t."""
    gelu = F.gelu(x)
    return gelu + t * (x < DIP) * (DEPTH - gelu)


def relu_power(x: Broadcast, p: Broadcast) -> Broadcast:
    """Return max(x, 0) to the power p, of which a constant near 0 stands for the part where x is not positive."""
    return F.threshold(x, TINY, TINY) ** p


def mixed(soft: Broadcast, hard: Broadcast, t: Broadcast) -> Broadcast:
    """Return soft + t (hard - soft)."""
    return soft + t * (hard - soft)


# fmt: off
FAMILIES: tuple[Family, ...] = (
    Family(name="softplus_beta", label="Softplus", parameter="β", within=(0.05, 1000.0),
        function=lambda x, beta: F.softplus(beta * x) / beta, formula=r"\log(1 + e^{\beta x}) / \beta",
        limits={"softplus": (1.0, 0.0), "relu": (64.0, 0.011)},  # log 2 / β, at 0
        question="Does a less sharp elbow change how many features are possible, or only when they appear?"),
    Family(name="swish_beta", label="Swish", parameter="β", within=(0.05, 1000.0),
        function=lambda x, beta: F.silu(beta * x) / beta, formula=r"x \, \sigma(\beta x)",
        limits={"silu": (1.0, 0.0), "gelu": (1.702, 0.021), "relu": (64.0, 0.0044)},
        question="Does a less sharp elbow with a dip change how many features are possible?"),
    Family(name="leaky_slope", label="Leaky ReLU", parameter="a", within=(-1.0, 1.0),
        function=lambda x, a: torch.lerp(F.relu(x), x, a), formula=r"\max(x, 0) + a \min(x, 0)",
        limits={"relu": (0.0, 0.0), "leaky_relu": (0.01, 0.0), "identity": (1.0, 0.0)},
        question="Do negative values hinder superposition, and from which slope on?"),
    Family(name="celu_alpha", label="CELU", parameter="α", within=(0.001, 100.0),
        function=lambda x, alpha: alpha * F.elu(x / alpha),
        formula=r"\max(x, 0) + \min(\alpha (e^{x / \alpha} - 1), 0)",
        limits={"celu": (1.0, 0.0), "elu": (1.0, 0.0), "relu": (0.01, 0.01)},
        question="Between ReLU and CELU, at which negative limit are features lost?"),
    Family(name="gelu_elu_mix", label="GELU held at its minimum", parameter="t", within=(0.0, 1.0),
        function=held_gelu, formula=r"x \, \Phi(x) + t \, (\min_y y \, \Phi(y) - x \, \Phi(x)) \, 1[x < -0.752]",
        limits={"gelu": (0.0, 0.0)},
        question="Of negative values, is it the dip that matters or the limit for large negative x?"),
    Family(name="relu_cap", label="Capped ReLU", parameter="n", within=(0.01, 1e6),
        function=lambda x, n: n * F.hardtanh(x / n, 0.0, 1.0), formula=r"\min(\max(x, 0), n)",
        limits={"relu6": (6.0, 0.0), "relu": (100.0, 0.0)}, question="Does capping hinder superposition?"),
    Family(name="relu_power", label="Power of ReLU", parameter="p", within=(1.0, 5.0),
        function=relu_power, formula=r"\max(x, 0)^p", limits={"relu": (1.0, 0.0), "relu_squared": (2.0, 0.0)},
        question="Do polynomials hinder superposition?"),
    Family(name="tanh_gain", label="Tanh with gain", parameter="g", within=(0.01, 1000.0),
        function=lambda x, g: torch.tanh(g * x), formula=r"\tanh(g x)", limits={"tanh": (1.0, 0.0)},
        question="Does a steeper bounded, symmetric function represent more features?"),
    Family(name="scaled_tanh_gain", label="Tanh of unit slope", parameter="g", within=(0.001, 1000.0),
        function=lambda x, g: torch.tanh(g * x) / g, formula=r"\tanh(g x) / g",
        limits={"tanh": (1.0, 0.0), "identity": (0.01, 0.018)},  # g² x³ / 3
        question="Of a symmetric function, does the bound matter, where the slope stays 1?"),
    Family(name="softshrink_lambda", label="Softshrink", parameter="λ", within=(1e-6, 10.0),
        function=lambda x, threshold: threshold * F.softshrink(x / threshold, 1.0),
        formula=r"\mathrm{sign}(x) \max(|x| - \lambda, 0)",
        limits={"softshrink": (0.5, 0.0), "identity": (0.01, 0.01)},
        question="How wide must a dead zone be for a symmetric function to represent more features?"),
    Family(name="hardshrink_lambda", label="Hardshrink", parameter="λ", within=(1e-6, 10.0),
        function=lambda x, threshold: threshold * F.hardshrink(x / threshold, 1.0), formula=r"x \, 1[|x| > \lambda]",
        limits={"hardshrink": (0.5, 0.0), "identity": (0.01, 0.01)},
        question="With jumps at the ends of a dead zone, how wide must it be to represent more features?"),
    Family(name="sigmoid_hardness", label="Sigmoid to Hardsigmoid", parameter="t", within=(0.0, 1.0),
        function=lambda x, t: mixed(torch.sigmoid(x), hardsigmoid(x), t),
        formula=r"(1 - t) \, \sigma(x) + t \min(\max(x + 3, 0), 6) / 6",
        limits={"sigmoid": (0.0, 0.0), "hardsigmoid": (1.0, 0.0)},
        question="Does hardness reduce superposition or slow it, for the sigmoid?"),
    Family(name="tanh_hardness", label="Tanh to Hardtanh", parameter="t", within=(0.0, 1.0),
        function=lambda x, t: mixed(torch.tanh(x), F.hardtanh(x), t),
        formula=r"(1 - t) \tanh(x) + t \min(\max(x, -1), 1)", limits={"tanh": (0.0, 0.0), "hardtanh": (1.0, 0.0)},
        question="Does hardness reduce superposition or slow it, for tanh?"),
    Family(name="silu_hardness", label="SiLU to Hardswish", parameter="t", within=(0.0, 1.0),
        function=lambda x, t: mixed(F.silu(x), F.hardswish(x), t),
        formula=r"(1 - t) \, x \, \sigma(x) + t \, x \min(\max(x + 3, 0), 6) / 6",
        limits={"silu": (0.0, 0.0), "hardswish": (1.0, 0.0)},
        question="Does hardness reduce superposition or slow it, for SiLU?"),
    Family(name="shrink_hardness", label="Softshrink to Hardshrink", parameter="t", within=(0.0, 1.0),
        function=lambda x, t: mixed(F.softshrink(x), F.hardshrink(x), t),
        formula=r"\mathrm{sign}(x) \, (|x| - 0.5 \, (1 - t)) \, 1[|x| > 0.5]",
        limits={"softshrink": (0.0, 0.0), "hardshrink": (1.0, 0.0)},
        question="Do less sharp boundaries of the dead zone help superposition?"),
    Family(name="softplus_hardness", label="Softplus to ReLU", parameter="t", within=(0.0, 1.0),
        function=lambda x, t: mixed(F.softplus(x), F.relu(x), t), formula=r"(1 - t) \log(1 + e^{x}) + t \max(x, 0)",
        limits={"softplus": (0.0, 0.0), "relu": (1.0, 0.0)},
        question="From Softplus to ReLU by mixing: does a less sharp elbow slow superposition?"),
)
# fmt: on

FAMILY_BY_NAME: dict[str, Family] = {family.name: family for family in FAMILIES}
