"""The schema of the configuration, made from its types, and the check against it."""

import inspect
import math
from collections.abc import Iterator, Mapping
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError, best_match

from superposition.bounds import Bounds
from superposition.errors import StudyError
from workflow.configuration import Configuration
from workflow.provenance import registry
from workflow.sections.types import Keyword
from workflow.violations import explain

KINDS = {int: "integer", float: "number", str: "string"}
"""Names of the types of Python in JSON Schema."""

BOUNDS = {
    "array": {"at_least": "minItems", "at_most": "maxItems"},
    "object": {"at_least": "minProperties"},
    "string": {"at_least": "minLength", "at_most": "maxLength"},
    "number": {
        **{"at_least": "minimum", "more_than": "exclusiveMinimum"},
        **{"at_most": "maximum", "less_than": "exclusiveMaximum"},
    },
}
"""Names of bounds there, for each type."""


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


def without_null(value: Any, schema: Mapping[str, Any] = SCHEMA) -> Any:
    """Return a configuration without its empty entries: null removes what another file of the configuration has.

    At a key that its section needs or does not have it stays, for the check against the schema to name the key.
    """
    if not isinstance(value, Mapping):
        return value
    sections, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    needed = schema.get("required", ())
    return {
        key: without_null(item, sections.get(key, others) or {})
        for key, item in value.items()
        if item is not None or key in needed or (others is False and key not in sections)
    }


def check_schema(config: Mapping[str, Any]) -> None:
    """Raise StudyError for the most relevant violation of the schema.

    The schema has one keyword of its own: `names` says that a text is the name of an activation or a preset.
    """
    sections = config if isinstance(config, Mapping) else {}
    known = {
        "activation": list(registry.rows()),
        "training preset": _keys(sections.get("training_presets")),
        "sampler preset": _keys(sections.get("sampler_presets")),
        "estimator": _estimators(sections.get("leaderboard")),
    }
    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_integer, "number": _is_finite})
    validator = validators.extend(Draft202012Validator, {"names": partial(_names, known)}, type_checker=types)
    error = best_match(validator(SCHEMA).iter_errors(config))
    if error is not None:
        raise StudyError(**explain(error, known))


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
