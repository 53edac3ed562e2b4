"""Verdicts beside themselves: on seeds that no one had run, and along the ladder of control."""

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

PROTOCOL = ["training", "sampler"]


def with_holdout(claims: pd.DataFrame, fresh: pd.DataFrame | None) -> pd.DataFrame:
    """Return verdicts beside those on fresh seeds, with the chance that such a verdict would survive by chance.

    By chance means that the verdicts on the fresh seeds have nothing to do with the statements: dealt out anew among
    the statements of a protocol, each is met by its own word as often as that word occurs among them.

    Args:
        claims: Rows of the table of claims.
        fresh: The same from the fresh seeds, None where they have not been run.
    """
    if fresh is None or fresh.empty:
        return claims.assign(holdout_verdict=None, holdout_chance=float("nan"))
    found = fresh.set_index(["id", *PROTOCOL]).verdict.rename("holdout_verdict").reset_index()
    shares = found.groupby(PROTOCOL).holdout_verdict.value_counts(normalize=True).rename("holdout_chance")
    shares = shares.rename_axis(index={"holdout_verdict": "verdict"}).reset_index()
    joined = claims.merge(found, on=["id", *PROTOCOL], how="left").merge(shares, on=[*PROTOCOL, "verdict"], how="left")
    has_run = joined.holdout_verdict.notna()
    return joined.assign(holdout_chance=joined.holdout_chance.fillna(0.0).where(has_run))


def with_ladder(claims: pd.DataFrame, ladder: Sequence[str]) -> pd.DataFrame:
    """Return verdicts with the steps of the ladder, up to their own training preset, at which the verdict changes.

    Between two presets it is compared under the same sampler preset where there is one, else under any: a statement
    that reads no LLC does not depend on it.

    Args:
        claims: Rows of the table of claims.
        ladder: Training presets, each with one thing changed from the one before.
    """
    words = {
        key: dict(zip(rows.training, rows.verdict, strict=True)) for key, rows in claims.groupby(["id", "sampler"])
    }
    by_id = {name: dict(zip(rows.training, rows.verdict, strict=True)) for name, rows in claims.groupby("id")}
    return claims.assign(
        changed_at=[
            _changes({**by_id[name], **words[name, sampler]}, ladder, str(training))
            for name, sampler, training in zip(claims.id, claims.sampler, claims.training, strict=True)
        ]
    )


def _changes(verdicts: dict[str, str], ladder: Sequence[str], end: str) -> str | None:
    """Return the presets at which a verdict is another one than before; None where there is nothing to compare."""
    steps = [name for name in ladder if name in verdicts]
    if end not in steps[1:]:
        return None
    steps = steps[: steps.index(end) + 1]
    return ", ".join(after for before, after in pairwise(steps) if verdicts[before] != verdicts[after])
