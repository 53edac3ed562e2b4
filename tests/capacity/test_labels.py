"""Labels of planted points and trajectories: the right critical point, its level, index and learning coefficient."""

import numpy as np
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.capacity.labels import described, known, labels, labels_table, nearest
from superposition.capacity.problem import Problem
from superposition.estimators import known_points
from superposition.model import autoencoder
from superposition.status import MINIMUM, NONE, SADDLE
from superposition.tables.trajectory import Trajectory
from workflow import presets

REACH = 0.1


@pytest.fixture(scope="module")
def problem_of(config):
    preset = presets.training_preset(config["training_presets"], "controlled")
    return lambda name: Problem(BY_NAME[name], preset)


def polygon(k: int, *, dead_bias: float) -> torch.Tensor:
    """Return k live columns on a regular polygon, long enough that neighbours are strictly silent, and dead ones."""
    length_sq = known_points.LIVE_LENGTH_SQ[k]
    return known_points._polygon(8, k, length_sq, dead_bias, 1 - length_sq)


def shaken(w: torch.Tensor, *, share: float = 0.02, seed: int = 0) -> torch.Tensor:
    """Return parameters moved in a random direction by a share of their length."""
    step = torch.randn(w.shape, generator=torch.Generator().manual_seed(seed), dtype=w.dtype)
    return w + share * w.norm() * step / step.norm()


@pytest.mark.parametrize("k", [3, 4, 5, 6])
def test_the_two_kinds_of_relu_points_with_k_live_columns_are_told_apart(problem_of, k):
    near = torch.stack([shaken(polygon(k, dead_bias=-5.0)), shaken(polygon(k, dead_bias=1 / 8))])
    silent, constant = labels(problem_of("relu"), near, reach=REACH).itertuples()
    # A dead feature that answers 0 costs 1, one that answers 1/8 costs (7/8)^2 + 7 (1/8)^2 = 7/8; L is 1/64 of the sum.
    assert (silent.label, silent.kind, silent.true_llc) == (f"{k} live, {8 - k} silent", MINIMUM, k / 2)
    assert silent.level == pytest.approx((8 - k) / 64, abs=1e-12)
    assert silent.n_negative == 0
    assert silent.n_flat == 24 - k - 1  # all directions but k are flat, and one of them is the rotation
    assert (constant.label, constant.kind) == (f"{k} live, {8 - k} at 1/8", SADDLE)
    assert np.isnan(constant.true_llc)
    assert constant.level == pytest.approx((8 - k) * 7 / 8 / 64, abs=1e-12)
    assert constant.n_negative == 2  # the sum of the live directions, with the dead ones: a plane


def test_dead_features_of_both_kinds_are_counted_apart(problem_of):
    w = polygon(4, dead_bias=-5.0)
    w[-1] = 1 / 8  # the bias of the last feature
    (row,) = labels(problem_of("relu"), shaken(w)[None], reach=REACH).itertuples()
    assert (row.label, row.kind) == ("4 live, 3 silent, 1 at 1/8", SADDLE)
    assert row.level == pytest.approx((3 + 7 / 8) / 64, abs=1e-12)


# Chen et al. 2023, table of critical points for six features: loss, and learning coefficient.
CHEN = {"5-gon": (0.06874, 7.0), "5⁺-gon": (0.06180, 8.5), "6-gon": (0.04819, 8.5)}


def test_levels_and_coefficients_are_those_of_chen():
    points = torch.stack([known_points.chen_polygon(name).point for name in CHEN])

    def loss(w):
        return known_points.chen_loss(w.T)

    met, near = nearest(loss, torch.stack([shaken(point, share=0.01) for point in points]), reach=REACH)
    assert near.all()
    rows = described(loss, met, n_features=6, n_symmetric=1)  # the rotation of the plane
    # Printed with five decimals, of which the last is rounded.
    np.testing.assert_allclose(rows.level, [level for level, _ in CHEN.values()], atol=1e-5)
    assert rows.kind.tolist() == [MINIMUM] * 3
    assert rows.true_llc.tolist() == [llc for _, llc in CHEN.values()]


# Smooth: only the rotation is flat. Identity: minima have dimension 11. Softmin: constant columns and biases, 3.
@pytest.mark.parametrize(("name", "true_llc"), [("gelu", 11.5), ("identity", 6.5), ("softmin", 10.5)])
def test_minima_have_the_coefficients_that_are_derived(problem_of, name, true_llc):
    optimum = {"identity": known_points.identity_optimum, "softmin": known_points.softmin_origin}
    w = optimum.get(name, lambda: known_points.polished_minimum(name))().point
    moved = shaken(w) if name != "softmin" else w + 1e-9  # the length of W = 0 is 0: nothing else is within reach
    (row,) = labels(problem_of(name), moved[None], reach=REACH).itertuples()
    assert (row.kind, row.true_llc) == (MINIMUM, true_llc)


