r"""The loss of an activation's model as a sum of squares, with its derivatives; starts and steps of searches.

The expected loss is :math:`L = \sum_r r^2` over residuals :math:`r_{xi} = \sqrt{p_x I_i / n} \, (\hat x_i - x_i)`.
Parameter vectors hold W row by row and then b, and lie along the first axis here: linear algebra wants it so.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import Activation
from superposition.llc.hessian import curvature
from superposition.model import autoencoder
from superposition.model.data import population_inputs
from superposition.model.kinks import kinks
from superposition.training_presets import TrainingPreset

MAX_JACOBIAN_NUMBERS = 20_000_000  # most numbers in the Jacobians that are computed together, which bounds the memory
SIDE, JUMP = 1e-8, 1e-3  # an activation jumps if its values so near to a kink, on either side, differ by more than this
POINTS = 32  # points over which outputs are averaged where a jump becomes a slope

Starts = Float[Tensor, "start parameter"]  # the weights of many starts
Values = Callable[..., Float[Tensor, " start"]]
Slopes = tuple[Starts, Float[Tensor, "start parameter parameter"]]  # gradient and Hessian, or what stands for it
Model = Callable[..., Slopes]

SCALES = 0.3, 4.0  # of starts: with them rings are as long as best answers, from 0.5 (Tanh) to 4.5 (Hardsigmoid)
RING, SHORT = 1.5, 0.1  # length of a ring's directions at scale 1, near the middle of these; that of the rest near 0
UNEVEN = 0.1, 0.3  # how far angles and b of rings are off, so that regular polygons too differ in more than their scale

SMALLEST_LOSS = 1e-24  # a start is left alone where its loss is below it, ...
GAIN, PATIENCE = 1e-13, 3  # ... or where so many steps each gained no more than this share of it


class Problem:
    """The expected loss of one activation under a preset's model and data, in double precision.

    What is `given` beside weights are parameters of its function, one for each start, shape (start, 1, 1).
    """

    def __init__(self, activation: Activation, preset: TrainingPreset):
        """Take the model and the distribution of inputs; nothing else of the preset plays a part."""
        self.activation, self.n_hidden, self.n_features = activation, preset.n_hidden, preset.n_features
        self.inputs = population_inputs(preset).to(torch.float64)
        self.units = torch.eye(preset.n_features, dtype=torch.float64)

    def of_function(self, function: Callable[..., Tensor]) -> "Problem":
        """Return the problem of another function."""
        problem = copy.copy(self)
        problem.activation = replace(self.activation, function=function)
        return problem

    def at(self, *given: Tensor) -> "Problem":
        """Return the problem where the function's parameters are given, of each start; an activation has none."""
        return self.of_function(lambda z: self.activation.function(z, *given)) if given else self

    def smoothed(self, width: float) -> "Problem":
        """Return the problem with outputs averaged over pre-activations up to a width away: jumps become slopes.

        ASSUME every output depends on its own pre-activation alone, which holds for activations with jumps.
        """
        shifts = (width * ((torch.arange(POINTS, dtype=torch.float64) + 0.5) / POINTS * 2 - 1)).tolist()
        inner = self.activation.function

        def function(z: Tensor, *given: Tensor) -> Tensor:
            fixed = z.detach()
            mean = sum((inner(fixed + shift, *given) for shift in shifts), start=torch.zeros_like(fixed)) / POINTS
            rise = inner(fixed + width, *given) - inner(fixed - width, *given)
            return mean + rise / (2 * width) * (z - fixed)

        return self.of_function(function)

    def loss(self, w: Starts, *given: Tensor) -> Float[Tensor, " start"]:
        """Return the expected loss."""
        return autoencoder.loss(self.at(*given).activation, *autoencoder.split(w.T, self.n_hidden), self.inputs)

    def outputs(self, w: Starts) -> Float[Tensor, "start input feature"]:
        """Return the outputs for the unit vectors."""
        W = self.directions(w)
        return self.activation.function(W.mT @ W + w[:, None, -self.n_features :])

    def directions(self, w: Starts) -> Float[Tensor, "start hidden feature"]:
        """Return W."""
        return w[:, : -self.n_features].reshape(len(w), self.n_hidden, self.n_features)

    def outputs_and_slopes(
        self, w: Starts, x: Float[Tensor, "input feature"]
    ) -> tuple[Float[Tensor, "start input feature"], Float[Tensor, "start input feature parameter"]]:
        r"""Return the outputs for inputs, and their derivatives.

        With :math:`D_{ik} = \partial \hat x_i / \partial z_k` and h = W x, the derivative by :math:`W_{am}` is
        :math:`D_{im} h_a + (D W^\top)_{ia} x_m`, and that by :math:`b_m` is :math:`D_{im}`.
        """
        W = self.directions(w)
        h = x @ W.mT
        z = (h @ W + w[:, None, -self.n_features :]).requires_grad_()
        outputs = self.activation.function(z)
        D = torch.stack(
            [torch.autograd.grad(feature.sum(), z, retain_graph=True)[0] for feature in outputs.unbind(-1)], 2
        )
        by_W = D[:, :, :, None] * h[:, :, None, :, None] + (D @ W.mT[:, None])[..., None] * x[:, None, None]
        return outputs.detach(), torch.cat([by_W.flatten(-2), D], -1)

    def residuals(self, w: Starts) -> tuple[Float[Tensor, "start residual"], Float[Tensor, "start residual parameter"]]:
        """Return the residuals, whose squares add up to the loss, and their derivatives."""
        x = self.inputs.target[..., 0]
        scale = (self.inputs.weight[..., 0] / self.n_features).sqrt().expand_as(x)
        outputs, slopes = self.outputs_and_slopes(w, x)
        return ((outputs - x) * scale).flatten(1), (slopes * scale[..., None]).flatten(1, 2)

    def gauss_newton(self, w: Starts, *given: Tensor) -> Slopes:
        r"""Return the gradient :math:`2 J^\top r` of the loss and the part :math:`2 J^\top J` of its Hessian."""
        n_at_once = max(1, MAX_JACOBIAN_NUMBERS // (w.shape[1] * self.n_features * len(self.inputs.weight)))
        parts = []
        for part, *values in zip(*(tensor.split(n_at_once) for tensor in (w, *given)), strict=True):
            r, J = self.at(*values).residuals(part)
            parts.append((2 * (J.mT @ r[..., None])[..., 0], 2 * J.mT @ J))
        gradients, hessians = zip(*parts, strict=True)
        return torch.cat(gradients), torch.cat(hessians)

    def newton(self, w: Starts) -> Slopes:
        """Return the gradient of the loss and its Hessian with the absolute values of the eigenvalues."""
        at_starts = curvature(lambda w: self.loss(w.T), w.T)
        vectors, values = at_starts.eigenvectors, at_starts.eigenvalues.abs()
        return at_starts.gradient.nan_to_num(), ((vectors * values[:, None]) @ vectors.mT).nan_to_num()

    @property
    def n_symmetric(self) -> int:
        """In how many directions outputs never change, 1 for a plane's rotation: what slopes lack in rank at least."""
        w = starts(self, 16, seed=0)
        slopes = self.outputs_and_slopes(w, self.units)[1].flatten(1, 2)
        return w.shape[1] - int(torch.linalg.matrix_rank(slopes, rtol=1e-9).max())


def has_jump(activation: Activation) -> bool:
    """Return whether an activation jumps: its values on the two sides of a kink differ."""
    x = torch.from_numpy(kinks(activation))[:, None]
    return bool(((activation.function(x + SIDE) - activation.function(x - SIDE)).abs() > JUMP).any())


def starts(problem: Problem, n_starts: int, *, seed: int) -> Starts:
    """Return weights to start from, of all scales from 0.3 to 4: one in four normal, the others rings.

    On a ring every direction has the same length, and b lets a feature answer itself with a pre-activation near 1. In
    the plane two in three rings are nearly regular polygons, half of them of all features, the others of fewer, from
    half of them on, with the rest near 0.
    """
    random, n = torch.Generator().manual_seed(seed), problem.n_features
    scale = SCALES[0] * (SCALES[1] / SCALES[0]) ** torch.rand(n_starts, 1, 1, generator=random, dtype=torch.float64)
    W = torch.randn(n_starts, problem.n_hidden, n, generator=random, dtype=torch.float64)
    b = torch.randn(n_starts, n, generator=random, dtype=torch.float64)
    kind = torch.arange(n_starts)[:, None, None] % 4
    ring = RING * W / W.norm(dim=1, keepdim=True)
    if problem.n_hidden == 2:
        corners = torch.where(kind == 3, n, torch.arange(n_starts)[:, None, None] // 4 % max(1, n // 2) + (n + 1) // 2)
        angle = 2 * math.pi * torch.arange(n) / corners + UNEVEN[0] * b[:, None]
        live = torch.where(torch.arange(n) < corners, RING, SHORT)
        ring = torch.where(kind >= 2, live * torch.cat([angle.cos(), angle.sin()], 1), ring)
    W = scale * torch.where(kind >= 1, ring, W)
    b = torch.where(kind[:, 0] >= 1, 1 - W.square().sum(1) + UNEVEN[1] * b, scale[:, 0] * b)
    return autoencoder.join(W, b)


def descend(loss: Values, model: Model, w: Starts, *given: Tensor, n_steps: int) -> Starts:
    r"""Return the end of a descent on the loss from each start; no step raises the loss.

    A step d solves :math:`(H + \lambda D) d = -g` with the damping λ and a diagonal D on the scale of H's. It is taken
    if the loss falls; λ shrinks with the ratio of the fall to the one predicted, or else grows.

    Args:
        loss: Function of parameters and of what else is given.
        model: Function of the same that returns the gradient g and a positive semidefinite H: :math:`2 J^\top J` makes
            it Levenberg–Marquardt, a Hessian Newton's method.
        w: Parameters of the starts.
        given: What else is given for each start.
        n_steps: Most steps.

    Source: Nielsen 1999, Damping parameter in Marquardt's method, for how the damping follows the gain.
    """
    w, value = w.clone(), loss(w, *given)
    damping, growth, idle = torch.full_like(value, 1e-2), torch.full_like(value, 2.0), torch.zeros_like(value)
    active = torch.arange(len(w))
    for _ in range(n_steps):
        start, values = w[active], [tensor[active] for tensor in given]
        gradient, hessian = model(start, *values)
        diagonal = hessian.diagonal(dim1=1, dim2=2)
        added = damping[active, None] * (diagonal + 1e-3 * diagonal.amax(1, keepdim=True) + 1e-30)
        step = torch.linalg.solve_ex(hessian + torch.diag_embed(added), -gradient)[0].nan_to_num()
        predicted = (step * (added * step - gradient)).sum(1) / 2
        fall = value[active] - loss(start + step, *values).nan_to_num(torch.inf, torch.inf)
        good, gain = fall > 0, fall / predicted.clamp(min=1e-300)
        idle[active] = torch.where(fall.abs() > GAIN * value[active], 0, idle[active] + 1)
        eased = damping[active] * (1 - (2 * gain - 1) ** 3).clamp(0.2, 2)
        damping[active] = torch.where(good, eased, damping[active] * growth[active]).clamp(1e-15, 1e12)
        growth[active] = torch.where(good, 2.0, 2 * growth[active])
        w[active] += torch.where(good[:, None], step, 0)
        value[active] -= torch.where(good, fall, 0)
        active = active[(idle[active] < PATIENCE) & (value[active] > SMALLEST_LOSS) & (damping[active] < 1e12)]
        if not len(active):
            break
    return w
