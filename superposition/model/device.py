"""Device on which tensors are computed."""

import torch

from superposition.errors import StudyError


def choose_device(name: str) -> torch.device:
    """Return the device of a name: `cpu`, `cuda`, or `auto` for a GPU where there is one and the CPU otherwise.

    One PyTorch thread is used per process: jobs run beside each other, and tensors are too small to share out.

    Raises:
        StudyError: If `cuda` is asked for and there is none.
    """
    torch.set_num_threads(1)
    if name == "cuda" and not torch.cuda.is_available():
        raise StudyError(expected="a GPU for device: cuda", found="none", where="device", hint="use auto or cpu")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)
