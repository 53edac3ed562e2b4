"""LLC estimates at checkpoints of runs: which points lie at a kink, which loss judges them, which are asked for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.llc.chains import Target, run_sample, sampled_inputs
from superposition.llc.estimate import Limits
from superposition.llc.runs import by_chains, llc_table, sampled_curvatures
from superposition.status import SADDLE, UNCONVERGED
from superposition.tables.trajectory import Trajectory
from workflow import presets

LIMITS = Limits(shift=0.5, kink=1e-3, escape=1.0, r_hat=1.1, ess=8)


@pytest.mark.parametrize(("distance", "crosses"), [(0.99, True), (1.01, False)])
def test_a_point_lies_at_a_kink_if_it_is_nearer_than_the_limit(notebook, notebook_sampler, distance, crosses):
    # ReLU's outputs at W = 0 are relu(b): its loss has no gradient while b is below 0, also on the sides of the point.
    target = Target(BY_NAME["relu"], notebook, replace(notebook_sampler, data="population"), torch.device("cpu"))
    sizes = notebook.n_hidden, notebook.n_features
    b = np.full((1, 1, sizes[1]), -distance * LIMITS.kink)
    point = Trajectory(W=np.zeros((1, 1, *sizes)), b=b, steps=np.array([0]), seeds=np.array([1]))
    here, lower, upper = (at.gradient.any().item() for at in sampled_curvatures(target, point, LIMITS))
    assert (here, lower, upper) == (False, False, crosses)


@pytest.mark.parametrize("data", ["population", "sample", "training"])
def test_a_point_is_judged_by_the_loss_that_its_chains_follow(notebook, notebook_sampler, data):
    sampler = replace(notebook_sampler, data=data, batch_size=0)
    random = np.random.default_rng(0)
    points = Trajectory(
        W=random.normal(size=(2, 3, 2, 8), scale=0.4).astype(np.float32),
        b=random.normal(size=(2, 3, 8), scale=0.1).astype(np.float32),
        steps=np.array([0, 1, 2]),
        seeds=np.array([1, 2]),
    )
    target = Target(BY_NAME["gelu"], notebook, sampler, torch.device("cpu"))
    trained_on = sampled_inputs(notebook, replace(sampler, data="training"), [1, 2])
    table = llc_table(target, points, trained_on, by_chains, followed=[1, 2], limits=LIMITS)
    norms = table["gradient_norm"].reshape(2, 3)
    # Random points are no minima of any loss, the run's own included.
    assert set(table["status"]) <= {UNCONVERGED, SADDLE}
    for i, seed in enumerate(points.seeds):
        # By hand: the mean over the inputs themselves of the squared error, for each seed its own inputs.
        x = torch.eye(8) if data == "population" else run_sample(notebook, sampler, int(seed))
        for j in range(3):
            W, b = (torch.from_numpy(values[i, j]).double().requires_grad_() for values in (points.W, points.b))
            loss = (torch.nn.functional.gelu(x.double() @ W.T @ W + b) - x).square().mean()
            slopes = torch.autograd.grad(loss, (W, b))
            # 1e-5: frequencies of inputs are float32.
            assert norms[i, j] == pytest.approx(torch.cat([s.flatten() for s in slopes]).norm().item(), rel=1e-5)


@pytest.mark.parametrize("name", ["notebook", "sgld", "close"])
@pytest.mark.parametrize("data", ["sample", "training"])
def test_an_estimate_does_not_depend_on_which_others_are_asked_for(config, notebook, name, data):
    steps, seeds = np.arange(8), np.array([3, 4, 7])
    sampler = replace(presets.sampler_preset(config["sampler_presets"], name), data=data, num_burnin_steps=2)
    sampler = replace(sampler, num_draws=8, num_chains=3, num_steps_bw_draws=1, checkpoint_stride=1)
    random = np.random.default_rng(0)
    points = Trajectory(
        W=random.normal(size=(3, 8, 2, 8), scale=0.4).astype(np.float32),
        b=random.normal(size=(3, 8, 8), scale=0.1).astype(np.float32),
        steps=steps,
        seeds=seeds,
    )
    trained_on = sampled_inputs(notebook, replace(sampler, data="training"), seeds.tolist())

    def table(followed, stride, points=points, trained_on=trained_on):
        target = Target(BY_NAME["gelu"], notebook, replace(sampler, checkpoint_stride=stride), torch.device("cpu"))
        columns = llc_table(target, points, trained_on, by_chains, followed=followed, limits=LIMITS)
        return pd.DataFrame(columns).set_index(["seed", "step"])

    every, few = table([3, 4, 7], 1), table([3], 3)
    # Every third of 0 ... 7, counted back from the last, for the first seed; the last alone for the others.
    assert few.index.tolist() == [(3, 1), (3, 4), (3, 7), (4, 7), (7, 7)]
    pd.testing.assert_frame_equal(few, every.loc[few.index], check_exact=True)
    # A batch of its own in which no seed is followed.
    alone = sampled_inputs(notebook, replace(sampler, data="training"), [7])
    last = table([], 3, points.of(7), alone)
    pd.testing.assert_frame_equal(last, every.loc[[(7, 7)]], check_exact=True)
