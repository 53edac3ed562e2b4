"""Evidence for statements: every run's values under one protocol, seen in one way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from superposition.claims.statement import EVERY, Statement
from superposition.measures.curves import followed
from superposition.measures.final import readable
from superposition.measures.phases import AFTER
from superposition.measures.transitions import log_loss, log_time
from superposition.status import OK
from superposition.tables.columns import RUN_KEYS

GEOMETRIC = ("superposition", "superposition_beyond", "sticky", "log_onset", "after_drop", "drop_excess", "llc_excess")
"""Quantities that depend on which features count."""

DROPS = ("after_drop", "drop_excess")
"""Quantities that depend on what counts as a loss drop."""

ONSETS = ("log_onset",)
"""Quantities for which the time at which half of the features had formed can stand in for the onset."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Values of all runs under one protocol.

    Attributes:
        values: One row per run, indexed by activation and seed, with the quantities as columns; NaN where a value is
            missing or may not be read.
        curves: One row per run and LLC checkpoint with columns activation, seed, step, log_loss and log_llc.
        activations: Activations of the study in the registry's order.
        controls: Those of them that are no part of statements about activations in general.
        min_activations: Fewest activations from which a spread, a correlation or a share is computed.
    """

    values: pd.DataFrame
    curves: pd.DataFrame
    activations: tuple[str, ...]
    controls: tuple[str, ...]
    min_activations: int

    @property
    def seeds(self) -> list[int]:
        """Seeds of the study."""
        return sorted(int(seed) for seed in self.values.index.unique("seed"))

    def wide(self, quantity: str, activations: Sequence[str]) -> pd.DataFrame:
        """Return a quantity with one row per seed and one column per activation."""
        return pd.DataFrame(self._wide[quantity]).reindex(columns=list(activations))

    @cached_property
    def _wide(self) -> pd.DataFrame:
        return pd.DataFrame(self.values.unstack("activation"))

    @cached_property
    def _activation(self) -> pd.Index:
        """Activation of each row of the values."""
        return self.values.index.get_level_values("activation")

    @cached_property
    def halves(self) -> tuple["Evidence", "Evidence"]:
        """The evidence of the first half of the seeds, and that of the others."""
        half = len(self.seeds) // 2
        return self.of(self.seeds[:half]), self.of(self.seeds[half:])

    def number_of_runs(self, statement: Statement) -> tuple[int, int]:
        """Return how many runs a statement uses, and how many it leaves out as a value is missing or unreadable."""
        concerned = self._activation.isin([*self.subjects(statement), *self.comparators(statement)])
        complete = self.values[list(statement.quantities)].notna().to_numpy().all(axis=1)
        used = int((concerned & complete).sum())
        return used, int(concerned.sum()) - used

    def subjects(self, statement: Statement) -> list[str]:
        """Return the activations that a statement is about."""
        return self._members(statement.activations, without=statement.excluding)

    def comparators(self, statement: Statement) -> list[str]:
        """Return the activations that they are compared with."""
        return self._members(statement.against, without=(*self.subjects(statement), *statement.excluding))

    def _members(self, names: Sequence[str], *, without: Sequence[str]) -> list[str]:
        if tuple(names) != EVERY:
            return list(names)
        return [name for name in self.activations if name not in (*self.controls, *without)]

    def of(self, seeds: Sequence[int]) -> "Evidence":
        """Return the evidence of some of the seeds."""
        values = self.values[self.values.index.isin(list(seeds), level="seed")]
        return replace(self, values=values, curves=self.curves[self.curves.seed.isin(list(seeds))])

    def timed_by_half(self) -> "Evidence":
        """Return the evidence with the time at which half of the features had formed in place of the onset."""
        return replace(self, values=self.values.assign(log_onset=self.values.log_half_formed))

    def after_half_of_drop(self) -> "Evidence":
        """Return the evidence in which an onset lies after a loss drop once half of the drop's decades are lost."""
        return replace(self, values=self.values.assign(after_drop=self.values.after_half_drop))

    def with_threshold(self, threshold: float) -> "Evidence":
        """Return the evidence with another threshold for `superposition_beyond`."""
        return replace(self, values=_beyond(self.values, threshold))


def gather(
    runs: pd.DataFrame,
    transitions: pd.DataFrame,
    curves: pd.DataFrame,
    *,
    sampler: str,
    n_hidden: int,
    threshold: float,
    controls: Sequence[str],
    min_activations: int,
) -> Evidence:
    """Return the evidence of one protocol.

    Args:
        runs: Rows of the table of runs with the protocol's training preset.
        transitions: Rows of the table of runs' transitions with that preset, of one variant.
        curves: Loss and LLC at the checkpoints, from `checkpoint_curves`.
        sampler: The protocol's sampler preset.
        n_hidden: Size of the hidden layer: superposition is what is represented beyond it.
        threshold: Superposition from which on `superposition_beyond` counts.
        controls: Activations that are no part of statements about activations in general.
        min_activations: Fewest activations for spreads, correlations and shares.
    """
    keys = RUN_KEYS[1:]
    run, seen = runs.set_index(keys), transitions.set_index(keys)
    llc = readable(run, sampler).astype(float)
    is_ordered = seen["order"].notna()
    values = pd.DataFrame(
        {
            "superposition": seen.n_features - n_hidden,
            "sticky": seen.sticky,
            "log_onset": log_time(seen.onset),
            "log_half_formed": log_time(seen.half_formed),
            "after_drop": (seen["order"] == AFTER).astype(float).where(is_ordered),
            "after_half_drop": (seen.onset >= seen.drop_half).astype(float).where(is_ordered),
            "drop_excess": seen.loss_drop_rate - seen.loss_drop_expected,
            "llc_excess": seen[f"llc_rise_rate_{sampler}"] - seen[f"llc_rise_expected_{sampler}"],
            "loss_range": seen.loss_range,
            "log_loss": log_loss(run.loss.to_numpy(float, na_value=np.nan)),
            "log_logged_loss": log_loss(run.logged_loss.where(run.status == OK).to_numpy(float, na_value=np.nan)),
            "llc": llc,
            "log_llc": np.log10(llc.where(llc > 0)),
        },
        index=run.index,
    ).astype(float)
    return Evidence(
        values=_beyond(values, threshold),
        curves=curves,
        activations=tuple(run.index.unique("activation")),
        controls=tuple(controls),
        min_activations=min_activations,
    )


def _beyond(values: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Return values with superposition where it is beyond the threshold, NaN elsewhere."""
    return values.assign(superposition_beyond=values.superposition.where(values.superposition > threshold))


def checkpoint_curves(loss: pd.DataFrame, llc: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], pd.DataFrame]:
    """Return loss and readable LLC over training, in decades, at LLC checkpoints, by training and sampler preset.

    Args:
        loss: Loss tables of all runs.
        llc: LLC tables of all runs by sampler preset.
    """
    keys = [*RUN_KEYS, "step"]
    found = {}
    for sampler, estimates in llc.items():
        table = estimates[followed(estimates)]
        positive = table.llc.where((table.status == OK) & (table.llc > 0)).astype(float)
        rows = table[keys].assign(log_llc=np.log10(positive)).merge(loss[[*keys, "loss"]], on=keys, how="left")
        rows["log_loss"] = log_loss(rows.pop("loss").to_numpy(float, na_value=np.nan))
        found |= {(training, sampler): part for training, part in rows.groupby("training", sort=False)}
    return found
