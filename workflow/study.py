"""What the configuration asks for: checked, with names instead of nested values, for the rules."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from superposition import presets, seeds
from superposition.presets import SamplerPreset, StudyError, TrainingPreset, closest
from superposition.provenance import activation_names
from superposition.schedules import dense_steps, log_spaced_steps, nearest_steps

ROOT = Path(__file__).parent.parent
SCHEMA = yaml.safe_load((Path(__file__).parent / "schemas" / "config.schema.yaml").read_text())

EXPECTED = {
    "type": "a value of type {}",
    "enum": "one of {}",
    "const": "{}",
    "oneOf": "one of the allowed forms",
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} item(s)",
    "minLength": "at least {} character(s)",
}
"""How a message says what a keyword of the schema asks for."""


class Study:
    """The activations, seeds, presets and schedules of a configuration.

    Raises:
        StudyError: On the first value that cannot be used.
    """

    def __init__(self, config: Mapping[str, Any]):
        _validate(config)
        self.config = config
        self.activations = self._activations()
        self.seeds = self._seeds()
        self.batches = seeds.batches(self.seeds, seeds_per_job=config["seeds_per_job"])
        self.training = {name: presets.training_preset(config["training_presets"], name) for name in config["training"]}
        self.sampler = {name: presets.sampler_preset(config["sampler_presets"], name) for name in config["sampler"]}
        for kind in ("training", "sampler"):
            _check_unique(config[kind], where=kind)
        self._check_checkpoints()
        self._check_cross_check()
        self.comparisons = self._comparisons()

    def _activations(self) -> list[str]:
        known, wanted = activation_names(), self.config["activations"]
        if wanted == "all":
            return known
        for name in wanted:
            if name not in known:
                raise StudyError(
                    expected="names of activations", found=repr(name), where="activations", hint=closest(name, known)
                )
        _check_unique(wanted, where="activations")
        return [name for name in known if name in wanted]

    def _seeds(self) -> list[int]:
        value = self.config["seeds"]
        found = value if isinstance(value, list) else seeds.parse(value)
        if not found:
            raise StudyError(expected="at least one seed", found=repr(value), where="seeds", hint="such as 1-10")
        _check_unique(found, where="seeds")
        return sorted(found)

    def _comparisons(self) -> dict[str, dict[str, Any]]:
        """Return the comparisons with the activations of the study, without those of which fewer than two are left."""
        known, found = activation_names(), {}
        for name, comparison in self.config["comparisons"].items():
            for activation in comparison["activations"]:
                if activation not in known:
                    raise StudyError(
                        expected="names of activations",
                        found=repr(activation),
                        where=f"comparisons.{name}.activations",
                        hint=closest(activation, known),
                    )
            chosen = [activation for activation in comparison["activations"] if activation in self.activations]
            if len(chosen) > 1:
                found[name] = {**comparison, "activations": chosen}
        return found

    def _check_checkpoints(self) -> None:
        last = self.config["checkpoints"]["last"]
        for name, preset in self.training.items():
            if last > preset.n_steps:
                raise StudyError(
                    expected=f"a step up to n_steps = {preset.n_steps} of training preset {name}",
                    found=last,
                    where="checkpoints.last",
                    hint="lower checkpoints.last or raise n_steps",
                )

    def _check_cross_check(self) -> None:
        name = self.config["cross_check"]["sampler"]
        preset = self.sampler_preset(name)
        if (preset.streams, preset.tied_noise) != ("library", "twice"):
            raise StudyError(
                expected="a sampler preset with streams: library and tied_noise: twice",
                found=f"{name} with streams: {preset.streams} and tied_noise: {preset.tied_noise}",
                where="cross_check.sampler",
                hint="only such chains are the library's",
            )

    def training_preset(self, name: str) -> TrainingPreset:
        """Return a training preset of the configuration, whether or not the study runs it."""
        return presets.training_preset(self.config["training_presets"], name)

    def sampler_preset(self, name: str) -> SamplerPreset:
        """Return a sampler preset of the configuration, whether or not the study runs it."""
        return presets.sampler_preset(self.config["sampler_presets"], name)

    @staticmethod
    def meanings(kind: str) -> dict[str, str]:
        """Return what the values of a training or sampler preset mean, as the schema says."""
        values = SCHEMA["$defs"][f"{kind}_preset"]["properties"]
        return {name: value["description"] for name, value in values.items() if name != "base"}

    def weight_steps(self, training: str) -> list[int]:
        """Return the steps at which weights are recorded, the original's among them."""
        preset = self.training_preset(training)
        spaced = log_spaced_steps(count=self.config["recording"]["weights"]["count"], last=preset.n_steps)
        return sorted({*spaced, *_logged(preset)})

    def loss_steps(self, training: str) -> list[int]:
        """Return the steps at which the loss is recorded, those of the weights among them."""
        dense = dense_steps(**self.config["recording"]["loss"], last=self.training_preset(training).n_steps)
        return sorted({*dense, *self.weight_steps(training)})

    @cached_property
    def checkpoint_steps(self) -> list[int]:
        """Steps at which the LLC is wanted; each is taken at the nearest recorded one."""
        return log_spaced_steps(**self.config["checkpoints"])

    @property
    def cross_check_steps(self) -> list[int]:
        """Checkpoints nearest to the steps at which chains are compared with the library's."""
        recorded = self.weight_steps(self.config["cross_check"]["training"])
        return nearest_steps(self.config["cross_check"]["steps"], nearest_steps(self.checkpoint_steps, recorded))

    def batch_of(self, seed: str | int) -> str:
        """Return the name of the batch that a seed is computed in."""
        for batch in self.batches:
            if int(seed) in seeds.parse(batch):
                return batch
        raise StudyError(
            expected="a seed of the study",
            found=seed,
            where="the requested file",
            hint=f"seeds: {seeds.name(self.seeds)}",
        )


def _logged(preset: TrainingPreset) -> list[int]:
    logged = log_spaced_steps(count=preset.logged_count, last=preset.logged_last)
    return [step for step in logged if step <= preset.n_steps]


def _check_unique(values: list, *, where: str) -> None:
    duplicates = sorted({value for value in values if values.count(value) > 1})
    if duplicates:
        raise StudyError(
            expected="every value once",
            found=f"{duplicates} more than once",
            where=where,
            hint="remove the repetitions",
        )


def _validate(config: Mapping[str, Any]) -> None:
    """Raise StudyError for the most relevant violation of the schema."""
    error = best_match(Draft202012Validator(SCHEMA).iter_errors(config))
    if error is not None:
        raise StudyError(**_explain(error))


def _explain(error: ValidationError) -> dict[str, Any]:
    """Return what a violation expected and found, where, and a hint."""
    where = ".".join(str(part) for part in error.absolute_path) or "the top level"
    schema: Any = error.schema
    violated, value, found = str(error.validator), cast(Any, error.validator_value), cast(Any, error.instance)
    known = list(schema.get("properties", {}))
    if violated == "additionalProperties":
        unknown = next(key for key in found if key not in known)
        return {"expected": "a known key", "found": repr(unknown), "where": where, "hint": closest(unknown, known)}
    if violated == "required":
        missing = [key for key in value if key not in found]
        return {"expected": f"keys {missing}", "found": "none", "where": where, "hint": "see config/config.yaml"}
    expected = EXPECTED.get(violated, f"{violated} {{}}").format(value)
    hint = schema.get("description", "see config/config.yaml")
    return {"expected": expected, "found": repr(found), "where": where, "hint": hint}
