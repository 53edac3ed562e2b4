"""The schema of the configuration, and what a message says of a violation."""

import inspect
import math
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match

from superposition.bounds import Bounds
from superposition.errors import StudyError, closest
from superposition.provenance import registry
from workflow.configuration import Configuration
from workflow.sections.types import DATE, FOLDER, NAME, Keyword

TYPES = {
    "array": "a list",
    "object": "keys with values",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
}
"""What the types of the schema are called in messages."""

PATTERNS = {
    NAME: "a name such as my_preset_2",
    DATE: "a date such as 2026-11-22",
    FOLDER: "a folder without braces or control characters",
}
"""What texts of its patterns are called."""

EXPECTED = {
    "type": "{}",
    "enum": "one of {}",
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
    "pattern": "{}",
    "names": "the name of a known {}",
}
"""How a message says what a keyword of the schema asks for."""

KINDS = {int: "integer", float: "number", str: "string"}
"""What JSON Schema calls the types of Python."""

BOUNDS = {
    "array": {"at_least": "minItems", "at_most": "maxItems"},
    "object": {"at_least": "minProperties"},
    "string": {"at_least": "minLength", "at_most": "maxLength"},
    "number": {
        **{"at_least": "minimum", "more_than": "exclusiveMinimum"},
        **{"at_most": "maximum", "less_than": "exclusiveMaximum"},
    },
}
"""What it calls bounds, of each type."""


def schema_of(hint: Any) -> dict[str, Any]:
    """Return the JSON Schema of an annotation: a type with bounds, keywords and a meaning, or a section of such."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        kind, *marks = parts
        schema = schema_of(kind)
        return schema | {key: value for mark in marks for key, value in _keywords(mark, schema.get("type")).items()}
    if origin in (Union, UnionType):
        return {"oneOf": [schema_of(choice) for choice in parts]}
    if origin is Literal:
        return {"enum": list(parts)}
    if origin is list:
        return {"type": "array", "items": schema_of(parts[0])}
    if origin is dict:
        return {"type": "object", "propertyNames": schema_of(parts[0]), "additionalProperties": schema_of(parts[1])}
    return {"type": KINDS[hint]} if hint in KINDS else _section(hint)


def _section(section: type) -> dict[str, Any]:
    """Return the schema of a class: all values of a section are needed, those of a preset can come from its base."""
    values = {name: schema_of(hint) for name, hint in get_type_hints(section, include_extras=True).items()}
    needed = {"required": list(values)} if is_typeddict(section) else {}
    described = {"description": inspect.getdoc(section), "properties": values}
    return {"type": "object", "additionalProperties": False, **needed, **described}


def _keywords(mark: str | Bounds | Keyword, kind: str | None) -> dict[str, Any]:
    if isinstance(mark, str):
        return {"description": mark}
    if isinstance(mark, Keyword):
        return {mark.name: list(mark.value) if isinstance(mark.value, tuple) else mark.value}
    names = BOUNDS.get(str(kind), BOUNDS["number"])
    return {names[name]: number for name, number in vars(mark).items() if number is not None}


SCHEMA = schema_of(Configuration)


def check_schema(config: Mapping[str, Any]) -> None:
    """Raise StudyError for the most relevant violation of the schema.

    The schema has one keyword of its own: `names` says that a text is the name of an activation or a preset.
    """
    known = {
        "activation": list(registry.rows()),
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
    expected = EXPECTED.get(violated, f"{violated} {{}}").format((TYPES | PATTERNS).get(str(value), value))
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
    if wanted == "string" and isinstance(found, int | float | date):  # YAML reads a date without quotes as one
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
