"""The schema of the configuration, and what a message says of a violation."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match

from superposition.errors import StudyError, closest
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.provenance.registry import activation_names

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

KINDS = {int: "integer", float: "number", str: "string"}
"""What JSON Schema calls the types of Python."""

BOUNDS = {"at_least": "minimum", "more_than": "exclusiveMinimum", "at_most": "maximum", "less_than": "exclusiveMaximum"}
"""What it calls bounds."""


def values_of(record: type) -> dict[str, Any]:
    """Return the schema of each value of a dataclass, from the annotation and the first sentence on it."""
    hints, texts = get_type_hints(record, include_extras=True), descriptions(record)
    return {field.name: _value(hints[field.name]) | {"description": texts[field.name]} for field in fields(record)}


def _value(hint: Any) -> dict[str, Any]:
    """Return the schema of one value with its bounds."""
    if get_origin(hint) is Union:
        return {"oneOf": [_value(choice) for choice in get_args(hint)]}
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) is Annotated:
        kind, bounds = get_args(hint)
        return _value(kind) | {BOUNDS[key]: number for key, number in vars(bounds).items() if number is not None}
    return {"type": KINDS[hint]}


def descriptions(record: type) -> dict[str, str]:
    """Return the first sentence on each attribute in the docstrings of a class and of those that it inherits from."""
    found: dict[str, str] = {}
    for each in reversed(record.__mro__[:-1]):
        _, _, attributes = (each.__doc__ or "").partition("Attributes:\n")
        entries = re.findall(r"^ {8}(\w+): (.+(?:\n {12}.+)*)$", attributes, flags=re.MULTILINE)
        found |= {name: re.split(r"(?<=\.) ", " ".join(text.split()))[0] for name, text in entries}
    return found


SCHEMA = yaml.safe_load((Path(__file__).parent / "schemas" / "config.schema.yaml").read_text())
for name, record in (("training_preset", TrainingPreset), ("sampler_preset", SamplerPreset)):
    SCHEMA["$defs"][name]["properties"] |= values_of(record)


def check_schema(config: Mapping[str, Any]) -> None:
    """Raise StudyError for the most relevant violation of the schema.

    The schema has one keyword of its own: `names` says that a text is the name of an activation or a preset.
    """
    known = {
        "activation": activation_names(),
        "training preset": _keys(config.get("training_presets")),
        "sampler preset": _keys(config.get("sampler_presets")),
        "estimator": _estimators(config.get("leaderboard")),
    }
    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_finite})
    validator = validators.extend(Draft202012Validator, {"names": partial(_names, known)}, type_checker=types)
    error = best_match(validator(SCHEMA).iter_errors(config))
    if error is not None:
        raise StudyError(**_explain(error, known))


def _is_integer(checker: object, value: object) -> bool:
    """Whether a value is a whole number; 28.0 is none, which JSON Schema takes for one and Python does not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(checker: object, value: object) -> bool:
    """Whether a value is a number that computations can take."""
    return _is_integer(checker, value) or (isinstance(value, float) and math.isfinite(value))


def _keys(value: object) -> list[str]:
    return list(value) if isinstance(value, Mapping) else []


def _estimators(leaderboard: object) -> list[str]:
    """Return the names of the estimators that are compared: those of sampler presets, and of settings."""
    given = leaderboard if isinstance(leaderboard, Mapping) else {}
    samplers = given.get("samplers")
    return [*(samplers if isinstance(samplers, list) else []), *_keys(given.get("settings"))]


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
    if violated == "type" and isinstance(found, float) and not math.isfinite(found):
        expected, hint = "a finite number", "such as 0.1"
    elif violated == "type":
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
