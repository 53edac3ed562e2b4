"""Polygons of Chen et al., and SGD on its way from one to the next."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from superposition.estimators.known_points import chen_critical_point
from superposition.other_models import runs as models
from superposition.schedules import log_spaced_steps
from superposition.statistics import Resampling
from workflow import presets

RESAMPLING = Resampling(confidence=0.95, resamples=200, seed=0)


@pytest.fixture(scope="module")
def preset(config):
    return presets.training_preset(config["training_presets"], "chen")


@pytest.fixture(scope="module")
def runs(preset):
    short = replace(preset, n_steps=3000, lr=0.3, batch_size=40)
    return models.chen_table(short, seeds=range(1, 9), steps=log_spaced_steps(count=100, last=3000), tolerance=0.1)


def test_losses_of_the_polygons_fall_in_their_order():
    losses = models.chen_levels_table(
        pd.DataFrame({"seed": [1], "step": [0], "level": ["6"]}), resampling=RESAMPLING
    ).loss
    # A square leaves two features, each with the mean square 1/3; a constant answer of 1/12 takes 1/144 off, six times.
    assert losses[:3].to_numpy() == pytest.approx([2 / 18, 2 / 18 - 1 / 144, 2 / 18 - 2 / 144])
    assert losses[3:].to_numpy() == pytest.approx([0.06874, 0.06180, 0.04819], abs=5e-6)  # as the paper has them
    assert (np.diff(losses) < 0).all()


@pytest.mark.parametrize("name", list(models.LEVELS))
def test_a_polygon_is_known_however_it_is_turned_and_whichever_features_it_has(name):
    w = chen_critical_point(*models.LEVELS[name])
    turn = torch.tensor([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    turned = torch.cat([(turn @ w[:12].view(2, 6))[:, order].flatten(), w[12:][order]])
    (nearest,), (distance,) = models.at_polygon(turned[None])
    assert nearest == name
    assert distance < 1e-12  # rounding of float64 in lengths near 1: some 1e-16
    described = models._described(models.polygons())
    apart = (described[:, None] - described).abs().amax((2, 3)) + torch.eye(len(described))
    assert apart.min() == pytest.approx(1 / 12, abs=1e-12)  # the bias of one dead feature, constant answer of 1/12


def test_sgd_meets_polygons_in_the_order_of_falling_loss(runs):
    levels = models.chen_levels_table(runs, resampling=RESAMPLING).set_index("level")
    assert levels.n_seen["5⁺"] >= 2
    assert np.nanmean([models.share_in_order(run, window=1) for _, run in runs.groupby("seed")]) > 0.9  # nearly always
    at = runs.dropna(subset="level")
    # Around a polygon, the noise of mini-batches and the tolerance leave the loss a tenth away from its own.
    assert (at.loss / at.level.map(levels.loss)).median() == pytest.approx(1, abs=0.1)


def test_an_order_is_that_of_first_meetings():
    levels = {1: ["4", "4⁺", "4", "5"], 2: ["5", "4"], 3: ["6", "6", "6"], 4: [None, "5", "5⁺", "5"]}
    rows = [(seed, step, level) for seed, met in levels.items() for step, level in enumerate(met)]
    runs = pd.DataFrame(rows, columns=["seed", "step", "level"])
    shares = [models.share_in_order(run, window=1) for _, run in runs.groupby("seed")]
    np.testing.assert_array_equal(shares, [1, 0, np.nan, 1])


def test_a_polygon_that_is_seen_once_in_passing_is_not_met():
    stays = ["4"] * 4 + ["4⁺⁺", "4⁺"] + ["4⁺⁺"] * 4 + [None] * 3 + ["6"] + [None] * 3 + ["5"] * 5
    run = pd.DataFrame({"step": range(len(stays)), "level": stays})
    assert models.share_in_order(run, window=1) == pytest.approx(2 / 4)  # 4, 4⁺⁺, 4⁺, 6, 5
    assert models.share_in_order(run, window=5) == 1  # 4, 4⁺⁺, 5
    for n_seen, share in ((50, np.nan), (51, 1.0)):  # half of the window is not most of it
        passing = pd.DataFrame({"step": range(300), "level": ["4"] * 100 + ["5"] * n_seen + [None] * (200 - n_seen)})
        np.testing.assert_equal(models.share_in_order(passing, window=100), share)
    assert np.isnan(models.share_in_order(run.assign(level=None), window=5))
