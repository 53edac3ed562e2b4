"""Contract of an activation's function, tried out with numbers before anything is trained with it.

A function that breaks one of these rules does not fail by itself: it gives runs that depend on what else was computed
with them, or weights that never change.
"""

import traceback
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from superposition.errors import StudyError
from superposition.model.replay import ValueDependentError, record

Function = Callable[[Tensor], Tensor]

SHAPE = (3, 5, 8)
"""Runs, inputs and features of what is tried."""

FAR = 50.0
"""Largest pre-activation that is tried: biases of the notebook start with a standard deviation of 10."""

TOLERANCE = 1e-9
"""Differences that rounding makes in double precision, with room: vectorised and scalar kernels differ in last bits."""

SLOPE_TOLERANCE, WRONG_ROWS = 1e-3, 0.5
"""Differences that a step of finite size makes to slopes, and share of inputs that may lie near a kink or a jump."""


def check_all(places: Mapping[str, str]) -> None:
    """Raise StudyError for the first activation whose function cannot be used, or for a module that cannot be run.

    `places` says of each activation, by name, where its function stands.
    """
    try:
        from superposition.activations import BY_NAME
    except Exception as error:  # whatever a user's code raises
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename.endswith("activations.py")]
        where = f"superposition/activations.py, line {(lines or [1])[-1] or 1}"
        hint = "run `python -m superposition.activations`"
        expected = "a module that can be imported"
        raise StudyError(expected=expected, found=_raised(error), where=where, hint=hint) from error
    check_each({where: BY_NAME[name].function for name, where in places.items()})


def check_each(functions: Mapping[str, Function]) -> None:
    """Raise StudyError for the first function that cannot serve as an activation; keys say where they stand."""
    for where, function in functions.items():
        check(function, where=where)


def check(function: Function, *, where: str) -> None:
    """Raise StudyError if a function cannot serve as an activation, which stands at `where`."""
    for expected, (fault_of, hint) in RULES.items():
        try:
            found = fault_of(function)
        except Exception as error:  # whatever a user's code raises
            found, hint = _raised(error), f"compute with PyTorch alone; {hint}"
        if found:
            raise StudyError(expected=expected, found=found, where=where, hint=hint)


def _raised(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _inputs(largest: float, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return values of both signs in disorder, none of them 0, where formulas may have a pole or a kink.

    The axis of runs comes last in memory, as in the model.
    """
    n_runs, n_inputs, n_features = SHAPE
    values = torch.linspace(-largest, largest, n_runs * n_inputs * n_features, dtype=dtype)
    disorder = 37 * torch.arange(len(values)) % len(values)  # 37 has no factor in common with the length
    return values[disorder].view(n_features, n_inputs, n_runs).permute(2, 1, 0)


def _form(function: Function) -> str:
    for dtype in (torch.float32, torch.float64):
        x = _inputs(8, dtype)
        y = function(x)
        if not isinstance(y, Tensor):
            return f"a value of type {type(y).__name__}"
        if (y.shape, y.dtype) != (x.shape, x.dtype):
            return f"{y.dtype} of shape {tuple(y.shape)} from {x.dtype} of shape {tuple(x.shape)}"
    return ""


def _change_in_place(function: Function) -> str:
    x = _inputs(8)
    function(x)
    return "" if torch.equal(x, _inputs(8)) else "another input after the call"


def _memory(function: Function) -> str:
    first = function(_inputs(8))
    function(_inputs(FAR))
    return "" if torch.equal(function(_inputs(8)), first) else "other values at the second call"


def _dependence_on_values(function: Function) -> str:
    try:
        record(lambda x: (function(x),), _inputs(8))
    except ValueDependentError:
        return "Python's control flow, or numbers, that depend on the values"
    return ""


def _mixing(function: Function) -> str:
    x = _inputs(8)
    together = function(x)
    for axis, unit in enumerate(("run", "input")):
        alone = torch.cat([function(part) for part in x.split(1, axis)], axis)
        difference = (alone - together).abs() / (1 + together.abs())
        if not difference.max() <= TOLERANCE:
            largest = float((alone - together).abs().max())
            return f"another value of one {unit} alone than beside others, by {largest:.2g}"
    return ""


def _not_finite(function: Function) -> str:
    for dtype, largest in ((torch.float64, 8.0), (torch.float32, FAR)):
        x = _inputs(largest, dtype).requires_grad_()
        y = function(x)
        gradients = torch.autograd.grad(y.sum(), x) if y.requires_grad else ()
        for what, values in zip(("a value", "a gradient"), (y, *gradients), strict=False):
            if not values.isfinite().all():
                return f"{what} of {values[~values.isfinite()][0]:g} at {x[~values.isfinite()][0]:.3g} in {dtype}"
    return ""


def _no_derivative(function: Function) -> str:
    """Return what is wrong with the first and second derivative of a loss along one direction."""
    x, step = _inputs(8).requires_grad_(), 1e-5
    weight, direction = (torch.linspace(*ends, SHAPE[-1], dtype=x.dtype) for ends in ((-1.0, 2.0), (1.0, 0.5)))
    y = function(x)
    if not y.requires_grad:
        return "values without a gradient: detached, or constant"

    def loss(x: Tensor) -> Tensor:
        return (function(x) + weight).square().sum(-1)

    (gradient,) = torch.autograd.grad(loss(x).sum(), x, create_graph=True)
    if not gradient.any():
        return "a gradient of 0 everywhere"
    (second,) = torch.autograd.grad(gradient.sum(), x)  # raises where PyTorch cannot: the LLC needs the Hessian
    if not second.isfinite().all():
        return f"a second derivative of {second[~second.isfinite()][0]:g} at {x[~second.isfinite()][0]:.3g}"
    with torch.no_grad():
        slope = (loss(x + step * direction) - loss(x - step * direction)) / (2 * step)
        wrong = ((gradient * direction).sum(-1) - slope).abs() > SLOPE_TOLERANCE * (1 + slope.abs())
    return "a gradient that is not the derivative of the values" if wrong.double().mean() > WRONG_ROWS else ""


RULES: dict[str, tuple[Callable[[Function], str], str]] = {
    "a tensor of the shape and dtype of the input": (_form, "axes are runs, inputs and features; float32 and float64"),
    "an input that stays as it was": (_change_in_place, "return a new tensor instead of changing x in place"),
    f"finite values and gradients from -{FAR:g} to {FAR:g}": (
        _not_finite,
        "torch.where passes on the NaN of the branch not taken, in gradients; exp overflows in float32 beyond 88",
    ),
    "the same values at every call": (_memory, "no random numbers, and nothing remembered from call to call"),
    "the same operations whatever the values": (_dependence_on_values, "choose between values with torch.where"),
    "each run and each input computed by itself": (_mixing, "combine values along the last axis only, with dim=-1"),
    "values that autograd can differentiate, twice": (
        _no_derivative,
        "compute with PyTorch alone, without detach(); torch.relu(x) in place of x * (x > 0)",
    ),
}
"""Rules with the function that finds a fault, "" for none, and what to do about it; each counts on those before it."""
