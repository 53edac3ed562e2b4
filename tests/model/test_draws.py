"""Random draws in the order of the original."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator
from torch.utils.data import DataLoader, TensorDataset

from superposition.model.data import training_batches
from superposition.model.draws import (
    TrainingDraws,
    draw_inputs,
    initial_parameters,
    order_of_pass,
    pass_seeds,
    sample_inputs,
)

REFERENCE = np.load(Path(__file__).parents[1] / "data" / "notebook_trajectories.npz")


@pytest.mark.parametrize(("activation", "seed"), [("relu", 3), ("silu", 1), ("elu", 2), ("softshrink", 1)])
def test_initial_parameters_are_those_of_the_original_to_the_last_bit_of_single_precision(notebook, activation, seed):
    W, b = initial_parameters(notebook, seed=seed)
    np.testing.assert_array_equal(W.astype(np.float32), REFERENCE[f"{activation}_{seed}_W"][0])
    np.testing.assert_array_equal(b.astype(np.float32), REFERENCE[f"{activation}_{seed}_b"][0])


def test_the_initial_polygon_is_regular_with_the_given_length(notebook):
    W, _ = initial_parameters(replace(notebook, initial_polygon=5, weight_noise=0.0), seed=4)
    np.testing.assert_allclose(np.linalg.norm(W[:, :5], axis=0), 0.9, rtol=1e-12)
    angles = np.unwrap(np.arctan2(W[1, :5], W[0, :5]))
    np.testing.assert_allclose(np.diff(angles), 2 * np.pi / 5, rtol=1e-12)
    assert (W[:, 5:] == 0).all()


def test_zero_bias_starts_from_the_same_weights_and_from_b_equal_to_zero(notebook):
    W, b = initial_parameters(notebook, seed=5)
    W_zero, b_zero = initial_parameters(replace(notebook, bias_std=0.0), seed=5)
    np.testing.assert_array_equal(W, W_zero)
    assert (b_zero == 0).all()
    assert (b != 0).all()


def test_without_a_polygon_all_weights_are_normal_with_the_given_deviation(notebook):
    preset = replace(notebook, n_features=1000, n_hidden=3, initial_polygon=0, weight_std=0.5, bias_std=2.0)
    W, b = initial_parameters(preset, seed=0)
    assert W.shape == (3, 1000)
    # The standard error of a deviation from n values is sigma / sqrt(2 n): 1.3 % of W's, 2.2 % of b's. 4 of them.
    assert W.std() == pytest.approx(0.5, rel=0.052)
    assert b.std() == pytest.approx(2.0, rel=0.09)


def test_the_draws_of_a_run_leave_the_global_generators_alone(notebook):
    torch.manual_seed(0)
    np.random.seed(0)
    before = torch.get_rng_state().clone(), np.random.get_state()[1].copy()
    initial_parameters(notebook, seed=1)
    order_of_pass(int(TrainingDraws(notebook, seed=1).epoch_seeds[0]), notebook.n_samples)
    assert torch.equal(before[0], torch.get_rng_state())
    assert (before[1] == np.random.get_state()[1]).all()


def test_a_one_hot_sample_activates_the_first_entry_of_one_permutation_per_input(notebook):
    x = sample_inputs(Generator().manual_seed(3), replace(notebook.inputs, sparsity=1, values="binary"), 50)
    torch.manual_seed(3)
    active = [int(torch.randperm(8)[0]) for _ in range(50)]
    assert torch.equal(x, torch.nn.functional.one_hot(torch.tensor(active), 8).float())


@pytest.mark.parametrize("k", [1, 3, 8])
def test_a_whole_number_activates_exactly_so_many_features(notebook, k):
    x = sample_inputs(Generator().manual_seed(0), replace(notebook.inputs, sparsity=k, values="binary"), 200)
    assert set(x.unique().tolist()) <= {0.0, 1.0}
    assert (x.sum(1) == k).all()
    assert (x.sum(0) > 0).all()  # each feature is missed with probability (1 - k/8)^200 <= 3e-12


def test_a_probability_zeroes_that_share_of_features(notebook):
    x = sample_inputs(Generator().manual_seed(0), replace(notebook.inputs, sparsity=0.7, values="binary"), 5000)
    # Standard error of the share over 40,000 values: sqrt(0.3 * 0.7 / 40000) = 0.0023; 4 of them.
    assert x.mean().item() == pytest.approx(0.3, abs=0.0092)


def test_uniform_values_are_uniform_where_features_are_active(notebook):
    generator = Generator().manual_seed(0)
    x = sample_inputs(generator, replace(notebook.inputs, sparsity=2, values="uniform"), 5000)
    active = x[x > 0]
    assert len(active) == 2 * 5000  # exactly 0 has probability 2^-24 per value
    # Standard errors over 10,000 values: mean 0.289 / 100 = 0.0029; standard deviation about 0.0013. 4 of each.
    assert active.mean().item() == pytest.approx(0.5, abs=0.0116)
    assert active.std().item() == pytest.approx(12**-0.5, abs=0.0052)
    assert active.max() < 1


def test_pass_order_is_that_of_a_shuffling_loader_pass_after_pass():
    loader = DataLoader(TensorDataset(torch.arange(37)), batch_size=10, shuffle=True)
    torch.manual_seed(11)
    generator = Generator().manual_seed(11)
    for _ in range(3):
        order = torch.cat([batch for (batch,) in loader])
        assert torch.equal(order_of_pass(int(pass_seeds(generator, 1)), 37), order)


def test_epochs_follow_a_loader_that_is_also_passed_over_at_each_logging(notebook):
    # 3 steps per epoch. log_spaced_steps(count=5, last=9) is 0, 1, 3, 5, 9 (10^(k 0.2386): 1, 1.73, 3, 5.2, 9), so
    # extra passes happen before training, in epoch 0 (steps 1-3) twice, in epoch 1 (4-6) once, in epoch 2 (7-9) once.
    preset = replace(notebook, n_samples=9, batch_size=3, n_steps=12, logged_count=5, logged_last=9)
    extra = [2, 1, 1, 0]
    torch.manual_seed(2)
    torch.nn.Linear(8, 2, bias=False)
    torch.nn.Linear(2, 8)
    for _ in range(9):
        torch.randperm(8)
    loader = DataLoader(torch.arange(9), batch_size=3, shuffle=True)
    list(loader)
    expected = []
    for passes in extra:
        expected.append(torch.cat(list(loader)))
        for _ in range(passes):
            list(loader)
    orders = [order_of_pass(seed, 9) for seed in TrainingDraws(preset, seed=2).epoch_seeds.tolist()]
    assert len(orders) == 4
    for order, wanted in zip(orders, expected, strict=True):
        assert torch.equal(order, wanted)


def test_the_length_of_a_run_does_not_change_its_draws(notebook):
    short, long = (
        TrainingDraws(replace(notebook, n_samples=20, batch_size=5, n_steps=steps), seed=1) for steps in (8, 400)
    )
    assert torch.equal(short.sample, long.sample)
    assert short.epoch_seeds.tolist() == long.epoch_seeds[:2].tolist()


@pytest.mark.parametrize(("n_active", "each"), [(1, 125), (2, 35)])
def test_a_balanced_sample_holds_every_possible_input_equally_often(notebook, n_active, each):
    # 1000 = 8 x 125; with two of eight features active there are 28 inputs, 980 = 28 x 35.
    n_samples = 1000 if n_active == 1 else 980
    preset = replace(notebook, sparsity=n_active, sample="balanced", n_samples=n_samples)
    first, second = (TrainingDraws(preset, seed=seed).sample for seed in (1, 2))
    inputs, counts = torch.unique(first, dim=0, return_counts=True)
    assert (inputs.sum(1) == n_active).all()
    assert len(inputs) == n_samples // each
    assert (counts == each).all()
    assert torch.equal(first, second)


def test_full_batches_draw_no_order_and_see_the_whole_sample_in_each_step(notebook):
    preset = replace(notebook, batch_size=1000, n_steps=3)
    inputs = draw_inputs(preset.inputs, seeds=[1, 2])
    assert inputs.epoch_seeds.shape == (2, 0)
    steps = list(training_batches(inputs, preset, device=torch.device("cpu")))
    assert len(steps) == 3
    expected = torch.from_numpy(inputs.sample).mean(1).T[:, None]
    for step in steps:
        assert torch.equal(step.weight[..., :2], expected)
