"""Numbers of configuration files that YAML reads as others than most people do, and keys that stand twice.

YAML 1.1 reads 1:30 as 90, 010 as 8 and 1_0 as 10, and keeps the last of two equal keys, all without a word. A value
that has been read no longer shows it, so the files are looked at once more.
"""

import re
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

import yaml

from superposition.errors import StudyError

WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
PLAIN = {"tag:yaml.org,2002:int": WHOLE, "tag:yaml.org,2002:float": re.compile("[^_:]*")}
"""How whole and other numbers are written that every reader takes for the same."""


def check_notation(paths: Iterable[str | Path], sections: Container[str]) -> None:
    """Raise StudyError for the first number with two readings, or key that stands twice, in configuration files.

    Args:
        paths: The files; JSON has neither such numbers nor another reader.
        sections: Keys at the top of the configuration. Others belong to a workflow that uses this one.
    """
    for path in paths:
        if Path(path).suffix != ".json":
            tree = yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
            for where, node in _scalars(tree, (), path):
                if where[:1] and where[0] in sections:
                    _check(node, where, path)


def check_arguments(arguments: Iterable[str], sections: Container[str]) -> None:
    """Raise StudyError for the first whole number of the command line with two readings: `--config seeds=1_0` is 10."""
    for argument in arguments:
        key, _, value = argument.removeprefix("--config=").partition("=")
        if key in sections and re.fullmatch("[-+]?[0-9][0-9_]*", value) and not WHOLE.fullmatch(value):
            found, hint = f"{value}, which is read as {int(value)}", f"write {int(value)}, or the number that is meant"
            raise StudyError(expected="a number in decimal digits", found=found, where=f"--config {key}", hint=hint)


def _scalars(
    node: yaml.Node | None, where: tuple[str, ...], path: object
) -> Iterator[tuple[tuple[str, ...], yaml.Node]]:
    """Yield all single values with the keys that lead to them."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item, where, path)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise _mistake("every key once", f"{name!r} a second time", (*where, name), key, path, "remove one")
            seen.add(name)
            yield from _scalars(value, (*where, name), path)
    elif isinstance(node, yaml.ScalarNode):
        yield where, node


def _check(node: yaml.Node, where: tuple[str, ...], path: object) -> None:
    plain = PLAIN.get(node.tag)
    if plain is not None and not plain.fullmatch(node.value):
        found = f"{node.value}, which YAML reads as {yaml.safe_load(node.value)}"
        hint = f"write {yaml.safe_load(node.value)}, or the number that is meant"
        raise _mistake("a number in decimal digits", found, where, node, path, hint)


def _mistake(expected: str, found: str, where: tuple[str, ...], node: yaml.Node, path: object, hint: str) -> StudyError:
    place = f"{'.'.join(where)} ({path}, line {node.start_mark.line + 1})"
    return StudyError(expected=expected, found=found, where=place, hint=hint)
