"""Evidence for statements: every run's values under one protocol, seen in one way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from superposition.claims.statement import EVERY, Statement
from superposition.measures.phases import BASE
from superposition.palette import CONTROL


@dataclass(frozen=True, kw_only=True, eq=False)  # without comparison of values, it is a key
class Evidence:
    """Values of all runs under one protocol, by quantity; NaN where a value is missing or may not be read.

    `censored` says where a value is only known to be at least this large, `changed` which quantities are other ones
    than in the base view, `same` of which other activation one is the same function, or gives the same runs, `left_out`
    what is left out of statements about activations in general. From fewer than `min_activations` no spread is
    computed.
    """

    values: Mapping[str, Float[np.ndarray, "seed activation"]]
    censored: Mapping[str, Bool[np.ndarray, "seed activation"]]
    changed: frozenset[str] = frozenset()
    seeds: tuple[int, ...]
    activations: tuple[str, ...]
    families: Mapping[str, str]
    same: Mapping[str, str]
    left_out: frozenset[str] = frozenset()
    min_activations: int

    def matrix(self, quantity: str, activations: Sequence[str]) -> Float[np.ndarray, "seed activation"]:
        """Return a quantity with one row per seed and one column for each of some activations of the study."""
        return self.values[quantity][:, [self.activations.index(name) for name in activations]]

    def of(self, quantity: str, activation: str) -> Float[np.ndarray, " seed"]:
        """Return a quantity of one activation."""
        return self.values[quantity][:, self.activations.index(activation)]

    def subjects(self, statement: Statement) -> list[str]:
        """Return the activations that a statement is about, of those that are the same one."""
        names = self._members(statement.activations, without=statement.excluding)
        gone = self.left_out if statement.over_activations else ()
        return self._counted_once(name for name in names if name not in gone)

    def comparators(self, statement: Statement) -> list[str]:
        """Return the activations that they are compared with, of those that are the same one; none is a subject."""
        subjects = self._members(statement.activations, without=statement.excluding)
        if tuple(statement.against) != EVERY:
            return self._counted_once(statement.against)
        taken = {self.same.get(name, name) for name in subjects}
        names = self._members(EVERY, without=(*subjects, *statement.excluding))
        return self._counted_once(name for name in names if self.same.get(name, name) not in taken)

    def _members(self, names: Sequence[str], *, without: Sequence[str]) -> list[str]:
        if tuple(names) != EVERY:
            return list(names)
        controls = [name for name in self.activations if self.families[name] == CONTROL]
        return [name for name in self.activations if name not in (*controls, *without, *self.left_out)]

    def _counted_once(self, names: Iterable[str]) -> list[str]:
        """Return activations without those that are the same as an earlier one."""
        return list({self.same.get(name, name): name for name in reversed(list(names))}.values())[::-1]

    def runs_of(self, statement: Statement) -> tuple[int, int, int]:
        """Return how many runs a statement uses, how many it leaves out, and how many of the first are censored.

        A run is left out where a value is missing or unreadable.
        """
        names = [*self.subjects(statement), *self.comparators(statement)]
        complete = np.all([np.isfinite(self.matrix(name, names)) for name in statement.quantities], axis=0)
        columns = [self.activations.index(name) for name in names]
        late = [self.censored[name][:, columns] for name in statement.quantities if name in self.censored]
        is_censored = np.any(late, axis=0) & complete if late else np.zeros(1, bool)
        return int(complete.sum()), int((~complete).sum()), int(is_censored.sum())

    def bounds(self, statement: Statement) -> tuple[float, float]:
        """Return the smallest and largest value of a part: the statement's, or else what runs of the protocol show."""
        if np.isfinite(statement.bounds).all():
            return statement.bounds
        found = np.concatenate([self.values[name].ravel() for name in statement.quantities])
        found = found[np.isfinite(found)]
        low, high = (float(found.min()), float(found.max())) if len(found) else (-np.inf, np.inf)
        return (low - high, high - low) if statement.against else (low, high)

    def of_seeds(self, first: int, last: int) -> "Evidence":
        """Return the evidence of the seeds at some places."""
        rows = slice(first, last)
        values, censored = ({name: a[rows] for name, a in one.items()} for one in (self.values, self.censored))
        return replace(self, values=values, censored=censored, seeds=self.seeds[rows])

    def without(self, activations: Iterable[str]) -> "Evidence":
        """Return the evidence in which statements about activations in general leave out some of them."""
        return replace(self, left_out=self.left_out | frozenset(activations))


Views = Mapping[str, Evidence]
"""The evidence of one protocol by way of counting, `base` first."""


def views(
    table: pd.DataFrame,
    *,
    activations: Sequence[str],
    families: Mapping[str, str],
    same: Mapping[str, str],
    min_activations: int,
) -> Views:
    """Return the rows of one protocol in the table of evidence as matrices, by variant; see `Evidence`."""
    seeds = tuple(sorted({int(seed) for seed in table.seed}))
    table, found_in = table.astype({"variant": "category", "quantity": "category"}), set(table.activation)
    known = tuple(name for name in activations if name in found_in)
    shape = len(seeds), len(known)
    at = pd.Index(seeds).get_indexer(table.seed), pd.Index(known).get_indexer(table.activation)
    values: dict[str, dict[str, np.ndarray]] = {BASE: {}}
    censored: dict[str, dict[str, np.ndarray]] = {BASE: {}}
    for (variant, quantity), rows in table.groupby(["variant", "quantity"], observed=True).indices.items():  # type: ignore[misc]
        where = at[0][rows], at[1][rows]
        found, late = np.full(shape, np.nan), np.zeros(shape, bool)
        found[where], late[where] = table.value.to_numpy(float)[rows], table.censored.to_numpy(bool)[rows]
        values.setdefault(variant, {})[quantity] = found
        censored.setdefault(variant, {})[quantity] = late
    shared = {"activations": known, "families": families, "same": same, "min_activations": min_activations}
    return {
        variant: Evidence(
            values=values[BASE] | values[variant],
            censored=censored[BASE] | censored[variant],
            changed=frozenset(values[variant]) if variant != BASE else frozenset(),
            seeds=seeds,
            **shared,
        )
        for variant in values
    }
