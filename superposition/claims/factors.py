"""Single factors that change a verdict: protocols that differ in one preset, compared."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from superposition.protocols import CONTROLLED, POST, Protocols, pairs_of
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

Presets = Mapping[str, Preset]
"""Presets of a kind by name."""


def differing(first: Preset, second: Preset) -> list[str]:
    """Return the names of the values in which two presets differ."""
    return [name for name in first if first[name] != second[name]]


def factor(first: Preset, second: Preset, *, kind: str) -> str:
    """Return what a step from one preset to another of its kind changes."""
    values = frozenset(differing(first, second))
    return next((name for name, members in FACTORS if values and values <= members), SEVERAL[kind])


def changes_table(claims: pd.DataFrame, protocols: Protocols, presets: Mapping[str, Presets]) -> pd.DataFrame:
    """Return for every statement and two protocols that differ in one preset what becomes of the verdict.

    Args:
        claims: Table of claims.
        protocols: Protocols of the study, in its order.
        presets: Their training and sampler presets, by kind.
    """
    rows = claims.set_index(["id", "training", "sampler"])
    steps = list(_steps(protocols, presets))
    found = (
        {"id": name, **step, **_change(rows.loc[(name, *before)], rows.loc[(name, *after)])}
        for name in claims.id.unique()
        for before, after, step in steps
    )
    return frames.of(found, "claim_changes")


def _steps(
    protocols: Protocols, presets: Mapping[str, Presets]
) -> Iterator[tuple[tuple[str, str], tuple[str, str], dict[str, str]]]:
    """Yield pairs of protocols that differ in one preset, with what differs."""
    for before, after in combinations(pairs_of(protocols).values(), 2):
        both = zip(("training", "sampler"), before, after, strict=True)
        changed = [
            (kind, presets[kind][first], presets[kind][second]) for kind, first, second in both if first != second
        ]
        if len(changed) == 1:
            ((kind, *values),) = changed
            what = {"factor": factor(*values, kind=kind), "differing": ", ".join(differing(*values))}
            yield before, after, {**what, "from": " × ".join(before), "to": " × ".join(after)}


def _change(before: pd.Series, after: pd.Series) -> dict[str, object]:
    return {
        "estimate_from": before.estimate,
        "estimate_to": after.estimate,
        "verdict_from": before.verdict,
        "verdict_to": after.verdict,
        "changed": before.verdict != after.verdict,
    }


def factors_table(claims: pd.DataFrame, protocols: Protocols, presets: Mapping[str, Presets]) -> pd.DataFrame:
    """Return for every statement its verdict under the post's and under the controlled protocol, and what changes it.

    Args:
        claims: Table of claims.
        protocols: Protocols of the study.
        presets: Their training and sampler presets, by kind.

    Returns:
        One row per statement, none if the study lacks one of the two protocols. Verdicts with one preset exchanged are
        missing where the study has no such protocol. `changed_by` names the factors each of which alone gives the
        controlled verdict, `only together` if each was tried and none does, and nothing if the verdict stays or what
        changes it was not tried.
    """
    pairs = pairs_of(protocols)
    if not {POST, CONTROLLED} <= set(pairs):
        return frames.of([], "claim_factors")
    (post, controlled), verdicts = (
        (pairs[POST], pairs[CONTROLLED]),
        claims.set_index(["id", "training", "sampler"]).verdict,
    )
    values = zip(("training", "sampler"), post, controlled, strict=True)
    names = [factor(presets[kind][first], presets[kind][second], kind=kind) for kind, first, second in values]
    corners = post, (controlled[0], post[1]), (post[0], controlled[1]), controlled
    found = []
    for name in claims.id.unique():
        before, *alone, after = (verdicts.get((name, *corner)) for corner in corners)
        causes = [what for what, verdict in zip(names, alone, strict=True) if verdict == after]
        together = None if None in alone else "only together"
        row = {"id": name, "post": before, "training_alone": alone[0], "sampler_alone": alone[1], "controlled": after}
        found.append(row | {"changed_by": (" or ".join(causes) or together) if before != after else None})
    return frames.of(found, "claim_factors")
