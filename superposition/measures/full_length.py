"""Changes in the part of the original's training that it never shows (N1)."""

import numpy as np
import pandas as pd

from superposition.quantities import LOSS, POLYGON, RECOVERED, REPRESENTED

COUNTS = [quantity.name for quantity in (REPRESENTED, RECOVERED, POLYGON)]
MEASURES = [LOSS.name, *COUNTS]
"""Measures that are compared between the last step that the original shows and the end of its training."""


def full_length_table(superposition: pd.DataFrame, *, seen: int) -> pd.DataFrame:
    """Return one row for each run: its measures at the last step that the original shows, and at the end.

    Args:
        superposition: Superposition tables of runs of the full length, with the key column activation; `seen` must be
            among their steps.
        seen: Last step that the original shows.

    Returns:
        Measures with endings `_seen` and `_end`. `last_change` is the last recorded step after `seen` with other counts
        than at the recorded step before it, missing if there is none. A diverged run has missing measures.
    """
    keys = ["activation", "seed"]
    runs = superposition.groupby(keys, sort=False)
    at_seen = superposition[superposition.step == seen].set_index(keys)[["step", *MEASURES]]
    at_end = superposition.loc[runs.step.idxmax()].set_index(keys)[["step", *MEASURES]]
    table = at_seen.join(at_end, suffixes=("_seen", "_end"))
    table["last_change"] = runs[["step", *COUNTS]].apply(lambda run: _last_change(run, seen))
    return table.reset_index()


def _last_change(run: pd.DataFrame, seen: int) -> float:
    """Return the last step after `seen` at which a count changes, NaN without one."""
    later = run[run.step >= seen]
    counts = np.asarray(later[COUNTS].astype(float))
    steps = np.asarray(later.step, dtype=float)[1:][(np.abs(np.diff(counts, axis=0)) > 0).any(axis=1)]
    return steps[-1] if len(steps) else np.nan
