"""CUDA graphs: the operations of a step, started together on a GPU.

A step is a dozen operations on small tensors. On a GPU each takes a few microseconds to start, whatever its size, which
is longer than it computes until there are some ten thousand replicas. A CUDA graph notes the operations of one call and
starts them all at once; it computes the same, in the same memory.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def captured(function: Callable[..., Any], device: torch.device) -> Callable[..., Any]:
    """Return a function that does what `function` does, on a GPU as one CUDA graph for each set of shapes.

    The first call with new shapes runs as it is, since it may allocate or record what stays; the second is captured,
    and it and those after it replay the capture. A result is then overwritten by the next call. On the CPU it is the
    function itself.

    Args:
        function: Changes tensors in place, or returns tensors, by the same operations in each call. Its arguments are
            tensors; what it uses beside them must remain in the same memory.
        device: Where all of its tensors are.
    """
    if device.type != "cuda":
        return function
    calls: dict[tuple[torch.Size, ...], Callable[..., Any]] = {}

    def run(*tensors: Tensor) -> Any:
        shapes = tuple(tensor.shape for tensor in tensors)
        if shapes not in calls:
            calls[shapes] = function
            return function(*tensors)
        if calls[shapes] is function:
            calls[shapes] = _replayed(function, tensors)
        return calls[shapes](*tensors)

    return run


def _replayed(function: Callable[..., Any], example: tuple[Tensor, ...]) -> Callable[..., Any]:
    """Return the function as a replay of its operations, which are captured here without being executed."""
    arguments = [tensor.clone() for tensor in example]
    start, result = _capture(function, arguments)

    def replay(*tensors: Tensor) -> Any:
        for argument, tensor in zip(arguments, tensors, strict=True):
            argument.copy_(tensor)
        start()
        return result

    return replay


def _capture(function: Callable[..., Any], arguments: list[Tensor]) -> tuple[Callable[[], None], Any]:
    """Return what starts the captured operations, and the tensors that then hold their results."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = function(*arguments)
    return graph.replay, result
