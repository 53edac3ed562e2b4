"""Checks of what is planned: names that must exist, and values that must fit each other."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from superposition import printable
from superposition.errors import StudyError
from superposition.protocols import Protocols
from superposition.training_presets import TrainingPreset
from workflow import seeds
from workflow.folders import NAME_LIMIT

MOST_BATCHES = 20_000
"""Most batches of runs: their 100,000 jobs are planned in some 12 minutes and 4 GB (docs/scale.md)."""


def check_printable(entries: Mapping[str, Mapping[str, Any]], where: str, key: str) -> None:
    """Raise StudyError if a title or label of the entries of a section cannot be printed."""
    for name, entry in entries.items():
        try:
            printable.check(entry[key], longest=100)
        except ValueError as error:
            expected, found = f"a {key} that can be printed", repr(entry[key])
            raise StudyError(expected=expected, found=found, where=f"{where}.{name}.{key}", hint=str(error)) from error


def check_protocols(protocols: Protocols) -> None:
    """Raise StudyError if two protocols are the same or called the same, or a label cannot be printed."""
    check_printable(protocols, "protocols", "label")
    for keys in (("training", "sampler"), ("label",)):
        known: dict[tuple[str, ...], str] = {}
        for name, one in protocols.items():
            first = known.setdefault(tuple(one[key] for key in keys), name)
            if first != name:
                expected = f"protocols of which no two have the same {' and '.join(keys)}"
                found = f"{' × '.join(one[key] for key in keys)} in {first} and {name}"
                hint = "remove one of them, in a file of your own with null"
                raise StudyError(expected=expected, found=found, where=f"protocols.{name}", hint=hint)


def check_ladder(ladder: list[str], known: Mapping[str, TrainingPreset], written: Mapping[str, Mapping]) -> None:
    """Raise StudyError if a step of the ladder changes no value, or several without saying why.

    Args:
        ladder: Names of its training presets, from the first step on.
        known: Training presets of the configuration by name.
        written: The same as they are written.
    """
    check_unique(ladder, where="ladder")
    for before, name in pairwise(ladder):
        first, second = asdict(known[before]), asdict(known[name])
        changed = [key for key in first if first[key] != second[key]]
        # A bundle speaks of what a preset changes of its base.
        bundled = "bundle" in written[name] and written[name].get("base") == before
        if len(changed) == 1 or (changed and bundled):
            continue
        expected = "a step of the ladder that changes one value, or says why it changes several"
        found = f"{', '.join(changed) or 'nothing'} changed from {before} to {name}"
        hint = f'a step for each value, or base: {before} and bundle: "why they belong together"'
        raise StudyError(expected=expected, found=found, where=f"training_presets.{name}", hint=hint)


STUDIED = (
    "ladder",
    "variants",
    "calibration.training",
    "coefficients.training",
    "cross_check.training",
    "deviations.corrected",
    "deviations.original",
    "families.training",
    "full_length.training",
    "refined.training",
)
"""Places of the configuration that name the training presets of parts of the study, beside its protocols."""


def check_studied(config: Mapping[str, Any], known: Mapping[str, TrainingPreset]) -> None:
    """Raise StudyError if the study, or a part of it on request, is to run a model for which it has no measures."""
    for name, one in config["protocols"].items():
        check_model(one["training"], known[one["training"]], where=f"protocols.{name}.training")
    for where in STUDIED:
        for name in named_at(config, where):
            check_model(name, known[name], where=where)


def check_model(name: str, preset: TrainingPreset, *, where: str) -> None:
    """Raise StudyError for a training preset of another model than the study's, or without a training sample."""
    if preset.beyond:
        expected = "a training preset of tied weights without hidden layers or LayerNorm, trained on a sample"
        found = f"{name} with {', '.join(f'{key}: {value}' for key, value in preset.beyond.items())}"
        hint = "LLC, Hessian, best losses and figures of the study do not know it; experiments of other_models do"
        raise StudyError(expected=expected, found=found, where=where, hint=hint)


def check_unique(values: list, *, where: str) -> None:
    """Raise StudyError if a value occurs twice."""
    duplicates = sorted(value for value, count in Counter(values).items() if count > 1)
    if duplicates:
        found = f"{duplicates} more than once"
        raise StudyError(expected="every value once", found=found, where=where, hint="remove the repetitions")


def checked_seeds(value: str | int | list[int], *, where: str) -> list[int]:
    """Return the seeds that a value of the configuration names, in increasing order."""
    named = value if isinstance(value, list) else seeds.parse(value, where=where)
    seeds.check(named, count=len(named), where=where)
    if not named:
        raise StudyError(expected="at least one seed", found=repr(value), where=where, hint="such as 1-10")
    check_unique(named, where=where)
    return sorted(named)


def check_batches(batches: list[str], runs: int, longest: str) -> None:
    """Raise StudyError if there are more batches than can be planned, or names of files would be too long.

    Args:
        batches: Names of the batches of seeds.
        runs: Pairs of training preset and activation, each of which is run for every batch.
        longest: The longest name of a file of results without that of the batch.
    """
    if len(batches) * runs > MOST_BATCHES:
        expected = f"at most {MOST_BATCHES:,} batches of seeds of a training preset and an activation"
        hint = "more seeds per job; docs/scale.md says what planning costs"
        raise StudyError(expected=expected, found=f"{len(batches) * runs:,}", where="seeds_per_job", hint=hint)
    name = max(batches, key=len)
    if len(longest) + len(name) > NAME_LIMIT:
        expected = f"names of files of at most {NAME_LIMIT} characters"
        found, hint = f"{len(longest) + len(name)}, with seeds {name}", "consecutive seeds, or fewer of them in a job"
        raise StudyError(expected=expected, found=found, where="seeds_per_job", hint=hint)


def check_steps(
    config: Mapping[str, Any], run: Mapping[str, TrainingPreset], known: Mapping[str, TrainingPreset]
) -> None:
    """Raise StudyError if a step lies past the end of the runs that it is taken from.

    Args:
        config: The configuration.
        run: Training presets that the study runs.
        known: All training presets.
    """
    for name, preset in run.items():
        _check_last([config["checkpoints"]["last"]], name, preset, where="checkpoints.last")
        _check_last(config["figures"]["moments"], name, preset, where="figures.moments")
    for part in ("cross_check", "refined"):
        name = config[part]["training"]
        _check_last(config[part]["steps"], name, known[name], where=f"{part}.steps")


def _check_last(steps: list[int], name: str, preset: TrainingPreset, *, where: str) -> None:
    if max(steps) > preset.n_steps:
        expected = f"a step up to n_steps = {preset.n_steps} of training preset {name}"
        raise StudyError(expected=expected, found=max(steps), where=where, hint=f"lower {where} or raise n_steps")


def named_at(config: Mapping[str, Any], where: str) -> list:
    """Return what stands at a place of the configuration: a list, or one value in a list."""
    value: Any = config
    for key in where.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value if isinstance(value, list) else [value]


def listed(values: Mapping[str, Any]) -> str:
    """Return values in words."""
    return " and ".join(f"{key}: {value}" for key, value in values.items())
