"""Checks of what is made on request: families, and models and data of other papers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from superposition.bounds import check
from superposition.errors import StudyError, closest
from superposition.training_presets import Factors, TrainingPreset, combinations
from workflow.checks.planned import check_unique, checked_seeds, listed
from workflow.presets import INHERITANCE
from workflow.provenance import registry


def check_families(families: Mapping[str, Any]) -> None:
    """Raise StudyError for an unknown family, or values of its parameter outside its range or that occur twice."""
    for name, values in families["values"].items():
        where = f"families.values.{name}"
        if name not in registry.family_rows():
            hint = closest(name, list(registry.family_rows()))
            raise StudyError(expected="the name of a family", found=repr(name), where=where, hint=hint)
        low, high = registry.family_field(name, "within")
        for value in values:
            if not low <= value <= high:
                line = registry.FAMILIES.place(registry.family_rows()[name].lineno)
                hint = f"the range of {name} is given in {line}"
                raise StudyError(expected=f"values from {low:g} to {high:g}", found=value, where=where, hint=hint)
        check_unique(values, where=where)


def check_deviations(section: Mapping[str, Any], known: Mapping[str, TrainingPreset]) -> None:
    """Raise StudyError if the original would be compared with runs of the same values."""
    original, corrected = section["original"], section["corrected"]
    if known[original] == known[corrected]:
        expected, hint = "values other than those of deviations.original", "runs without the large initial bias"
        found = f"{corrected}, with those of {original}"
        raise StudyError(expected=expected, found=found, where="deviations.corrected", hint=hint)


def check_other_models(section: Mapping[str, Any], known: Mapping[str, TrainingPreset]) -> None:
    """Raise StudyError if an experiment of other papers, or a combination of levels, cannot be run."""
    where = "other_models"
    for name, one in section["experiments"].items():
        checked_seeds(one["seeds"], where=f"{where}.experiments.{name}.seeds")
        for sparsity in one["sparsity"]:
            _check_grid(replace(known[one["training"]], sparsity=sparsity), f"{where}.experiments.{name}")
    for name in ("chen", "factorial"):
        checked_seeds(section[name]["seeds"], where=f"{where}.{name}.seeds")
    shape = {name: getattr(known[section["chen"]["training"]], name) for name in CHEN}
    if shape != CHEN:
        hint = "levels are those of this model; Chen's is training preset chen"
        raise StudyError(expected=listed(CHEN), found=listed(shape), where=f"{where}.chen.training", hint=hint)
    _check_factors(section["factorial"]["factors"], known[section["factorial"]["training"]])


def _check_factors(factors: Factors, preset: TrainingPreset) -> None:
    """Raise StudyError if levels inherit, set what those of another factor set, or contradict each other."""
    where, owner = "other_models.factorial.factors", {}
    for factor, name in ((factor, name) for factor, levels in factors.items() for name in levels):
        for key in factors[factor][name]:
            place = f"{where}.{factor}.{name}"
            if key in INHERITANCE:
                hint = "write the values themselves"
                raise StudyError(expected="values of a training preset", found=key, where=place, hint=hint)
            if owner.setdefault(key, factor) != factor:
                expected, found = "values that no level of another factor sets", f"{key}, as in {owner[key]}"
                hint = "of two levels together only one could set it; leave it to one factor"
                raise StudyError(expected=expected, found=found, where=place, hint=hint)
    for levels, combined in combinations(preset, factors):
        check(combined.contradictions(), f"{where} ({', '.join(levels.values())})")


CHEN = {"n_features": 6, "n_hidden": 2, "sparsity": 1, "values": "uniform", "weights": "tied", "layer_norm": "none"}
"""Values of a training preset without which its model is not Chen's."""


def _check_grid(preset: TrainingPreset, where: str) -> None:
    """Raise StudyError if a preset with a sparsity of an experiment cannot be run beside others."""
    if preset.sparsity >= 1 and preset.sparsity != int(preset.sparsity):
        hint = "below 1 the probability of zero, from 1 on the number of active features"
        found = preset.sparsity
        raise StudyError(expected="whole numbers from 1 on", found=found, where=f"{where}.sparsity", hint=hint)
    check(preset.contradictions(), where)
    if preset.sample != "fresh":
        hint = "runs of several sparsities are trained together"
        raise StudyError(expected="sample: fresh", found=preset.sample, where=f"{where}.training", hint=hint)
