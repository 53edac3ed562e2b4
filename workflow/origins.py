"""Rule and script that make each file, as the rules themselves say: for documents and the data dictionary."""

import functools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.io import strip_wildcard_constraints
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

from workflow.study import ROOT


def made_by(rules: Iterable[Any], tables: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return file, rule and script of each table, whose paths are given by name."""
    rule_of = _rule_of(rules)
    return {
        name: {"file": path, "rule": rule_of[path].name, "script": Path(rule_of[path].script).name}
        for name, path in tables.items()
    }


def drawn_by(rules: Iterable[Any], figures: Iterable[str], table: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """Return the script of each figure by the name of its file, and the tables that it reads; `table` gives paths."""
    rule_of = _rule_of(rules)
    return {
        Path(path).stem: {
            "script": Path(rule_of[path].script).name,
            "tables": [Path(file).stem for file in map(str, rule_of[path].input) if file == table(Path(file).stem)],
        }
        for path in figures
    }


def _rule_of(rules: Iterable[Any]) -> dict[str, Any]:
    return {path: rule for rule in rules for path in map(str, rule.output)}


@functools.cache
def all_outputs() -> list[tuple[str, Any]]:
    """Return path below the results folder and rule of all outputs, with wildcards, as Snakemake reads them."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        resources = ResourceSettings(cores=1)
        study = api.workflow(resource_settings=resources, snakefile=ROOT / "Snakefile", workdir=ROOT)._workflow
        outputs = [(strip_wildcard_constraints(path), rule) for rule in study.rules for path in rule.output]
        return [(path.removeprefix(f"{study.globals['RESULTS']}/"), rule) for path, rule in outputs]
