"""Damped descent from many starts at once: Levenberg–Marquardt, and Newton's method, for dense small problems.

Source: Nielsen 1999, Damping parameter in Marquardt's method, for how the damping follows the gain.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Values = Callable[..., Float[Tensor, " start"]]
Model = Callable[..., tuple[Tensor, Tensor]]
"""Gradient, shape (start, parameter), and a positive semidefinite stand-in for the Hessian, at each start."""

NOTHING, GAIN, PATIENCE = 1e-24, 1e-13, 3
"""A start is left alone where its loss is below NOTHING, or PATIENCE steps together gained no more than this share."""


def descend(loss: Values, model: Model, w: Float[Tensor, "start parameter"], *given: Tensor, n_steps: int) -> Tensor:
    r"""Return where the loss leads from each start; it never rises.

    A step d solves :math:`(H + \lambda D) d = -g` with the damping λ and a diagonal D on the scale of H's. It is taken
    if the loss falls; λ shrinks with the ratio of the fall to the one predicted, or else grows.

    Args:
        loss: Loss of each start, as a function of parameters and what is given.
        model: Likewise its gradient g and H: :math:`2 J^\top J` makes it Levenberg–Marquardt.
        w: Starts.
        given: What else belongs to each start, and stays.
        n_steps: Most steps of each.
    """
    w, value = w.clone(), loss(w, *given)
    damping, growth, idle = torch.full_like(value, 1e-2), torch.full_like(value, 2.0), torch.zeros_like(value)
    active = torch.arange(len(w))
    for _ in range(n_steps):
        at, of = w[active], [each[active] for each in given]
        step, predicted = _step(*model(at, *of), damping[active])
        tried = loss(at + step, *of).nan_to_num(torch.inf, torch.inf)
        fall = value[active] - tried
        good, gain = fall > 0, fall / predicted.clamp(min=1e-300)
        idle[active] = torch.where(fall.abs() > GAIN * value[active], 0, idle[active] + 1)
        eased = damping[active] * (1 - (2 * gain - 1) ** 3).clamp(0.2, 2)
        damping[active] = torch.where(good, eased, damping[active] * growth[active]).clamp(1e-15, 1e12)
        growth[active] = torch.where(good, 2.0, 2 * growth[active])
        w[active] += torch.where(good[:, None], step, 0)
        value[active] -= torch.where(good, fall, 0)
        active = active[(idle[active] < PATIENCE) & (value[active] > NOTHING) & (damping[active] < 1e12)]
        if not len(active):
            break
    return w


def _step(gradient: Tensor, hessian: Tensor, damping: Float[Tensor, " start"]) -> tuple[Tensor, Tensor]:
    """Return the damped step from each start, and the fall of the loss that it promises."""
    diagonal = hessian.diagonal(dim1=1, dim2=2)
    added = damping[:, None] * (diagonal + 1e-3 * diagonal.amax(1, keepdim=True) + 1e-30)
    step = torch.linalg.solve_ex(hessian + torch.diag_embed(added), -gradient)[0].nan_to_num()
    return step, (step * (added * step - gradient)).sum(1) / 2
