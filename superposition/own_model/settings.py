"""Settings with which a module of one's own is sampled: what they may be, and what to give where they are not."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Annotated, Any, cast, get_args, get_type_hints

from torch import Tensor

from superposition.bounds import Bounds, Steps, broken_limit
from superposition.errors import StudyError
from superposition.sampler_presets import SamplerPreset

HINTS = {
    "lr": "such as 1e-4; `calibrate` finds one",
    "nbeta": "`default_nbeta` of the number of samples is usual",
    "localization": "such as 1.0, or 0 for none; `calibrate` finds one",
    "num_chains": "such as 10",
    "num_draws": "such as 100",
    "num_burnin_steps": "such as 100, or 0 for none; `calibrate` finds a length",
    "num_steps_bw_draws": "1 for a draw at every step",
    "batch_size": "0 for all samples",
    "seed": "such as 0",
    "max_steps": "such as 10_000, for burn-in and draws together",
}
"""What to give for each setting."""


def check_settings(settings: Mapping[str, Any], n_samples: int) -> None:
    """Raise StudyError for a setting of another type, or beyond its bounds; most are values of sampler presets.

    Args:
        settings: Settings by name; others than those in ``HINTS`` are not looked at.
        n_samples: Size of the data, which no mini-batch exceeds.
    """
    allowed = get_type_hints(SamplerPreset, include_extras=True)
    allowed |= {"seed": Annotated[int, Bounds(0, 2**63 - 1)], "max_steps": Steps}
    for name, hint in HINTS.items():
        if name in settings:
            value: Any = settings[name]
            kind, bounds, *_ = get_args(allowed[name])
            limits = vars(bounds) | ({"at_most": n_samples} if name == "batch_size" else {})
            expected, types = ("a whole number", Integral) if kind is int else ("a number", Real)
            if isinstance(value, Tensor) and value.numel() == 1:
                value = value.item()
            if isinstance(value, types) and not isinstance(value, bool | Tensor):
                expected = broken_limit(cast(float, value), limits)
            if expected:
                raise StudyError(expected=expected, found=repr(settings[name]), where=name, hint=hint)
