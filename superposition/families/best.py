"""The best that each value of a family allows, by continuation from value to value, and where the capacity jumps."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from superposition.capacity.descent import descend
from superposition.capacity.problem import NUMBERS, Problem, has_jump, starts
from superposition.capacity.search import Answers, n_recovered
from superposition.families.rows import Family
from superposition.measures.geometry import Thresholds
from superposition.presets import TrainingPreset

KEPT = 16
"""Lowest answers that are kept for each value; a quarter of them are starts for its neighbours."""

SAME = 1e-7
"""Answers whose losses differ by less count as one."""

WIDTHS = (0.5, 0.25, 0.12, 0.06, 0.03, 0.015, 0.007, 0.003, 0.001)
"""Widths to which jumps of an activation are smoothed in turn."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Search:
    """How the best answers are sought.

    Attributes:
        n_starts: Fresh starts at each value.
        n_steps: Most steps of Levenberg–Marquardt from each start.
        tolerance: Losses within so much of the best are the best.
        halvings: How often the interval between neighbouring values is halved to locate a jump.
        seed: Seed of the starts.
    """

    n_starts: int
    n_steps: int
    tolerance: float
    halvings: int
    seed: int


class DialProblem(Problem):
    """The expected loss of a family: the last number of a start is the value of the parameter, which stays."""

    def __init__(self, family: Family, preset: TrainingPreset, *, width: float = 0.0):
        """Take the family and a preset's model and data; jumps become slopes of twice the width."""
        super().__init__(family.activation([family.within[0]]), preset)
        self.family, self.preset, self.width = family, preset, width

    def at(self, value: Tensor) -> Problem:
        """Return the problem with values of the parameter that broadcast against outputs."""
        found = Problem.__new__(Problem)
        activation = replace(self.activation, function=lambda z: self.family.function(z, value))
        vars(found).update(vars(self), activation=activation)
        return found.smoothed(self.width) if self.width else found

    def loss(self, w: Float[Tensor, "start number"]) -> Float[Tensor, " start"]:
        """Return the expected loss of each start at its value."""
        return self.at(w[:, -1, None, None]).loss(w[:, :-1])

    def gauss_newton(self, w: Float[Tensor, "start number"]) -> tuple[Tensor, Tensor]:
        """Return gradient and Gauss-Newton Hessian, which are 0 along the value."""
        size = max(1, NUMBERS // (w.shape[1] * self.n_features * len(self.inputs.weight)))
        parts = [self.at(part[:, -1, None, None]).gauss_newton(part[:, :-1]) for part in w.split(size)]
        gradient, hessian = (torch.cat(each) for each in zip(*parts, strict=True))
        return torch.nn.functional.pad(gradient, (0, 1)), torch.nn.functional.pad(hessian, (0, 1, 0, 1))

    @property
    def jumps(self) -> bool:
        """Whether the functions of the family jump, judged in the middle of its range."""
        value = torch.tensor(min(0.5, sum(self.family.within) / 2), dtype=torch.float64)
        return has_jump(self.at(value).activation, n_features=self.n_features)


def best_table(
    family: Family, values: Sequence[float], preset: TrainingPreset, *, search: Search, thresholds: Thresholds
) -> tuple[list[Row], list[Row]]:
    """Return the rows of a family in the table of best answers, and in that of jumps of the capacity.

    Args:
        family: The family.
        values: Values of its parameter.
        preset: Model and data.
        search: How the best answers are sought.
        thresholds: From when on a feature counts as recovered.
    """
    problem, ordered = DialProblem(family, preset), torch.tensor(sorted(values), dtype=torch.float64)
    pool = _continued(problem, ordered, _searched(problem, ordered, search), search)
    key = {"family": family.name, "parameter": family.parameter}
    best = _measured(problem, ordered, pool, search, thresholds)
    jumps = _located(problem, best, pool, search, thresholds)
    return [{**key, **row} for row in best], [{**key, **row} for row in jumps]


def _searched(problem: DialProblem, values: Tensor, search: Search) -> Tensor:
    """Return the lowest answers from fresh starts, the same for all values; shape (value, answer, parameter)."""
    fresh = starts(problem, search.n_starts, seed=search.seed).expand(len(values), -1, -1)
    if problem.jumps:
        for width in WIDTHS:
            smooth = DialProblem(problem.family, problem.preset, width=width)
            fresh = _descended(smooth, values, fresh, search.n_steps // 4, kept=search.n_starts)
    return _descended(problem, values, fresh, search.n_steps)


def _continued(problem: DialProblem, values: Tensor, pool: Tensor, search: Search) -> Tensor:
    """Return the answers with those to which the neighbours' lead, again and again until none is lower."""
    for _ in range(len(values) - 1):
        before, led = _lowest(problem, values, pool), pool[:, : KEPT // 4]
        below, above = torch.cat([led[:1], led[:-1]]), torch.cat([led[1:], led[-1:]])
        led = _descended(problem, values, torch.cat([below, above], 1), search.n_steps)
        pool = _descended(problem, values, torch.cat([pool, led], 1), 0)
        if (before - _lowest(problem, values, pool)).max() <= search.tolerance:
            break
    return pool


def _descended(problem: DialProblem, values: Tensor, w: Tensor, n_steps: int, *, kept: int = KEPT) -> Tensor:
    """Return where descents lead from all starts of all values together, for each value the lowest distinct ones."""
    numbers = torch.cat([w, values[:, None, None].expand(-1, w.shape[1], 1)], 2).flatten(0, 1)
    if n_steps:
        numbers = descend(problem.loss, problem.gauss_newton, numbers, n_steps=n_steps)
    loss, order = problem.loss(numbers).nan_to_num(1.0, 1.0).view(w.shape[:2]).sort(dim=1, stable=True)
    again = torch.nn.functional.pad(loss.diff(dim=1) < SAME, (1, 0))
    order = order.take_along_dim((loss + again).argsort(dim=1, stable=True)[:, :kept], 1)
    return numbers[:, :-1].view(w.shape).take_along_dim(order[..., None], 1)


def _lowest(problem: DialProblem, values: Tensor, pool: Tensor) -> Float[Tensor, " value"]:
    return problem.loss(torch.cat([pool[:, 0], values[:, None]], 1))


def _measured(problem: DialProblem, values: Tensor, pool: Tensor, search: Search, thresholds: Thresholds) -> list[Row]:
    """Return value, lowest loss and capacity of each value."""
    rows = []
    for value, w in zip(values, pool, strict=True):
        at = problem.at(value)
        loss = at.loss(w)
        answers = Answers(w, loss, torch.zeros_like(loss))
        fewest, most = n_recovered(at, answers, tolerance=search.tolerance, thresholds=thresholds)
        row = {"best_loss": float(loss[0]), "capacity": most, "capacity_least": fewest}
        rows.append({"value": float(value), **row})
    return rows


def _located(problem: DialProblem, best: list[Row], pool: Tensor, search: Search, thresholds: Thresholds) -> list[Row]:
    """Return where the capacity changes, each change between two values that are `halvings` times nearer."""
    points = list(zip(best, pool, strict=True))
    intervals = _changes(list(itertools.pairwise(points)))
    for _ in range(search.halvings if intervals else 0):
        middle = torch.tensor([(low["value"] + high["value"]) / 2 for (low, _), (high, _) in intervals]).double()
        ends = torch.stack([torch.cat([w, other]) for (_, w), (_, other) in intervals])
        found = torch.cat([_searched(problem, middle, search), _descended(problem, middle, ends, search.n_steps)], 1)
        found = _descended(problem, middle, found, 0)
        new = list(zip(_measured(problem, middle, found, search, thresholds), found, strict=True))
        # Where the middle has a capacity of either end, both answers are the best there: the interval stays as it is.
        intervals = [
            half
            for (low, high), at in zip(intervals, new, strict=True)
            for half in _changes([(low, at), (at, high)]) or [(low, high)]
        ]
    return [
        {
            "low": low["value"],
            "high": high["value"],
            **{f"{name}_low": low[name] for name in ("capacity", "best_loss")},
            **{f"{name}_high": high[name] for name in ("capacity", "best_loss")},
        }
        for (low, _), (high, _) in intervals
    ]


def _changes(intervals: list) -> list:
    """Return the intervals whose ends have no capacity in common.

    Where many answers are the best, as for functions that do no better than a linear one, they recover several numbers
    of features, and which of them are met is chance.
    """
    return [
        (low, high)
        for low, high in intervals
        if max(low[0]["capacity_least"], high[0]["capacity_least"]) > min(low[0]["capacity"], high[0]["capacity"])
    ]
