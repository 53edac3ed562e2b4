"""Names in the paths of the files that a user asks for: a misspelt one has a hint before Snakemake looks for a rule."""

import os
import re
from collections.abc import Collection, Iterable, Mapping

from superposition.errors import StudyError, closest
from workflow import paths

TEMPLATES = (
    *map(paths.of_table, (*paths.OVER_TRAINING, *paths.OF_ACTIVATION)),
    *map(paths.of_activation, ("capacity", "minima")),
    *paths.ARRAYS.values(),
    *map(paths.of_figure, paths.FIGURES),
    *map(paths.of_document, paths.DOCUMENTS),
    os.path.splitext(paths.ANIMATION)[0],
    f"tables/{paths.FAMILY}",
    paths.LABELS,
)
"""Paths of all files of the results that have names in them, and of some that have none, without suffix."""

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
    for argument in arguments:
        path = os.path.splitext(os.path.relpath(argument, results))[0]
        forms = sorted(TEMPLATES, key=len, reverse=True)  # of two that fit, the longer one says more
        readings = [names for form in forms if (names := _unknown(path, form, known)) is not None]
        if readings and all(readings):
            kind, name = min(readings, key=len)[0]
            hint = closest(name, list(known[kind]))
            raise StudyError(expected=KINDS[kind], found=repr(name), where=argument, hint=hint)


def _unknown(path: str, template: str, known: Mapping[str, Collection[str]]) -> list[tuple[str, str]] | None:
    """Return kind and name of each unknown name of a path that has the form of a template, None if it has not."""
    match = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)), path)
    names = match.groupdict().items() if match else ()
    return [(kind, name) for kind, name in names if kind in KINDS and name not in known[kind]] if match else None
