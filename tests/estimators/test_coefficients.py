"""Learning coefficients of runs by annealed particles, in the columns of every other LLC estimate."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.bounds import check
from superposition.errors import StudyError
from superposition.estimators.known_points import live_polygon, polished_minimum
from superposition.estimators.leaderboard import coefficients_table
from superposition.estimators.tempered_mala import ESTIMATORS
from superposition.llc.chains import Target
from superposition.llc.estimate import Limits
from superposition.status import OK
from superposition.tables.trajectory import Trajectory
from workflow import presets


def at_points(*points: torch.Tensor, seeds: list[int]) -> Trajectory:
    """Runs that end at points of the study's model."""
    w = torch.stack(points).numpy()
    return Trajectory(W=w[:, :16].reshape(-1, 1, 2, 8), b=w[:, None, 16:], steps=np.array([0]), seeds=np.array(seeds))


@pytest.fixture(scope="module")
def estimate(config):
    """Columns of estimates at points by the preset `calibrated`."""
    sampler = presets.sampler_preset(config["sampler_presets"], "calibrated")
    training = presets.training_preset(config["training_presets"], "controlled")
    limits = Limits(**config["llc_limits"])

    def columns(activation: str, points: Trajectory) -> pd.DataFrame:
        target = Target(BY_NAME[activation], training, sampler, torch.device("cpu"))
        estimates = ESTIMATORS[sampler.estimator](target, points, limits)
        return pd.DataFrame(estimates.columns(limits=limits))

    return columns


@pytest.mark.parametrize(
    ("activation", "point"),
    [("tanh", polished_minimum("tanh")), ("relu", live_polygon(5)), ("relu", live_polygon(4, on_kinks=True))],
    ids=["smooth", "flat", "on kinks"],
)
def test_ends_of_every_kind_are_close_to_their_coefficient_and_may_be_read(estimate, activation, point):
    ends = estimate(activation, at_points(*[point.point] * 4, seeds=[1, 2, 3, 4]))
    assert (ends.status == OK).all()
    # A tenth: the bias of few moves is 3 %, and 8 islands of 12 particles know an end to some 2 %.
    np.testing.assert_allclose(ends.llc, point.true_llc, rtol=0.1)
    # A hundredth: the localisation takes 1 / (1 + n beta h / gamma) of each curved direction, less than that here.
    np.testing.assert_allclose(ends.predicted_llc, point.true_llc, rtol=1e-2)
    assert ends.llc.nunique() == 4  # each seed has noise of its own


def test_a_run_s_estimate_does_not_depend_on_the_runs_beside_it(estimate):
    point = live_polygon(6).point
    together = estimate("relu", at_points(point, polished_minimum("tanh").point, point, seeds=[3, 5, 8]))
    alone = estimate("relu", at_points(point, seeds=[8]))
    pd.testing.assert_series_equal(together.iloc[2], alone.iloc[0], check_names=False)


def test_islands_of_particles_stand_for_chains_with_the_estimate_s_own_error(config, estimate):
    ends = estimate("relu", at_points(live_polygon(5).point, seeds=[1]))
    n = presets.sampler_preset(config["sampler_presets"], "calibrated").num_chains
    assert 0.005 < ends.llc_std[0] / n**0.5 < 0.2 * ends.llc[0]


def test_a_saddle_is_not_read(estimate):
    # A live column on two neighbouring features' place: of a regular pentagon's columns, one at 0 with a bias of 1/8.
    point = live_polygon(5).point.clone()
    point[16 + 5 :] = 1 / 8
    assert (estimate("relu", at_points(point, seeds=[1])).status != OK).all()


def test_the_table_has_the_last_estimate_of_every_run_beside_the_coefficient_of_its_label():
    keys = {"training": "controlled", "activation": "relu"}
    llc = pd.DataFrame([{**keys, "seed": seed, "step": step, "llc": step + seed} for seed in (1, 2) for step in (0, 9)])
    labels = pd.DataFrame([{**keys, "seed": 1, "step": 9, "label": "8 live", "true_llc": 4.0, "kind": "minimum"}])
    coefficients = coefficients_table(llc, labels)
    assert coefficients.llc.tolist() == [10, 11]
    assert coefficients.true_llc[0] == 4 and coefficients.true_llc.isna().tolist() == [False, True]
    assert "kind" not in coefficients


def test_presets_of_particles_need_the_exact_loss_and_islands_to_compare(config):
    sampler = presets.sampler_preset(config["sampler_presets"], "calibrated")
    for wrong in ({"data": "training"}, {"num_chains": 1}):
        with pytest.raises(StudyError, match="two islands"):
            check(dataclasses.replace(sampler, **wrong).contradictions(), "sampler_presets.mine")
