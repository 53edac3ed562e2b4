"""Finer tools over training: rows of every tool, closed forms, and planted verdicts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from superposition.activations import BY_NAME
from superposition.estimators.known_points import live_polygon
from superposition.figures.estimates import refined_figure
from superposition.llc.estimate import Limits
from superposition.measures.geometry import Thresholds
from superposition.model import autoencoder
from superposition.questions.refined import refined_table, refined_verdicts
from superposition.statistics import Resampling
from superposition.status import FINER, INFLUENCE, NO, OF_DATA, RESTRICTED, UNDECIDED, YES
from superposition.tables import store
from superposition.tables.trajectory import Trajectory
from workflow import presets

LIMITS = Limits(shift=0.1, kink=2e-3, escape=0.5, r_hat=1.1, ess=50)
THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
RESAMPLING = Resampling(confidence=0.95, resamples=300, seed=0)


@pytest.fixture(scope="module")
def table(config):
    """Five live features of ReLU and three silent ones, at two steps of one run."""
    W, b = (part[..., 0].numpy() for part in autoencoder.split(live_polygon(5).point[:, None], 2))
    runs = Trajectory(W=np.stack([[W, W]]), b=np.stack([[b, b]]), steps=np.array([10, 20]), seeds=np.array([3]))
    sampler = presets.sampler_preset(config["sampler_presets"], "sgld")
    sampler = replace(sampler, num_burnin_steps=200, num_draws=100)
    values = {"sampler": sampler, "thresholds": THRESHOLDS, "limits": LIMITS, "seed": 0}
    preset = presets.training_preset(config["training_presets"], "controlled")
    return refined_table(BY_NAME["relu"], preset, runs, **values)


def test_there_is_a_row_for_every_run_step_tool_and_part(table, tmp_path):
    counts = table.groupby(["kind", "step"]).size()
    # All, W, b and eight features; data of eight features; eight by eight influences.
    assert {kind: counts[kind, 10] for kind in FINER} == {RESTRICTED: 11, OF_DATA: 8, INFLUENCE: 64}
    assert (counts.unstack()[10] == counts.unstack()[20]).all()
    store.write(table.assign(training="controlled"), tmp_path / "refined_llc.parquet", "refined_llc")


def test_each_feature_has_the_llc_of_its_part_of_the_loss(table):
    rows = table[(table.kind == RESTRICTED) & (table.step == 10)].set_index("part")
    # Near the point the loss is the sum of the live features' (|W_i|^2 + b_i - 1)^2: each curves one direction, of its
    # own parameters, so has 1/2; others none. Ten chains of 100 draws, nearly independent: an LLC of
    # 1/2 varies by 1/sqrt(2) a draw, its mean by 0.02.
    live = [f"feature {i}" for i in range(5)]
    np.testing.assert_allclose(rows.value[live], 0.5, atol=0.1)
    np.testing.assert_allclose(rows.value[[f"feature {i}" for i in range(5, 8)]], 0.0, atol=1e-6)
    assert rows.is_recovered[live].astype(bool).all()
    assert not rows.is_recovered["feature 6"]
    data = table[(table.kind == OF_DATA) & (table.step == 10)].set_index("by")
    np.testing.assert_allclose(data.value[live], 0.5, atol=0.1)


def test_the_error_of_a_part_is_that_of_the_mean_over_chains(table):
    # Half a chi-squared value with one degree of freedom varies by 0.7, the mean of 1,000 independent ones by 0.022;
    # neighbouring draws resemble each other, which makes it a few times as much.
    rows = table[(table.kind == RESTRICTED) & (table.step == 10)].set_index("part")
    assert 0.022 < rows.se[[f"feature {i}" for i in range(5)]].mean() < 0.1


def test_features_that_share_no_direction_act_on_each_other_as_weights_that_add_up_to_one_do(table):
    chi = table[(table.kind == INFLUENCE) & (table.step == 10)].pivot(index="part", columns="by", values="value")
    # n beta l_i / 8 is half the square of a normal number, so l_i has the variance 2 (4 / n beta)^2, and l_i - L the
    # covariance 7/8 of it with l_i: -10^4 * 3.2e-7 * 7/8. Five times 1,000 draws of a skewed number, and a larger step.
    assert np.diag(chi)[:5].mean() == pytest.approx(-2.8e-3, rel=0.2)
    np.testing.assert_allclose(np.diag(chi)[5:], 0, atol=1e-12)  # the loss of silent features does not vary
    others = chi.to_numpy()[:5, :5][~np.eye(5, dtype=bool)]
    assert others.mean() == pytest.approx(2.8e-3 / 7, rel=0.2)  # rows add up to 0, so a fifth as above


def planted(restricted, influence, *, seeds=6):
    random = np.random.default_rng(0)
    keys = [(seed, i) for seed in range(seeds) for i in range(4)]
    rows = pd.DataFrame(keys, columns=["seed", "i"])
    rows = rows.assign(part=[f"feature {i}" for i in rows.i], by="all", is_recovered=rows.i < 2, kind=RESTRICTED)
    rows["value"] = np.where(rows.is_recovered, restricted, 1.0) + 0.1 * random.normal(size=len(rows))
    data = rows.assign(kind=OF_DATA, by=rows.part, part="all", value=1 + random.normal(size=len(rows)))
    own = np.where(rows.is_recovered, -influence, 0.0) + 0.1 * random.normal(size=len(rows))
    pairs = rows.assign(kind=INFLUENCE, by=rows.part, value=own, status=None)
    last = pd.concat([rows.assign(status="ok"), data.assign(status="ok"), pairs])
    last = last.assign(activation="gelu", training="t", se=0.1, step=20)
    return pd.concat([last.assign(step=10, value=0.0), last], ignore_index=True)


@pytest.mark.parametrize(
    ("restricted", "influence", "expected"),
    [(2.0, 0.5, (YES, YES)), (0.5, -0.5, (NO, NO)), (1.0, 0.0, (UNDECIDED,) * 2)],
)
def test_planted_differences_are_found_at_the_last_step(restricted, influence, expected):
    table = refined_verdicts(planted(restricted, influence), resampling=RESAMPLING, min_seeds=3).set_index("quantity")
    assert (table.answer[RESTRICTED], table.answer[INFLUENCE]) == expected


@pytest.mark.parametrize(("seeds", "min_seeds", "answer"), [(2, 3, UNDECIDED), (3, 3, YES), (1, 1, UNDECIDED)])
def test_too_few_seeds_say_nothing(seeds, min_seeds, answer):
    table = refined_verdicts(planted(2.0, 0.5, seeds=seeds), resampling=RESAMPLING, min_seeds=min_seeds)
    assert table.set_index("quantity").answer[RESTRICTED] == answer


def test_the_figure_shows_features_and_influences_of_each_activation(table):
    printed = {"relu": {"label": "ReLU", "family": "rectifiers"}}
    figure = refined_figure(table.assign(training="controlled"), printed=printed)
    figure.draw_without_rendering()
    ticks = [len(ax.images[0].get_array()) for ax in figure.axes if ax.images]
    assert 8 in ticks