def test_at_saddles_there_is_no_coefficient(problem_of):
    # All answers of tanh at W = 0 are tanh(b) = 1/8; an own direction of any feature lowers its loss.
    w = torch.cat([torch.zeros(16), torch.full((8,), 1 / 8).atanh()]).double()
    (row,) = labels(problem_of("tanh"), shaken(w)[None], reach=REACH).itertuples()
    assert (row.kind, row.level) == (SADDLE, pytest.approx(7 / 64))
    assert row.n_negative > 0
    assert np.isnan(row.true_llc)


def test_every_direction_of_a_loss_without_curvature_is_flat():
    (row,) = described(lambda w: w.sum(1) * 0, torch.zeros(1, 6).double(), n_features=2, n_symmetric=1).itertuples()
    assert (row.kind, row.n_negative, row.n_flat) == (MINIMUM, 0, 6 - 1)  # beyond the symmetry


@pytest.mark.parametrize("sign", [1, -1])
def test_a_direction_is_flat_up_to_a_share_of_the_largest_curvature(sign):
    for share, n_flat in ((0.98, 1), (1.02, 0)):
        curvatures = torch.tensor([1.0] * 5 + [sign * share * 1e-6], dtype=torch.float64)
        point = torch.zeros(1, 6, dtype=torch.float64)
        (row,) = described(lambda w, h=curvatures: (h * w**2).sum(1), point, n_features=2, n_symmetric=0).itertuples()
        assert row.n_flat == n_flat
        assert row.kind == (SADDLE if sign == -1 and not n_flat else MINIMUM)


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("relu", polygon(5, dead_bias=-5.0)),  # at a kink: known, where a descent leads to another point that is nearer
        ("gelu", known_points.polished_minimum("gelu").point),
    ],
    ids=["known", "descended to"],
)
def test_a_point_is_near_within_reach_alone(problem_of, name, point):
    w = shaken(point)[None]
    (row,) = labels(problem_of(name), w, reach=REACH).itertuples()
    distances = [labels(problem_of(name), w, reach=share * row.distance).distance.item() for share in (0.98, 1.02)]
    assert [distance == pytest.approx(row.distance) for distance in distances] == [False, True]


@pytest.mark.parametrize("share", [0.98, 1.02])
def test_live_is_an_own_output_above_one_half_and_constant_a_mean_output_above_half_of_one_in_n(problem_of, share):
    # Lonely directions: feature 0 gives itself 1 + b, feature 1, without one, gives b for every input, others nothing.
    W, b = torch.zeros(2, 8, dtype=torch.float64), torch.full((8,), -1.0, dtype=torch.float64)
    W[0, 0], b[0], b[1] = 1.0, share * 0.5 - 1.0, share * 0.5 / 8
    _, _, n_live, n_constant = known(problem_of("relu"), torch.cat([W.flatten(), b])[None])
    assert (int(n_live), int(n_constant)) == ((1, 1) if share > 1 else (0, 0))


def test_where_a_minimum_is_at_infinity_alone_no_point_is_near(problem_of):
    w = torch.stack([shaken(size * polygon(8, dead_bias=0.0)) for size in (1.0, 3.0, 10.0)])
    assert labels(problem_of("sigmoid"), w, reach=REACH).label.isna().all()


def test_a_planted_trajectory_gets_its_labels_and_a_diverged_one_none(problem_of):
    saddle, minimum = polygon(5, dead_bias=1 / 8), polygon(8, dead_bias=0.0)
    path = torch.stack([shaken(saddle), shaken(saddle, share=0.5), shaken(minimum, share=0.005), minimum])
    W, b = (part.permute(2, 0, 1) if part.ndim == 3 else part.T for part in autoencoder.split(path.T, 2))
    W, b = np.stack([W.numpy()] * 2), np.stack([b.numpy()] * 2)
    W[1, 2:] = np.nan
    runs = Trajectory(W=W, b=b, steps=np.array([0, 10, 100, 1000]), seeds=np.array([3, 4]))
    table = labels_table(problem_of("relu"), runs, reach=REACH)
    assert table.seed.tolist() == [3] * 4 + [4] * 4
    assert table.step.tolist() == [0, 10, 100, 1000] * 2
    expected = ["5 live, 3 at 1/8", NONE, "8 live", "8 live"]
    assert table.label.tolist() == expected + expected[:2] + [NONE] * 2
    assert table.kind.tolist() == [SADDLE, NONE, MINIMUM, MINIMUM, SADDLE, NONE, NONE, NONE]
    assert table.distance[3] == pytest.approx(0, abs=1e-9)
    assert table.distance[2] == pytest.approx(0.005, abs=0.005)  # moved by so much, in part along flat directions
    assert table.loc[table.kind == NONE, ["level", "n_negative", "n_flat", "distance", "true_llc"]].isna().all(None)
