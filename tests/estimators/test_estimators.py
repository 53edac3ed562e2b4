"""Estimators of the learning coefficient: what they share, and what each must return where the answer is known."""

import dataclasses
import functools

import numpy as np
import pytest
import torch
import yaml
from conftest import ROOT

from superposition.estimators.extrapolation import extrapolate
from superposition.estimators.known_points import deep_linear, live_polygon, normal_crossing, quadratic
from superposition.estimators.leaderboard import all_estimators
from superposition.estimators.particles import Particles
from superposition.estimators.tempered_mala import TemperedMala
from superposition.estimators.volume import Volume
from superposition.llc.estimate import Limits, estimate_llc
from superposition.llc.sampling import value_and_slope
from superposition.status import DIVERGED, DRIFTING, ESCAPED, OK, STATUSES
from workflow import presets

LIMITS = Limits(shift=0.1, kink=2e-3, escape=1.2, r_hat=1.1, ess=50)


def tempered(**changes) -> TemperedMala:
    settings = {"localization": 100.0, "decades": 6, "ratio": 2.0, "moves": 6, "islands": 8, "particles": 64}
    return TemperedMala(**settings | changes, limits=LIMITS)


def at(case):
    return case.loss, case.point[:, None]


SETTINGS = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["leaderboard"]


@pytest.fixture(scope="module")
def estimators(config, sgld_sampler) -> dict:
    """All estimators with little of everything."""
    short = {"num_chains": 4, "num_burnin_steps": 20, "num_draws": 10, "num_steps_bw_draws": 2}
    sampler = dataclasses.replace(sgld_sampler, **short)
    annealed = presets.sampler_preset(config["sampler_presets"], "calibrated")
    settings = {
        "sgld_ladder": {"nbeta": [1e3, 3e3, 1e4, 3e4]},
        "tempered_mala": {**config["leaderboard"]["settings"]["tempered_mala"], "decades": 3, "particles": 8},
        "volume": {**config["leaderboard"]["settings"]["volume"], "draws": 2000},
    }
    return all_estimators(
        {"sgld": sampler, "calibrated": dataclasses.replace(annealed, decades=3)}, settings, limits=LIMITS
    )


# ----------------------------------------------------------------------------------------------------- the interface --


@pytest.mark.parametrize("name", [*SETTINGS["samplers"], *SETTINGS["settings"]])
def test_every_estimator_returns_the_same_things_and_a_point_s_do_not_depend_on_the_others(estimators, name):
    case = normal_crossing(1, 2)
    points = torch.tensor([[0.0, 0.0, 0.3], [0.0, 1.0, 0.0]], dtype=torch.float64)
    together = estimators[name].estimate(case.loss, points, seed=3)
    alone = estimators[name].estimate(case.loss, points[:, 1:2], seed=3)
    again = estimators[name].estimate(case.loss, points, seed=4)
    assert together.steps == alone.steps > 0
    for field in dataclasses.fields(together):
        values = getattr(together, field.name)
        if field.name not in ("steps", "status"):
            assert values.shape == (3,)
            np.testing.assert_allclose(values[1:2], getattr(alone, field.name), rtol=1e-9)
    assert set(together.status) <= set(STATUSES)
    assert together.llc[1] != again.llc[1]  # another seed is another noise


def test_sgld_behind_the_interface_is_the_estimate_of_the_study(sgld_sampler, estimators):
    case = live_polygon(4)
    by_estimator = estimators["sgld"].estimate(*at(case), seed=1)
    estimate, _ = estimate_llc(*at(case), **estimators["sgld"].sampler.chains, seed=1)
    assert by_estimator.llc[0] == estimate.llc[0]
    assert by_estimator.standard_error[0] == estimate.llc_std[0] / 2  # of four chains
    assert by_estimator.steps == 4 * (20 + 10 * 2)


