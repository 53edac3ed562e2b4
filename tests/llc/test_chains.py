"""Chains at checkpoints: equal to the library's, and independent of what they are computed with."""

import dataclasses

import numpy as np
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.estimators.reference import OPTIMIZERS, ToyAutoencoder, library_losses
from superposition.llc.chains import Target, run_chains, run_sample
from superposition.model import autoencoder
from superposition.model.data import population_inputs
from superposition.tables.trajectory import Trajectory


@pytest.fixture(scope="module")
def checkpoints(reference):
    """Two checkpoints of the original's relu run, early and last, as if they were those of seeds 3 and 5."""
    W, b = reference["relu_3_W"][[20, 46]], reference["relu_3_b"][[20, 46]]
    steps = reference["steps"][[20, 46]]
    return Trajectory(W=np.stack([W, W]), b=np.stack([b, b]), steps=steps, seeds=np.array([3, 5]))


def target(notebook, sampler, activation="relu", **changes):
    return Target(BY_NAME[activation], notebook, dataclasses.replace(sampler, **changes), torch.device("cpu"))


@pytest.mark.oracle
@pytest.mark.parametrize("batch_size", [0, 60], ids=["full batch", "mini-batch"])
@pytest.mark.parametrize("activation", ["relu", "gelu", "softmax", "sigmoid", "solu", "hardshrink", "softplus"])
def test_chains_equal_those_of_devinterp_draw_for_draw(notebook, notebook_sampler, checkpoints, activation, batch_size):
    # Float32 arithmetic in another order: a unit in the last place (6e-8) at each of 110 steps is 7e-6 together; three
    # times that. Any other draw or order of updates differs in the first digits.
    case = target(
        notebook, notebook_sampler, activation, batch_size=batch_size, num_chains=2, num_burnin_steps=10, num_draws=100
    )
    one_run = dataclasses.replace(checkpoints, W=checkpoints.W[:1], b=checkpoints.b[:1], seeds=checkpoints.seeds[:1])
    ours = run_chains(case, one_run).losses[0]
    for i in range(2):
        for optimizer in OPTIMIZERS:
            original = ToyAutoencoder(case.activation, *map(torch.from_numpy, (one_run.W[0, i], one_run.b[0, i])))
            theirs = library_losses(
                original, run_sample(case.training, case.sampler, 3), case.sampler, seed=3, optimizer=optimizer
            )
            np.testing.assert_allclose(ours[i], theirs, rtol=2e-5)


def test_doubled_noise_changes_the_chains(notebook, notebook_sampler, checkpoints):
    twice = run_chains(target(notebook, notebook_sampler), checkpoints)
    once = run_chains(target(notebook, notebook_sampler, tied_noise="once"), checkpoints)
    assert (twice.losses[:, -1].mean() - twice.init_loss[:, -1]).mean() > (
        once.losses[:, -1].mean() - once.init_loss[:, -1]
    ).mean()


@pytest.mark.parametrize("activation", BY_NAME)
@pytest.mark.parametrize("preset", ["notebook_sampler", "sgld_sampler"])
def test_chains_depend_neither_on_other_runs_nor_on_chunks(request, notebook, checkpoints, activation, preset):
    short = {"num_burnin_steps": 3, "num_draws": 5, "num_steps_bw_draws": 2, "num_chains": 3}
    case = target(notebook, request.getfixturevalue(preset), activation, **short)
    together = run_chains(case, checkpoints)
    alone = dataclasses.replace(checkpoints, W=checkpoints.W[1:], b=checkpoints.b[1:], seeds=checkpoints.seeds[1:])
    for chunk in (1, 4, 10_000):
        part = run_chains(dataclasses.replace(case, replicas_per_chunk=chunk), alone)
        np.testing.assert_array_equal(part.losses[0], together.losses[1])
        np.testing.assert_array_equal(part.init_loss[0], together.init_loss[1])


def test_chains_at_a_diverged_point_are_nan_and_the_others_are_not(notebook, sgld_sampler, checkpoints):
    W = checkpoints.W.copy()
    W[0, 1] = np.nan
    case = target(notebook, sgld_sampler, num_burnin_steps=0, num_draws=5)
    broken = run_chains(case, dataclasses.replace(checkpoints, W=W))
    whole = run_chains(case, checkpoints)
    assert np.isnan(broken.losses[0, 1]).all()
    np.testing.assert_array_equal(broken.losses[1], whole.losses[1])
    np.testing.assert_array_equal(broken.losses[0, 0], whole.losses[0, 0])


def test_the_population_loss_is_the_init_loss_of_the_sgld_sampler(notebook, sgld_sampler, checkpoints):
    case = target(notebook, sgld_sampler, num_burnin_steps=0, num_draws=1)
    W, b = (torch.from_numpy(values[0]).movedim(0, -1) for values in (checkpoints.W, checkpoints.b))
    expected = autoencoder.loss(case.activation, W, b, population_inputs(notebook))
    init_loss = run_chains(case, checkpoints).init_loss[0]
    np.testing.assert_allclose(init_loss, expected, rtol=1e-6)  # float32 sums in another order


def test_chains_of_one_seed_share_their_noise_between_checkpoints(notebook, sgld_sampler, checkpoints):
    # Two equal checkpoints must then have equal chains; with noise of their own they could not.
    same = dataclasses.replace(checkpoints, W=checkpoints.W[:, [1, 1]], b=checkpoints.b[:, [1, 1]])
    losses = run_chains(target(notebook, sgld_sampler, num_draws=5), same).losses
    np.testing.assert_array_equal(losses[:, 0], losses[:, 1])
    assert not np.array_equal(losses[0], losses[1])


@pytest.mark.parametrize(("streams", "shared"), [("library", True), ("independent", False)])
def test_only_the_library_s_streams_are_the_same_for_every_activation(
    notebook, sgld_sampler, checkpoints, streams, shared
):
    # One function under two names: chains differ by their noise alone.
    case = target(notebook, sgld_sampler, num_draws=5, streams=streams)
    renamed = dataclasses.replace(case, activation=dataclasses.replace(case.activation, name="other"))
    first, second = (run_chains(each, checkpoints).losses for each in (case, renamed))
    assert np.array_equal(first, second) == shared
    assert shared or not (first == second).all(-1).any()


@pytest.mark.parametrize(
    "changes",
    [
        {"n_hidden": 3, "initial_polygon": 0},
        {"sparsity": 2},
        {"sparsity": 0.8, "values": "uniform"},
        {"importance": 0.9},
    ],
    ids=str,
)
def test_chains_run_on_models_and_data_other_than_the_notebook_s(notebook, notebook_sampler, changes):
    preset = dataclasses.replace(notebook, **changes)
    random = np.random.default_rng(0)
    points = Trajectory(
        W=random.normal(size=(1, 2, preset.n_hidden, 8), scale=0.3).astype(np.float32),
        b=np.zeros((1, 2, 8), dtype=np.float32),
        steps=np.array([0, 1]),
        seeds=np.array([1]),
    )
    case = Target(BY_NAME["relu"], preset, notebook_sampler, torch.device("cpu"))
    chains = run_chains(case, points)
    assert np.isfinite(chains.losses).all()
    # The first draw is the point itself, over the same sample: float32 sums in another order, some units of 6e-8.
    np.testing.assert_allclose(chains.losses[:, :, :, 0], chains.init_loss[:, :, None].repeat(5, 2), rtol=1e-6)
