"""Names of rules and files that a user asks for: a misspelt one has a hint."""

import difflib
import os
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from superposition.errors import StudyError, closest
from workflow import paths

TEMPLATES = sorted(
    (
        *map(paths.of_table, (*paths.OVER_TRAINING, *paths.OF_ACTIVATION)),
        *map(paths.of_activation, ("capacity", "minima")),
        *paths.ARRAYS.values(),
        *map(paths.of_figure, paths.FIGURES),
        *map(paths.of_document, paths.DOCUMENTS),
        os.path.splitext(paths.ANIMATION)[0],
        f"tables/{paths.FAMILY}",
        paths.LABELS,
    ),
    key=len,
    reverse=True,
)
"""Paths of all files of the results that have names in them, without suffix; of two that fit, the first says more."""

KINDS = {
    "training": "a training preset",
    "sampler": "a sampler preset",
    "activation": "an activation",
    "comparison": "a comparison",
    "family": "a family",
    "experiment": "an experiment",
    "paper": "a paper",
}
"""Kinds of names of which only some are known, by the word that stands for them in paths."""


def check_requested(arguments: Iterable[str], results: str, known: Mapping[str, Collection[str]]) -> None:
    """Check the names in the paths below the results that a command line has.

    Args:
        arguments: What follows the name of the program.
        results: Folder of the results.
        known: Names of each of `KINDS`.

    Raises:
        StudyError: If a path would be that of a file of the results but for a name that is unknown.
    """
    for argument in filter(None, arguments):
        path = os.path.splitext(os.path.relpath(argument, results))[0]
        readings = [names for form in TEMPLATES if (names := _unknown(path, form, known)) is not None]
        if readings and all(readings):
            kind, name = min(readings, key=len)[0]
            hint = closest(name, list(known[kind]))
            raise StudyError(expected=KINDS[kind], found=repr(name), where=argument, hint=hint)


def _unknown(path: str, template: str, known: Mapping[str, Collection[str]]) -> list[tuple[str, str]] | None:
    """Return kind and name of each unknown name of a path that has the form of a template, None if it has not."""
    match = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)), path)
    names = match.groupdict().items() if match else ()
    return [(kind, name) for kind, name in names if kind in KINDS and name not in known[kind]] if match else None


def with_hint(record: Any, workflow: Any, results: str) -> bool:
    """Return that a message of Snakemake is shown, with a hint if it is that no rule makes what is asked for.

    Args:
        record: Message, as Snakemake logs it.
        workflow: Snakemake's, as a Snakefile knows it.
        results: Folder of the results.
    """
    if getattr(record, "exception", "") == "MissingRuleException":
        name = record.getMessage().partition("No rule to produce ")[2].partition(" (if you use")[0]
        files = [str(file) for rule in workflow.rules if not rule.has_wildcards() for file in rule.output]
        record.msg, record.args = str(unknown_target(name, results, [rule.name for rule in workflow.rules], files)), ()
    return True


def unknown_target(name: str, results: str, rules: list[str], files: list[str]) -> StudyError:
    """Return the error that says that no rule has a name or makes a file of that name.

    Args:
        name: What is asked for.
        results: Folder of the results.
        rules: Names of all rules.
        files: Paths of the files of the results that have no other name in them.
    """
    is_file = os.path.basename(name) != name or "." in name
    near = difflib.get_close_matches(name, files if is_file else rules, cutoff=0.9 if is_file else 0.6)
    hint = "snakemake --list names all rules, docs/outputs.md all files"
    if any(name.endswith(f"/{os.path.relpath(file, results)}") for file in files):
        hint = f"files of this configuration lie in {results}; those of another need its --configfile"
    elif near:
        hint = f"did you mean {' or '.join(near)}?"
    expected = "the name of a rule, or of a file that a rule makes"
    return StudyError(expected=expected, found=repr(name), where="the command line", hint=hint)
