"""Progress of a run, and the time that is left."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pandas as pd

from workflow.closing import duration

STAGES = Path(__file__).parent.parent / "benchmarks" / "stages.csv"
"""Times of the jobs of every rule in a full study, which say what share of the work a job is."""


class Progress:
    """The jobs of a run by rule: planned and done, since when.

    Attributes:
        planned: Number of jobs of each rule.
        done: Those that are done.
    """

    def __init__(self):
        self.planned, self.done = Counter(), Counter()
        self._started = time.monotonic()
        self._seconds = seconds_per_job(STAGES)

    def plan(self, jobs: Counter) -> None:
        """Note what is to be done."""
        self.planned = jobs

    def finish(self, rule: str) -> int:
        """Return how many jobs of a rule are done, with one that now is."""
        self.done[rule] += 1
        return self.done[rule]

    def line(self, what: str) -> str:
        """Return a line with the time since the start, something to say, and the time left."""
        elapsed = time.monotonic() - self._started
        left = time_left(elapsed, share(self.done, self.planned, self._seconds))
        return f"{timedelta(seconds=int(elapsed))!s:>8}  {what:<34} {left}".rstrip()

    def took(self) -> str:
        """Return the time since the start in words."""
        return duration(time.monotonic() - self._started)


def seconds_per_job(path: Path) -> dict[str, float]:
    """Return the seconds of a job of each rule, by the table that benchmarks/stages.py writes; nothing without one."""
    if not path.exists():
        return {}
    table = pd.read_csv(path, index_col="rule")
    return (table.wall_s / table.jobs).to_dict()


def share(done: Mapping[str, int], planned: Mapping[str, int], seconds: Mapping[str, float]) -> float:
    """Return the share of the planned work that is done; a rule without a time counts as a second a job."""
    done_s, planned_s = (sum(seconds.get(rule, 1) * n for rule, n in jobs.items()) for jobs in (done, planned))
    return done_s / planned_s if planned_s else 0.0


def time_left(elapsed: float, share: float) -> str:
    """Return how much is done and how long the rest takes if it goes on like that; nothing before much is known.

    Args:
        elapsed: Seconds since the start.
        share: Share of the work that is done.
    """
    if share < 0.02:
        return ""
    left = elapsed * (1 - share) / share
    return f"{share:4.0%}, about {duration(max(1, left) if left < 60 else 60 * round(left / 60))} left"
