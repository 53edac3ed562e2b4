"""Closed forms of the geometry of feature directions."""

import warnings

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from superposition.measures import geometry
from superposition.measures.geometry import Thresholds

THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)


def regular(n: int, length: float = 1.0, phase: float = 0.3) -> np.ndarray:
    """Return a regular polygon's corners as columns."""
    angle = phase + 2 * np.pi * np.arange(n) / n
    return length * np.stack([np.cos(angle), np.sin(angle)])


def columns(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, dtype=float).T


def corners(W: np.ndarray) -> int:
    return geometry.polygon(W, np.ones(W.shape[1], dtype=bool))


@pytest.mark.parametrize("n", [3, 5, 8])
@pytest.mark.parametrize("length", [0.5, 2.0])
def test_a_regular_polygon_shares_two_dimensions_equally(n, length):
    # Sum over j of cos^2(2 pi j / n) is n / 2 for n >= 3: each feature has 2 / n of a dimension, and interference
    # length^2 (n / 2 - 1).
    W = regular(n, length)
    np.testing.assert_allclose(geometry.feature_norm(W), length)
    np.testing.assert_allclose(geometry.dimensionality(W), 2 / n)
    np.testing.assert_allclose(geometry.interference(W), length**2 * (n / 2 - 1))
    assert corners(W) == n


def test_an_antipodal_pair_shares_one_dimension():
    W = columns((2, 0), (-1, 0))
    # Directions +-1: interference is the other's squared length; dimensionality 4 / (4 + 1) and 1 / (1 + 4).
    np.testing.assert_allclose(geometry.interference(W), [1, 4])
    np.testing.assert_allclose(geometry.dimensionality(W), [4 / 5, 1 / 5])
    np.testing.assert_allclose(geometry.dimensionality(columns((0.9, 0), (-0.9, 0))), [1 / 2, 1 / 2])


def test_orthogonal_features_have_a_dimension_each_whatever_their_lengths():
    W = columns((3, 0), (0, 0.2))
    np.testing.assert_allclose(geometry.interference(W), [0, 0], atol=1e-15)
    np.testing.assert_allclose(geometry.dimensionality(W), [1, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dead_columns_have_no_dimension_and_no_interference_and_raise_no_warning(dtype):
    W = columns((1, 0), (0, 0), (-1, 0), (0, 0)).astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(geometry.dimensionality(W), [0.5, 0, 0.5, 0])
        np.testing.assert_array_equal(geometry.interference(W), [1, 0, 1, 0])
        np.testing.assert_array_equal(geometry.dimensionality(np.zeros((2, 4), dtype)), np.zeros(4))


@pytest.mark.parametrize("n_hidden", [1, 2, 3, 8])
def test_dimensionality_is_at_most_1_and_at_most_n_hidden_in_sum(n_hidden):
    W = np.random.default_rng(0).normal(size=(200, n_hidden, 8)) * np.linspace(0.01, 3, 8)
    dimensionality = geometry.dimensionality(W)
    assert dimensionality.shape == (200, 8)
    assert (dimensionality > 0).all()
    assert (dimensionality <= 1 + 1e-12).all()
    assert (dimensionality.sum(-1) <= n_hidden + 1e-12).all()


def test_measures_of_a_batch_are_those_of_its_members():
    W = np.random.default_rng(1).normal(size=(4, 5, 2, 8))
    for measure in (geometry.feature_norm, geometry.interference, geometry.dimensionality):
        np.testing.assert_allclose(measure(W)[3, 2], measure(W[3, 2]), rtol=1e-12)


def test_measures_do_not_change_under_rotation():
    W = np.random.default_rng(2).normal(size=(2, 8))
    angle = 0.7
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for measure in (geometry.feature_norm, geometry.interference, geometry.dimensionality, corners):
        np.testing.assert_allclose(measure(rotation @ W), measure(W), rtol=1e-12)


def test_represented_features_exceed_both_thresholds():
    # Largest norm 2: the relative threshold is 1, which itself does not count.
    W = columns((2, 0), (0, 1), (0, 1.01), (0.5, 0))
    assert geometry.represented(geometry.feature_norm(W), thresholds=THRESHOLDS).tolist() == [True, False, True, False]


@pytest.mark.parametrize("share", [0.98, 1.02])
def test_each_threshold_of_a_feature_decides_on_both_sides_of_its_value(share):
    longest, absolute = 2.0, THRESHOLDS.absolute_norm
    norms = np.array([longest, share * THRESHOLDS.relative_norm * longest])
    assert geometry.represented(norms, thresholds=THRESHOLDS).tolist() == [True, share > 1]
    assert geometry.represented(np.array([share * absolute, 0.0]), thresholds=THRESHOLDS).tolist() == [share > 1, False]
    output = np.array([[share * THRESHOLDS.recovery_margin, 0.0], [0.0, 1.0]])
    assert geometry.recovered(output, thresholds=THRESHOLDS).tolist() == [share > 1, True]
    # Of (-1, 0), (0, e) and (1, 0), less their mean, the spread is 2^½ along and e (2/3)^½ across: e / 3^½ of it.
    across = share * 1e-3 * 3**0.5
    flat = columns((-1, 0), (0, across), (1, 0))
    assert geometry.polygon(flat, np.ones(3, dtype=bool)) == (3 if share > 1 else 2)


def test_a_model_of_noise_alone_represents_nothing():
    assert not geometry.represented(np.array([0.05, 0.1, 0]), thresholds=THRESHOLDS).any()


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], 0),
        ([(1, 2)], 1),
        ([(1, 0), (-1, 0)], 2),
        ([(0.9, 0.01), (-0.9, -0.01)], 2),
        ([(1, 1), (2, 2), (-3, -3)], 2),
        ([(1, 0), (0, 1), (2, -1)], 2),  # collinear on a line that misses the origin
        ([(1, 0), (0, 1), (-1, -1)], 3),
        ([(1, 1), (1, -1), (-1, 1), (-1, -1), (0.1, 0.2)], 4),
        ([(1, 0), (1, 0)], 1),  # coinciding directions are one corner
        ([(0.1, 0.7)] * 3, 1),  # also where their mean is not their sum over their number
        ([(1, 0), (1, 1e-5), (-1, 0)], 2),  # a corner by rounding is none
    ],
    ids=str,
)
def test_polygon_counts_the_corners_of_the_convex_hull(points, expected):
    W = columns(*points) if points else np.empty((2, 0))
    assert corners(W) == expected


