"""Checks of samplers: what each can do where it is named, and with what it is run there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from superposition.errors import StudyError
from superposition.sampler_presets import SamplerPreset
from workflow.checks.planned import listed, named_at

BATCH_SIZES = {
    "calibration.batch_size.batch_sizes": "calibration.batch_size.base",
    "covariance.batch_sizes": "covariance.sampler",
    "cross_check.batch_sizes": "cross_check.sampler",
}
"""Places of the configuration with batch sizes, and with the sampler preset whose own each replaces."""


def check_samplers(config: Mapping[str, Any], known: Mapping[str, SamplerPreset]) -> None:
    """Raise StudyError if a sampler preset cannot do what it is named for."""
    fresh = {"data": "sample", "streams": "library"}
    # What each place asks of its preset, and why.
    needs = {
        "leaderboard.samplers.0": ({"estimator": "sgld"}, "the ladder is one of such chains"),
        "cross_check.sampler": (fresh | {"tied_noise": "twice"}, "only such chains are the library's"),
        "covariance.sampler": (fresh, "only such chains have batches"),
        "calibration.batch_size.base": (fresh, "only such chains have batches"),
        "calibration.temperature.base": ({"estimator": "sgld"}, "only its chains have a temperature"),
        "families.sampler": ({"estimator": "sgld"}, "families run no other chains"),
        "refined.sampler": ({"estimator": "sgld"}, "only chains at one temperature have draws"),
        "deviations.sampler": ({"data": "sample"}, "its loss is that of a sample of inputs"),
        "deviations.tied_noise": ({"streams": "library"}, "only such chains have the noise of both parameters"),
    }
    for where, (needed, reason) in needs.items():
        for name in named_at(config, where):
            values = {key: getattr(known[name], key) for key in needed}
            if values != needed:
                expected = f"a sampler preset with {listed(needed)}"
                raise StudyError(expected=expected, found=f"{name} with {listed(values)}", where=where, hint=reason)
    check_batch_sizes(config, known)
    check_temperatures(config["leaderboard"]["settings"]["sgld_ladder"]["nbeta"])


def check_batch_sizes(config: Mapping[str, Any], known: Mapping[str, SamplerPreset]) -> None:
    """Raise StudyError if a sampler preset cannot take one of the batch sizes that it is to be run with."""
    for where, base in BATCH_SIZES.items():
        for preset in (known[name] for name in named_at(config, base)):
            for batch_size in named_at(config, where):
                for _, expected, found, hint in replace(preset, batch_size=batch_size).contradictions():
                    raise StudyError(expected=expected, found=found, where=where, hint=hint)


def check_temperatures(nbeta: Sequence[float]) -> None:
    """Raise StudyError if the inverse temperatures of the SGLD ladder do not increase."""
    for before, after in pairwise(nbeta):
        if not before < after:
            hint = "estimates are extrapolated along the ladder"
            where = "leaderboard.settings.sgld_ladder.nbeta"
            raise StudyError(expected="increasing n beta", found=f"{after:g} after {before:g}", where=where, hint=hint)
