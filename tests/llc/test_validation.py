"""The known points are what they are said to be, and the estimator meets them."""

import dataclasses

import numpy as np
import pytest
import torch

from superposition.errors import StudyError
from superposition.llc.estimate import Limits
from superposition.llc.hessian import curvature
from superposition.llc.known_points import (
    LIVE_LENGTH_SQ,
    known_points,
    live_polygon,
    normal_crossing,
    polished_minimum,
    quadratic,
    reduced_rank_llc,
    reduced_rank_regression,
)
from superposition.llc.validation import discretisation_error, validation_table


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        # One hidden unit, rank 0: |a|² |b|² has min(M, N) / 2.
        ((2, 2, 1, 0), 1.0),
        ((3, 2, 1, 0), 1.0),
        # As many hidden units as needed: the model is regular up to its symmetry, M N / 2 parameters count.
        ((2, 2, 5, 0), 2.0),
        # Full rank r = H: (M + N - r) r / 2, the dimension of the matrices of rank r over two.
        ((3, 3, 2, 2), 4.0),
        ((4, 3, 1, 1), 3.0),
        # Aoyagi & Watanabe, case 1 with M + N + H + r odd: ((2 (H + r)(M + N) - (M - N)² - (H + r)²) + 1) / 8.
        ((2, 2, 1, 0), 1.0),
        ((3, 3, 2, 1), 3.5),
    ],
)
def test_the_coefficient_of_reduced_rank_regression_agrees_with_special_cases(shape, expected):
    assert reduced_rank_llc(*shape) == expected


@pytest.mark.parametrize("case", known_points(smooth=["tanh", "silu"]), ids=lambda case: case.name)
def test_every_known_point_is_a_critical_point_whose_loss_curves_nowhere_down(case):
    at_point = curvature(case.loss, case.point[:, None])
    assert at_point.gradient.abs().max() < 1e-9
    assert at_point.eigenvalues.min() > -1e-9


@pytest.mark.parametrize("k", LIVE_LENGTH_SQ)
def test_live_polygons_have_the_loss_of_their_dead_features_and_k_curved_directions(k):
    case = live_polygon(k)
    assert case.loss(case.point[:, None]).item() == pytest.approx((8 - k) / 64, abs=1e-15)
    assert (curvature(case.loss, case.point[:, None]).eigenvalues[0] > 1e-9).sum() == k


@pytest.mark.parametrize("activation", ["tanh", "silu"])
def test_only_the_rotation_is_flat_at_a_polished_minimum(activation):
    case = polished_minimum(activation)
    eigenvalues = curvature(case.loss, case.point[:, None]).eigenvalues[0]
    assert eigenvalues[0].abs() < 1e-9 < eigenvalues[1]


@pytest.mark.parametrize("activation", ["relu", "softplus", "identity"])
def test_an_activation_with_more_flat_directions_has_no_polished_minimum(activation):
    with pytest.raises(StudyError, match=rf"found: +{activation}: gradient .* flat directions"):
        polished_minimum(activation)


def test_the_prediction_for_a_normal_crossing_tends_to_the_coefficient():
    # With gamma fixed, the approach to 1/2 is logarithmic in n beta: monotone, and slow.
    predictions = [normal_crossing(1, 2).predict(nbeta, 1.0) for nbeta in (1e2, 1e4, 1e6, 1e8)]
    assert np.all(np.diff(predictions) > 0)
    assert predictions[-1] == pytest.approx(0.25, abs=0.03)


def test_the_prediction_for_reduced_rank_regression_agrees_with_a_direct_integral():
    # One input, one output, one hidden unit at rank 0 is the normal crossing w1 w2, with half its loss.
    crossing, regression = normal_crossing(1, 1), reduced_rank_regression(1, 1, 1, 0)
    # The importance sampling has 50,000 draws; 2 % is several of its standard errors.
    assert regression.predict(2e3, 10.0) == pytest.approx(crossing.predict(1e3, 10.0), rel=0.02)


def test_the_discretisation_error_of_a_quadratic_follows_from_its_curvature(calibrated_sampler):
    # a = nbeta h + gamma = 5100, lr a / 4 = 0.0255 in the calibrated setting; per direction nbeta h / a / 2 * x / (1 -
    # x).
    case = quadratic([0.5] * 4, name="", group="")
    x = 2e-5 * 5100 / 4
    expected = 4 / 2 * 5000 / 5100 * x / (1 - x)
    eigenvalues = curvature(case.loss, case.point[:, None]).eigenvalues[0]
    assert discretisation_error(eigenvalues, calibrated_sampler) == pytest.approx(expected)


@pytest.mark.oracle
def test_the_calibrated_sampler_meets_every_known_point(calibrated_sampler, config):
    settings = config["validation"]
    table = validation_table(
        dataclasses.replace(calibrated_sampler, num_chains=settings["num_chains"]),
        smooth=["tanh"],
        standard_errors=settings["standard_errors"],
        seed=settings["seed"],
        limits=Limits(**config["llc_limits"]),
    ).set_index(["group", "name"])
    # What has not converged with these chains are singular points, whose coefficient the estimator misses anyway.
    singular = table.index.get_level_values("group").isin(["normal crossing", "reduced-rank regression"])
    assert (table.status[~singular] == "ok").all()
    assert set(table.status[singular]) == {"ok", "drifting"}
    assert not (table[table.status == "drifting"].verdict == "true value").any()
    assert (table.loc["quadratic"].verdict == "true value").all()
    assert (table.loc["TMS, ReLU"].verdict == "true value").all()
    assert (table.loc["normal crossing"].verdict != "neither").all()
    assert (table.loc["reduced-rank regression"].verdict != "neither").all()
    # Labelled as a failure: five directions are flatter than gamma / n beta, and the estimate must miss them.
    assert (table.loc["nearly singular, known to fail"].verdict == "finite-temperature value").all()


def test_cases_are_batched_without_mixing():
    case = live_polygon(5)
    points = torch.stack([case.point, case.point + 0.1], dim=1)
    assert case.loss(points)[0] == case.loss(points[:, :1])[0]
