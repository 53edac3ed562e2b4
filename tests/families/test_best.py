"""The best that values of a family allow: known losses, derivatives, and a jump of the capacity."""

from dataclasses import replace

import pytest
import torch

from superposition.activations import BY_NAME
from superposition.capacity import problem
from superposition.capacity.problem import Problem, starts
from superposition.families import best
from superposition.families.best import Search, best_table, function_jumps, problem_of
from superposition.families.rows import FAMILIES, FAMILY_BY_NAME
from superposition.measures.geometry import Thresholds

THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
SEARCH = Search(n_starts=16, n_steps=100, tolerance=1e-6, halvings=3, seed=0, thresholds=THRESHOLDS)


def best_of(notebook, name, values, search=SEARCH):
    return best_table(FAMILY_BY_NAME[name], values, notebook, search=search)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_each_start_has_the_loss_and_the_derivatives_of_its_value(notebook, family, monkeypatch):
    name, value = next((name, value) for name, (value, distance) in family.limits.items() if not distance)
    other = sum(family.within) / 2
    dial, at_limit = problem_of(family, notebook), Problem(BY_NAME[name], notebook)
    w = starts(at_limit, 6, seed=1)
    values = torch.tensor([value, other] * 3, dtype=torch.float64)[:, None, None]
    torch.testing.assert_close(dial.loss(w, values)[::2], at_limit.loss(w[::2]), rtol=1e-9, atol=1e-12)
    # A Jacobian has 24 · 64 numbers for each start: three at once.
    monkeypatch.setattr(problem, "MAX_JACOBIAN_NUMBERS", 5_000)
    gradient, hessian = dial.gauss_newton(w, values)
    expected = at_limit.gauss_newton(w[::2])
    torch.testing.assert_close(gradient[::2], expected[0], rtol=1e-7, atol=1e-10)
    torch.testing.assert_close(hessian[::2], expected[1], rtol=1e-7, atol=1e-10)


def test_from_relu_to_the_identity_the_best_losses_are_the_known_ones(notebook):
    best, _ = best_of(notebook, "leaky_slope", [1.0, 0.0, 0.6], replace(SEARCH, halvings=0))
    assert [row["value"] for row in best] == [0.0, 0.6, 1.0]
    assert [row["best_loss"] for row in best][::2] == pytest.approx([0, 5 / 64], abs=1e-9)  # octagon; rank-2 optimum
    assert 0 < best[1]["best_loss"] < 5 / 64
    assert best[0]["capacity"] == 8
    assert best[2]["capacity"] <= 3  # of a linear answer of rank 2


def test_celu_loses_half_of_its_features_at_a_jump_that_is_located(notebook):
    best, located = best_of(notebook, "celu_alpha", [0.1, 0.2, 0.4])
    # On the octagon without loss for ReLU, five of seven other features answer -α in place of 0: 40 of 64 entries.
    # They answer -α (1 - e^(x/α)) at some x far below 0; as far as 1e-9 the rest is nothing.
    assert best[0]["best_loss"] == pytest.approx(40 / 64 * 0.1**2, abs=1e-9)
    assert [row["capacity"] for row in best] == [8, 8, 4]
    (jump,) = located
    assert jump["high"] - jump["low"] == pytest.approx(0.2 / 2**3)
    # By a search of its own with 96 starts and 1/64 of the interval from 0.3 to 0.4.
    assert jump["low"] <= 0.3094 and jump["high"] >= 0.3109
    assert (jump["capacity_low"], jump["capacity_high"]) == (8, 4)


def test_a_jump_at_the_middle_of_an_interval_where_both_answers_are_the_best_is_not_lost(notebook, monkeypatch):
    measured, ends = best._measured, [0.2, 0.4]

    def tied(problem, values, *rest):
        rows = measured(problem, values, *rest)
        return [row if row["value"] in ends else {**row, "capacity_least": 4, "capacity": 8} for row in rows]

    monkeypatch.setattr(best, "_measured", tied)
    _, (jump,) = best_of(notebook, "celu_alpha", ends)
    assert [jump["low"], jump["high"]] == ends
    assert (jump["capacity_low"], jump["capacity_high"]) == (8, 4)


def test_a_family_of_one_value_has_no_jump(notebook):
    best, located = best_of(notebook, "relu_cap", [6.0])
    assert len(best) == 1 and not located
    assert best[0]["best_loss"] == pytest.approx(0, abs=1e-9)


def test_functions_that_jump_are_told_from_those_that_do_not(notebook):
    jumping = [family.name for family in FAMILIES if function_jumps(family, problem_of(family, notebook))]
    assert jumping == ["hardshrink_lambda", "shrink_hardness"]
