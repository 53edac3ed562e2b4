r"""What the model computes, its loss and its gradient, for many replicas at once.

The model is the tied autoencoder :math:`\hat x = \varphi(W^\top W x + b)`. A replica is one set of parameters: a seed
during training, a chain at a checkpoint during sampling. The replica axis comes last and is contiguous, so that every
operation runs over replicas with SIMD instructions. Axes are named `hidden`, `feature`, `input` and `replica`.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import Activation
from superposition.replay import Function, record

REPLICA_MULTIPLE = 64
"""Replica axes are padded to a multiple of this.

PyTorch's CPU kernels treat the last elements of an axis that do not fill their vector registers with other
instructions, whose results may differ in the last bit. With whole registers only, the bits of a replica do not depend
on how many others it is computed with.
"""


def padded_size(n_replicas: int) -> int:
    """Return the size of a replica axis that holds `n_replicas`."""
    return math.ceil(n_replicas / REPLICA_MULTIPLE) * REPLICA_MULTIPLE


@dataclass(frozen=True)
class Inputs:
    """Weighted inputs over which a loss is a mean.

    Attributes:
        x: The inputs, shape (input, feature, replica or 1); None stands for the unit vectors e_1 ... e_n, for which
            W x needs no multiplication.
        weight: Weight of each squared error, the probability of the input times the importance of the feature, shape
            (input, feature or 1, replica or 1).
    """

    x: Float[Tensor, "input feature _"] | None
    weight: Float[Tensor, "input _ _"]

    @property
    def target(self) -> Float[Tensor, "input feature _"]:
        """The inputs as a tensor, unit vectors included: what the model is to reproduce."""
        if self.x is not None:
            return self.x
        return torch.eye(len(self.weight), dtype=self.weight.dtype, device=self.weight.device)[:, :, None]

    def to(self, target: torch.device | torch.dtype) -> "Inputs":
        """Return the inputs on another device or with another dtype."""
        return Inputs(None if self.x is None else self.x.to(target), self.weight.to(target))


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
    W: Float[Tensor, "hidden feature replica"],
    b: Float[Tensor, "feature replica"],
    h: Float[Tensor, "hidden input replica"],
) -> Float[Tensor, "input feature replica"]:
    """Return W^T h + b for every input."""
    z = torch.addcmul(b[None], h[0][:, None], W[0][None])
    for row, h_row in zip(W[1:], h[1:], strict=True):
        z = torch.addcmul(z, h_row[:, None], row[None])
    return z


def outputs(
    activation: Activation,
    W: Float[Tensor, "hidden feature replica"],
    b: Float[Tensor, "feature replica"],
    inputs: Inputs,
) -> Float[Tensor, "input feature replica"]:
    """Return the model's output for every input."""
    z = preactivation(W, b, hidden(W, inputs))
    return activation.function(z.permute(2, 0, 1)).permute(1, 2, 0)


def loss(
    activation: Activation,
    W: Float[Tensor, "hidden feature replica"],
    b: Float[Tensor, "feature replica"],
    inputs: Inputs,
) -> Float[Tensor, " replica"]:
    r"""Return the mean squared error of every replica.

    .. math:: L = \frac{1}{n} \sum_x p(x) \sum_{i=1}^n I_i \, (\hat x_i - x_i)^2

    with p the weights of the inputs, n the number of features and I their importance.

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
    """

    def __init__(self, activation: Activation, w: Float[Tensor, "parameter replica"], *, n_hidden: int):
        """Bind to the parameters.

        Args:
            activation: Output activation.
            w: Parameters, which the caller changes in place; size of the replica axis a multiple of REPLICA_MULTIPLE.
            n_hidden: Size of the hidden layer.
        """
        self._function = activation.function
        self._W, self._b = split(w, n_hidden)
        self._scale = 2 / len(self._b)
        self._kernels: dict[tuple[torch.Size, ...], tuple[Tensor, Tensor, Function]] = {}

    def __call__(self, inputs: Inputs) -> "LossGradient":
        """Evaluate the model and its derivative over `inputs` at the present parameters, for the methods below."""
        self._inputs = inputs
        self._h = hidden(self._W, inputs)
        # Unit vectors are always the same target; other inputs may change from call to call.
        x = () if inputs.x is None else (inputs.x.permute(2, 0, 1),)
        weight = inputs.weight.permute(2, 0, 1)
        key = (weight.shape, *(tensor.shape for tensor in x))
        if key not in self._kernels:
            self._kernels[key] = self._record(inputs, weight, *x)
        z, z_features_last, kernel = self._kernels[key]
        torch.addcmul(self._b[None], self._h[0][:, None], self._W[0][None], out=z)
        for row, h_row in zip(self._W[1:], self._h[1:], strict=True):
            torch.addcmul(z, h_row[:, None], row[None], out=z)
        self._error, self._scaled, self._g = (value.permute(1, 2, 0) for value in kernel(z_features_last, weight, *x))
        return self

    def _record(self, inputs: Inputs, weight: Tensor, *x: Tensor) -> tuple[Tensor, Tensor, Function]:
        """Return memory for z, a view of it with the feature axis last, and a map from that view.

        The map gives the error, the error times 2 p / n, and g.
        """
        unit_vectors = inputs.target.permute(2, 0, 1)

        def error_and_gradient(z: Tensor, weight: Tensor, target: Tensor = unit_vectors) -> tuple[Tensor, ...]:
            with torch.enable_grad():
                output = self._function(z.requires_grad_())
            error = output.detach() - target
            scaled = error * (weight * self._scale)
            return error, scaled, torch.autograd.grad(output, z, scaled)[0]

        shape = (len(weight[0]), *self._b.shape)
        z = torch.linspace(-3, 3, math.prod(shape), device=self._b.device).view(shape)
        z_features_last = z.permute(2, 0, 1)
        return z, z_features_last, record(error_and_gradient, z_features_last, weight, *x)

    def loss(self) -> Float[Tensor, " replica"]:
        """Return the mean squared error of every replica."""
        return (self._error * self._scaled).sum((0, 1)) / 2

    def tied(self) -> Float[Tensor, "parameter replica"]:
        """Return the gradient with respect to the parameters, in their layout."""
        if self._inputs.x is None:  # W plays the same part on both sides: its two gradients are one product
            weights = ((self._g + self._g.transpose(0, 1)) * self._W[:, None]).sum(2).flatten(0, 1)
        else:
            weights = self._embedding() + self._unembedding()
        return torch.cat([weights, self._g.sum(0)])

    def separate(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients through the embedding and the unembedding, each in the layout of W's rows, and b's."""
        return self._embedding(), self._unembedding(), self._g.sum(0)

    def _unembedding(self) -> Tensor:
        return (self._h[:, :, None] * self._g).sum(1).flatten(0, 1)

    def _embedding(self) -> Tensor:
        back = (self._W[:, None] * self._g).sum(2)
        if self._inputs.x is not None:
            back = (back[:, :, None] * self._inputs.x).sum(1)
        return back.flatten(0, 1)
