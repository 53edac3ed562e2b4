"""Checks of the results against the plan: every run once, every value in its declared range.

A violated check is a defect of the code or of a file. A run that diverged or an estimate that may not be read is a
result: its share is reported, and nothing has to hold for it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from superposition.errors import StudyError
from superposition.status import DIVERGED, STATUSES
from superposition.tables import frames, store
from superposition.tables.columns import PER_FEATURE, RUN_KEYS, Between, Column, OneOf
from superposition.tables.identity import ANY, of_curves
from superposition.wording import percent, plural

SLACK = 1e-9  # by which a number may leave its range, and relative to its end: rounding of sums in float64


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Runs and tables that the results must hold."""

    runs: Sequence[tuple[str, str, int]]  # training preset, activation and seed of every run
    samplers: Mapping[str, Mapping[str, Sequence[int]]]  # steps of LLC estimates, by sampler and training preset
    followed: Sequence[int]  # seeds whose LLC is estimated at all of them; of others it is at the last alone
    limits: Mapping[str, Mapping[str, float]]  # values that ends of ranges stand for, by training preset

    def estimates(self, sampler: str) -> list[tuple[str, str, int, int]]:
        """Return training preset, activation, seed and step of every LLC estimate with a sampler preset."""
        of_sampler, followed = self.samplers[sampler], {*self.followed}
        return [
            (*run, step)
            for run in self.runs
            if run[0] in of_sampler
            for step in (of_sampler[run[0]] if run[2] in followed else of_sampler[run[0]][-1:])
        ]


def checks_table(
    aggregates: Mapping[str, Iterable[str | Path]], runs: Mapping[str, Iterable[str | Path]], plan: Plan
) -> pd.DataFrame:
    """Return one row for every check and every reported share.

    Args:
        aggregates: Tables over all runs by the name of their declaration.
        runs: Tables of batches of runs by what they are called: `loss`, `superposition`, `llc-` and a sampler preset.
        plan: What they must hold.

    Raises:
        FileNotFoundError: If a table is missing.
    """
    rows: list[dict[str, Any]] = []
    for name, paths in aggregates.items():
        checks, keys = _table_checks(name, name, ((path, _read_aggregate(path, name)) for path in paths), plan)
        rows += checks
        if name == "runs":
            expected = f"one row for each of {plural(len(plan.runs), 'planned run')}"
            rows.append(_compare(name, expected, _keys(keys, RUN_KEYS), plan.runs))
            rows += _shares(name, keys, {"diverged runs": DIVERGED})
    for name, paths in runs.items():
        declared, _, sampler = name.partition("-")
        parts = ((path, frames.read_runs([path], declared, sampler=sampler)) for path in paths)
        checks, keys = _table_checks(name, declared, parts, plan)
        rows += checks
        if name == "loss" and "capacity" in aggregates:
            rows.append(_none_below(keys, _read_aggregate(next(iter(aggregates["capacity"])), "capacity")))
        if declared == "llc":
            planned, estimates = plan.estimates(sampler), _keys(keys, [*RUN_KEYS, "step"])
            expected = f"one row for each of {plural(len(planned), 'planned estimate')}"
            rows.append(_compare(name, expected, estimates, planned, "estimate"))
            rows += _shares(name, keys, {f"estimates with status {status}": status for status in STATUSES})
        else:
            rows.append(_every_run(name, keys, plan))
    return pd.DataFrame(rows, columns=[column.name for column in store.TABLES["checks"]])


def raise_violation(checks: pd.DataFrame) -> None:
    """Raise StudyError for the first violated check of a table of checks, with the number of others."""
    violated = [row for row in checks.to_dict("records") if row["passed"] is False]
    if not violated:
        return
    first, n_more = violated[0], len(violated) - 1
    found = first["found"] + (f", and {plural(n_more, 'more check')} violated" if n_more else "")
    where = f"table {first['table']}, {first['check']}: {first['where']}"
    hint = "the file was changed by hand, or its rule has a defect: remove the file and run again"
    raise StudyError(expected=first["expected"], found=found, where=where, hint=hint)


def _read_aggregate(path: str | Path, name: str) -> pd.DataFrame:
    return frames.read(path, name, of_curves(path) if name == "curves" else ANY)


def _check(table: str, check: str, expected: str | None, found: str, n: int, where: str | None) -> dict[str, Any]:
    """Return the row of a check of `n` values or rows, which is passed unless there is a place where it is violated."""
    row = {"table": table, "check": check, "expected": expected, "found": found, "n": n}
    return row | {"where": where, "share": None, "passed": where is None}


@dataclass
class Seen:
    """Values seen of a column with a range, over many files: where the first value outside stands, None without one."""

    column: Column
    n: int = 0
    n_outside: int = 0
    values: set = field(default_factory=set)  # smallest and largest numbers, or all texts
    where: str | None = None

    def add(self, frame: pd.DataFrame, plan: Plan, path: str | Path) -> None:
        """Take the values of one file into account."""
        rows = frame.loc[frame[self.column.name].notna()]
        values = rows[self.column.name]
        if self.column.type == PER_FEATURE:
            values = values.explode().astype(float).dropna()
        if values.empty:
            return
        outside = _outside(values, self.column.within, rows, plan)
        self.n, self.n_outside = self.n + len(values), self.n_outside + int(outside.sum())
        self.values |= set(values) if isinstance(self.column.within, OneOf) else {values.min(), values.max()}
        if outside.any() and self.where is None:
            first = rows.loc[values.index[outside][0]]
            self.where = f"{_place(first) or f'row {first.name}'} of {path}"

    def row(self, table: str) -> dict[str, Any]:
        """Return the check of the column: the values seen, and how many of them lie outside."""
        texts = isinstance(self.column.within, OneOf) or not self.n
        found = ", ".join(sorted(self.values)) if texts else f"{min(self.values):.6g} to {max(self.values):.6g}"
        found += f"; {self.n_outside} of {self.n} values outside" if self.n_outside else ""
        return _check(table, self.column.name, str(self.column.within), found or "no value", self.n, self.where)


