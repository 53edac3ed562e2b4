"""Evidence for statements: every run's values under one protocol, seen in one way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from superposition.claims.statement import EVERY, Statement
from superposition.measures.phases import BASE
from superposition.palette import CONTROL
from superposition.status import SAME

PROTOCOL = ["training", "sampler"]  # columns that identify a protocol
PresetPair = tuple[str, str]  # training preset and sampler preset


@dataclass(frozen=True, kw_only=True, eq=False)  # without comparison of values, it is a key
class Evidence:
    """Values of all runs under one protocol, by quantity; NaN where a value is missing or may not be read.

    `censored` says where a value is only known to be at least this large, `changed` which quantities are other ones
    than in the base view, `same` of which other activation one is the same function, or gives the same runs, `left_out`
    what is left out of statements about activations in general. No spread is of fewer than `min_activations`.
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
        return self.values[quantity][:, self._places(activations)]

    def of(self, quantity: str, activation: str) -> Float[np.ndarray, " seed"]:
        """Return a quantity of one activation."""
        return self.matrix(quantity, [activation])[:, 0]

    def subjects(self, statement: Statement) -> list[str]:
        """Return the activations that a statement is about; of several that are the same function, one."""
        names = self._members(statement.activations, without=statement.excluding)
        left_out = self.left_out if statement.over_activations else ()
        return self._counted_once(name for name in names if name not in left_out)

    def comparators(self, statement: Statement) -> list[str]:
        """Return the activations they are compared with, none a subject; of several that are the same function, one."""
        subjects = self._members(statement.activations, without=statement.excluding)
        if tuple(statement.against) != EVERY:
            return self._counted_once(statement.against)
        taken = {self.same.get(name, name) for name in subjects}
        names = self._members(EVERY, without=(*subjects, *statement.excluding))
        return self._counted_once(name for name in names if self.same.get(name, name) not in taken)

    def general(self, statement: Statement) -> set[str]:
        """Return the activations that stand for activations in general: as subjects, or as all others compared with."""
        subjects = self.subjects(statement) if statement.over_activations else []
        return {*subjects, *(self.comparators(statement) if tuple(statement.against) == EVERY else ())}

    def _places(self, activations: Sequence[str]) -> list[int]:
        return [self.activations.index(name) for name in activations]

    def _members(self, names: Sequence[str], *, without: Sequence[str]) -> list[str]:
        if tuple(names) != EVERY:
            return list(names)
        left_out = {*without, *self.left_out}
        return [name for name in self.activations if self.families[name] != CONTROL and name not in left_out]

    def _counted_once(self, names: Iterable[str]) -> list[str]:
        """Return activations without those that are the same as an earlier one."""
        return list({self.same.get(name, name): name for name in reversed(list(names))}.values())[::-1]

    def runs_of(self, statement: Statement) -> tuple[int, int, int]:
        """Return how many runs a statement uses, how many it leaves out, and how many of the first are censored.

        A run is left out where a value is missing or unreadable.
        """
        places = self._places([*self.subjects(statement), *self.comparators(statement)])
        kinds = (self.values, self.censored)
        values, late = (np.array([kind[name][:, places] for name in statement.quantities]) for kind in kinds)
        complete = np.isfinite(values).all(0)
        return int(complete.sum()), int((~complete).sum()), int((late.any(0) & complete).sum())

    def bounds(self, statement: Statement) -> tuple[float, float]:
        """Return the smallest and largest value of a part: the statement's, or else what runs of the protocol show."""
        if np.isfinite(statement.bounds).all():
            return statement.bounds
        values = np.concatenate([self.values[name].ravel() for name in statement.quantities])
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (-np.inf, np.inf)
        return (low - high, high - low) if statement.against else (low, high)

    def of_seeds(self, rows: slice) -> "Evidence":
        """Return the evidence of the seeds at some places."""
        values, censored = ({name: a[rows] for name, a in kind.items()} for kind in (self.values, self.censored))
        return replace(self, values=values, censored=censored, seeds=self.seeds[rows])

    def without(self, activations: Iterable[str]) -> "Evidence":
        """Return the evidence in which statements about activations in general leave out some of them."""
        return replace(self, left_out=self.left_out | frozenset(activations))


Views = Mapping[str, Evidence]  # the evidence of one protocol by way of counting, `base` first


def views_of(
    evidence: pd.DataFrame, *, printed: Mapping[str, Mapping], classes: pd.DataFrame | None, min_activations: int
) -> dict[PresetPair, Views]:
    """Return the table of evidence as matrices, by protocol and variant.

    Args:
        evidence: Table of evidence.
        printed: Label and family of the study's activations.
        classes: Table of classes; without it, no activation is the same as another.
        min_activations: Fewest activations from which a spread is computed.
    """
    families, views, same = {name: row["family"] for name, row in printed.items()}, {}, {}
    if classes is not None:
        for training, later in classes[classes["class"] == SAME].groupby("training"):
            same[training] = dict(zip(later.activation, later.same_as, strict=True))
    for (training, sampler), rows in evidence.groupby(PROTOCOL, sort=False):  # type: ignore[misc]
        shared = {"families": families, "same": same.get(training, {}), "min_activations": min_activations}
        views[training, sampler] = _views(rows, list(printed), shared)
    return views


def _views(table: pd.DataFrame, activations: Sequence[str], shared: Mapping[str, Any]) -> Views:
    """Return the rows of one protocol by variant; a variant has the base's values of quantities that it keeps."""
    seeds, with_runs = tuple(sorted({int(seed) for seed in table.seed})), set(table.activation)
    known = tuple(name for name in activations if name in with_runs)
    runs, columns = pd.MultiIndex.from_product([seeds, known]), ["variant", "quantity"]
    wide = table.pivot(index=["seed", "activation"], columns=columns, values=["value", "censored"])
    wide = wide.reindex(runs).sort_index(axis=1)

    def matrices(column: str, variant: str) -> dict[str, np.ndarray]:
        by_quantity = dict(wide[column, BASE].items()) | dict(wide[column, variant].items())
        return {str(name): values.to_numpy(float).reshape(len(seeds), -1) for name, values in by_quantity.items()}

    return {
        variant: Evidence(
            values=matrices("value", variant),
            censored={quantity: late > 0 for quantity, late in matrices("censored", variant).items()},
            changed=frozenset(wide["value", variant].columns) if variant != BASE else frozenset(),
            seeds=seeds,
            activations=known,
            **shared,
        )
        for variant in dict.fromkeys([BASE, *wide.columns.unique("variant")])
    }
