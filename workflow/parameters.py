"""The list of parameters config/README.md, from the types of the configuration and its default.

.venv/bin/python -m workflow.parameters > config/README.md
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from workflow.schema import SCHEMA
from workflow.violations import TYPES

Schema = Mapping[str, Any]

INTRODUCTION = """\
# Parameters

`config.yaml` holds the study: every value that it chooses, with comments that say why it is what it is. Only
`device` and `replicas_per_chunk` concern the machine; partitions and accounts of a cluster are in `slurm/`, memory and
time of jobs in `workflow/rules/`.

* **To change a value**, edit `config.yaml`, or put the values that differ into a file of their own and name it:
  `snakemake --cores 8 --configfile config/mine.yaml`. `smoke.yaml` is such a file. Name targets before `--configfile`,
  which takes everything after it for files: `snakemake --cores 8 families --configfile config/mine.yaml`.
* **To add a preset**, write it under `training_presets` or `sampler_presets` with a `base` and the values that differ,
  and name it in an entry of `protocols`: one line for each pair of presets.
* **To remove an entry** of `config.yaml` in a file of your own, such as a comparison or a preset, set it to `null`.
* **On the command line** `--config seeds=1-10` gives a single value. What stands in brackets there is read as texts,
  numbers too: write `checkpoints: {count: 6}` into a file.
* **A file that is not valid YAML** is refused by Snakemake without its line, which this prints:
  `python -c 'import yaml; yaml.safe_load(open("config/mine.yaml"))'`.
* **A value that cannot be used** stops the workflow before its first job, with what was expected, found, and where.
* [docs/reruns.md](../docs/reruns.md) says which jobs run again after which change.

This page is made from `workflow/configuration.py`, the records in `training_presets.py` and `sampler_presets.py` of
`superposition/`, and `config.yaml`; a test compares them. After a change:
`.venv/bin/python -m workflow.parameters > config/README.md`.
Braces stand for names that you choose. A list has at least one value, unless its line says "if any".
"""

PRESETS = {"training_presets": "notebook", "sampler_presets": "sgld"}
"""Presets of the default configuration whose values are shown as an example."""


def page() -> str:
    """Return the list of parameters as Markdown."""
    config = yaml.safe_load((Path(__file__).parent.parent / "config" / "config.yaml").read_text())
    sections = {name: schema for name, schema in SCHEMA["properties"].items() if schema.get("type") == "object"}
    single = {name: schema for name, schema in SCHEMA["properties"].items() if name not in sections}
    lines = [INTRODUCTION, "## The study\n", *_grid(_rows(single, config, ""), "default")]
    for name, schema in sections.items():
        values = f"`{PRESETS[name]}`" if name in PRESETS else "default"
        lines += [f"\n## {name}\n", f"{schema['description']}\n", *_grid(_row(schema, config[name], name), values)]
    return "\n".join(lines) + "\n"


def _grid(rows: Iterator[str], values: str) -> list[str]:
    return [f"| parameter | allowed | {values} | meaning |", "|---|---|---|---|", *rows]


def _rows(properties: Schema, values: Any, path: str) -> Iterator[str]:
    """Yield the lines of the parameters of a section."""
    for name, schema in properties.items():
        value = values.get(name) if isinstance(values, Mapping) else None
        yield from _row(schema, value, f"{path}.{name}" if path else name)


def _row(schema: Schema, value: Any, path: str) -> Iterator[str]:
    """Yield the line of one parameter, or those of the parameters that it consists of."""
    inside = list(_inside(schema, value, path))
    if not inside:
        shown = "" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"
        yield f"| `{path}` | {allowed(schema)} | {shown} | {schema['description']} |"
    for name, inner, inner_value in inside:
        yield from _row(inner, inner_value, name)


def _inside(schema: Schema, value: Any, path: str) -> Iterator[tuple[str, Schema, Any]]:
    """Yield path, schema and value of the parameters that a section consists of; names that users choose in braces."""
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.{name}", inner, value.get(name) if isinstance(value, Mapping) else None
    chosen = schema.get("additionalProperties")
    if isinstance(chosen, Mapping):
        example = value.get(PRESETS.get(path)) if isinstance(value, Mapping) else None
        if chosen.get("type") == "array":
            yield f"{path}.{{name}}", chosen, None
        yield from _inside(chosen, example, f"{path}.{{name}}")


def allowed(schema: Schema, *, many: bool = False) -> str:
    """Return what the values of a parameter may be, in words: one value, or many."""
    if "oneOf" in schema:
        return " or ".join(allowed(choice, many=many) for choice in schema["oneOf"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"list of {_length(schema)}{allowed(schema['items'], many=True)}"
    kind = schema.get("names") or TYPES[schema["type"]].removeprefix("a ")
    return f"{kind}{'s' if many else ''}{_range(schema)}"


def _length(schema: Schema) -> str:
    """Return how many values a list has, nothing unless they are two or more."""
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if least == most:
        return f"{least} "
    return f"{least} or more " if least > 1 else ""


def _range(schema: Schema) -> str:
    """Return the bounds of a number."""
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {_number(schema[name])}" for name, sign in bounds.items() if name in schema]
    return f" {' and '.join(limits)}" if limits else ""


def _number(value: float) -> str:
    """Return a number as one writes it, such as 1e12; a whole one with all its digits."""
    return f"{value:g}".replace("e+", "e") if isinstance(value, float) else str(value)


if __name__ == "__main__":
    print(page(), end="")
