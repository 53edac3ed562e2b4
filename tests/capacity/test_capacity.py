"""The best possible losses: closed forms, a second solver, more starts, and the tables that hold them."""

import functools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import least_squares, minimize

from superposition.activations import BY_NAME
from superposition.capacity.problem import Problem, starts
from superposition.capacity.search import (
    SearchSettings,
    Solutions,
    _distinct,
    capacity_of,
    n_recovered,
    search,
    signature,
    status,
)
from superposition.measures.geometry import Thresholds
from superposition.model.autoencoder import join
from superposition.status import AT_A_JUMP, AT_INFINITY, ATTAINED, NOT_CONVERGED
from superposition.tables import frames, store
from superposition.tables.identity import Identity
from workflow import presets

THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
TOLERANCE = 1e-6
SETTINGS = SearchSettings(n_starts=24, n_steps=80, tolerance=TOLERANCE, seed=0, thresholds=THRESHOLDS)


@pytest.fixture(scope="module")
def preset(config):
    return presets.training_preset(config["training_presets"], "notebook").population


@functools.cache
def solved(name, preset, n_starts=24):
    problem = Problem(BY_NAME[name], preset)
    return problem, search(problem, replace(SETTINGS, n_starts=n_starts))


# docs/capacity.md derives each of them.
CLOSED = {
    **dict.fromkeys(["relu", "relu6", "relu_squared", "threshold", "hardswish", "hardsigmoid"], 0),
    **dict.fromkeys(["softplus", "gelu", "sigmoid", "softmax", "solu"], 0),
    **dict.fromkeys(["identity", "tanh", "hardtanh", "softsign"], 5 / 64),
    "softmin": 7 / 64,
    "logsigmoid": 8 / 64,
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms_are_met(preset, name):
    # 1e-7: an infimum at infinity is approached, to 7e-9 by the last of them; all others are met to rounding.
    assert float(solved(name, preset)[1].loss[0]) == pytest.approx(CLOSED[name], abs=1e-7)


STATUS = {"relu": ATTAINED, "identity": ATTAINED, "softmin": ATTAINED}
STATUS |= dict.fromkeys(["gelu", "sigmoid", "logsigmoid"], AT_INFINITY)


@pytest.mark.parametrize("name", STATUS)
def test_it_is_said_whether_the_best_loss_is_attained(preset, name):
    assert status(*solved(name, preset), tolerance=TOLERANCE)[0] == STATUS[name]


@pytest.mark.parametrize(("share", "word"), [(0.98, ATTAINED), (1.02, AT_A_JUMP)])
def test_the_best_is_attained_where_the_gradient_is_that_of_a_minimum(preset, share, word):
    problem, solutions = solved("identity", preset)
    steep = replace(solutions, gradient=torch.full_like(solutions.gradient, share * 3e-6))
    assert status(problem, steep, tolerance=TOLERANCE)[0] == word


@pytest.mark.parametrize(("share", "n_best"), [(0.98, 2), (1.02, 1)])
def test_losses_within_the_tolerance_are_the_best(share, n_best):
    loss = torch.tensor([0.25, 0.25 + share * TOLERANCE], dtype=torch.float64)
    assert int(Solutions(torch.zeros(2, 24), loss, torch.zeros(2)).best(TOLERANCE).sum()) == n_best


@pytest.mark.parametrize(("share", "counts"), [(0.98, {0: 2}), (1.02, {0: 1, 1: 1})])
def test_solutions_whose_outputs_hardly_differ_are_one_minimum(share, counts):
    outputs = torch.eye(8, dtype=torch.float64).repeat(2, 1, 1)
    outputs[1, 0, 1] = share * 1e-3
    assert _distinct(outputs, torch.tensor([True, True])) == counts


def test_an_octagon_has_no_loss_for_relu_from_its_smallest_length_on(preset):
    # Neighbours at l² cos 45° + b with b = 1 - l² are silent from l² = 1 / (1 - cos 45°) = 3.4142 on.
    angle = 2 * math.pi * torch.arange(8, dtype=torch.float64) / 8
    squared = torch.tensor([3.40, 3.4143, 9.0], dtype=torch.float64)
    W = squared.sqrt()[:, None, None] * torch.stack([angle.cos(), angle.sin()])
    loss = Problem(BY_NAME["relu"], preset).loss(join(W, (1 - squared)[:, None].expand(3, 8)))
    assert loss[0] > 1e-6
    assert loss[1:].max() < 1e-30


@pytest.mark.parametrize(("n_features", "n_hidden"), [(4, 2), (6, 1), (6, 3)])
def test_a_linear_model_reaches_the_principal_components_whatever_its_size(preset, n_features, n_hidden):
    # b takes the mean, and of the n - 1 equal components that are left h are kept: (n - 1 - h) / n². Probabilities are
    # in single precision.
    _, solutions = solved("identity", replace(preset, n_features=n_features, n_hidden=n_hidden), 8)
    assert float(solutions.loss[0]) == pytest.approx((n_features - 1 - n_hidden) / n_features**2, rel=1e-7)


@pytest.mark.parametrize(("name", "k"), [("leaky_relu", 8), ("tanhshrink", 5), ("elu", 4)])
def test_best_answers_are_regular_polygons(preset, name, k):
    """Compare with the best of all regular k-gons with 8 - k dead columns, which have two parameters."""

    def of_polygon(parameters):
        angle = 2 * math.pi * torch.arange(k, dtype=torch.float64) / k
        W = torch.zeros(1, 2, 8, dtype=torch.float64)
        W[0, :, :k] = abs(parameters[0]) ** 0.5 * torch.stack([angle.cos(), angle.sin()])
        b = torch.full((1, 8), parameters[1], dtype=torch.float64)
        b[:, k:] = parameters[2]
        return float(Problem(BY_NAME[name], preset).loss(join(W, b))[0])

    options = {"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000}
    first = [[squared, b, 0.3] for squared in (1.0, 3.0) for b in (0.2, 1 - squared)]
    polygons = [minimize(of_polygon, start, method="Nelder-Mead", options=options).fun for start in first]
    assert float(solved(name, preset)[1].loss[0]) == pytest.approx(min(polygons), abs=1e-7)


def test_the_polygon_of_softshrink_has_the_loss_that_is_derived(preset):
    squared, k = (3 + 5**0.5) / 5, 5
    angle = 2 * math.pi * torch.arange(k, dtype=torch.float64) / k
    W, b = torch.zeros(1, 2, 8, dtype=torch.float64), torch.full((1, 8), 0.3, dtype=torch.float64)
    W[0, :, :k], b[:, k:] = squared**0.5 * torch.stack([angle.cos(), angle.sin()]), 0.5 + 1 / 8
    problem = Problem(BY_NAME["softshrink"], preset)
    assert float(problem.loss(join(W, b))) == pytest.approx((77 / 8 - 3 * 5**0.5) / 64, abs=1e-14)
    assert problem.newton(join(W, b))[0].norm() < 1e-14
    assert float(solved("softshrink", preset)[1].loss[0]) == pytest.approx((77 / 8 - 3 * 5**0.5) / 64, abs=TOLERANCE)


@pytest.mark.parametrize("name", ["tanh", "elu", "tanhshrink"])
def test_a_second_solver_finds_nothing_better_and_the_same_where_it_is_attained(preset, name):
    """SciPy's trust-region reflective least squares, with derivatives by finite differences, from starts of its own."""
    _, solutions = solved(name, preset)
    eye = np.eye(8)

    def residuals(w):
        W, b = torch.from_numpy(w[:16].reshape(2, 8)), torch.from_numpy(w[16:])
        return ((BY_NAME[name].function(W.T @ W + b).numpy() - eye) / 8).ravel()

    random = np.random.default_rng(5)
    first = [random.normal(size=24) * scale for scale in (0.5, 1.0, 1.5) for _ in range(3)]
    losses = [2 * least_squares(residuals, w, max_nfev=300, ftol=1e-13, xtol=1e-13, gtol=1e-13).cost for w in first]
    assert min(losses) == pytest.approx(float(solutions.loss[0]), abs=TOLERANCE)


@pytest.mark.parametrize("name", ["elu", "tanhshrink"])
def test_twice_the_starts_change_no_digit(preset, name):
    few, many = (solved(name, preset, n_starts)[1].loss[0].item() for n_starts in (24, 48))
    assert f"{few:.6f}" == f"{many:.6f}"


def test_a_loss_that_jumps_is_followed_to_where_it_jumps_and_no_more_is_claimed_than_was_found(preset):
    # Regular octagons with silent neighbours at 1/2 and opposite features at -1/2, own output o: (1 - o)² / 8, and
    # o - (1 - cos 45°) l² = 1/2, o - 2 l² = -1/2. Descent by derivatives alone ends above twice that.
    ratio = (1 - math.cos(math.pi / 4)) / 2
    own = (0.5 + 0.5 * ratio) / (1 - ratio)
    problem = Problem(BY_NAME["hardshrink"], preset)
    solutions = search(problem, replace(SETTINGS, n_steps=100))
    assert float(solutions.loss[0]) < 1.1 * (1 - own) ** 2 / 8
    assert status(problem, solutions, tolerance=TOLERANCE)[0] == NOT_CONVERGED


def test_of_a_set_of_best_answers_the_range_of_recovered_features_is_found(preset):
    # A projection onto two dimensions orthogonal to the constant recovers a feature whose share of its trace 2 exceeds
    # the other outputs by 1/2: three vectors at 120° do; of four, two would have to be more than 90° apart from all.
    problem, solutions = solved("identity", preset)
    assert n_recovered(problem, solutions, SETTINGS) == (0, 3)


def test_signatures_do_not_depend_on_the_order_of_features():
    outputs = torch.rand(2, 8, 8, generator=torch.Generator().manual_seed(0))
    order = torch.tensor([3, 1, 0, 7, 6, 2, 4, 5])
    torch.testing.assert_close(signature(outputs[:, order][:, :, order]), signature(outputs))
    assert (signature(outputs)[0] - signature(outputs)[1]).abs().max() > 0.01
    one_sided = outputs[:, order]  # features answer for others: another answer
    assert (signature(one_sided) - signature(outputs)).abs().max() > 0.01


def test_tables_hold_what_was_found_for_each_preset_that_shares_model_and_data(preset, tmp_path):
    rows = capacity_of(Problem(BY_NAME["tanhshrink"], preset), SETTINGS)
    best = rows["capacity"].iloc[0]
    assert (best["status"], best["n_recovered"], best["n_recovered_least"]) == (ATTAINED, 5, 5)
    first, second = rows["minima"].iloc[0], rows["minima"].iloc[1]
    assert (first["n_negative"], first["n_flat"], first["n_reached"]) == (0, 0, best["n_best"])
    assert first["loss"] == best["best_loss"] < second["loss"]
    assert rows["minima"].n_reached.sum() + best["n_unfinished"] <= 24
    path = tmp_path / "notebook" / "tanhshrink.parquet"
    path.parent.mkdir()
    for table, found_rows in rows.items():
        keyed = found_rows.assign(training="notebook", activation="tanhshrink")
        store.write(keyed, path, table, Identity(training="notebook", activation="tanhshrink"))
        all_rows = frames.read_shared([path], table, shared={"notebook": "notebook", "zero_bias": "notebook"})
        assert all_rows.training.tolist() == ["notebook"] * len(found_rows) + ["zero_bias"] * len(found_rows)
        pd.testing.assert_frame_equal(all_rows.iloc[: len(found_rows)], frames.read(path, table))


def test_presets_share_a_population_if_they_share_model_and_data(config):
    notebook, zero_bias = (
        presets.training_preset(config["training_presets"], name) for name in ("notebook", "zero_bias")
    )
    assert notebook.population == zero_bias.population == notebook.population.population
    assert replace(notebook, importance=0.9).population != notebook.population
    assert replace(notebook, n_hidden=3).population != notebook.population


def test_starts_are_as_many_as_asked_for_and_others_with_another_seed(preset):
    problem = Problem(BY_NAME["relu"], preset)
    torch.testing.assert_close(starts(problem, 6, seed=3), starts(problem, 6, seed=3))
    assert (starts(problem, 6, seed=3) - starts(problem, 6, seed=4)).abs().min() > 0
