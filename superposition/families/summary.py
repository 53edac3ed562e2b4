"""What the seeds of each value of a family say together, beside what the value allows."""

import pandas as pd

from superposition.statistics import Resampling, median_interval
from superposition.status import OK

VALUE = ["family", "parameter", "value"]
"""Columns that identify a value of a family."""

MEASURES = ("n_recovered", "loss", "onset", "llc")
"""Columns of the table of runs that are summarised."""


def families_table(runs: pd.DataFrame, best: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return one row for each family and value: what is possible, and medians over seeds with their intervals.

    Runs that diverged, LLC estimates that may not be read, and missing onsets are left out; how many are used stands
    beside each median.

    Args:
        runs: Table of the families' runs.
        best: The best of each value: best_loss and capacity.
        resampling: How intervals are computed.
    """
    ended = runs.status == OK
    values = runs.loc[:, [*MEASURES]].astype(float).where(ended)
    values["llc"] = values.llc.where(runs.llc_status == OK)
    rows = []
    for key, of_seeds in values.groupby([runs[name] for name in VALUE], sort=False):
        row: dict[str, object] = dict(zip(VALUE, key, strict=True))  # type: ignore[arg-type]
        for name in MEASURES:
            found = median_interval(of_seeds.loc[:, name].to_numpy(), resampling)
            row |= {name: found.median, f"{name}_low": found.low, f"{name}_high": found.high, f"{name}_n": found.n_used}
        rows.append(row)
    return pd.DataFrame(rows).merge(best, on=VALUE, how="left", validate="1:1")