def test_polygons_of_a_batch_are_those_of_its_members():
    W = np.stack([regular(8), np.repeat([[1.0], [2.0]], 8, axis=1), np.outer([1, 2], range(8)), regular(8)])
    is_represented = np.array([[True] * 8, [True] * 8, [True] * 8, [False] * 8])
    assert geometry.polygon(W, is_represented).tolist() == [8, 1, 2, 0]
    assert [int(geometry.polygon(*each)) for each in zip(W, is_represented, strict=True)] == [8, 1, 2, 0]


def on_edges_of_triangles(dtype: type) -> np.ndarray:
    """Return triangles with five more directions on an edge, as exactly as the type can tell."""
    random = np.random.default_rng(6)
    triangle, along = random.normal(size=(200, 2, 3)), random.uniform(0.1, 0.9, size=(200, 1, 5))
    edge = triangle[..., :1] + along * (triangle[..., 1:2] - triangle[..., :1])
    return np.concatenate([triangle, edge], axis=-1).astype(dtype)


def test_a_direction_that_rounding_moves_off_an_edge_is_no_corner():
    is_corner = geometry.corners(on_edges_of_triangles(np.float64), np.ones((200, 8), dtype=bool))
    assert is_corner[:, :3].all()
    assert not is_corner[:, 3:].any()


def test_corners_of_single_precision_are_those_of_the_same_values_in_double():
    W = on_edges_of_triangles(np.float32)
    is_corner = geometry.corners(W, np.ones((200, 8), dtype=bool))
    np.testing.assert_array_equal(is_corner, geometry.corners(W.astype(np.float64), np.ones((200, 8), dtype=bool)))


def test_polygon_looks_at_represented_directions_only():
    W = np.concatenate([regular(4), columns((5, 5))], axis=1)
    assert geometry.polygon(W, np.array([True] * 4 + [False])) == 4
    assert geometry.polygon(W, np.zeros(5, dtype=bool)) == 0


def test_corners_in_the_plane_are_those_that_qhull_finds():
    # Eight directions of very different lengths, and any of them represented, as in training.
    random = np.random.default_rng(3)
    W = random.normal(size=(20, 50, 2, 8)) * random.lognormal(sigma=2, size=(20, 50, 1, 8))
    is_represented = random.random((20, 50, 8)) < 0.8
    is_represented[is_represented.sum(-1) < 3] = True
    is_corner = geometry.corners(W, is_represented)
    for at in np.ndindex(20, 50):
        features = np.flatnonzero(is_represented[at])
        expected = features[ConvexHull(W[at][:, features].T).vertices]
        np.testing.assert_array_equal(np.flatnonzero(is_corner[at]), np.sort(expected))


