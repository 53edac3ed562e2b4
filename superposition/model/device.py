"""Device on which tensors are computed, their precision, and a step's operations started together on a GPU."""

import ctypes
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from superposition.errors import StudyError
from superposition.training_presets import TrainingPreset


def choose_device(name: str) -> torch.device:
    """Return the device of a name: `cpu`, `cuda`, or `auto` for a GPU where there is one and the CPU otherwise.

    One PyTorch thread is used per process: jobs run beside each other, and tensors are too small to share out.

    Raises:
        StudyError: If `cuda` is asked for and there is none.
    """
    torch.set_num_threads(1)
    keep_freed_memory()
    if name == "cuda" and not torch.cuda.is_available():
        raise StudyError(expected="a GPU for device: cuda", found="none", where="device", hint="use auto or cpu")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


def keep_freed_memory() -> None:
    """Let glibc, where it is the C library, keep up to a GiB of freed memory for the next operation.

    Otherwise it is given back to the system and asked for anew at every operation on large tensors: steps of some
    thousand chains then take ten to forty times as long. No number changes.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for parameter in (-1, -3):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            library.mallopt(parameter, 2**30)


def dtype_of(preset: TrainingPreset) -> torch.dtype:
    """Return the type of all numbers of a preset's runs."""
    return {"float32": torch.float32, "float64": torch.float64}[preset.precision]


def captured(function: Callable[..., Any], device: torch.device) -> Callable[..., Any]:
    """Return a function that does what `function` does, on a GPU as one CUDA graph for each set of shapes.

    On a GPU an operation takes a few microseconds to start, longer than it computes until there are some ten thousand
    replicas. A graph starts those of one call all at once; it computes the same, in the same memory. The first call
    with new shapes runs as it is, since it may allocate or record what stays; the second is captured, and it and those
    after it replay the capture. A result is then overwritten by the next call. On the CPU it is the function itself.

    `function` takes tensors, and does the same operations in each call; all else that it uses stays in its memory.
    """
    if device.type != "cuda":
        return function
    captures: dict[tuple[torch.Size, ...], Any] = {}

    def run(*tensors: Tensor) -> Any:
        shapes = tuple(tensor.shape for tensor in tensors)
        if shapes not in captures:
            captures[shapes] = None
            return function(*tensors)
        if captures[shapes] is None:
            arguments = [tensor.clone() for tensor in tensors]
            captures[shapes] = arguments, *_capture(function, arguments)
        arguments, start, result = captures[shapes]
        for argument, tensor in zip(arguments, tensors, strict=True):
            argument.copy_(tensor)
        start()
        return result

    return run


def _capture(function: Callable[..., Any], arguments: list[Tensor]) -> tuple[Callable[[], None], Any]:
    """Return what starts a function's operations, captured here without being executed, and what then holds results."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = function(*arguments)
    return graph.replay, result
