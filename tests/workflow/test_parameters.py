"""The list of parameters, made from the schema."""

import re
from collections.abc import Iterator, Mapping

import pytest
from conftest import ROOT

from workflow import parameters
from workflow.schema import SCHEMA


def sections(schema: Mapping, path: str) -> Iterator[tuple[str, Mapping]]:
    """Yield all parameters of the schema and the sections that they form, with their paths."""
    inner = dict(schema.get("properties", {}))
    if isinstance(schema.get("additionalProperties"), Mapping):
        inner["{name}"] = schema["additionalProperties"]
    for name, value in inner.items():
        yield f"{path}.{name}".strip("."), value
        yield from sections(value, f"{path}.{name}")


ALL = dict(sections(SCHEMA, ""))


@pytest.fixture(scope="module")
def page() -> str:
    return parameters.page()


def test_the_page_is_what_the_schema_and_the_configuration_make(page):
    assert (ROOT / "config/README.md").read_text() == page, "run: python -m workflow.parameters > config/README.md"


@pytest.mark.parametrize("path", list(ALL))
def test_every_parameter_is_described_and_on_the_page_with_what_is_allowed(page, path):
    schema = ALL[path]
    assert schema["description"].endswith(".")
    if schema.get("type") == "object":
        return
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith(f"| `{path}` | ")]
    assert len(rows) == 1
    assert rows[0][1]


def test_what_is_allowed_reads_as_words():
    whole = {"type": "integer", "minimum": 1}
    share = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
    names = {"type": "array", "minItems": 1, "items": {"type": "string", "names": "activation"}}
    words = {
        "whole number ≥ 1": whole,
        "number > 0 and < 1": share,
        "whole number ≥ 1 or number > 0 and < 1": {"oneOf": [whole, share]},
        "list of whole numbers ≥ 1": {"type": "array", "minItems": 1, "items": whole},
        "list of 2 numbers": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "number"}},
        "`all` or list of activations": {"oneOf": [{"enum": ["all"]}, names]},
        "`a`, `b`": {"enum": ["a", "b"]},
        "list of numbers": {"type": "array", "items": {"type": "number"}},
        "number > 0 and ≤ 1e12": {"type": "number", "exclusiveMinimum": 0, "maximum": 1e12},
        "whole number ≤ 4294967295": {"type": "integer", "maximum": 4_294_967_295},
    }
    assert {parameters.allowed(schema): schema for schema in words.values()} == words


def test_a_list_that_may_be_empty_says_so_and_no_other_does():
    lists = {path: schema for path, schema in ALL.items() if schema.get("type") == "array"}
    may_be_empty = [path for path, schema in lists.items() if "minItems" not in schema]
    assert [path for path, schema in lists.items() if schema["description"].endswith(", if any.")] == may_be_empty


def test_readme_says_which_presets_each_protocol_has(config):
    rows = re.findall(r"^\| `(\w+)`[^|]* \| `(\w+)`, `(\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == [(name, one["training"], one["sampler"]) for name, one in config["protocols"].items()]
