"""Curves of one run from the tables: its loss, superposition and readable LLC estimates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from superposition.status import may_be_read
from superposition.tables.columns import RUN_KEYS

SUPERPOSITION_COLUMNS = ["seed", "step", "status", "n_recovered", "feature_norm", "dimensionality"]
"""Columns of the superposition table that are read; the others would only fill the memory."""


NO_ESTIMATE = pd.DataFrame({"step": [], "llc": [], "standard_error": []}, dtype=float)
"""Estimates of a run without any that may be read."""


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
    """Yield the runs in tables of many runs with key columns training, activation and seed.

    Args:
        superposition: Superposition tables.
        loss: Loss tables.
        llc: LLC tables by sampler preset.
        n_initial: Corners of the initial polygon by training preset.
        num_chains: Chains per estimate by sampler preset.
    """
    losses, finite = _by_run(loss), _by_run(superposition.loc[may_be_read(superposition.status)])
    readable = {
        sampler: _by_run(_with_errors(table.loc[may_be_read(table.status)], num_chains[sampler]))
        for sampler, table in llc.items()
    }
    estimated = {name: {*map(tuple, table.loc[followed(table), RUN_KEYS].to_numpy())} for name, table in llc.items()}
    for keys, last in superposition.groupby(RUN_KEYS, sort=False).status.last().items():
        keys = cast(tuple, keys)
        yield Run(
            keys=keys,
            loss=losses[keys],
            superposition=finite[keys] if keys in finite else superposition.iloc[:0],
            llc={
                sampler: found.get(keys, NO_ESTIMATE)
                for sampler, found in readable.items()
                if keys in estimated[sampler]
            },
            n_initial=n_initial[keys[0]],
            diverged=not may_be_read(last),
        )


def _by_run(table: pd.DataFrame) -> dict[tuple, pd.DataFrame]:
    """Return the rows of each run."""
    return cast(dict, dict(list(table.groupby(RUN_KEYS, sort=False))))


def _with_errors(table: pd.DataFrame, num_chains: int) -> pd.DataFrame:
    """Return an LLC table with the Monte-Carlo standard errors of its estimates."""
    return table.assign(standard_error=table.llc_std / np.sqrt(num_chains))
