"""The schema of the configuration, as far as it is made from typed records."""

from dataclasses import dataclass, fields
from typing import Annotated, Literal

import pytest

from superposition.presets import Bounds, SamplerPreset, TrainingPreset
from workflow.schema import SCHEMA, descriptions, values_of


@dataclass(frozen=True, kw_only=True)
class Base:
    """A record.

    Attributes:
        count: How many. The rest of what is said is for
            readers of the code.
    """

    count: Annotated[int, Bounds(at_least=1, less_than=5)]


@dataclass(frozen=True, kw_only=True)
class Derived(Base):
    """A record with more values.

    Attributes:
        kind: What it is, on two
            lines.
        size: A number or a word.
    """

    kind: Literal["a", "b"]
    size: Annotated[float, Bounds(more_than=0, at_most=2)] | str


def test_types_bounds_and_first_sentences_become_a_schema():
    assert values_of(Derived) == {
        "count": {"type": "integer", "minimum": 1, "exclusiveMaximum": 5, "description": "How many."},
        "kind": {"enum": ["a", "b"], "description": "What it is, on two lines."},
        "size": {
            "oneOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 2}, {"type": "string"}],
            "description": "A number or a word.",
        },
    }


@pytest.mark.parametrize(("name", "record"), [("training_preset", TrainingPreset), ("sampler_preset", SamplerPreset)])
def test_the_configuration_allows_the_values_of_a_preset_and_says_what_each_of_them_means(name, record):
    known = {field.name for field in fields(record)}
    assert set(SCHEMA["$defs"][name]["properties"]) - {"base", "bundle"} == known == set(descriptions(record))
