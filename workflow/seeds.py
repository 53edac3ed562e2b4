"""Names of batches of seeds: `1-10` for a contiguous batch, `1,3,7` for any other."""

import re
from collections.abc import Sequence

from superposition.errors import StudyError

LARGEST = 2**32 - 1
"""Largest seed: what NumPy's legacy generator takes, which is part of the original procedure."""

MOST = 100_000
"""Largest number of seeds: tables of runs, which hold all of them, fit into memory."""

PART = re.compile(r"(\d{1,20})(?:-(\d{1,20}))?", re.ASCII)


def parse(text: str | int, *, where: str = "seeds") -> list[int]:
    """Return the seeds that a text names: ranges and single seeds separated by commas, or one number.

    Args:
        text: The text.
        where: What the text is, for messages.

    Raises:
        StudyError: If the text is no such list, has a range without seeds, or names a seed too large, or too many.
    """
    seeds: list[int] = []
    for part in str(text).split(","):
        match = PART.fullmatch(part.strip())
        if match is None:
            expected = "seeds such as 1-10 or 1,3,7"
            raise StudyError(expected=expected, found=repr(text), where=where, hint="non-negative whole numbers")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            expected, hint = (
                "ranges from the first seed to the last",
                f"the first must not exceed the last: {last}-{first}",
            )
            raise StudyError(expected=expected, found=repr(text), where=where, hint=hint)
        check([last], count=len(seeds) + last - first + 1, where=where)
        seeds += range(first, last + 1)
    return seeds


def check(seeds: Sequence[int], *, count: int, where: str) -> None:
    """Raise StudyError if a seed is too large, or if there are too many of them."""
    if max(seeds, default=0) > LARGEST:
        hint = "the generator of the original takes no larger one"
        raise StudyError(expected=f"seeds up to {LARGEST}", found=max(seeds), where=where, hint=hint)
    if count > MOST:
        hint = "divide the study: each part needs a results folder of its own"
        raise StudyError(expected=f"at most {MOST:,} seeds", found=f"{count:,} seeds", where=where, hint=hint)


def name(seeds: Sequence[int]) -> str:
    """Return the name of a batch of increasing seeds."""
    if len(seeds) > 1 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}-{seeds[-1]}"
    return ",".join(map(str, seeds))


def batches(seeds: Sequence[int], *, seeds_per_job: int) -> list[str]:
    """Return the names of the batches into which increasing seeds are cut."""
    return [name(seeds[start : start + seeds_per_job]) for start in range(0, len(seeds), seeds_per_job)]
