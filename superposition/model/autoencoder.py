r"""The tied autoencoder, its loss and its gradient, for many replicas at once.

The model is the tied autoencoder :math:`\hat x = \varphi(W^\top W x + b)`. A replica is one set of parameters: a seed
during training, a chain at a checkpoint during sampling. The replica axis comes last and is contiguous, so that every
operation runs over replicas with SIMD instructions. Axes are named `hidden`, `feature`, `input` and `replica`.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from superposition.activations import Activation
from superposition.model.replay import TensorFunction, record

REPLICA_MULTIPLE = 32
"""Replica axes are padded to a multiple of this: two of the longest vector registers of today's processors.

PyTorch's CPU kernels compute two registers at a time, and the last elements of an axis that do not fill them with other
instructions, whose results may differ in the last bit. With whole registers only, the bits of a replica do not depend
on how many others it is computed with.
"""


def padded(values: Shaped[Tensor, "*axes replica"]) -> Shaped[Tensor, "*axes padded"]:
    """Return values with their last axis, of replicas, padded with zeros to a multiple of REPLICA_MULTIPLE."""
    return torch.nn.functional.pad(values, (0, -values.shape[-1] % REPLICA_MULTIPLE)).contiguous()


@dataclass(frozen=True)
class Inputs:
    """Weighted inputs over which a loss is a mean; an axis of replicas that all share has a length of 1.

    `x` are the inputs, None for the unit vectors, which need no multiplication. `weight` is that of each squared error:
    the probability of the input times the importance of the feature, whose axis has a length of 1 where all count.
    """

    weight: Float[Tensor, "input _ _"]
    x: Float[Tensor, "input feature _"] | None = None

    @property
    def target(self) -> Float[Tensor, "input feature _"]:
        """The inputs as a tensor, unit vectors included: what the model is to reproduce."""
        if self.x is not None:
            return self.x
        return torch.eye(len(self.weight), dtype=self.weight.dtype, device=self.weight.device)[:, :, None]

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Weight, and x unless they are unit vectors; ``Inputs(*tensors)`` makes of them what they were."""
        return (self.weight,) if self.x is None else (self.weight, self.x)

    def to(self, target: torch.device | torch.dtype) -> "Inputs":
        """Return the inputs on another device or with another dtype."""
        return Inputs(*(values.to(target) for values in self.tensors))

    def of(self, replicas: Int64[Tensor, " replica"]) -> "Inputs":
        """Return the inputs of replicas by their number; those that all share stay as they are."""
        return Inputs(*(x if x.shape[-1] == 1 else x[..., replicas] for x in self.tensors))


def split(
    w: Float[Tensor, "parameter replica"], n_hidden: int
) -> tuple[Float[Tensor, "hidden feature replica"], Float[Tensor, "feature replica"]]:
    """Return W and b as views of the parameter vectors, which hold W row by row and then b."""
    n_features = len(w) // (n_hidden + 1)
    return w[:-n_features].view(n_hidden, n_features, -1), w[-n_features:]


def join(
    W: Float[Tensor, "*batch hidden feature"], b: Float[Tensor, "*batch feature"]
) -> Float[Tensor, "*batch parameter"]:
    """Return the parameter vectors of weights and biases."""
    return torch.cat([W.flatten(-2), b], dim=-1)


def hidden(W: Float[Tensor, "hidden feature replica"], inputs: Inputs) -> Float[Tensor, "hidden input replica"]:
    """Return the hidden layer W x for every input."""
    if inputs.x is None:
        return W
    return torch.stack([(row * inputs.x).sum(1) for row in W])


def preactivation(
    W: Float[Tensor, "hidden feature replica"], b: Float[Tensor, "feature replica"], inputs: Inputs
) -> Float[Tensor, "input feature replica"]:
    """Return W^T W x + b for every input."""
    z = b[None]
    for row, h_row in zip(W, hidden(W, inputs), strict=True):
        z = torch.addcmul(z, h_row[:, None], row[None])
    return z


def outputs(
    activation: Activation,
    W: Float[Tensor, "hidden feature replica"],
    b: Float[Tensor, "feature replica"],
    inputs: Inputs,
) -> Float[Tensor, "input feature replica"]:
    """Return the model's outputs.

    Args:
        activation: Activation of the output; features are its last axis.
        W: Weights of each replica; a column is the direction of a feature.
        b: Biases of each replica.
        inputs: Those of each replica, or the same for all.
    """
    z = preactivation(W, b, inputs)
    return activation.function(z.permute(2, 0, 1)).permute(1, 2, 0)


def loss(
    activation: Activation,
    W: Float[Tensor, "hidden feature replica"],
    b: Float[Tensor, "feature replica"],
    inputs: Inputs,
) -> Float[Tensor, " replica"]:
    r"""Return the mean squared error of every replica.

    .. math:: L = \frac{1}{n} \sum_x p(x) \sum_{i=1}^n I_i \, (\hat x_i - x_i)^2

    with p the weights of the inputs, n the number of features and I their importance; arguments as of `outputs`.

    Source: the notebook's ``MSELoss``, a mean over batch and features.
    """
    error = outputs(activation, W, b, inputs) - inputs.target
    return (error.square() * inputs.weight).sum((0, 1)) / W.shape[1]


