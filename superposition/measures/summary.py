"""Summary of an activation's seeds: medians and intervals of all final measures."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from superposition.measures.final import llc_measure, readable
from superposition.measures.phases import REPRESENTED
from superposition.quantities import MEASURED
from superposition.statistics import Resampling, summarise
from superposition.status import may_be_read
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS

TIMES = ("drop_start", "drop_end", "distance")
"""Columns of the table of runs' transitions that are summarised."""


def summary_table(
    runs: pd.DataFrame, transitions: pd.DataFrame, *, samplers: Mapping[str, Sequence[str]], resampling: Resampling
) -> pd.DataFrame:
    """Return one row for each training preset, activation and measure: median over seeds with its interval.

    Values of diverged runs and LLC estimates that may not be read are excluded and counted. So is a missing onset: the
    run represents no feature beside the initial ones at its end; and a missing loss drop.

    Args:
        runs: Table of runs.
        transitions: Table of the runs' transitions.
        samplers: Sampler presets by training preset.
        resampling: How intervals are computed.
    """
    measures = [quantity.name for quantity in MEASURED]
    values = pd.DataFrame(runs[measures]).astype(float)
    for sampler in dict.fromkeys(itertools.chain(*samplers.values())):
        values[llc_measure(sampler)] = readable(runs, sampler)
    seen = transitions[transitions.variant == REPRESENTED].set_index(RUN_KEYS)[list(TIMES)]
    values[list(TIMES)] = seen.reindex(pd.MultiIndex.from_frame(runs.loc[:, RUN_KEYS])).to_numpy(float, na_value=np.nan)
    values = values.where(may_be_read(runs.status))
    rows = []
    for key, of_seeds in values.groupby([runs.training, runs.activation], sort=False):
        shown = [*measures, *map(llc_measure, samplers[str(key[0])]), *TIMES]  # type: ignore[index]
        for measure, column in of_seeds[shown].items():
            row = dict(zip(("training", "activation"), key, strict=True))  # type: ignore[arg-type]
            rows.append({**row, "measure": measure, **vars(summarise(column.to_numpy(), resampling))})
    return frames.of(rows, "summary")
