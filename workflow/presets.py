"""Presets as the configuration writes them: how they inherit."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from superposition.bounds import check
from superposition.errors import StudyError, closest
from superposition.sampler_presets import SamplerPreset
from superposition.training_presets import TrainingPreset

INHERITANCE = ("base", "bundle")
"""Keys of a written preset that are no values: what it inherits from, and why it changes several values of it."""


def resolve(presets: Mapping[str, Mapping[str, Any]], name: str, *, where: str) -> dict[str, Any]:
    """Return the values of a preset with everything that it inherits: its own replace those of its `base`.

    Args:
        presets: All presets of a kind as written in the configuration.
        name: Preset to resolve.
        where: Path of `presets` in the configuration, for messages.

    Raises:
        StudyError: If the preset or a base is unknown, or bases form a loop.
    """
    chain: list[str] = []
    values: dict[str, Any] = {}
    current: str | None = name
    while current is not None:
        place = f"{where}.{chain[-1]}.base" if chain else where
        if current not in presets:
            hint = closest(current, list(presets))
            raise StudyError(expected="the name of a preset", found=repr(current), where=place, hint=hint)
        if current in chain:
            expected, found = "bases that end in a preset without a base", " -> ".join([*chain, current])
            raise StudyError(expected=expected, found=found, where=place, hint="remove one base of the loop")
        chain.append(current)
        values = {**presets[current], **values}
        current = presets[current].get("base")
    return {key: value for key, value in values.items() if key not in INHERITANCE}


def _built(record: type, presets: Mapping[str, Mapping[str, Any]], name: str, where: str) -> Any:
    """Return the checked record of a preset, each value of which the schema has checked by itself."""
    values = resolve(presets, name, where=where)
    if missing := [field.name for field in fields(record) if field.name not in values]:
        expected, hint = f"values for {', '.join(missing)}", "name a base that has them, or write them here"
        raise StudyError(expected=expected, found="none", where=f"{where}.{name}", hint=hint)
    preset = record(**values)
    check(preset.contradictions(), f"{where}.{name}")
    return preset


def training_preset(presets: Mapping[str, Mapping[str, Any]], name: str) -> TrainingPreset:
    """Return the training preset `name`, with what it inherits, checked."""
    return _built(TrainingPreset, presets, name, "training_presets")


def sampler_preset(presets: Mapping[str, Mapping[str, Any]], name: str) -> SamplerPreset:
    """Return the sampler preset `name`, with what it inherits, checked."""
    return _built(SamplerPreset, presets, name, "sampler_presets")
