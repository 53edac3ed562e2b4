"""The best that each value of a family allows, by continuation from value to value, and where the capacity jumps."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from superposition.capacity.problem import Problem, descend, has_jump, starts
from superposition.capacity.search import SearchSettings, Solutions, n_recovered
from superposition.families.rows import Family
from superposition.training_presets import TrainingPreset

KEPT = 16  # lowest solutions of each value; most activations have no more minima. A quarter are starts for neighbours
SAME_LOSS = 1e-7  # solutions whose losses differ by less count as one: a tenth of the tolerance that the best have
WIDTHS = (0.5, 0.25, 0.12, 0.06, 0.03, 0.015, 0.007, 0.003, 0.001)  # fewer than in `capacity`: neighbours lead on


@dataclass(frozen=True, kw_only=True)
class Search(SearchSettings):
    """Settings of the search for a family's best solutions, and of the halving of intervals with a jump."""

    halvings: int


def problem_of(family: Family, preset: TrainingPreset) -> Problem:
    """Return the problem of a family with a preset's model and data, of starts that have a value of the parameter."""
    return Problem(replace(family.activation(family.within), function=family.function), preset)


def function_jumps(family: Family, problem: Problem) -> bool:
    """Return whether the functions of the family jump, judged in the middle of its range."""
    return has_jump(problem.at(torch.tensor(min(0.5, sum(family.within) / 2), dtype=torch.float64)).activation)


def best_table(
    family: Family, values: Sequence[float], preset: TrainingPreset, *, search: Search
) -> tuple[list[dict], list[dict]]:
    """Return the rows of a family in the table of best solutions, and in that of jumps of the capacity.

    Args:
        family: Whose best solutions are sought.
        values: Values of its parameter, in any order.
        preset: Training preset, of which model and data count.
        search: How solutions are sought, and jumps narrowed down.
    """
    problem, ordered = problem_of(family, preset), torch.tensor(sorted(values), dtype=torch.float64)
    widths = WIDTHS if function_jumps(family, problem) else ()
    pool = _continued(problem, ordered, _searched(problem, ordered, search, widths), search)
    best = _measured(problem, ordered, pool, search)
    located = _located(problem, best, pool, search, widths)
    key = {"family": family.name, "parameter": family.parameter}
    return [{**key, **row} for row in best], [{**key, **row} for row in located]


def _searched(problem: Problem, values: Tensor, search: Search, widths: Sequence[float]) -> Tensor:
    """Return the lowest solutions from fresh starts, the same for all values; shape (value, solution, parameter)."""
    fresh = starts(problem, search.n_starts, seed=search.seed).expand(len(values), -1, -1)
    for width in widths:
        fresh = _descended(problem.smoothed(width), values, fresh, search.n_steps // 4, kept=search.n_starts)
    return _descended(problem, values, fresh, search.n_steps)


def _continued(problem: Problem, values: Tensor, pool: Tensor, search: Search) -> Tensor:
    """Return the solutions with those to which the neighbours' lead, again and again until none is lower."""
    for _ in range(len(values) - 1):
        before, led = problem.loss(pool[:, 0], values[:, None, None]), pool[:, : KEPT // 4]
        below, above = torch.cat([led[:1], led[:-1]]), torch.cat([led[1:], led[-1:]])
        led = _descended(problem, values, torch.cat([below, above], 1), search.n_steps)
        pool = _descended(problem, values, torch.cat([pool, led], 1), 0)
        if (before - problem.loss(pool[:, 0], values[:, None, None])).max() <= search.tolerance:
            break
    return pool


def _descended(problem: Problem, values: Tensor, w: Tensor, n_steps: int, *, kept: int = KEPT) -> Tensor:
    """Return where descents lead from all starts of all values together, for each value the lowest distinct ones."""
    of_start, flat = values.repeat_interleave(w.shape[1])[:, None, None], w.flatten(0, 1)
    if n_steps:
        flat = descend(problem.loss, problem.gauss_newton, flat, of_start, n_steps=n_steps)
    loss, order = problem.loss(flat, of_start).nan_to_num(1.0, 1.0).view(w.shape[:2]).sort(dim=1, stable=True)
    again = torch.nn.functional.pad(loss.diff(dim=1) < SAME_LOSS, (1, 0))
    order = order.take_along_dim((loss + again).argsort(dim=1, stable=True)[:, :kept], 1)
    return flat.view(w.shape).take_along_dim(order[..., None], 1)


def _measured(problem: Problem, values: Tensor, pool: Tensor, search: Search) -> list[dict]:
    """Return value, lowest loss and capacity of each value."""
    rows = []
    for value, w in zip(values, pool, strict=True):
        at_value = problem.at(value)
        solutions = Solutions(w, loss := at_value.loss(w), torch.zeros_like(loss))
        fewest, most = n_recovered(at_value, solutions, search)
        rows.append({"value": float(value), "best_loss": float(loss[0]), "capacity": most, "capacity_least": fewest})
    return rows


def _located(problem: Problem, best: list[dict], pool: Tensor, search: Search, widths: Sequence[float]) -> list[dict]:
    """Return where the capacity changes, each change between two values that are `halvings` times nearer."""
    intervals = _changes(itertools.pairwise(zip(best, pool, strict=True)))
    for _ in range(search.halvings if intervals else 0):
        middle = torch.tensor([[row["value"] for row, _ in pair] for pair in intervals], dtype=torch.float64).mean(1)
        ends = torch.stack([torch.cat([w, other]) for (_, w), (_, other) in intervals])
        fresh, led = _searched(problem, middle, search, widths), _descended(problem, middle, ends, search.n_steps)
        pool = _descended(problem, middle, torch.cat([fresh, led], 1), 0)
        new = zip(_measured(problem, middle, pool, search), pool, strict=True)
        # Where the middle has a capacity of either end, both solutions are the best there: the interval stays as it is.
        intervals = [
            half
            for (low, high), middle_end in zip(intervals, new, strict=True)
            for half in _changes([(low, middle_end), (middle_end, high)]) or [(low, high)]
        ]
    names = {"value": "", "capacity": "capacity_", "best_loss": "best_loss_"}
    ends = [{"low": low, "high": high} for (low, _), (high, _) in intervals]
    return [{f"{names[name]}{end}": row[name] for end, row in change.items() for name in names} for change in ends]


def _changes(intervals: Iterable) -> list:
    """Return the intervals whose ends have no capacity in common."""
    # Where many solutions are the best, they recover several numbers of features, and which of them are met is chance.
    return [
        (low, high)
        for low, high in intervals
        if max(low[0]["capacity_least"], high[0]["capacity_least"]) > min(low[0]["capacity"], high[0]["capacity"])
    ]
