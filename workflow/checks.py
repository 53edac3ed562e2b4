"""What a configuration must be before the first job: its schema, names that must exist, and values that must fit."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match

from superposition import printable, seeds
from superposition.presets import SamplerPreset, StudyError, TrainingPreset, closest
from superposition.protocols import Protocols
from superposition.provenance.hashes import statement_margins
from superposition.provenance.registry import activation_names
from workflow.folders import NAME_LIMIT

SCHEMA = yaml.safe_load((Path(__file__).parent / "schemas" / "config.schema.yaml").read_text())

MOST_BATCHES = 20_000
"""Most batches of runs: their 100,000 jobs are planned in some 12 minutes and 4 GB (docs/scale.md)."""

TYPES = {
    "array": "a list",
    "object": "keys with values",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
}
"""What the types of the schema are called in messages."""

EXPECTED = {
    "type": "{}",
    "enum": "one of {}",
    "const": "{}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} item(s)",
    "maxItems": "at most {} item(s)",
    "minProperties": "at least {} entry or entries",
    "minLength": "at least {} character(s)",
    "maxLength": "at most {} character(s)",
    "uniqueItems": "every value once",
    "pattern": "a text of the form {}",
    "names": "the name of a known {}",
}
"""How a message says what a keyword of the schema asks for."""


def check_schema(config: Mapping[str, Any]) -> None:
    """Raise StudyError for the most relevant violation of the schema, or for a number that is not finite.

    The schema has one keyword of its own: `names` says that a text is the name of an activation or a preset.
    """
    known = {
        "activation": activation_names(),
        "training preset": _keys(config.get("training_presets")),
        "sampler preset": _keys(config.get("sampler_presets")),
    }
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    validator = validators.extend(Draft202012Validator, {"names": partial(_names, known)}, type_checker=types)
    error = best_match(validator(SCHEMA).iter_errors(config))
    if error is not None:
        raise StudyError(**_explain(error, known))
    for where, value in _numbers(config, ()):
        if not math.isfinite(value):
            raise StudyError(expected="a finite number", found=value, where=where, hint="such as 0.1")


def _is_integer(checker: object, value: object) -> bool:
    """Whether a value is a whole number; 28.0 is none, which JSON Schema takes for one and Python does not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, Mapping) else []


def _names(known: Mapping[str, list[str]], validator: object, kind: str, value: object, schema: object) -> Iterator:
    """Yield an error for a text that is no name of its kind: the keyword `names` of the schema."""
    if isinstance(value, str) and value not in known[kind]:
        yield ValidationError(f"{value!r} is no {kind}")


