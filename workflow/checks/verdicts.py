"""Checks of what verdicts rest on: statements, their margins and variants, and the hold-out's seeds."""

import functools
import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from superposition.claims.statement import EVERY, GROUPS
from superposition.errors import StudyError, closest
from superposition.training_presets import TrainingPreset
from superposition.wording import plural
from workflow import seeds
from workflow.checks import planned
from workflow.provenance import dependencies


def statement_margins() -> dict[str, tuple[str, bool]]:
    """Return the margin of every statement by its id, and whether it is a region."""
    return {record["id"]: (record["margin"], record["direction"] == "between") for record in _statements()}


def statement_activations() -> set[str]:
    """Return the names of the activations that statements name, alone or in a group."""
    named = {name for record in _statements() for name in (*record["activations"], *record.get("against", ()))}
    return {member for name in named for member in GROUPS.get(name, (name,))} - {*EVERY}


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
            _check_open(statement, name, value)
        _check_date(name, margins[name]["date"])
    names = sorted({name for name, _ in needed.values()})
    for name in margins:
        if name not in names:
            expected = "the margin of a statement"
            raise StudyError(expected=expected, found=repr(name), where="claims.margins", hint=closest(name, names))


def _check_open(statement: str, name: str, value: float | list[float]) -> None:
    """Raise StudyError if a margin decides a statement before any run: all values that it can have meet it, or none."""
    (record,) = (record for record in _statements() if record["id"] == statement)
    low, high = record.get("bounds", (-math.inf, math.inf))
    start, stop = {"above": (value, math.inf), "below": (-math.inf, value), "between": value}[record["direction"]]
    if start >= high or stop <= low or (start <= low and stop >= high):
        expected = f"a margin that values from {low:g} to {high:g} can meet and miss"
        hint = f"statement {statement} measures such values: its verdict would be known before any run"
        raise StudyError(expected=expected, found=value, where=f"claims.margins.{name}", hint=hint)


def _check_date(name: str, written: str) -> None:
    """Raise StudyError if a margin was fixed on a day that no calendar has."""
    try:
        date.fromisoformat(written)
    except ValueError as error:
        where = f"claims.margins.{name}.date"
        raise StudyError(expected="a day of the calendar", found=repr(written), where=where, hint=str(error)) from error


def check_threshold(threshold: Mapping[str, Any], models: Iterable[TrainingPreset]) -> None:
    """Raise StudyError if no run can have more superposition than a threshold, where any is possible at all."""
    most = max(model.n_features - model.n_hidden for model in models)
    for place, value in (("value", threshold["value"]), *(("others", other) for other in threshold["others"])):
        if 0 < most <= value:
            expected, hint = f"less than n_features - n_hidden = {most}", "no run has more superposition than that"
            raise StudyError(expected=expected, found=value, where=f"claims.threshold.{place}", hint=hint)


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


def check_resamples(statistics: Mapping[str, Any]) -> None:
    """Raise StudyError if there are too few resamples for one of them to lie beyond an end of an interval."""
    needed = math.ceil(2 / (1 - statistics["confidence"]) - 1e-6)
    if statistics["resamples"] < needed:
        expected = f"at least {needed:,} resamples with confidence {statistics['confidence']:g}"
        hint = "with fewer, none lies beyond the ends of an interval: raise resamples or lower confidence"
        found = statistics["resamples"]
        raise StudyError(expected=expected, found=found, where="statistics.resamples", hint=hint)


def warnings(config: Mapping[str, Any], *, n_seeds: int, n_activations: int) -> list[str]:
    """Return what a study of so many seeds and activations leaves untested, or says with less certainty."""
    claims, found = config["claims"], []
    of_seeds, activations = plural(n_seeds, "seed"), plural(n_activations, "activation")
    if n_seeds < claims["min_seeds"]:
        found.append(f"{of_seeds} of at least {claims['min_seeds']} (claims.min_seeds), so no statement can be tested")
    elif n_seeds < config["seeds_for_power"]:
        needed = f"the {config['seeds_for_power']} that verdicts are to rest on (seeds_for_power)"
        found.append(f"{of_seeds} of {needed}, so more are inconclusive")
    if n_activations < claims["min_activations"]:
        needed = f"at least {claims['min_activations']} (claims.min_activations)"
        found.append(f"{activations} of {needed}, so no statement about activations in general can be tested")
    return [f"Warning: {warning}" for warning in found]


def checked_holdout(value: str | int | list[int], others: list[int]) -> list[int]:
    """Return the seeds of the hold-out, or raise StudyError if the study runs one of them."""
    fresh = planned.checked_seeds(value, where="holdout_seeds")
    if known := sorted({*fresh} & {*others}):
        found, hint = seeds.name(known), "name seeds that `seeds` does not"
        raise StudyError(expected="seeds that are not in seeds", found=found, where="holdout_seeds", hint=hint)
    return fresh
