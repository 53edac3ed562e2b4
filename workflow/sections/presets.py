"""Presets and protocols as the configuration writes them."""

from typing import Annotated, TypedDict

from superposition.bounds import Bounds
from superposition.sampler_presets import SamplerPreset
from superposition.training_presets import TrainingPreset
from workflow.sections.types import Sampler, Training


class TrainingBase:
    """Entries of a training preset beside its values."""

    base: Annotated[Training, "Preset whose values this one takes where it sets none."]
    bundle: Annotated[str, Bounds(1, 200), "Reason for changing several values at its step of the ladder."]


class SamplerBase:
    """Entries of a sampler preset beside its values."""

    base: Annotated[Sampler, "Preset whose values this one takes where it sets none."]


class WrittenTraining(TrainingPreset, TrainingBase):
    """A training preset, without the values that it takes from its base."""


class WrittenSampler(SamplerPreset, SamplerBase):
    """A sampler preset, without the values that it takes from its base."""


class ProtocolSection(TypedDict):
    """A training preset with a sampler preset."""

    label: Annotated[str, Bounds(1, 40), "Name in text."]
    training: Annotated[Training, "Training preset."]
    sampler: Annotated[Sampler, "Sampler preset."]