def _explain(error: ValidationError, known: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return what a violation expected and found, where, and a hint."""
    schema: Any = error.schema
    violated, value, found = str(error.validator), cast(Any, error.validator_value), cast(Any, error.instance)
    path = list(error.absolute_path)
    if violated == "names" and isinstance(path[-1], int):  # one of a list
        path.pop()
    where = ".".join(map(str, path)) or "the top level"
    properties = list(schema.get("properties", {}))
    if violated == "additionalProperties":
        unknown = next(key for key in found if key not in properties)
        return {"expected": "a known key", "found": repr(unknown), "where": where, "hint": closest(unknown, properties)}
    if violated == "required":
        missing = [key for key in value if key not in found]
        return {"expected": f"keys {missing}", "found": "none", "where": where, "hint": "see config/config.yaml"}
    expected = EXPECTED.get(violated, f"{violated} {{}}").format(TYPES.get(str(value), value))
    hint = schema.get("description", "see config/config.yaml")
    if violated == "oneOf":
        expected, hint = hint, "see config/config.yaml"
        if isinstance(found, str) and where == "activations":
            hint = _listed_alone(found, known["activation"])
    if violated == "names":
        hint = closest(found, known[value])
    if violated == "type":
        hint = _hint_of_type(value, found) or hint
    return {"expected": expected, "found": _shown(found), "where": where, "hint": hint}


def _shown(found: object) -> str:
    """Return a value as Python writes it, or how large it is if that is too long even to write."""
    return "a number beyond 1e40" if isinstance(found, int) and abs(found) > 10**40 else repr(found)


def _listed_alone(found: str, known: list[str]) -> str:
    return f"write a list: [{found}]" if found in known else closest(found, ["all", *known])


def _hint_of_type(wanted: str, found: object) -> str:
    """Return a hint for a value of another type than wanted, nothing if it only says what the value means."""
    if isinstance(found, bool) and wanted != "boolean":
        return f"YAML reads on, yes, off and no as true and false; write {TYPES[wanted]}, or the text in quotes"
    if wanted == "array" and isinstance(found, str | int | float):
        return f"write a list: [{found}]"
    if wanted == "string" and isinstance(found, int | float):
        return f'write it in quotes: "{found}"'
    number = _number(found) if wanted in ("integer", "number") else None
    if number is None:
        return ""
    if wanted == "integer" and number == int(number):
        return f"write {int(number)}"
    if wanted == "number":
        return f"it was read as a text; write {number if 1e-3 <= abs(number) < 1e16 else f'{number:.1e}'}"
    return ""


def _number(value: object) -> float | None:
    """Return the number that a text would be without quotes, or with a decimal point."""
    try:
        number = float(value.replace(",", ".") if isinstance(value, str) else cast(float, value))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _numbers(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """Yield all floating-point numbers of a configuration with their paths."""
    if isinstance(value, float):
        yield ".".join(path), value
    elif isinstance(value, Mapping | list):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            yield from _numbers(item, (*path, str(key)))


def check_printable(entries: Mapping[str, Mapping[str, Any]], where: str, key: str) -> None:
    """Raise StudyError if a title or label of the entries of a section cannot be printed."""
    for name, entry in entries.items():
        try:
            printable.check(entry[key], longest=100)
        except ValueError as error:
            raise StudyError(
                expected=f"a {key} that can be printed",
                found=repr(entry[key]),
                where=f"{where}.{name}.{key}",
                hint=str(error),
            ) from error


def check_protocols(protocols: Protocols) -> None:
    """Raise StudyError if two protocols are the same or called the same, or a label cannot be printed."""
    check_printable(protocols, "protocols", "label")
    for keys in (("training", "sampler"), ("label",)):
        known: dict[tuple[str, ...], str] = {}
        for name, one in protocols.items():
            first = known.setdefault(tuple(one[key] for key in keys), name)
            if first != name:
                raise StudyError(
                    expected=f"protocols of which no two have the same {' and '.join(keys)}",
                    found=f"{' × '.join(one[key] for key in keys)} in {first} and {name}",
                    where=f"protocols.{name}",
                    hint="remove one of them, in a file of your own with null",
                )


def check_unique(values: list, *, where: str) -> None:
    """Raise StudyError if a value occurs twice."""
    duplicates = sorted(value for value, count in Counter(values).items() if count > 1)
    if duplicates:
        raise StudyError(
            expected="every value once",
            found=f"{duplicates} more than once",
            where=where,
            hint="remove the repetitions",
        )


def checked_seeds(value: str | int | list[int], *, where: str) -> list[int]:
    """Return the seeds that a value of the configuration names, in increasing order."""
    found = value if isinstance(value, list) else seeds.parse(value, where=where)
    seeds.check(found, count=len(found), where=where)
    if not found:
        raise StudyError(expected="at least one seed", found=repr(value), where=where, hint="such as 1-10")
    check_unique(found, where=where)
    return sorted(found)


def check_batches(batches: list[str], runs: int, longest: str) -> None:
    """Raise StudyError if there are more batches than can be planned, or names of files would be too long.

    Args:
        batches: Names of the batches of seeds.
        runs: Pairs of training preset and activation, each of which is run for every batch.
        longest: The longest name of a file of results without that of the batch.
    """
    if len(batches) * runs > MOST_BATCHES:
        raise StudyError(
            expected=f"at most {MOST_BATCHES:,} batches of seeds of a training preset and an activation",
            found=f"{len(batches) * runs:,}",
            where="seeds_per_job",
            hint="more seeds per job; docs/scale.md says what planning costs",
        )
    name = max(batches, key=len)
    if len(longest) + len(name) > NAME_LIMIT:
        raise StudyError(
            expected=f"names of files of at most {NAME_LIMIT} characters",
            found=f"{len(longest) + len(name)}, with seeds {name}",
            where="seeds_per_job",
            hint="consecutive seeds, or fewer of them in a job",
        )


def check_steps(config: Mapping[str, Any], run: Mapping[str, TrainingPreset], compared: TrainingPreset) -> None:
    """Raise StudyError if a step lies past the end of the runs that it is taken from.

    Args:
        config: The configuration.
        run: Training presets that the study runs.
        compared: Training preset whose runs are compared with the library.
    """
    for name, preset in run.items():
        _check_last([config["checkpoints"]["last"]], name, preset, where="checkpoints.last")
        _check_last(config["figures"]["moments"], name, preset, where="figures.moments")
    name = config["cross_check"]["training"]
    _check_last(config["cross_check"]["steps"], name, compared, where="cross_check.steps")


def _check_last(steps: list[int], name: str, preset: TrainingPreset, *, where: str) -> None:
    if max(steps) > preset.n_steps:
        raise StudyError(
            expected=f"a step up to n_steps = {preset.n_steps} of training preset {name}",
            found=max(steps),
            where=where,
            hint=f"lower {where} or raise n_steps",
        )


def check_samplers(config: Mapping[str, Any], known: Mapping[str, SamplerPreset]) -> None:
    """Raise StudyError if a sampler preset cannot do what it is named for."""
    fresh = {"data": "sample", "streams": "library"}
    needs = {
        "cross_check.sampler": ({"streams": "library", "tied_noise": "twice"}, "only such chains are the library's"),
        "covariance.sampler": (fresh, "only such chains have batches"),
        "calibration.batch_size.base": (fresh, "only such chains have batches"),
        "deviations.sampler": ({"data": "sample"}, "its loss is that of a sample of inputs"),
        "deviations.tied_noise": ({"streams": "library"}, "only such chains have the noise of both parameters"),
    }
    for where, (needed, reason) in needs.items():
        for name in _at(config, where):
            found = {key: getattr(known[name], key) for key in needed}
            if found != needed:
                raise StudyError(
                    expected=f"a sampler preset with {_listed(needed)}",
                    found=f"{name} with {_listed(found)}",
                    where=where,
                    hint=reason,
                )


def _at(config: Mapping[str, Any], where: str) -> list[str]:
    """Return the name, or the names, at a place of the configuration."""
    value: Any = config
    for key in where.split("."):
        value = value[key]
    return value if isinstance(value, list) else [value]


def _listed(values: Mapping[str, str]) -> str:
    return " and ".join(f"{key}: {value}" for key, value in values.items())


def check_margins(margins: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise StudyError if a statement has no margin, a margin no statement, or one of them the wrong form."""
    needed = statement_margins()
    for statement, (name, is_region) in needed.items():
        if name not in margins:
            raise StudyError(
                expected=f"a margin for statement {statement}",
                found=f"no {name}",
                where="claims.margins",
                hint=closest(name, list(margins)),
            )
        for value in (margins[name]["value"], *margins[name]["others"]):
            if isinstance(value, list) != is_region or (is_region and not value[0] < value[1]):
                raise StudyError(
                    expected="two increasing numbers" if is_region else "one number",
                    found=value,
                    where=f"claims.margins.{name}",
                    hint=f"statement {statement} needs {'a region' if is_region else 'a bound'}",
                )
    names = sorted({name for name, _ in needed.values()})
    for name in margins:
        if name not in names:
            raise StudyError(
                expected="the margin of a statement",
                found=repr(name),
                where="claims.margins",
                hint=closest(name, names),
            )
