"""Single factors that change a verdict: protocols that differ in one preset, compared."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from superposition.tables import frames

FACTORS: tuple[tuple[str, frozenset[str]], ...] = (
    ("initial bias", frozenset({"bias_std"})),
    ("tied noise", frozenset({"tied_noise"})),
    ("nβ and γ", frozenset({"nbeta", "localization", "lr"})),
    ("data of the LLC", frozenset({"data", "n_samples", "batch_size"})),
    ("chains", frozenset({"num_chains", "num_burnin_steps", "num_draws", "num_steps_bw_draws", "streams"})),
)
"""Factors with the values of presets that belong to them: a difference within one of these sets has its name.

nβ and γ bring their step size along, because a step that is stable at one nβ is not at another.
"""

SEVERAL = {"training": "training (several values)", "sampler": "sampler (several values)"}
"""What a difference is called that is none of these factors alone."""

Preset = Mapping[str, Any]
"""Values of a preset."""


def differing(first: Preset, second: Preset) -> list[str]:
    """Return the names of the values in which two presets differ."""
    return [name for name in first if first[name] != second[name]]


def factor(first: Preset, second: Preset, *, kind: str) -> str:
    """Return what a step from one preset to another of its kind changes."""
    values = frozenset(differing(first, second))
    return next((name for name, members in FACTORS if values and values <= members), SEVERAL[kind])


def changes_table(claims: pd.DataFrame, training: Mapping[str, Preset], sampler: Mapping[str, Preset]) -> pd.DataFrame:
    """Return for every statement and two protocols that differ in one preset what becomes of the verdict.

    Args:
        claims: Table of claims.
        training: Training presets of the study, in its order.
        sampler: Sampler presets of the study, in its order.
    """
    rows = claims.set_index(["id", "training", "sampler"])
    steps = list(_steps(training, sampler))
    found = (
        {"id": name, **step, **_change(rows.loc[(name, *before)], rows.loc[(name, *after)])}
        for name in claims.id.unique()
        for before, after, step in steps
        if (name, *before) in rows.index and (name, *after) in rows.index
    )
    return frames.of(found, "claim_changes")


def _steps(
    training: Mapping[str, Preset], sampler: Mapping[str, Preset]
) -> Iterator[tuple[tuple[str, str], tuple[str, str], dict[str, str]]]:
    """Yield pairs of protocols that differ in one preset, with what differs."""
    for first, second in _pairs(training):
        for other in sampler:
            what = _what(training[first], training[second], "training")
            yield (first, other), (second, other), {**what, "from": f"{first} × {other}", "to": f"{second} × {other}"}
    for first, second in _pairs(sampler):
        for other in training:
            what = _what(sampler[first], sampler[second], "sampler")
            yield (other, first), (other, second), {**what, "from": f"{other} × {first}", "to": f"{other} × {second}"}


def _pairs(names: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    known = list(names)
    return ((first, second) for i, first in enumerate(known) for second in known[i + 1 :])


def _what(first: Preset, second: Preset, kind: str) -> dict[str, str]:
    return {"factor": factor(first, second, kind=kind), "differing": ", ".join(differing(first, second))}


def _change(before: pd.Series, after: pd.Series) -> dict[str, object]:
    return {
        "estimate_from": before.estimate,
        "estimate_to": after.estimate,
        "verdict_from": before.verdict,
        "verdict_to": after.verdict,
        "changed": before.verdict != after.verdict,
    }


def factors_table(
    claims: pd.DataFrame,
    training: Mapping[str, Preset],
    sampler: Mapping[str, Preset],
    *,
    post: tuple[str, str],
    controlled: tuple[str, str],
) -> pd.DataFrame:
    """Return for every statement its verdict under the post's and under the controlled protocol, and what changes it.

    Args:
        claims: Table of claims.
        training: Training presets of the study.
        sampler: Sampler presets of the study.
        post: The post's protocol.
        controlled: The controlled protocol.

    Returns:
        One row per statement, none if the study lacks one of the protocols. `changed_by` names the factors each
        of which alone gives the controlled verdict, `only together` if none does, and nothing if the verdict stays.
    """
    columns = ["id", "post", "training_alone", "sampler_alone", "controlled", "changed_by"]
    verdicts = claims.set_index(["id", "training", "sampler"]).verdict.to_dict()
    corners = post, (controlled[0], post[1]), (post[0], controlled[1]), controlled
    if not all(any(key[1:] == end for key in verdicts) for end in (post, controlled)):
        return frames.of([], "claim_factors")
    names = (
        factor(training[post[0]], training[controlled[0]], kind="training"),
        factor(sampler[post[1]], sampler[controlled[1]], kind="sampler"),
    )
    found = []
    for name in claims.id.unique():
        before, *alone, after = (verdicts.get((name, *protocol)) for protocol in corners)
        causes = [what for what, verdict in zip(names, alone, strict=True) if verdict == after]
        together = "only together" if None not in alone else None
        changed_by = (" or ".join(causes) or together) if before != after else None
        found.append(dict(zip(columns, (name, before, *alone, after, changed_by), strict=True)))
    return frames.of(found, "claim_factors")
