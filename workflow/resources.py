"""Memory and time of jobs as rules ask for them: more with every attempt."""

import math
from collections.abc import Callable
from typing import Any

from workflow import seeds

Resource = Callable[[Any, int], float]
"""Form in which Snakemake takes an amount: a function of the wildcards of a job and the number of the attempt."""


def growing(amount: float) -> Resource:
    """Return a resource that grows with every attempt, in case it was too little."""
    return lambda wildcards, attempt: amount * attempt


def for_batch(least: float, *, fixed: float = 0, per_seed: float) -> Resource:
    """Return a resource that grows with the seeds of a batch beyond what few of them take, and with every attempt.

    Values are above what 300 seeds were measured to take: 0.7 MB a seed in training, 2.6 MB and a second in sampling.
    """
    return lambda wildcards, attempt: (
        attempt * max(least, fixed + math.ceil(per_seed * len(seeds.parse(wildcards.seeds))))
    )
