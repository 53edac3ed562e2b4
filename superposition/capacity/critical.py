r"""The critical point nearest to parameters: by descent of the gradient's norm, or onto one that is known.

Where :math:`|\nabla L|^2` is least, Levenberg–Marquardt with the Hessian as the Jacobian of the gradient ends at
critical points of any index. It fails at kinks, where a ReLU model lingers; there the points are known: live features
are answered exactly, and dead ones with 0, or with the constant 1/n.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from superposition.activations import Activation
from superposition.capacity.descent import Values, descend
from superposition.capacity.problem import Problem
from superposition.llc.hessian import curvature

STATIONARY = 1e-8
"""Largest gradient at a critical point; descents that end at none stop above 1e-6."""

FLAT = 1e-6
"""Directions with a curvature below this share of the largest are flat."""

ROUND, ROUNDS = 4, 6
"""Steps of a descent, after which it is given up if it has gone too far, and how often it goes on."""

MET = 1e-9
"""Largest difference from the answers at a known point."""


@dataclass(frozen=True)
class Curved:
    """What the Hessian says of points: directions that curve down, flat ones, and features that play no part.

    Attributes:
        n_negative: Directions in which the loss curves down.
        n_flat: Flat directions, those of symmetries among them.
        n_idle: Features on none of whose parameters the loss depends, to second order.
    """

    n_negative: Int[Tensor, " point"]
    n_flat: Int[Tensor, " point"]
    n_idle: Int[Tensor, " point"]


def nearest(
    loss: Values, w: Float[Tensor, "start parameter"], *, reach: float
) -> tuple[Float[Tensor, "start parameter"], Bool[Tensor, " start"]]:
    """Return where the descent of the gradient's norm leads, and whether that is a critical point within reach.

    Args:
        loss: Loss of each start, twice differentiable almost everywhere.
        w: Starts.
        reach: Largest distance, as a share of the length of the point.
    """

    def slope(w: Tensor) -> Tensor:
        leaf = w.detach().requires_grad_()
        return torch.autograd.grad(loss(leaf).sum(), leaf)[0].nan_to_num(1e3).square().sum(1)

    def model(w: Tensor) -> tuple[Tensor, Tensor]:
        gradient, hessian = _derivatives(loss, w)
        return 2 * (hessian @ gradient[..., None])[..., 0], 2 * hessian @ hessian

    found, active = w.clone(), torch.arange(len(w))
    for _ in range(ROUNDS):
        found[active] = descend(slope, model, found[active], n_steps=ROUND)
        goes_on = (slope(found[active]) > STATIONARY**2 / 100) & (distance(w[active], found[active]) <= 2 * reach)
        active = active[goes_on]
        if not len(active):
            break
    return found, (slope(found) <= STATIONARY**2) & (distance(w, found) <= reach)


def distance(w: Float[Tensor, "start parameter"], to: Float[Tensor, "start parameter"]) -> Float[Tensor, " start"]:
    """Return the distances of parameters from points, over the length of these."""
    return (w - to).norm(dim=1) / to.norm(dim=1).clamp(min=1e-6)


def _derivatives(loss: Values, w: Float[Tensor, "start parameter"]) -> tuple[Tensor, Tensor]:
    """Return gradients and Hessians; those that are not finite are 0."""
    leaf = w.T.detach().requires_grad_()
    gradient = torch.autograd.grad(loss(leaf.T).sum(), leaf, create_graph=True)[0] + 0 * leaf
    rows = [torch.autograd.grad(row.sum(), leaf, retain_graph=True)[0] for row in gradient]
    return gradient.detach().T.nan_to_num(), torch.stack(rows).permute(2, 0, 1).nan_to_num()


def curved(loss: Values, w: Float[Tensor, "point parameter"], *, n_features: int) -> Curved:
    """Return what the Hessian says of points.

    Args:
        loss: Loss of each point.
        w: The points.
        n_features: Size of the model: the parameters of a feature are a column of W and a bias.
    """
    at = curvature(lambda w: loss(w.T), w.T)
    values = at.eigenvalues
    flat = FLAT * values.abs().amax(1, keepdim=True)
    bends = (at.eigenvectors * values[:, None]).square().sum(2).sqrt().view(len(w), -1, n_features)
    is_idle = (bends <= flat[..., None]).all(1)
    return Curved((values < -flat).sum(1), (values.abs() <= flat).sum(1), is_idle.sum(1))


@dataclass(frozen=True)
class Known:
    """Known critical points, one for each of some parameters.

    Attributes:
        w: Where they are.
        met: Whether the answers there are those of such a point.
        live: Features that are answered exactly.
        constant: Dead features whose answer is 1/n to every input; that of other dead ones is 0.
    """

    w: Float[Tensor, "start parameter"]
    met: Bool[Tensor, " start"]
    live: Bool[Tensor, "start feature"]
    constant: Bool[Tensor, "start feature"]


def masks(activation: Activation) -> bool:
    """Return whether an activation is exactly 0 on a half-line, and beyond it rises through 1/8 and 1."""
    z = torch.tensor([-1000.0, -50.0, -8.0, 3.0], dtype=torch.float64)[:, None].repeat(1, 2)
    answer = activation.function(z)[:, 0]
    return not answer[:3].any() and bool(answer[3] > 1)


def known(problem: Problem, w: Float[Tensor, "start parameter"]) -> Known:
    """Return the known critical point to which steps of least length lead, of an activation that masks.

    Live are features whose own answer is above 1/2; dead ones are constant where their mean answer is above 1/2n. Where
    some are constant, the directions of live features add up to 0: else moving dead ones would gain something.
    """
    n, answers = problem.n_features, problem.outputs(w)
    live = answers.diagonal(dim1=1, dim2=2) > 0.5
    constant = ~live & (answers.mean(1) > 0.5 / n)
    target = torch.diag_embed(live.double()) + constant[:, None].double() / n
    sums = torch.zeros(len(w), problem.n_hidden, w.shape[1], dtype=w.dtype)
    for axis, row in enumerate(sums.unbind(1)):
        row[:, axis * n : (axis + 1) * n] = live & constant.any(1, keepdim=True)
    found = w
    for _ in range(ROUND * ROUNDS):
        answer, slope = problem.answers(found, problem.units)
        lack = torch.cat([(answer - target).flatten(1), (sums @ found[..., None])[..., 0]], 1)[..., None]
        J = torch.cat([slope.flatten(1, 2), sums], 1)
        ridge = 1e-10 * torch.eye(w.shape[1], dtype=w.dtype)
        found = found - torch.linalg.solve_ex(J.mT @ J + ridge, J.mT @ lack)[0][..., 0].nan_to_num()
    met = (problem.outputs(found) - target).abs().amax((1, 2)) <= MET
    return Known(found, met & ((sums @ found[..., None]).abs().amax((1, 2)) <= MET), live, constant)
