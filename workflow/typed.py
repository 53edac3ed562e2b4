"""JSON Schema of a typed record, which is thereby the only place where its values are described."""

import re
from dataclasses import fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

NAMES = {int: "integer", float: "number", str: "string"}
"""What JSON Schema calls the types of Python."""

BOUNDS = {"at_least": "minimum", "more_than": "exclusiveMinimum", "at_most": "maximum", "less_than": "exclusiveMaximum"}
"""What it calls bounds."""

SPACES = re.compile(r"\s+")


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
    return {"type": NAMES[hint]}


def descriptions(record: type) -> dict[str, str]:
    """Return the first sentence on each attribute in the docstrings of a class and of those that it inherits from."""
    found: dict[str, str] = {}
    for each in reversed(record.__mro__[:-1]):
        _, _, attributes = (each.__doc__ or "").partition("Attributes:\n")
        entries = re.findall(r"^ {8}(\w+): (.+(?:\n {12}.+)*)$", attributes, flags=re.MULTILINE)
        found |= {name: re.split(r"(?<=\.) ", SPACES.sub(" ", text))[0] for name, text in entries}
    return found
