"""The schema of the configuration, which is made from types."""

from dataclasses import dataclass, fields
from typing import Annotated, Literal, TypedDict

import pytest

from superposition.bounds import Bounds
from superposition.sampler_presets import SamplerPreset
from superposition.training_presets import TrainingPreset
from workflow.schema import SCHEMA, schema_of
from workflow.sections.types import Keyword

Size = Annotated[float, Bounds(at_most=2, more_than=0)]


class Section(TypedDict):
    """A section."""

    count: Annotated[int, Bounds(1, less_than=5), "How many."]
    kinds: Annotated[list[Literal["a", "b"]], Bounds(1, 3), Keyword("uniqueItems", True), "Which."]
    sizes: Annotated[dict[str, Size | str], Bounds(2), "Each by a name."]


@dataclass(frozen=True, kw_only=True)
class Base:
    """A record."""

    count: Annotated[int, "How many."]


@dataclass(frozen=True, kw_only=True)
class Derived(Base):
    """A record with more."""

    word: Annotated[str, Bounds(1), "A word."]


def test_types_bounds_keywords_and_meanings_become_a_schema():
    size = {"type": "number", "exclusiveMinimum": 0, "maximum": 2}
    assert schema_of(Section) == {
        **{"type": "object", "additionalProperties": False, "description": "A section."},
        "required": ["count", "kinds", "sizes"],
        "properties": {
            "count": {"type": "integer", "minimum": 1, "exclusiveMaximum": 5, "description": "How many."},
            "kinds": {
                **{"type": "array", "minItems": 1, "maxItems": 3, "uniqueItems": True, "description": "Which."},
                "items": {"enum": ["a", "b"]},
            },
            "sizes": {
                **{"type": "object", "minProperties": 2, "description": "Each by a name."},
                **{"propertyNames": {"type": "string"}, "additionalProperties": {"oneOf": [size, {"type": "string"}]}},
            },
        },
    }


def test_a_record_needs_no_value_as_a_base_may_have_it():
    found = schema_of(Derived)
    assert "required" not in found
    assert found["properties"]["word"] == {"type": "string", "minLength": 1, "description": "A word."}
    assert list(found["properties"]) == ["count", "word"]


@pytest.mark.parametrize(("name", "record"), [("training", TrainingPreset), ("sampler", SamplerPreset)])
def test_the_configuration_allows_the_values_of_a_preset_and_how_it_inherits(name, record):
    known = SCHEMA["properties"][f"{name}_presets"]["additionalProperties"]["properties"]
    assert set(known) - {"base", "bundle"} == {field.name for field in fields(record)}
    assert known["base"]["names"] == f"{name} preset"
