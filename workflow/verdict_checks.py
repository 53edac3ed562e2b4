"""What no schema can say of what verdicts rest on: statements, their margins and variants, and the hold-out's seeds."""

import functools
from collections.abc import Mapping
from typing import Any

from superposition.claims.statement import EVERY, GROUPS
from superposition.errors import StudyError, closest
from superposition.provenance import dependencies
from workflow import checks


def statement_margins() -> dict[str, tuple[str, bool]]:
    """Return the margin of every statement by its id, and whether it is a region."""
    return {each["id"]: (each["margin"], each["direction"] == "between") for each in _statements()}


def statement_activations() -> set[str]:
    """Return the names of the activations that statements name, alone or in a group."""
    named = {name for each in _statements() for name in (*each["activations"], *each.get("against", ()))}
    return {name for each in named for name in GROUPS.get(each, (each,))} - {*EVERY}


@functools.cache
def _statements() -> list[dict[str, Any]]:
    """Return the statements as they are written down, without importing statistics."""
    page = dependencies.page(dependencies.PACKAGE / "claims" / "post.py")
    return page["post"] + page["prior_work"]


def check_margins(margins: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise StudyError if a statement has no margin, a margin no statement, or one of them the wrong form."""
    needed = statement_margins()
    for statement, (name, is_region) in needed.items():
        if name not in margins:
            expected, hint = f"a margin for statement {statement}", closest(name, list(margins))
            raise StudyError(expected=expected, found=f"no {name}", where="claims.margins", hint=hint)
        for value in (margins[name]["value"], *margins[name]["others"]):
            if isinstance(value, list) != is_region or (is_region and not value[0] < value[1]):
                expected = "two increasing numbers" if is_region else "one number"
                hint = f"statement {statement} needs {'a region' if is_region else 'a bound'}"
                raise StudyError(expected=expected, found=value, where=f"claims.margins.{name}", hint=hint)
    names = sorted({name for name, _ in needed.values()})
    for name in margins:
        if name not in names:
            expected = "the margin of a statement"
            raise StudyError(expected=expected, found=repr(name), where="claims.margins", hint=closest(name, names))


def check_variants(config: Mapping[str, Any]) -> None:
    """Raise StudyError if a verdict would be repeated with the value that decides: its variants are others."""
    slopes, claims = config["transitions"], config["claims"]
    chosen = {
        "transitions.other_slopes": ("transitions.slope", slopes["slope"], slopes["other_slopes"]),
        "transitions.other_relative_norms": (
            "superposition.relative_norm",
            config["superposition"]["relative_norm"],
            slopes["other_relative_norms"],
        ),
    }
    deciding = {"threshold": claims["threshold"]} | {f"margins.{name}": one for name, one in claims["margins"].items()}
    for place, one in deciding.items():
        chosen[f"claims.{place}.others"] = (f"claims.{place}.value", one["value"], one["others"])
    for where, (base, value, others) in chosen.items():
        if value in others:
            expected, hint = f"values other than that of {base}", "remove it: verdicts are made with it anyway"
            raise StudyError(expected=expected, found=value, where=where, hint=hint)


def checked_holdout(value: str | int | list[int], others: list[int]) -> list[int]:
    """Return the seeds of the hold-out, or raise StudyError if the study runs one of them."""
    fresh = checks.checked_seeds(value, where="holdout_seeds")
    if known := sorted({*fresh} & {*others}):
        hint = "verdicts are decided by seeds that no one has run"
        raise StudyError(expected="seeds that are not in seeds", found=known[0], where="holdout_seeds", hint=hint)
    return fresh
