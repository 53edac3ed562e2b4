"""The known points are what they are said to be."""

import itertools

import pytest
import torch

from superposition.errors import StudyError
from superposition.estimators.known_points import (
    GONS,
    LIVE_LENGTH_SQ,
    chen_loss,
    chen_polygon,
    deep_linear,
    deep_linear_llc,
    identity_optimum,
    live_polygon,
    normal_crossing,
    polished_minimum,
    softmin_origin,
)
from superposition.estimators.leaderboard import all_points, some_points
from superposition.llc.hessian import curvature


def reduced_rank_llc(M, H, N, r):
    """The main theorem of Aoyagi & Watanabe 2005, case by case."""
    if N + r > M + H:
        return (H * M - H * r + N * r) / 2
    if M + r > N + H:
        return (H * N - H * r + M * r) / 2
    if H + r > M + N:
        return M * N / 2
    value = -((H + r) ** 2) - M**2 - N**2 + 2 * (H + r) * (M + N) + 2 * M * N
    return (value + (M + H + N + r) % 2) / 8


def test_with_two_layers_the_formula_is_that_of_reduced_rank_regression():
    for M, H, N in itertools.product(range(1, 6), repeat=3):
        for r in range(min(M, H, N) + 1):
            assert deep_linear_llc((M, H, N), r) == pytest.approx(reduced_rank_llc(M, H, N, r)), (M, H, N, r)


@pytest.mark.parametrize(
    ("widths", "rank", "expected"),
    [
        ((1, 1, 1), 0, 1 / 2),  # (w1 w2)²
        ((1, 1, 1, 1, 1), 0, 1 / 2),  # (w1 w2 w3 w4)²
        ((3, 1, 2), 0, 1.0),  # |a|² |b|² has min(3, 2) / 2
        ((3, 1, 1, 2), 0, 1 / 2),  # |a|² w² |b|², in which w has 1/2
        # The zeros of BA for 2 x 2 matrices have dimension 5 (A and B of rank 1), and codimension 3: 3/2.
        ((2, 2, 2), 0, 3 / 2),
        # A scalar true map of rank 1: the product is one regular coordinate.
        ((1, 1, 1, 1), 1, 1 / 2),
        # Full rank through a narrow middle: (M + N - r) r / 2, the dimension of the matrices of rank r over two.
        ((3, 2, 2, 3), 2, 4.0),
    ],
)
def test_the_formula_of_deep_linear_networks_agrees_with_special_cases(widths, rank, expected):
    assert deep_linear_llc(widths, rank) == expected


def test_there_are_enough_points_and_each_has_a_name_of_its_own():
    points = all_points()
    assert len(points) >= 24
    names = [(case.group, case.name) for case in points]
    assert len(set(names)) == len(names)
    assert {(case.group, case.name) for case in some_points()} <= set(names)
    # Both parities of M + N + H + r occur at both ranks of reduced-rank regression.
    regressions = [case.name for case in points if case.group == "reduced-rank regression"]
    widths = [([int(width) for width in name.split(",")[0].split("–")], int(name[-1])) for name in regressions]
    assert {((sum(layers) + rank) % 2, rank) for layers, rank in widths} == {(0, 0), (1, 0), (0, 1), (1, 1)}


