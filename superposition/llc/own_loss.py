"""Losses of one's own, checked before chains are run on them."""

import torch
from jaxtyping import Float
from torch import Tensor

from superposition.errors import StudyError
from superposition.llc.hessian import MAX_PARAMETERS, Loss

SHIFT = 1e-3
"""By how much parameters are shifted to see whether the loss depends on them."""

VMAP = "torch.func.vmap(loss, in_dims=1) of the loss of one vector; each column of the points is one"


def check(loss: Loss, points: Tensor) -> None:
    """Raise StudyError unless points are as they must be, and a loss gives each its own, differentiable value."""
    if points.ndim != 2 or not points.is_floating_point() or not points.numel():
        shape = f"{points.dtype}, shape {tuple(points.shape)}"
        raise _error("points of a floating type and shape (parameter, point)", shape, "points", "w[:, None] is one")
    if not points.isfinite().all():
        raise _error("finite points", "NaN or infinite values", "points", "a model that diverged has no LLC")
    w = torch.cat([points, points + SHIFT], dim=1)
    value, slope = _value_and_slope(loss, w)
    if not value.isfinite().all() or not slope.isfinite().all():
        raise _error("a finite loss at and near the points", f"{value.tolist()[:4]} ...", "loss", "look for log and /")
    if slope[:, 1:].any():
        raise _error("each value from its own point alone", "values that depend on other points", "loss", VMAP)
    if len(points) <= MAX_PARAMETERS:
        _check_every_parameter(loss, points[:, :1] + SHIFT)


def _error(expected: str, found: str, where: str, hint: str) -> StudyError:
    return StudyError(expected=expected, found=found, where=f"{where} of estimate_llc", hint=hint)


def _value_and_slope(loss: Loss, w: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss at all points, and the gradient of the first one's with respect to all."""
    leaf = w.clone().requires_grad_()
    try:
        with torch.enable_grad():
            value = loss(leaf)
    except Exception as error:  # whatever a user's function raises
        shown = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        hint = f"{VMAP}; data and points of one dtype (points: {w.dtype}); no change in place"
        raise _error(f"a loss of a tensor of shape {tuple(w.shape)}", shown, "loss", hint) from error
    shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
    if shape != w.shape[1:]:
        raise _error(f"a value for each of {w.shape[1]} points, shape {tuple(w.shape[1:])}", str(shape), "loss", VMAP)
    if not value.requires_grad:
        raise _error("a differentiable loss", "a value without gradient", "loss", "leave out detach and no_grad")
    return value.detach(), torch.autograd.grad(value[0], leaf, materialize_grads=True)[0]


def _check_every_parameter(loss: Loss, point: Float[Tensor, "parameter 1"]) -> None:
    """Raise StudyError if the loss depends on a parameter of which it has no gradient, as if it were detached."""
    shifted = (point + SHIFT * torch.eye(len(point), dtype=point.dtype, device=point.device)).requires_grad_()
    with torch.enable_grad():
        start, value = loss(point), loss(shifted)
        own = torch.autograd.grad(value.sum(), shifted)[0].diagonal()
    rounding = 100 * torch.finfo(point.dtype).eps  # of a mean over many samples
    frozen = ((own == 0) & ~torch.isclose(value, start, rtol=rounding, atol=0)).nonzero().flatten().tolist()
    if frozen:
        raise _error("a gradient of every parameter", f"none of {frozen[:5]}", "loss", "leave out detach and no_grad")
