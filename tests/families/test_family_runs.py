"""Runs of a family: at its limits those of the registered activations, whatever other values are run beside them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.families import runs
from superposition.families.rows import FAMILIES, FAMILY_BY_NAME
from superposition.llc.chains import Target
from superposition.llc.estimate import Limits
from superposition.llc.runs import by_chains, llc_table
from superposition.measures.geometry import Thresholds
from superposition.model.data import training_sample
from superposition.model.draws import draw_inputs
from superposition.model.training import train
from superposition.status import UNCONVERGED
from superposition.tables.trajectory import Trajectory

SEEDS = (1, 2, 3)
STEPS = [0, 10, 200]
CPU = torch.device("cpu")
EVERY = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
READABLE = Limits(shift=0.1, kink=2e-3, escape=1.2, r_hat=10, ess=1)


@pytest.fixture(scope="module")
def preset(notebook):
    """A short procedure that starts small, so that pre-activations come to lie on both sides of 0."""
    return replace(
        notebook, n_steps=200, logged_last=200, initial_polygon=0, weight_std=0.5, bias_std=0.0, lr=0.1, n_samples=200
    )


@pytest.fixture(scope="module")
def inputs(preset):
    return draw_inputs(preset.inputs, seeds=SEEDS)


@pytest.fixture(scope="module")
def sampler(sgld_sampler):
    return replace(sgld_sampler, num_chains=3, num_burnin_steps=20, num_draws=20, num_steps_bw_draws=1)


THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)


def trained(family, values, preset, sampler, inputs):
    read = {"thresholds": THRESHOLDS, "limits": READABLE}
    job = runs.Job(family=family, values=values, training=preset, sampler=sampler, **read, replicas_per_chunk=4096)
    return job, runs.train_family(job, inputs, steps=STEPS)


@EVERY
def test_at_a_limit_a_run_is_that_of_the_registered_activation(family, preset, sampler, inputs):
    values = [value for value, _ in family.limits.values()]
    _, trajectory = trained(family, values, preset, sampler, inputs)
    assert trajectory.seeds.tolist() == np.repeat(SEEDS, len(values)).tolist()
    for i, (name, (_, distance)) in enumerate(family.limits.items()):
        expected, _ = train(BY_NAME[name], preset, inputs, weight_steps=STEPS, loss_steps=STEPS, device=CPU)
        # Rounding of 6e-8 in each of 200 steps, enlarged where runs part from a saddle. Functions that differ a little
        # have gradients that do, which ten steps of at most lr / (1 - momentum) = 1 add up; later, runs may part.
        n_compared, tolerance = (2, 20 * distance) if distance else (3, 2e-4)
        difference = np.abs(trajectory.W[i :: len(values)] - expected.W)[:, :n_compared]
        assert difference.max() <= tolerance, name
        assert np.abs(expected.W[:, -1] - expected.W[:, 0]).max() > 0.05, name  # they did learn


@pytest.mark.parametrize("name", ["softplus_beta", "relu_power", "gelu_elu_mix", "hardshrink_lambda"])
def test_a_run_has_the_same_bits_whatever_other_values_and_seeds_are_run(name, preset, sampler, inputs):
    family, values = FAMILY_BY_NAME[name], [0.6, 0.8, 0.9] if name == "gelu_elu_mix" else [1.2, 1.7, 3.0]
    _, together = trained(family, values, preset, sampler, inputs)
    _, alone = trained(family, values[1:2], preset, sampler, draw_inputs(preset.inputs, seeds=SEEDS[1:]))
    np.testing.assert_array_equal(together.W[1::3][1:], alone.W)
    np.testing.assert_array_equal(together.b[1::3][1:], alone.b)


def test_the_table_measures_each_run_with_its_own_value(preset, sampler, inputs):
    family = FAMILY_BY_NAME["leaky_slope"]
    job, trajectory = trained(family, [0.0, 0.3, 0.01], preset, sampler, inputs)
    table = runs.family_runs_table(job, inputs, trajectory)
    assert table["value"].tolist() == [0.0, 0.3, 0.01] * 3
    assert set(table["family"]) == {"leaky_slope"}
    W, b = trajectory.W[::3, -1:], trajectory.b[::3, -1:]
    ends = Trajectory(W=W, b=b, steps=np.array([200]), seeds=np.array(SEEDS))
    # The same noise, as it depends on the name of the family: estimates of ReLU where the slope is 0.
    target = Target(replace(BY_NAME["relu"], name="leaky_slope"), preset, sampler, CPU)
    sample = training_sample(inputs, preset, device=CPU)
    expected = llc_table(target, ends, sample, by_chains, followed=SEEDS, limits=READABLE)
    # 1e-4: single precision, 6e-8 in each of some hundred steps and of a difference of losses that is a tenth of them.
    np.testing.assert_allclose(table["llc"][::3], expected["llc"], rtol=1e-4)
    np.testing.assert_allclose(table["predicted_llc"][::3], expected["predicted_llc"], rtol=1e-6)
    assert UNCONVERGED in expected["status"]  # so short a training has not arrived at its own sample's minimum
    np.testing.assert_array_equal(table["llc_status"][::3], expected["status"])
    assert not np.allclose(table["llc"][1::3], expected["llc"], rtol=1e-2)
    # In chunks of few chains, nothing changes.
    small = runs.family_runs_table(replace(job, replicas_per_chunk=1), inputs, trajectory)
    np.testing.assert_array_equal(small["llc"], table["llc"])


def test_a_family_of_one_value_and_one_seed_runs(preset, sampler):
    inputs = draw_inputs(preset.inputs, seeds=[4])
    job, trajectory = trained(FAMILY_BY_NAME["celu_alpha"], [0.5], preset, sampler, inputs)
    table = runs.family_runs_table(job, inputs, trajectory)
    assert {name: len(column) for name, column in table.items()} == dict.fromkeys(table, 1)
