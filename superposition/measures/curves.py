"""Curves of one run from the tables: its loss, superposition and readable LLC estimates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from superposition.status import DRIFTING, OK, may_be_read
from superposition.tables.columns import RUN_KEYS

SUPERPOSITION_COLUMNS = ["seed", "step", "status", "n_recovered", "feature_norm", "dimensionality"]
"""Columns of the superposition table that are read; the others would only fill the memory."""


def with_drifting_read(statuses: pd.Series) -> pd.Series:
    """Return statuses of LLC estimates with `ok` for chains that drift: as the post reads, which judged no convergence.

    DEVIATION N14 is followed so: without it, no statement on the LLC could be replicated as the post made it.
    """
    return statuses.replace(DRIFTING, OK)


def followed(llc: pd.DataFrame) -> pd.Series:
    """Whether each row of an LLC table is of a run followed over training, and not estimated at its end alone."""
    first = llc.groupby(RUN_KEYS).step.transform("min")
    return first == first.groupby(llc.training).transform("min")


@dataclass(frozen=True, kw_only=True, eq=False)  # without comparison of values, a run is a key of caches
class Run:
    """Everything of one run that is needed here; steps of a diverged run end before it diverges.

    Attributes:
        keys: Training preset, activation and seed.
        steps: Steps at which the weights were recorded.
        recovered: Number of recovered features at these steps.
        norms: Length of each feature's direction at these steps.
        dimensionality: Of each feature at the last of them.
        losses: Steps at which the loss was recorded, and the loss.
        llc: Checkpoints whose estimates may be read, estimates and their standard errors, by sampler preset with which
            the run is followed.
        n_free: Number of features that are there without superposition.
        diverged: Whether the weights are not finite in the end.
    """

    keys: tuple
    steps: Int[np.ndarray, " step"]
    recovered: Int[np.ndarray, " step"]
    norms: Float[np.ndarray, "step feature"]
    dimensionality: Float[np.ndarray, " feature"]
    losses: tuple[Int[np.ndarray, " point"], Float[np.ndarray, " point"]]
    llc: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    n_free: int
    diverged: bool


def split(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    n_free: Mapping[str, int],
    num_chains: Mapping[str, int],
) -> Iterator[Run]:
    """Yield the runs in tables of many runs with key columns training, activation and seed; see `transition_tables`."""
    finite = superposition.loc[may_be_read(superposition.status)]
    norms, dimensionality = finite.feature_norm.to_numpy(), finite.dimensionality.to_numpy()
    by_run, recorded = _by_run(finite, "step", "n_recovered"), _by_run(loss, "step", "loss")
    readable, estimated = {}, {}
    for sampler, table in llc.items():
        table = table.assign(standard_error=table.llc_std / np.sqrt(num_chains[sampler]))
        readable[sampler] = _by_run(table.loc[may_be_read(table.status)], "step", "llc", "standard_error")
        estimated[sampler] = {*map(tuple, table.loc[followed(table), RUN_KEYS].to_numpy())}
    for keys, last in superposition.groupby(RUN_KEYS, sort=False).status.last().items():
        keys = cast(tuple, keys)
        rows, steps, counts = by_run.get(keys, NOTHING[:3])
        yield Run(
            keys=keys,
            steps=steps.astype(int),
            recovered=counts.astype(int),
            norms=np.concatenate(norms[rows]).reshape(len(rows), -1) if len(rows) else np.empty((0, 0)),
            dimensionality=np.asarray(dimensionality[rows[-1]]) if len(rows) else np.empty(0),
            losses=(recorded[keys][1].astype(int), recorded[keys][2]),
            llc={name: runs.get(keys, NOTHING)[1:] for name, runs in readable.items() if keys in estimated[name]},
            n_free=n_free[keys[0]],
            diverged=not may_be_read(last),
        )


NOTHING = np.empty(0, int), np.empty(0), np.empty(0), np.empty(0)
"""Rows and columns of a run that has none."""


def _by_run(table: pd.DataFrame, *columns: str) -> dict[tuple, tuple[np.ndarray, ...]]:
    """Return the places of each run's rows, and their values in some columns."""
    values = [table[column].to_numpy(float, na_value=np.nan) for column in columns]
    rows = table.groupby(RUN_KEYS, sort=False).indices
    return {cast(tuple, keys): (at, *(each[at] for each in values)) for keys, at in rows.items()}
