"""How batches of seeds are named: `1-10` for a contiguous batch, `1,3,7` for any other."""

from collections.abc import Sequence

from superposition.presets import StudyError


def parse(text: str | int) -> list[int]:
    """Return the seeds that a text names: ranges and single seeds separated by commas, or one number.

    Raises:
        StudyError: If the text is no such list.
    """
    seeds: list[int] = []
    for part in str(text).split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdecimal() or not (last.isdecimal() or part.strip() == first):
            raise StudyError(
                expected="seeds such as 1-10 or 1,3,7",
                found=repr(text),
                where="seeds",
                hint="non-negative whole numbers",
            )
        seeds += range(int(first), int(last or first) + 1)
    return seeds


def name(seeds: Sequence[int]) -> str:
    """Return the name of a batch of increasing seeds."""
    if len(seeds) > 1 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]}-{seeds[-1]}"
    return ",".join(map(str, seeds))


def batches(seeds: Sequence[int], *, seeds_per_job: int) -> list[str]:
    """Return the names of the batches into which increasing seeds are cut."""
    return [name(seeds[start : start + seeds_per_job]) for start in range(0, len(seeds), seeds_per_job)]