class LossGradient:
    r"""Loss and gradient of all replicas at parameters that are changed in place.

    With error r, weights p and :math:`g_x = \partial L / \partial z_x` for the pre-activations z of input x,

    .. math:: \nabla_b = \sum_x g_x, \quad \nabla_U = \sum_x h_x g_x^\top, \quad \nabla_E = \sum_x (W g_x) x^\top

    for the unembedding U, the embedding E and the hidden layer h = W x. W is tied, so its gradient is the sum of the
    gradients of U and E. Only the activation is differentiated by autograd, once, when its operations are recorded.

    A step costs little more than the overhead of its operations. Views and memory are therefore made once, and the
    gradient that a method returns is overwritten by the next call.
    """

    def __init__(self, activation: Activation, w: Float[Tensor, "parameter replica"], *, n_hidden: int):
        """Bind to parameters, which the caller changes in place; their number is a multiple of REPLICA_MULTIPLE."""
        self._activation = activation
        self._W, self._b = split(w, n_hidden)
        self._rows = [(row, row[:, None]) for row in self._W]
        self._columns = self._W[:, None]
        self._scale = 2 / len(self._b)
        self._gradient = torch.empty_like(w)
        self._dW, self._db = split(self._gradient, n_hidden)
        self._products = w.new_empty(n_hidden, len(self._b), *self._b.shape)
        self._kernels: dict[tuple[torch.Size, ...], tuple[Tensor, Tensor, TensorFunction]] = {}

    def __call__(self, inputs: Inputs) -> "LossGradient":
        """Evaluate the model and its derivative over `inputs` at the present parameters, for the methods below."""
        key = tuple(values.shape for values in inputs.tensors)
        if key not in self._kernels:
            self._kernels[key] = self._record(inputs)
        z, units, kernel = self._kernels[key]
        self._inputs, self._h = inputs, hidden(self._W, inputs)
        total = self._b
        for row, h_row in self._rows if inputs.x is None else zip(self._W, self._h[:, :, None], strict=True):
            total = torch.addcmul(total, h_row, row, out=z)
        self._error, self._scaled, self._g = kernel(z, inputs.weight, units if inputs.x is None else inputs.x)
        return self

    def _record(self, inputs: Inputs) -> tuple[Tensor, Tensor, TensorFunction]:
        """Return memory for z, unit vectors, and a map from z, weights and inputs to error, scaled error and g."""

        def error_and_gradient(z: Tensor, weight: Tensor, target: Tensor) -> tuple[Tensor, ...]:
            with torch.enable_grad():
                output = self._activation.function(z.requires_grad_().permute(2, 0, 1)).permute(1, 2, 0)
                total = output.sum()
            error = output.detach() - target
            scaled = error * (weight * self._scale)
            # As grad_outputs of torch.autograd.grad, `scaled` would have it load SymPy, a second in every process.
            output.register_hook(lambda _: scaled)
            return error, scaled, torch.autograd.grad(total, z)[0]

        shape = (len(inputs.weight), *self._b.shape)
        example = torch.linspace(-3, 3, math.prod(shape), dtype=self._b.dtype, device=self._b.device).view(shape)
        recorded = record(error_and_gradient, example, inputs.weight, inputs.target)
        return torch.empty_like(example), inputs.target, recorded

    def loss(self) -> Float[Tensor, " replica"]:
        """Return the mean squared error of every replica."""
        return (self._error * self._scaled).sum((0, 1)) / 2

    def tied(self) -> Float[Tensor, "parameter replica"]:
        """Return the gradient with respect to the parameters, in their layout."""
        if self._inputs.x is None:  # W plays the same part on both sides: its two gradients are one product
            torch.mul(self._g + self._g.transpose(0, 1), self._columns, out=self._products)
            torch.sum(self._products, 2, out=self._dW)
        else:
            torch.add(*self._of_both_sides(), out=self._dW)
        torch.sum(self._g, 0, out=self._db)
        return self._gradient

    def separate(self) -> tuple[Float[Tensor, "parameter replica"], ...]:
        """Return the gradients through the embedding and the unembedding, each in the layout of W's rows, and b's."""
        embedding, unembedding = self._of_both_sides()
        return embedding.flatten(0, 1), unembedding.flatten(0, 1), self._g.sum(0)

    def _of_both_sides(self) -> tuple[Float[Tensor, "hidden feature replica"], Float[Tensor, "hidden feature replica"]]:
        """Return the gradients with respect to W through the embedding and the unembedding."""
        back, x = (self._columns * self._g).sum(2), self._inputs.x
        return back if x is None else (back[:, :, None] * x).sum(1), (self._h[:, :, None] * self._g).sum(1)
