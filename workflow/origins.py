"""Which rule and script makes a file, as the rules themselves say: what documents say of tables and figures."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any


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