def test_a_direction_on_an_edge_or_on_another_corner_is_no_corner():
    W = columns((0, 0), (3, 1), (0, 3), (0, 1), (1, 1 / 3), (3, 1))
    assert geometry.corners(W, np.ones(6, dtype=bool)).tolist() == [True, True, True, False, False, False]
    # Without its first copy, the second one is a corner.
    assert geometry.corners(W, np.arange(6) != 1).tolist() == [True, False, True, False, False, True]


def test_directions_in_one_dimension_are_collinear():
    assert corners(np.array([[1.0, -1.0, 0.3]])) == 2
    assert corners(np.array([[1.0]])) == 1


def test_polygon_in_three_dimensions_counts_the_corners_of_the_solid():
    cube = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float).T
    assert corners(np.concatenate([cube, np.zeros((3, 1))], axis=1)) == 8


@pytest.mark.parametrize("n", [3, 5])
def test_a_flat_polygon_in_three_dimensions_has_its_corners(n):
    tilted = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 2)))[0]
    assert corners(tilted @ np.concatenate([regular(n), np.zeros((2, 1))], axis=1)) == n


def test_recovered_features_exceed_all_others_by_the_margin():
    # Margins 1 - 0.5 = 0.5 (reached), 0.8 - 0.4 = 0.4 (missed), 0.2 - (-0.3) = 0.5 (reached, if small).
    output = np.array([[1.0, 0.5, 0.0], [0.4, 0.8, 0.4], [-0.3, -0.5, 0.2]])
    assert geometry.recovered(output, thresholds=THRESHOLDS).tolist() == [True, False, True]


def test_recovery_compares_with_the_largest_other_output_even_if_all_are_negative():
    output = np.array([[-1.0, -2.0], [-0.9, -1.0]])  # margins 1 and -0.1
    assert geometry.recovered(output, thresholds=THRESHOLDS).tolist() == [True, False]


def test_effective_features_by_hand():
    # Own shares of the positive answers: 0.6, 1/3 as in a constant answer, and none without a positive part:
    # (0.6 - 1/3) / (2/3) = 0.4.
    output = np.array([[[0.6, 0.2, 0.2], [0.1, 0.1, 0.1], [-1.0, -2.0, -0.5]]])
    assert geometry.effective_features(output) == pytest.approx([0.4])
    each = np.eye(8)
    assert geometry.effective_features(np.stack([each, 1000 * each, each + 1, -each])).tolist() == pytest.approx(
        [8.0, 8.0, 8 * (2 / 9 - 1 / 8) / (7 / 8), 0.0]  # 8 answers with 2 for itself and 1 for each of seven others
    )


def test_leakage_is_the_sum_of_squares_off_the_diagonal():
    output = np.array([[9.0, 1.0, -2.0], [0.5, 9.0, 0.0], [0.0, 0.0, 9.0]])
    assert geometry.leakage(output).tolist() == [5.0, 0.25, 0.0]


STEPS = np.array([0, 1, 10, 100, 1000])


@pytest.mark.parametrize(
    ("third", "fourth", "expected"),
    [
        ([0, 0, 1, 1, 1], [0, 0, 0, 0, 1], 10),  # appears and stays
        ([0, 1, 0, 1, 1], [0, 0, 0, 0, 0], 100),  # flickers, then stays
        ([0, 1, 1, 1, 0], [0, 0, 0, 0, 0], np.nan),  # vanishes before the end
        ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], np.nan),  # never
        ([1, 1, 1, 1, 1], [0, 0, 0, 0, 0], 0),  # from the start
        ([0, 1, 1, 0, 0], [0, 0, 0, 1, 1], 1),  # one takes over from another: there are more than two throughout
        ([0, 0, 0, 0, 1], [0, 0, 0, 0, 0], 1000),  # at the last step only
    ],
)
def test_onset_is_when_more_features_stay_than_there_are_without_superposition(third, fourth, expected):
    count = 2 + np.array(third) + np.array(fourth)
    assert geometry.settled(STEPS, count > 2) == pytest.approx(expected, nan_ok=True)
