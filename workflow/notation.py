"""Places of values in configuration files, and values that YAML reads as other numbers than most people do, or drops.

YAML 1.1 reads 1:30 as 90, 010 as 8 and 1_0 as 10, and keeps the last of two equal keys, all without a word. A value
that has been read no longer shows it, so the files are looked at once more.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from superposition.errors import StudyError

WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
PLAIN = {"tag:yaml.org,2002:int": WHOLE, "tag:yaml.org,2002:float": re.compile("[^_:]*")}
"""Notation of whole and of other numbers that every reader takes for the same."""


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


@contextmanager
def placed(paths: Sequence[str | Path], arguments: Mapping[str, Any]) -> Iterator[None]:
    """Name the file and line in a StudyError of a value of the configuration, or the command line.

    Args:
        paths: The files, each of which replaces values of those before it.
        arguments: What ``--config`` gives, which replaces values of all files.
    """
    try:
        yield
    except StudyError as error:
        section = [] if error.where == "the top level" else error.where.split(".")
        # A key that is not known, or else what has it, or an item of a list.
        for keys in (
            [*section, str(error.found).strip("'")],
            *(section[:depth] for depth in range(len(section), 0, -1)),
        ):
            if place := _place(keys, paths, arguments):
                parts = {"expected": error.expected, "found": error.found, "hint": error.hint}
                raise StudyError(**parts, where=f"{error.where} ({place})") from None
        raise


def _place(keys: Sequence[str], paths: Sequence[str | Path], arguments: Mapping[str, Any]) -> str:
    """Return the last place that has a key of a section of a section, "" if there is none."""
    given: Any = arguments
    for key in keys:
        if not isinstance(given, Mapping) or key not in given:
            break
        given = given[key]
    else:
        return "--config"
    lines = ((path, _line(keys, path)) for path in reversed(paths))
    return next((f"{_shown(path)}, line {line}" for path, line in lines if line), "")


def _line(keys: Sequence[str], path: str | Path) -> int:
    """Return the line in which a file has a key of a section of a section, 0 if it has none."""
    loader, line = yaml.SafeLoader(Path(path).read_text(encoding="utf-8")), 0
    try:
        node = loader.get_single_node()
    except yaml.YAMLError:  # JSON with tabs
        return 0
    for key in keys:
        if not isinstance(node, yaml.MappingNode):
            return 0
        loader.flatten_mapping(node)  # with what << takes over
        found = [(name, value) for name, value in node.value if str(name.value) == key]
        if not found:
            return 0
        line, node = found[-1][0].start_mark.line + 1, found[-1][1]
    return line


def _shown(path: str | Path) -> Path:
    """Return how a file is named: from where Snakemake works, if it lies there."""
    return Path(path).relative_to(Path.cwd()) if Path(path).is_relative_to(Path.cwd()) else Path(path)


def check_arguments(arguments: Iterable[str], sections: Container[str]) -> None:
    """Raise StudyError for the first whole number of the command line with two readings: `--config seeds=1_0` is 10."""
    for argument in arguments:
        key, _, value = argument.removeprefix("--config=").partition("=")
        if key in sections and re.fullmatch("[-+]?[0-9][0-9_]*", value) and not WHOLE.fullmatch(value):
            found, hint = f"{value}, which is read as {int(value)}", f"write {int(value)}, or the number that is meant"
            raise StudyError(expected="a number in decimal digits", found=found, where=f"--config {key}", hint=hint)


def _scalars(
    node: yaml.Node | None, where: tuple[str, ...], path: str | Path
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


def _check(node: yaml.Node, where: tuple[str, ...], path: str | Path) -> None:
    plain = PLAIN.get(node.tag)
    if plain is not None and not plain.fullmatch(node.value):
        found = f"{node.value}, which YAML reads as {yaml.safe_load(node.value)}"
        hint = f"write {yaml.safe_load(node.value)}, or the number that is meant"
        raise _mistake("a number in decimal digits", found, where, node, path, hint)


def _mistake(
    expected: str, found: str, where: tuple[str, ...], node: yaml.Node, path: str | Path, hint: str
) -> StudyError:
    place = f"{'.'.join(where)} ({_shown(path)}, line {node.start_mark.line + 1})"
    return StudyError(expected=expected, found=found, where=place, hint=hint)