@pytest.mark.parametrize("name", [*SETTINGS["samplers"], *SETTINGS["settings"]])
def test_a_constant_added_to_the_loss_changes_no_estimate(estimators, name):
    case = normal_crossing(1, 2)
    points = torch.tensor([[0.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    plain = estimators[name].estimate(case.loss, points, seed=3)
    raised = estimators[name].estimate(lambda w: case.loss(w) + 0.25, points, seed=3)
    # Rounding decides a few moves of annealed particles anew, which is within the errors of their few groups.
    np.testing.assert_allclose(raised.llc, plain.llc, rtol=0.01)


# ----------------------------------------------------------------------------------------------------- extrapolation --

T = np.arange(40) * 0.5
"""A ladder of nearly nine decades."""


def noisy(y: np.ndarray, error: float, seed: int = 0) -> np.ndarray:
    return y[:, None, None] + np.random.default_rng(seed).normal(scale=error, size=(len(y), 1, 8))


@pytest.mark.parametrize(
    ("slopes", "limit", "multiplicity"),
    [
        (np.full(40, 2.5), 2.5, 1),
        (2.5 + 40 * np.exp(-T / 2), 2.5, 1),  # a kink, not over where the fitted part begins: 40 e^-6 = 0.1
        (0.5 - 1 / (T + 1 - 2), 0.5, 2),
        (1.5 - 2 / (T + 1 - 3), 1.5, 3),
    ],
    ids=["constant", "kink", "m = 2", "m = 3"],
)
def test_each_form_of_the_slopes_is_told_from_the_others_and_its_limit_found(slopes, limit, multiplicity):
    # 1e-3 is a twentieth of what separates the forms over the fitted part. Rates are tried on a grid, so that 1/2 is
    # met to 0.05 at worst: 0.1 (e^(-0.45 t) - e^(-0.5 t)) is 0.005 in the middle of that part.
    llc, error, m = extrapolate(T + 1, noisy(slopes, 1e-3), n_parameters=4).values()
    assert m[0] == multiplicity
    assert abs(llc[0] - limit) < max(4 * error[0], 0.005)
    assert error[0] < 0.05 * limit


@pytest.mark.parametrize("n_rungs", [4, 20])
def test_forms_are_weighted_by_the_information_criterion_of_bayes(n_rungs):
    # With errors of 1 the constant misses B e^-t by Q = B^2 sum (x - mean x)^2, the decay, with two parameters more, by
    # nothing. Its BIC is greater by 2 log n, so with Q = 2 log n both have the same weight.
    t = np.linspace(7, 10, n_rungs)  # all within the upper four tenths
    x = np.exp(-(t - 7))
    size = np.sqrt(2 * np.log(n_rungs) / np.square(x - x.mean()).sum())
    y = np.repeat((5 + size * x)[:, None, None], 2, axis=2)
    estimate = extrapolate(t, y, n_parameters=1, error=np.ones((n_rungs, 1)))
    assert estimate["llc"][0] == pytest.approx((5 + 5 + size * x.mean()) / 2)


def test_one_parameter_has_no_logarithm():
    # With the same slopes, two parameters can have multiplicity 2, one cannot.
    y = noisy(0.5 - 1 / (T + 1 - 2), 1e-3)
    assert extrapolate(T + 1, y, n_parameters=2)["multiplicity"][0] == 2
    assert extrapolate(T + 1, y, n_parameters=1)["multiplicity"][0] == 1


def test_the_error_is_that_of_the_mean_where_the_form_is_clear():
    # 24 rungs are fitted (t from 0.6 * 19.5 on there are 16), each with error 0.1 / sqrt(8): 0.1 / sqrt(8 * 16) = 0.009
    # for a constant; the jackknife over eight islands knows it to a quarter, and the other forms add to it.
    _, error, _ = extrapolate(T, noisy(np.full(40, 5.0), 0.1), n_parameters=1).values()
    assert 0.005 < error[0] < 0.04


def test_errors_cover_the_truth():
    # 200 ladders with slopes of a quadratic at once: beyond three standard errors there should be few; 5 % are allowed
    # for, as eight islands know their own error to a quarter.
    slopes = 2 - 2 * np.exp(-T)
    y = slopes[:, None, None] + np.random.default_rng(0).normal(scale=0.1, size=(40, 200, 8))
    llc, error, _ = extrapolate(T, y, n_parameters=4).values()
    assert (np.abs(llc - 2) > 3 * error).mean() < 0.05


def test_a_ladder_that_does_not_resolve_the_loss_has_no_limit():
    llc, error, m = extrapolate(T - 30, noisy(np.full(40, 2.0), 0.1), n_parameters=4).values()
    assert np.isnan(llc[0]) and np.isnan(error[0]) and np.isnan(m[0])


def test_what_lies_below_six_tenths_of_a_ladder_is_not_fitted():
    slopes = noisy(np.array([9.0, 2.0, 2.0, 2.0]), 0.01)
    below, above = (np.array([share, 0.7, 0.9, 1.0]) * 10 for share in (0.595, 0.605))
    # Three rungs of eight islands with an error of 0.01 each: 4 x 0.01 / sqrt(24) = 0.008 of their mean.
    assert extrapolate(below, slopes, n_parameters=1)["llc"][0] == pytest.approx(2, abs=0.008)
    assert abs(extrapolate(above, slopes, n_parameters=1)["llc"][0] - 2) > 0.5


def test_a_limit_needs_three_rungs():
    slopes = noisy(np.full(4, 2.0), 0.01)
    assert np.isnan(extrapolate(np.array([4.0, 5.0, 7.0, 10.0]), slopes, n_parameters=1)["llc"][0])
    assert np.isfinite(extrapolate(np.array([4.0, 7.0, 8.0, 10.0]), slopes, n_parameters=1)["llc"][0])


# ----------------------------------------------------------------------------------------------------- tempered MALA --


@pytest.mark.parametrize("case", [quadratic([0.5] * 4, name="d = 4"), quadratic([1.0, 1e-3], name="uneven")])
def test_tempered_mala_has_the_exact_slopes_of_a_quadratic_on_every_rung(case):
    estimator = tempered(particles=256)
    annealed = estimator.anneal(*at(case), seeds=[1])
    y, acceptance = annealed["slopes"], annealed["acceptance"]
    # Exactly half the effective dimension, with n beta from 0.1 over the mean excess loss on.
    random = torch.Generator().manual_seed(1)
    draws = torch.randn(len(case.point), 2048, generator=random)[:, None].double() / 10
    first = 0.1 / case.loss(draws.flatten(1)).mean().item()
    nbeta = first * 2.0 ** np.arange(len(y))[:, None]
    h = torch.autograd.functional.hessian(lambda w: case.loss(w[:, None])[0], case.point).diagonal().numpy()
    expected = (nbeta * h / (nbeta * h + 100)).sum(1) / 2
    error = y[:, 0].std(1, ddof=1) / 8**0.5
    # All rungs together: 20 of them, and mean slopes whose errors eight islands know to a quarter.
    z = (y[:, 0].mean(1) - expected) / error
    assert np.abs(z).max() < 5 and np.mean(z**2) < 3
    assert 0.5 < acceptance[0] <= 1


def test_slopes_are_means_over_the_later_half_of_the_moves_and_the_acceptance_over_all(monkeypatch):
    moves = iter(range(1, 7))

    def move(particles: Particles, nbeta: torch.Tensor) -> torch.Tensor:
        """Raise the excess loss to the number of the move, of whose proposals as many tenths are accepted."""
        number = next(moves)
        particles.excess = torch.full_like(particles.excess, number)
        return torch.full_like(nbeta, number / 10)

    monkeypatch.setattr(Particles, "move", move)
    annealed = tempered(decades=0, moves=6).anneal(*at(quadratic([0.5], name="")), seeds=[1])  # on one rung
    np.testing.assert_allclose(annealed["slopes"][0, 0] / annealed["nbeta"], (4 + 5 + 6) / 3)
    np.testing.assert_allclose(annealed["acceptance"], (1 + 2 + 3 + 4 + 5 + 6) / 6 / 10)


def test_a_move_leaves_the_gaussian_of_a_quadratic_invariant():
    # From exact draws at n beta 2e3, precision 2e3 * 0.5 + 100: after 50 moves the mean square is still 1 / 1100; with
    # 8192 independent particles it is known to sqrt(2 / 8192) = 1.6 %.
    case = quadratic([0.5], name="")
    evaluate = functools.partial(value_and_slope, case.loss)
    particles = Particles(*at(case), evaluate, seeds=[1], localization=100.0, size=(8, 1024))
    particles.w = particles.w * (100 / 1100) ** 0.5
    particles.excess, particles._gradient = particles._evaluate(particles.w)
    moved = particles.w.clone()
    for _ in range(50):
        particles.move(torch.tensor([2e3], dtype=torch.float64))
    assert particles.w.square().mean().item() * 1100 == pytest.approx(1, abs=0.05)
    assert (particles.w != moved).double().mean() > 0.99


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("case", "particles"),
    [
        # In two dimensions more particles cost little, and without them the error of the form is some 10 %.
        (normal_crossing(1, 2), 512),
        (quadratic([1.0] * 3 + [1e-3] * 5, name="uneven"), 64),
        (deep_linear(3, 2, 3, rank=1), 64),
        (live_polygon(5, on_kinks=True), 64),
        (live_polygon(8), 64),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_tempered_mala_meets_the_coefficient_where_sgld_at_one_temperature_does_not_have_to(case, particles, config):
    settings = config["leaderboard"]["settings"]["tempered_mala"] | {"particles": particles}
    estimate = TemperedMala(**settings, limits=LIMITS).estimate(*at(case), seed=7)
    error = abs(estimate.llc[0] - case.true_llc)
    assert error <= 0.05 * case.true_llc or error <= 3 * estimate.standard_error[0] <= 0.15 * case.true_llc
    assert estimate.status[0] in (OK, DRIFTING)


def test_a_saddle_is_escaped_from_and_a_loss_that_overflows_diverges():
    # Down along w2: at n beta h = 2 gamma, particles leave within some moves, and never return.
    saddle = tempered(particles=16).estimate(
        lambda w: w[0] ** 2 - w[1] ** 2 + w[1] ** 4, torch.zeros(2, 1, dtype=torch.float64), seed=1
    )
    assert saddle.status[0] == ESCAPED
    diverging = tempered(particles=16).estimate(
        lambda w: w[0] ** 2 / (w[0].abs() < 0.05),  # infinite beyond
        torch.zeros(1, 1, dtype=torch.float64),
        seed=1,
    )
    assert diverging.status[0] == DIVERGED


@pytest.mark.parametrize(("decades", "n_rungs"), [(3, 4), (3.9, 4), (4.1, 5)])
def test_the_ladder_of_temperatures_has_a_rung_at_each_ratio_up_to_its_last_decade(decades, n_rungs):
    case = normal_crossing(1, 2)
    settings = {"decades": decades, "ratio": 10.0, "moves": 1, "particles": 4}
    annealed = tempered(**settings).anneal(case.loss, case.point[:, None], seeds=[1])
    assert annealed["slopes"].shape == (n_rungs, 1, 8)


def test_too_few_particles_are_drifting():
    assert tempered(islands=2, particles=8).estimate(*at(live_polygon(8)), seed=1).status[0] == DRIFTING


def test_the_status_of_particles_changes_just_beyond_each_limit():
    slopes = np.random.default_rng(0).normal(2.0, 0.05, size=(20, 1, 8))

    def estimate(lowest=0.0, ess=51.0, **limits):
        slopes[0] = lowest  # not on the upper part, from which the estimate and R-hat come
        annealed = {"slopes": slopes, "ess": np.array([ess]), "acceptance": np.array([0.7])}
        estimator = dataclasses.replace(tempered(), limits=dataclasses.replace(LIMITS, **limits))
        return estimator.estimate_of(annealed, n_parameters=8)

    r_hat = estimate().r_hat[0]
    assert estimate(r_hat=r_hat).status[0] == OK
    assert estimate(r_hat=r_hat - 1e-6).status[0] == DRIFTING
    assert [estimate(ess=ess, r_hat=r_hat).status[0] for ess in (50.0, 49.9)] == [OK, DRIFTING]
    assert [estimate(lowest=low, r_hat=r_hat).status[0] for low in (-1.19, -1.21)] == [OK, ESCAPED]


# ------------------------------------------------------------------------------------------------------------ volume --


def test_volume_scaling_meets_coefficients_in_few_dimensions_and_has_none_in_many():
    volume = Volume(localization=100.0, ratio=2, islands=16, draws=16384, limits=LIMITS)
    for case in (quadratic([0.5], name="d = 1"), normal_crossing(1, 2), deep_linear(2, 1, 2, rank=0)):
        estimate = volume.estimate(*at(case), seed=1)
        assert abs(estimate.llc[0] - case.true_llc) < max(0.05 * case.true_llc, 3 * estimate.standard_error[0])
        assert estimate.standard_error[0] < 0.1 * case.true_llc
    nothing = volume.estimate(*at(quadratic([0.5] * 16, name="d = 16")), seed=1)
    assert np.isnan(nothing.llc[0]) and nothing.status[0] == DRIFTING


@pytest.mark.parametrize(
    ("count", "smallest", "has_limit"), [(20, 0.0385, True), (20, 0.0395, False), (19, 0.0385, False)]
)
def test_a_volume_needs_twenty_draws_and_more_than_eight_rungs(count, smallest, has_limit):
    # All other draws at 1: thresholds fall by halves from exp(t0) = 9.98, and the ninth is 9.98 / 2^8 = 0.039.
    excess = np.ones((2, 10_000))
    excess[:, :count] = smallest
    volume = Volume(localization=100.0, ratio=2, islands=2, draws=10_000, limits=LIMITS)
    assert np.isfinite(volume._limit(excess, 1)["llc"][0]) == has_limit
