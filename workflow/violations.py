"""Messages about values that violate the schema of the configuration."""

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from jsonschema.exceptions import ValidationError

from superposition.errors import closest
from superposition.wording import listing, plural
from workflow.sections.types import DATE, FOLDER, NAME

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

LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "minItems": "at least {}",
    "minProperties": "at least {}",
    "minLength": "at least {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "maxItems": "at most {}",
    "maxLength": "at most {}",
}
"""How a message says what a bound of the schema asks for, lower bounds first."""

PARTS = {
    **{"minItems": "item", "maxItems": "item", "minProperties": "key"},
    **{"minLength": "character", "maxLength": "character"},
}
"""What bounds of lists, of keys with values and of texts count."""

EXPECTED = LIMITS | {
    "type": "{}",
    "enum": "one of {}",
    "uniqueItems": "every value once",
    "pattern": "{}",
    "names": "the name of a known {}",
}
"""How a message says what a keyword of the schema asks for."""


FEW = 5
"""Most values of which a hint lists all instead of the nearest."""

WHOLE = "-?(0|[1-9][0-9]*)"
WRITTEN = {"integer": f"null|{WHOLE}", "number": rf"null|{WHOLE}(\.[0-9]+(e[-+][0-9]+)?)?"}
"""Texts that without quotes are null or of a type."""

NESTED = "--config reads what it has in brackets as texts: write it in a file for --configfile"


def explain(error: ValidationError, known: Mapping[str, list[str]]) -> dict[str, Any]:
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
        expected = f"the key{'s' if len(missing) > 1 else ''} {listing(missing)}"
        return {"expected": expected, "found": "none", "where": where, "hint": "see config/config.yaml"}
    if violated == "oneOf":
        expected, hint = schema.get("description", "one of several forms"), "see config/config.yaml"
        if isinstance(found, str) and where == "activations":
            hint = _listed_alone(found, known["activation"])
    else:
        expected, hint = _expected(violated, value), _allowed(_asked(error))
    if violated == "names":
        hint = closest(found, known[value])
    if violated == "enum" and isinstance(found, str) and len(value) > FEW:
        hint = closest(found, list(map(str, value)))
    if violated == "uniqueItems":
        hint = "remove the repetitions"
    if violated == "type" and isinstance(found, float) and not math.isfinite(found):
        expected, hint = "a finite number", "such as 0.1"
    elif violated == "type":
        hint = _hint_of_type(value, found) or hint
    empty = found is None and path and isinstance(path[-1], str)
    shown = f"{path[-1]} without a value" if empty else _shown(found)
    return {"expected": expected, "found": shown, "where": where, "hint": hint}


def _expected(violated: str, value: object) -> str:
    """Return what a keyword of the schema asks for with its value."""
    counted = violated in PARTS
    asked = plural(cast(int, value), PARTS[violated]) if counted else (TYPES | PATTERNS).get(str(value), value)
    return EXPECTED.get(violated, f"{violated} {{}}").format(asked)


def _asked(error: ValidationError) -> Any:
    """Return the schema of a value: that of all its forms where one of them is violated."""
    parent = error.parent
    if parent is not None and parent.validator == "oneOf" and not error.relative_path:
        return parent.schema
    return error.schema


def _allowed(schema: Mapping[str, Any]) -> str:
    """Return a hint that says what to write: everything that is asked of a value at once, and what it means."""
    forms = [form for form in schema.get("oneOf", ()) if form.get("type") in ("integer", "number")]
    if "oneOf" in schema and not forms:  # which the meaning names
        return f"write {schema['description'].removesuffix('.')}"
    forms = forms or [schema]
    allowed = f"write {', or '.join(map(_form, forms))}"
    return f"{allowed}: {schema['description']}" if "description" in schema else allowed


def _form(schema: Mapping[str, Any]) -> str:
    kind = next(_expected(name, schema[name]) for name in ("pattern", "enum", "type") if name in schema)
    limits = " and ".join(_expected(name, schema[name]) for name in LIMITS if name in schema)
    return f"{kind}, {limits}" if limits else kind


def _shown(found: object) -> str:
    """Return a value as Python writes it, or how large it is if that is too long even to write."""
    return "a number beyond 1e40" if isinstance(found, int) and abs(found) > 10**40 else repr(found)


def _listed_alone(found: str, known: list[str]) -> str:
    """Return a hint for names that are no list: how to write one, or what the first unknown name may stand for."""
    names = [name.strip() for name in found.split(",")]
    unknown = [name for name in names if name not in known]
    return closest(unknown[0], ["all", *known]) if unknown else f"write a list: [{', '.join(names)}]"


def _hint_of_type(wanted: str, found: object) -> str:
    """Return a hint for a value of another type than wanted, nothing if it only says what the value means."""
    if isinstance(found, bool) and wanted != "boolean":
        quoted = ", or the text in quotes" if wanted == "string" else ""
        return f"YAML reads on, yes, off and no as true and false; write {TYPES[wanted]}{quoted}"
    if isinstance(found, str) and re.fullmatch(WRITTEN.get(wanted, "null"), found):
        return f"write {found} without quotes; {NESTED}"
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