def _outside(values: pd.Series, within: Between | OneOf | None, rows: pd.DataFrame, plan: Plan) -> np.ndarray:
    """Return whether each value lies outside its range; an end that is a word is that of the row's training preset."""
    if isinstance(within, OneOf):
        return ~values.isin(within.values).to_numpy()
    assert within is not None
    numbers, high = values.to_numpy(dtype=float), within.high
    if isinstance(high, str):
        ends = {training: values[high] for training, values in plan.limits.items()}
        presets = rows.training if "training" in rows else pd.Series("", index=rows.index)
        high = presets.map(ends).fillna(max(ends.values())).loc[values.index].to_numpy(dtype=float)
    return (numbers < within.low - SLACK) | (numbers > high + SLACK * np.abs(high))


def _table_checks(
    name: str, declared: str, parts: Iterable[tuple[str | Path, pd.DataFrame]], plan: Plan
) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Return the checks of one table, its schema and every column with a range, and its keys, statuses and losses.

    Its files are read one after another, so that not all are in memory.
    """
    columns, keys, unlike = store.columns(declared, samplers=list(plan.samplers)), [], []
    ranged = [Seen(column) for column in columns if column.within]
    for path, frame in parts:
        keys.append(frame.filter(items=[*RUN_KEYS, "step", "status", "loss"]))
        if ({column.name for column in columns} ^ set(frame)) - {*RUN_KEYS}:  # such as those of other sampler presets
            unlike.append(str(path))
            continue
        for values in ranged:
            values.add(frame, plan, path)
    found = f"{plural(len(unlike), 'file')} with another" if unlike else "the same in every file"
    where = unlike[0] if unlike else None
    schema = _check(name, "schema", "the declared columns and types", found, len(keys), where)
    return [schema, *(values.row(name) for values in ranged)], pd.concat(keys, ignore_index=True)


def _keys(rows: pd.DataFrame, columns: Sequence[str]) -> list[tuple]:
    return [*rows[[*columns]].itertuples(index=False, name=None)]


def _every_run(name: str, keys: pd.DataFrame, plan: Plan) -> dict[str, Any]:
    """Return the check that a table over training has rows of each planned run and no other, one for each step."""
    expected = f"rows of each of {plural(len(plan.runs), 'planned run')}, one for each step"
    again = keys.loc[keys.duplicated([*RUN_KEYS, "step"])]
    runs = _keys(pd.concat([keys.drop_duplicates(RUN_KEYS), again]), RUN_KEYS)
    return _compare(name, expected, runs, plan.runs) | {"n": len(keys)}


def _none_below(losses: pd.DataFrame, capacity: pd.DataFrame) -> dict[str, Any]:
    """Return the check that no recorded loss is below the best possible one of its training preset and activation."""
    compared = losses.merge(capacity, how="left", on=["training", "activation"])
    (gap,) = (column.within for column in store.TABLES["runs"] if column.name == "gap")
    assert isinstance(gap, Between)  # from a little below 0 on: what single precision rounds, of losses up to 5
    below = compared[compared.loss < compared.best_loss + gap.low]
    where = None if below.empty else _place(below.iloc[0])
    lowest = (compared.best_loss - compared.loss).max()
    found = f"{len(below)} below, lowest by {lowest:.2g}" if where else "none below"
    return _check("loss", "capacity", "no recorded loss below the best possible one", found, len(compared), where)


def _place(row: pd.Series) -> str:
    """Return the run, and the step if any, of a row as text; empty for a row of something else."""
    return ", ".join(f"{key} {row[key]}" for key in [*RUN_KEYS, "step"] if key in row)


def _compare(table: str, expected: str, keys: Sequence, planned: Iterable, noun: str = "run") -> dict[str, Any]:
    """Return the check that runs, or estimates of them, are there once each, as planned."""
    counts, planned = Counter(keys), set(planned)
    wrong = {
        "missing": sorted(planned - set(counts)),
        "twice": sorted(key for key, count in counts.items() if count > 1),
        "not planned": sorted(set(counts) - planned),
    }
    parts = [f"{len(some)} {fault}" for fault, some in wrong.items() if some]
    where = next((f"{', '.join(map(str, some[0]))} {fault}" for fault, some in wrong.items() if some), None)
    found = f"{plural(len(counts), noun)}: {', '.join(parts)}" if parts else "the same"
    return _check(table, "rows", expected, found, len(keys), where)


def _shares(table: str, rows: pd.DataFrame, reported: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the share of rows with each of some statuses, by the name of the share, for each training preset."""
    for training, of_preset in rows.groupby("training", sort=False):
        for check, status in reported.items():
            counted = of_preset.status.eq(status)
            share = float(counted.mean())
            found = f"{int(counted.sum())} of {len(counted)} ({percent(share)})"
            row = _check(table, check, None, found, len(counted), f"training preset {training}")
            yield row | {"share": share, "passed": None}
