r"""Predicted LLC estimates where the loss is quadratic, from the exact Hessian.

A chain localised at w* samples :math:`\exp(-n\beta L(w) - \gamma/2 \, |w - w^*|^2)`. Where L is quadratic with gradient
g and Hessian H at w*, that is a Gaussian with precision :math:`A = n\beta H + \gamma` and mean displacement
:math:`m = -n\beta A^{-1} g`, and

.. math:: n\beta \, E[L - L(w^*)]
    = \frac12 \sum_i \frac{n\beta \, h_i}{n\beta \, h_i + \gamma} + n\beta \, (g^\top m + \frac12 m^\top H m)

with h_i the eigenvalues of H. The first term is the estimate at a minimum, half an effective dimension; the second is
what a point that is no minimum adds, and is never positive.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.errors import StudyError

Loss = Callable[[Float[Tensor, "parameter replica"]], Float[Tensor, " replica"]]
"""Loss of many parameter vectors at once, each from its own parameters alone. A loss of one vector becomes such a
function with ``torch.func.vmap(loss, in_dims=1)``."""

NBeta = float | Float[np.ndarray, " point"]  # inverse temperature n beta, of all points or of each
MAX_PARAMETERS = 1000  # most of which the Hessian is computed: as many derivatives, and as large a square


@dataclass(frozen=True)
class Curvature:
    """Gradients of a loss at many points, and eigenvalues, increasing, and eigenvectors, as columns, of its Hessians.

    With too many parameters, eigenvalues are NaN and eigenvectors empty.
    """

    gradient: Float[Tensor, "point parameter"]
    eigenvalues: Float[Tensor, "point parameter"]
    eigenvectors: Float[Tensor, "point vector vector"]

    def _beta(self, nbeta: NBeta) -> Float[Tensor, "_ 1"]:
        """Return an inverse temperature that may be another one at each point, beside the parameters."""
        return torch.as_tensor(nbeta, dtype=self.gradient.dtype, device=self.gradient.device).view(-1, 1)

    def effective_dimension(self, *, nbeta: NBeta, localization: float) -> Float[Tensor, " point"]:
        r"""Return :math:`\sum_i n\beta h_i / (n\beta h_i + \gamma)` over the positive eigenvalues.

        It counts the directions whose curvature exceeds gamma / n beta, between 0 and the number of parameters; half of
        it is what the estimator returns at a minimum whose loss is quadratic.
        """
        h = self._beta(nbeta) * self.eigenvalues.clamp(min=0)
        return (h / (h + localization)).sum(-1)

    def saddle_shift(self, *, nbeta: NBeta, localization: float) -> Float[Tensor, " point"]:
        """Return what directions that curve down add to the estimate: 0 where none does, else negative.

        Negative infinity where one curves down faster than the localisation holds.
        """
        h = self._beta(nbeta) * self.eigenvalues.clamp(max=0)
        precision = h + localization
        shift = torch.where(precision > 0, h / precision / 2, -torch.inf)
        return torch.where(h < 0, shift, h).sum(-1)  # NaN stays NaN

    def gradient_shift(self, *, nbeta: NBeta, localization: float) -> Float[Tensor, " point"]:
        """Return what the gradient adds to the estimate, in units of the LLC: 0 at a critical point, else negative.

        Negative infinity where a direction curves down faster than the localisation holds. Without a Hessian the most
        that it can be where no direction curves down: the value along a flat direction.
        """
        beta = self._beta(nbeta)
        if not self.eigenvectors.numel():
            return -(beta * self.gradient).square().sum(-1) / localization
        h = beta * self.eigenvalues
        precision = h + localization
        slope = beta * torch.einsum("pij,pi->pj", self.eigenvectors, self.gradient)
        shift = -slope.square() / precision * (1 - h / precision / 2)
        return torch.where((precision > 0).all(-1), shift.sum(-1), -torch.inf)


def curvature(loss: Loss, w: Float[Tensor, "parameter point"]) -> Curvature:
    """Return the exact gradient and Hessian of the loss at every point, by differentiating twice.

    Points that are not finite have NaN everywhere. Double precision is worth its cost here, where the loss can be
    computed in it; the loss is to be twice differentiable almost everywhere.
    """
    finite = w.isfinite().all(0)
    w = torch.where(finite, w, 0.0).requires_grad_()
    (gradient,) = torch.autograd.grad(loss(w).sum(), w, create_graph=True)
    # A point's loss depends on its own parameters alone, so the gradient of a sum over points is every point's own.
    gradient = gradient + 0 * w  # the gradient of a linear loss knows nothing of w
    if len(w) > MAX_PARAMETERS:
        unknown = torch.full(w.T.shape, torch.nan, dtype=torch.float64, device=w.device)
        return Curvature(gradient.detach().double().T, unknown, unknown.new_empty(w.shape[1], 0, 0))
    rows = [torch.autograd.grad(row.sum(), w, retain_graph=True)[0] for row in gradient]
    hessian = torch.stack(rows).permute(2, 0, 1).double()
    finite &= hessian.isfinite().all((1, 2))
    eigenvalues, eigenvectors = torch.linalg.eigh(torch.where(finite[:, None, None], hessian, 0.0))
    nan = torch.where(finite, 0.0, torch.nan)[:, None]
    return Curvature(gradient.detach().double().T + nan, eigenvalues + nan, eigenvectors)


SHIFT = 1e-3  # of parameters, to see whether the loss depends on them
VMAP = "torch.func.vmap(loss, in_dims=1) of the loss of one vector; each column of the points is one"


def check_loss(loss: Loss, points: Tensor) -> None:
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
    if len(points) > MAX_PARAMETERS:
        return
    point = points[:, :1] + SHIFT
    shifted = (point + SHIFT * torch.eye(len(point), dtype=point.dtype, device=point.device)).requires_grad_()
    with torch.enable_grad():
        start, value = loss(point), loss(shifted)
        slope = torch.autograd.grad(value.sum(), shifted)[0].diagonal()  # by the parameter that is shifted
    rounding = 100 * torch.finfo(point.dtype).eps  # of a mean over many samples
    frozen = ((slope == 0) & ~torch.isclose(value, start, rtol=rounding, atol=0)).nonzero().flatten().tolist()
    if frozen:  # the loss depends on them, as if they were detached
        raise _error("a gradient of every parameter", f"none of {frozen[:5]}", "loss", "leave out detach and no_grad")


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


def largest_curvature(loss: Loss, w: Float[Tensor, "parameter point"], *, n_iterations: int = 30) -> float:
    """Return the largest eigenvalue, in size, of the Hessian at any of the points, by power iteration.

    For step sizes: it is never too large, and a few per cent too small where the two largest are nearly equal.
    """
    leaf = w.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(leaf).sum(), leaf, create_graph=True)
    gradient = gradient + 0 * leaf
    v = torch.randn(w.shape, generator=torch.Generator().manual_seed(0)).to(w)
    size = v.norm(dim=0)
    for _ in range(n_iterations):
        (v,) = torch.autograd.grad(gradient, leaf, v / size.clamp(min=1e-30), retain_graph=True)
        size = v.norm(dim=0)
    return float(size.max())
