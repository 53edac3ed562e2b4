"""Device on which tensors are computed, and their precision."""

import ctypes

import torch

from superposition.errors import StudyError
from superposition.presets import TrainingPreset


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
    """Let the C library keep memory that is freed, up to a GiB, for the next operation; where it is glibc.

    It else returns it to the system and asks for it anew at every operation on large tensors: steps of some thousand
    chains then take ten to forty times as long. No number changes.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for parameter in (-1, -3):  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD
            library.mallopt(parameter, 2**30)


def dtype_of(preset: TrainingPreset) -> torch.dtype:
    """Return the type of all numbers of a preset's runs."""
    return {"float32": torch.float32, "float64": torch.float64}[preset.precision]