@pytest.mark.parametrize("case", all_points(), ids=lambda case: f"{case.group}, {case.name}")
def test_every_known_point_is_a_critical_point_whose_loss_is_no_larger_than_nearby(case):
    at_point = curvature(case.loss, case.point[:, None])
    assert at_point.gradient.abs().max() < 1e-9
    # On kinks the Hessian is one-sided; elsewhere too, near is what particles see: 0.01 in each direction.
    noise = 0.01 * torch.randn(len(case.point), 2000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    # Curvature times 0.01² is 1e-5 or more, rounding 1e-17; a minimum has no lower value.
    assert (case.loss(case.point[:, None] + noise) >= case.loss(case.point[:, None]) - 1e-15).all()


@pytest.mark.parametrize(
    ("case", "n_flat"),
    [
        # Dimension of the set of minima: orthonormal pairs of rows in seven dimensions have 7 + 6 - 1 - 1 = 11.
        (identity_optimum(), 11),
        (softmin_origin(), 3),
        # Rotation; and for the 5-gon the dead feature's two weights and bias, which do nothing.
        *((chen_polygon(name), n_flat) for name, n_flat in zip(GONS, (4, 1, 1), strict=True)),
        (polished_minimum("tanh"), 1),
        *((live_polygon(k), 24 - k) for k in LIVE_LENGTH_SQ),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_where_the_coefficient_is_half_the_codimension_all_other_directions_are_curved(case, n_flat):
    eigenvalues = curvature(case.loss, case.point[:, None]).eigenvalues[0]
    assert (eigenvalues < 1e-7).sum() == n_flat  # curved ones are 5e-4 or more
    assert case.true_llc == (len(case.point) - n_flat) / 2


@pytest.mark.parametrize("direction", ["along", "beside"])
def test_the_flat_directions_of_the_linear_optimum_and_of_softmin_are_flat_for_good(direction):
    identity, softmin = identity_optimum(), softmin_origin()
    W = identity.point[:16].view(2, 8)
    # Another orthonormal pair orthogonal to 1: rows turned in the space of both, or one row exchanged for another.
    angle = torch.tensor(0.7, dtype=torch.float64)
    turned = torch.stack([W[0] * angle.cos() + W[1] * angle.sin(), W[1] * angle.cos() - W[0] * angle.sin()])
    other = torch.linalg.qr(torch.cat([torch.ones(8, 1).double(), W.T, torch.eye(8)[:, 3:4].double()], 1))[0][:, 3]
    W2 = turned if direction == "along" else torch.stack([W[0], other])
    moved = torch.cat([W2.flatten(), identity.point[16:]])
    assert identity.loss(moved[:, None]).item() == pytest.approx(5 / 64, abs=1e-15)
    shift = torch.cat([torch.full((8,), 0.9), torch.full((8,), -0.4), torch.full((8,), 2.0)]).double()
    assert softmin.loss(shift[:, None]).item() == pytest.approx(7 / 64, abs=1e-15)


@pytest.mark.parametrize("k", LIVE_LENGTH_SQ)
def test_live_polygons_have_the_loss_of_their_dead_features(k):
    case = live_polygon(k)
    assert case.loss(case.point[:, None]).item() == pytest.approx((8 - k) / 64, abs=1e-15)


@pytest.mark.parametrize("k", [3, 4, 5, 6, 8])
def test_on_kinks_the_loss_is_that_inside_on_a_cone_and_more_beside_it(k):
    case = live_polygon(k, on_kinks=True)
    assert case.loss(case.point[:, None]).item() == pytest.approx((8 - k) / 64, abs=1e-15)
    W, b = case.point[:16].view(2, 8), case.point[16:]
    before = W.T @ W + b
    assert (before.abs() < 1e-12).any()
    # Longer columns with biases to match leave the kinks on the side without loss: the cone is not empty, so the volume
    # is between constants times that of k squares, and the coefficient k/2.
    longer = W * 1.05
    inside = torch.cat([longer.flatten(), torch.where(longer.norm(dim=0) > 0, 1 - longer.square().sum(0), b)])
    assert case.loss(inside[:, None]).item() == pytest.approx((8 - k) / 64, abs=1e-15)
    shorter = W * 0.95
    outside = torch.cat([shorter.flatten(), torch.where(shorter.norm(dim=0) > 0, 1 - shorter.square().sum(0), b)])
    assert case.loss(outside[:, None]).item() > (8 - k) / 64 + 1e-4


@pytest.mark.parametrize(("name", "loss"), [("5-gon", 0.06874), ("5⁺-gon", 0.06180), ("6-gon", 0.04819)])
def test_chens_polygons_have_the_losses_that_chen_reports(name, loss):
    case = chen_polygon(name)
    assert case.loss(case.point[:, None]).item() == pytest.approx(loss, abs=5e-6)  # five digits are given


def test_chens_loss_is_the_mean_over_uniform_sizes():
    w = torch.randn(18, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    w[5] = w[11] = 0.0  # a dead feature: the pre-activation of its own input does not depend on its size
    W, b = w[:12].view(2, 6, 4), w[12:]
    sizes = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000  # midpoints: an error of order 1e-9
    expected = torch.zeros(4, dtype=torch.float64)
    for i in range(6):
        z = (W[:, :, None] * W[:, None, i, None]).sum(0)  # (feature, 1, replica)
        output = torch.relu(z * sizes[:, None] + b[:, None])
        output[i] -= sizes[:, None]
        expected += output.square().sum(0).mean(0) / 6
    torch.testing.assert_close(chen_loss(w), expected, rtol=1e-7, atol=0)


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_an_activation_with_more_flat_directions_has_no_polished_minimum(activation):
    with pytest.raises(StudyError, match=rf"found: +{activation}: gradient .* flat directions"):
        polished_minimum(activation)


def test_cases_are_batched_without_mixing():
    for case in (live_polygon(5), chen_polygon("6-gon"), deep_linear(3, 2, 2, 3, rank=1), normal_crossing(1, 2)):
        points = torch.stack([case.point, case.point + 0.1], dim=1)
        assert case.loss(points)[0].item() == pytest.approx(case.loss(points[:, :1]).item(), abs=1e-16)
