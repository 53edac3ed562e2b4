"""Curves of one run from the tables: its loss, superposition and readable LLC estimates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from superposition.status import DRIFTING, OK, may_be_read
from superposition.tables.columns import RUN_KEYS

SUPERPOSITION_COLUMNS = ["seed", "step", "status", "n_recovered", "feature_norm", "dimensionality"]
"""Columns of the superposition table that are read; the others would only fill the memory."""

NO_ESTIMATE = pd.DataFrame({"step": [], "llc": [], "standard_error": []}, dtype=float)
"""Estimates of a run without any that may be read."""


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
        loss: Rows of the loss table.
        superposition: Rows of the superposition table with finite weights.
        llc: Readable rows of the LLC table with their standard error, by sampler preset with which it is followed.
        n_initial: Corners of the initial polygon, whose features come first.
        diverged: Whether the weights are not finite in the end.
    """

    keys: tuple
    loss: pd.DataFrame
    superposition: pd.DataFrame
    llc: Mapping[str, pd.DataFrame]
    n_initial: int
    diverged: bool

    @cached_property
    def steps(self) -> Int[np.ndarray, " step"]:
        """Steps at which the weights were recorded."""
        return self.superposition.step.to_numpy(int)

    @cached_property
    def recovered(self) -> Int[np.ndarray, " step"]:
        """Number of recovered features at these steps."""
        return self.superposition.n_recovered.to_numpy(int)

    @cached_property
    def norms(self) -> Float[np.ndarray, "step feature"]:
        """Length of each feature's direction at these steps."""
        return np.stack(self.superposition.feature_norm.to_list())

    @cached_property
    def losses(self) -> tuple[Int[np.ndarray, " step"], Float[np.ndarray, " step"]]:
        """Steps at which the loss was recorded, and the loss."""
        return self.loss.step.to_numpy(int), self.loss.loss.to_numpy(float)


def split(
    superposition: pd.DataFrame,
    loss: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    n_initial: Mapping[str, int],
    num_chains: Mapping[str, int],
) -> Iterator[Run]:
    """Yield the runs in tables of many runs with key columns training, activation and seed; see `transition_tables`."""
    losses, finite = _by_run(loss), _by_run(superposition.loc[may_be_read(superposition.status)])
    readable, estimated = {}, {}
    for sampler, table in llc.items():
        table = table.assign(standard_error=table.llc_std / np.sqrt(num_chains[sampler]))
        readable[sampler] = _by_run(table.loc[may_be_read(table.status)])
        estimated[sampler] = {*map(tuple, table.loc[followed(table), RUN_KEYS].to_numpy())}
    for keys, last in superposition.groupby(RUN_KEYS, sort=False).status.last().items():
        keys = cast(tuple, keys)
        yield Run(
            keys=keys,
            loss=losses[keys],
            superposition=finite.get(keys, superposition.iloc[:0]),
            llc={name: runs.get(keys, NO_ESTIMATE) for name, runs in readable.items() if keys in estimated[name]},
            n_initial=n_initial[keys[0]],
            diverged=not may_be_read(last),
        )


def _by_run(table: pd.DataFrame) -> dict[tuple, pd.DataFrame]:
    """Return the rows of each run."""
    return cast(dict, dict(list(table.groupby(RUN_KEYS, sort=False))))
