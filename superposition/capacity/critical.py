r"""The critical point nearest to parameters: by descent of the gradient's norm, or onto one that is known.

Where :math:`|\nabla L|^2` is least, Levenberg–Marquardt with the Hessian as the Jacobian of the gradient ends at
critical points of any index. It fails at kinks, where a ReLU model lingers; there the points are known: live features
are answered exactly, and dead ones with 0, or with the constant 1/n.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from superposition.activations import Activation
from superposition.capacity.descent import Values, descend
from superposition.capacity.problem import Problem
from superposition.llc.hessian import curvature

STATIONARY = 1e-8
"""Largest gradient at a critical point; descents that end at none stop above 1e-6."""

ARRIVED = 1e-5
"""Largest gradient over the largest curvature, as a share of the parameters' length: where an activation is saturated,
both vanish together and no point is near."""

FLAT = 1e-6
"""Directions with a curvature below this share of the largest are flat."""

ROUND, ROUNDS = 4, 6
"""Steps of a descent, after which it is given up if it has gone too far or slowly, and how often it goes on."""

GAIN = 0.5
"""A descent is slow if four steps leave more than this share of the squared gradient; near points they leave less."""

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

    found, active, before = w.clone(), torch.arange(len(w)), slope(w)
    for _ in range(ROUNDS):
        found[active] = descend(slope, model, found[active], n_steps=ROUND)
        after = slope(found[active])
        is_on_its_way = (after < GAIN * before) & (distance(w[active], found[active]) <= 2 * reach)
        goes_on = is_on_its_way & (after > STATIONARY**2 / 100)
        active, before = active[goes_on], after[goes_on]
        if not len(active):
            break
    near = (slope(found) <= STATIONARY**2) & (distance(w, found) <= reach)
    gradient, hessian = _derivatives(loss, found[near])
    bent = hessian.norm(dim=(1, 2)) * found[near].norm(dim=1)
    return found, near.masked_scatter(near, gradient.norm(dim=1) <= ARRIVED * bent)


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
    bends = (
        (at.eigenvectors * values[:, None]).square().sum(2).sqrt().view(len(w), w.shape[1] // n_features, n_features)
    )
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
    """Return the known critical point to which the descent of what answers lack leads, of an activation that masks.

    Live are features whose own answer is above 1/2; dead ones are constant where their mean answer is above 1/2n. Where
    some are constant, the directions of live features add up to 0: else moving dead ones would gain something.
    """
    n, answers = problem.n_features, problem.outputs(w)
    live = answers.diagonal(dim1=1, dim2=2) > 0.5
    constant = ~live & (answers.mean(1) > 0.5 / n)
    target = torch.diag_embed(live.double()) + constant[:, None].double() / n
    summed = (live & constant.any(1, keepdim=True)).double()

    def lack(numbered: Tensor) -> Tensor:
        w, i = numbered[:, :-1], numbered[:, -1].long()  # of the starts that are left, which targets they have
        sums = (problem.directions(w) * summed[i][:, None]).sum(2)
        return torch.cat([(problem.outputs(w) - target[i]).flatten(1), sums], 1)

    def model(numbered: Tensor) -> tuple[Tensor, Tensor]:
        unit = torch.eye(problem.n_hidden, dtype=w.dtype)
        of_sums = torch.einsum("ab,sf->sabf", unit, summed[numbered[:, -1].long()]).flatten(2)
        slope = problem.answers(numbered[:, :-1], problem.units)[1].flatten(1, 2)
        J = F.pad(torch.cat([slope, F.pad(of_sums, (0, n))], 1), (0, 1))
        return 2 * (J.mT @ lack(numbered)[..., None])[..., 0], 2 * J.mT @ J

    numbered = torch.cat([w, torch.arange(len(w))[:, None]], 1)
    found = descend(lambda numbered: lack(numbered).square().sum(1), model, numbered, n_steps=ROUND * ROUNDS)
    return Known(found[:, :-1], lack(found).abs().amax(1) <= MET, live, constant)
