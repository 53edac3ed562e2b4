"""Training: the original procedure, run by run, whatever the batch."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from superposition.activations import ACTIVATIONS, BY_NAME
from superposition.model import training
from superposition.model.draws import TrainingDraws, draw_inputs
from superposition.model.training import Losses, loss_table, outputs_of, train
from superposition.schedules import log_spaced_steps
from superposition.training_presets import InputPreset, TrainingPreset
from workflow.presets import training_preset

REFERENCE = np.load(Path(__file__).parents[1] / "data" / "notebook_trajectories.npz")
EVERY = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
CPU = torch.device("cpu")


# ------------------------------------------------------------------------------------------- the original, executed --


class NotebookModel(nn.Module):
    """The notebook's autoencoder: two layers, two Parameters, one storage."""

    def __init__(self, W: Tensor, b: Tensor, n_features: int, n_hidden: int):
        super().__init__()
        self.embedding = nn.Linear(n_features, n_hidden, bias=False)
        self.embedding.weight.data = W
        self.unembedding = nn.Linear(n_hidden, n_features)
        self.unembedding.bias.data = b
        self.unembedding.weight = nn.Parameter(self.embedding.weight.transpose(0, 1))

    def forward(self, x: Tensor) -> Tensor:
        self.unembedding.weight.data = self.embedding.weight.data.transpose(0, 1)
        return self.unembedding(self.embedding(x))


class TiedModel(NotebookModel):
    """The same with one Parameter for both layers, for optimisers that act on a Parameter as a whole."""

    def __init__(self, *args):
        super().__init__(*args)
        del self.unembedding.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.embedding(x) @ self.embedding.weight + self.unembedding.bias


def original_start(preset: TrainingPreset) -> tuple[Tensor, Tensor]:
    """Return W and b from NumPy's global generator, drawn as the notebook draws them."""
    shape = preset.n_hidden, preset.n_features
    if preset.initial_polygon:
        start = np.random.uniform(0, 2 * np.pi, size=(1,))
        angle = start + np.linspace(0, 2 * np.pi, preset.initial_polygon, endpoint=False)
        noise = np.random.normal(size=shape) * preset.weight_noise
        corners = preset.initial_length * np.stack([np.cos(angle), np.sin(angle)])
        W = np.pad(corners, ((0, 0), (0, preset.n_features - preset.initial_polygon))) + noise
    else:
        W = np.random.normal(size=shape) * preset.weight_std
    b = np.random.normal(size=(preset.n_features, 1)).flatten() * preset.bias_std
    return torch.from_numpy(W).float(), torch.from_numpy(b).float()


def original_sample(preset: TrainingPreset) -> Tensor:
    """Return the training sample from PyTorch's global generator, drawn as the notebook's data sets draw it."""
    shape = preset.n_samples, preset.n_features
    if preset.sparsity >= 1:
        mask = torch.zeros(shape)
        for i in range(preset.n_samples):
            mask[i, torch.randperm(preset.n_features)[: int(preset.sparsity)]] = 1
    else:
        mask = torch.bernoulli(torch.ones(shape) * (1 - preset.sparsity))
    return mask * torch.rand(shape) if preset.values == "uniform" else mask


def original_optimizer(preset: TrainingPreset, model: nn.Module) -> torch.optim.Optimizer:
    if preset.optimizer == "sgd":
        options = {"momentum": preset.momentum, "weight_decay": preset.weight_decay}
        return torch.optim.SGD(model.parameters(), lr=preset.lr, **options)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[preset.optimizer]
    return kind(model.parameters(), lr=preset.lr, weight_decay=preset.weight_decay)


def run_original(activation, preset: TrainingPreset, *, seed: int, model_class: type = NotebookModel):
    """Return W and b at the logged steps, and the losses that the original logs there.

    The notebook's loop: one loader that shuffles, passed over once per epoch and once per logging.
    """
    torch.manual_seed(seed)
    np.random.seed(seed)
    model = model_class(*original_start(preset), preset.n_features, preset.n_hidden)
    importance = preset.importance ** torch.arange(preset.n_features)
    loader = DataLoader(TensorDataset(original_sample(preset)), batch_size=preset.batch_size, shuffle=True)
    optimizer = original_optimizer(preset, model)
    steps = log_spaced_steps(count=preset.logged_count, last=preset.logged_last)
    weights, biases, losses = [], [], []

    def loss_of(x: Tensor) -> Tensor:
        return (importance * (activation.function(model(x)) - x).square()).mean()

    def log() -> None:
        with torch.no_grad():
            losses.append(sum(loss_of(x).item() for (x,) in loader) / preset.n_samples)
        weights.append(model.embedding.weight.detach().clone())
        biases.append(model.unembedding.bias.detach().clone())

    log()
    step = 0
    for _ in range(math.ceil(preset.n_steps / preset.steps_per_epoch)):
        for (x,) in loader:
            optimizer.zero_grad()
            loss_of(x).backward()
            optimizer.step()
            step += 1
            if step in steps:
                log()
    return torch.stack(weights).numpy(), torch.stack(biases).numpy(), np.array(losses)


def run(activation, preset, *, seeds, weight_steps, loss_steps):
    """Train the runs of some seeds on the CPU, on inputs that are drawn for them alone."""
    inputs = draw_inputs(preset.inputs, seeds=seeds)
    return train(activation, preset, inputs, weight_steps=weight_steps, loss_steps=loss_steps, device=CPU)


@pytest.fixture
def short(notebook) -> TrainingPreset:
    """The original procedure on a small sample: 12 epochs of 5 steps, logged 24 times."""
    return replace(notebook, n_samples=100, batch_size=20, n_steps=60, logged_count=30, logged_last=60)


def assert_equals_original(activation, preset, *, seed=3, seeds=(1, 3, 4), model_class=NotebookModel, tolerance=1e-5):
    """Compare one run of a batch with the original at all logged steps.

    1e-5: per step, sums in another order differ by some 1e-7 of values up to 20, and 60 steps of lr 0.01 add up few.
    """
    steps = log_spaced_steps(count=preset.logged_count, last=preset.logged_last)
    W, b, logged = run_original(activation, preset, seed=seed, model_class=model_class)
    trajectory, losses = run(activation, preset, seeds=seeds, weight_steps=steps, loss_steps=steps)
    assert np.isfinite(W).all()
    np.testing.assert_allclose(trajectory.W[seeds.index(seed)], W, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(trajectory.b[seeds.index(seed)], b, rtol=tolerance, atol=tolerance)
    if preset.n_samples % preset.batch_size == 0:  # else the original's mean of batch means is not the sample's mean
        mse = logged * preset.n_samples / preset.steps_per_epoch
        # 1e-5 as of the weights: the most seen is 5e-7.
        np.testing.assert_allclose(losses.sample[seeds.index(seed)], mse, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["relu", "softmax", "gelu", "hardsigmoid", "elu", "tanhshrink", "identity", "threshold"]
)
def test_a_run_is_the_executed_original_step_for_step(short, name):
    assert_equals_original(BY_NAME[name], short)


@pytest.mark.parametrize(
    "changes",
    [
        {"bias_std": 0.0},
        {"initial_polygon": 5, "bias_std": 1.0},
        {"importance": 0.7, "bias_std": 1.0},
        {"sparsity": 3, "bias_std": 1.0},
        {"sparsity": 0.6, "bias_std": 1.0},
        {"sparsity": 2, "values": "uniform", "importance": 0.8, "bias_std": 1.0},
        {"sparsity": 0.5, "values": "uniform", "bias_std": 1.0},
        {"values": "uniform", "bias_std": 1.0},
        {"n_hidden": 3, "initial_polygon": 0, "weight_std": 0.5, "bias_std": 1.0},
        {"n_features": 5, "n_hidden": 6, "initial_polygon": 0, "weight_std": 0.3, "bias_std": 1.0},
        {"n_hidden": 1, "initial_polygon": 0, "weight_std": 0.5, "bias_std": 1.0},
        {"batch_size": 30},
        {"batch_size": 30, "sparsity": 2, "bias_std": 1.0},
        {"batch_size": 100},
        {"momentum": 0.0},
    ],
    ids=lambda changes: ",".join(f"{key}={value}" for key, value in changes.items()),
)
@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_every_value_of_a_preset_acts_as_in_the_executed_original(short, name, changes):
    assert_equals_original(BY_NAME[name], replace(short, **changes))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_optimisers_are_pytorchs_on_one_model_with_one_parameter_for_tied_weights(short, optimizer, weight_decay):
    # ASSUME for SGD without weight decay alone, two Parameters over one storage act as one; hence the model with one.
    # Adam divides by the root of squared gradients, which magnifies rounding where these are small: 1e-4.
    preset = replace(short, optimizer=optimizer, weight_decay=weight_decay, bias_std=1.0)
    tolerance = 1e-5 if optimizer == "sgd" else 1e-4
    assert_equals_original(BY_NAME["gelu"], preset, model_class=TiedModel, tolerance=tolerance)


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "seed", "seeds"),
    [
        ("relu", 3, (1, 2, 3, 4, 5)),
        ("silu", 1, (1,)),
        ("elu", 2, (7, 2)),
        ("softshrink", 1, (10, 4, 1)),
    ],
)
def test_a_run_of_the_study_is_the_recorded_original_at_all_47_steps(notebook, name, seed, seeds):
    """Weights to 1e-3, losses to 1e-4 of their size.

    The recorded runs add the same numbers in another order. Each step that differs in the last bits of single precision
    moves the next, and where features repel each other such differences grow: 6e-4 is the most seen in 20,000 steps.
    """
    steps = REFERENCE["steps"].tolist()
    trajectory, losses = run(BY_NAME[name], notebook, seeds=seeds, weight_steps=steps, loss_steps=steps)
    i = seeds.index(seed)
    assert len(steps) == 47
    np.testing.assert_allclose(trajectory.W[i], REFERENCE[f"{name}_{seed}_W"], rtol=0, atol=1e-3)
    np.testing.assert_allclose(trajectory.b[i], REFERENCE[f"{name}_{seed}_b"], rtol=0, atol=1e-3)
    # The original logs MSE / 100 (N2), at every step but 0.
    np.testing.assert_allclose(losses.sample[i, 1:] / 100, REFERENCE[f"{name}_{seed}_loss"], rtol=1e-4)


# ---------------------------------------------------------------------------------------------------- independence --


@EVERY
def test_a_run_has_the_same_bits_whatever_the_batch_it_is_in(notebook, activation):
    preset = replace(notebook, n_steps=200, logged_last=200)
    steps = [0, 1, 10, 100, 200]
    runs = {}
    for seeds in [(3,), (1, 2, 3, 4, 5), (2, 3, 9)]:
        trajectory, losses = run(activation, preset, seeds=seeds, weight_steps=steps, loss_steps=steps)
        i = seeds.index(3)
        runs[seeds] = trajectory.W[i], trajectory.b[i], losses.sample[i], losses.population[i]
    alone, *others = runs.values()
    for other in others:
        for values, same in zip(alone, other, strict=True):
            np.testing.assert_array_equal(values, same)


def test_a_run_of_other_data_has_the_same_bits_whatever_the_batch_it_is_in(short):
    preset = replace(short, sparsity=0.5, values="uniform", optimizer="adam", bias_std=1.0)
    steps = [0, 30, 60]
    alone, _ = run(BY_NAME["gelu"], preset, seeds=[3], weight_steps=steps, loss_steps=steps)
    batch, _ = run(BY_NAME["gelu"], preset, seeds=range(70), weight_steps=steps, loss_steps=steps)
    np.testing.assert_array_equal(alone.W[0], batch.W[3])
    np.testing.assert_array_equal(alone.b[0], batch.b[3])


def test_recorded_steps_do_not_change_the_run(short):
    dense, _ = run(BY_NAME["relu"], short, seeds=[1, 2], weight_steps=range(61), loss_steps=range(61))
    sparse, losses = run(BY_NAME["relu"], short, seeds=[1, 2], weight_steps=[7, 60], loss_steps=[0, 9])
    assert (dense.W[:, 1:] != dense.W[:, :-1]).any((0, 2, 3)).all()  # every step has weights of its own
    np.testing.assert_array_equal(dense.at([7, 60]).W, sparse.W)
    np.testing.assert_array_equal(dense.at([7, 60]).b, sparse.b)
    assert sparse.steps.tolist() == [7, 60]
    assert sparse.seeds.tolist() == [1, 2]
    assert losses.steps.tolist() == [0, 9]
    assert losses.sample.shape == losses.population.shape == (2, 2)


def test_steps_after_the_last_recorded_one_do_not_matter(short):
    long, _ = run(BY_NAME["relu"], replace(short, n_steps=600), seeds=[1], weight_steps=[60], loss_steps=[60])
    brief, _ = run(BY_NAME["relu"], short, seeds=[1], weight_steps=[60], loss_steps=[60])
    np.testing.assert_array_equal(long.W, brief.W)


def test_the_recorded_start_is_the_initial_draw_and_b_is_zero_with_zero_bias(notebook):
    start, _ = run(BY_NAME["relu"], notebook, seeds=[1, 2], weight_steps=[0], loss_steps=[0])
    zero = replace(notebook, bias_std=0.0)
    start_zero, _ = run(BY_NAME["relu"], zero, seeds=[1, 2], weight_steps=[0], loss_steps=[0])
    np.testing.assert_array_equal(start.W, start_zero.W)
    assert (start_zero.b == 0).all()
    # Standard deviation 10 from 16 values: the standard error of an estimate is 1.8; 3 of them.
    assert start.b.std() == pytest.approx(10, abs=5.4)


def test_elu_and_celu_are_trained_to_the_same_bits(short):
    steps = [0, 60]
    elu, celu = (
        run(BY_NAME[name], short, seeds=[1], weight_steps=steps, loss_steps=steps)[0] for name in ("elu", "celu")
    )
    np.testing.assert_array_equal(elu.W, celu.W)
    np.testing.assert_array_equal(elu.b, celu.b)


@pytest.mark.parametrize("name", ["relu", "softmax", "hardshrink"])
def test_one_hot_data_give_the_same_run_through_the_general_path(short, name, monkeypatch):
    # 1e-5 as in the comparison with the original: the same sums in another order.
    steps = list(range(0, 61, 10))
    arguments = {"seeds": [1, 2], "weight_steps": steps, "loss_steps": steps}
    fast, fast_losses = run(BY_NAME[name], short, **arguments)
    used = []
    monkeypatch.setattr(InputPreset, "one_hot", property(lambda preset: False))
    evaluate = training.LossGradient.__call__
    monkeypatch.setattr(training.LossGradient, "__call__", lambda self, x: used.append(x) or evaluate(self, x))
    general, general_losses = run(BY_NAME[name], short, **arguments)
    assert len(used) == 60
    assert all(inputs.x is not None for inputs in used)  # it was the general path
    np.testing.assert_allclose(general.W, fast.W, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(general.b, fast.b, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(general_losses.sample, fast_losses.sample, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(general_losses.population, fast_losses.population, rtol=1e-5, atol=1e-6)


# ------------------------------------------------------------------------------------------------------- bad science --


def test_a_diverging_run_ends_as_diverged_keeps_what_it_recorded_and_leaves_its_neighbours_alone(notebook):
    # With b of size 10, the gradient of (b^2)^2 is of order b^3: ReLU squared leaves the range of floats within steps,
    # unless no bias of a run is large and positive.
    preset = replace(notebook, n_steps=100, logged_last=100)
    steps = list(range(101))
    trajectory, losses = run(BY_NAME["relu_squared"], preset, seeds=range(1, 6), weight_steps=steps, loss_steps=steps)
    diverged = trajectory.diverged
    assert diverged[:, -1].any()
    assert not diverged[:, 0].any()
    assert (np.diff(diverged.astype(int), axis=1) >= 0).all()  # once diverged, always diverged
    for i, lost in enumerate(diverged):
        alone, _ = run(BY_NAME["relu_squared"], preset, seeds=[i + 1], weight_steps=steps, loss_steps=steps)
        np.testing.assert_array_equal(trajectory.W[i], alone.W[0])
        assert np.isfinite(trajectory.W[i][~lost]).all()
        assert not np.isfinite(losses.population[i][lost]).any()


def test_a_learning_rate_that_is_too_large_diverges_and_is_no_exception(short):
    preset = replace(short, lr=50.0)
    trajectory, _ = run(BY_NAME["identity"], preset, seeds=[1], weight_steps=[0, 1, 60], loss_steps=[60])
    assert trajectory.diverged.tolist() == [[False, False, True]]


def test_sample_loss_is_over_the_sample_and_population_loss_over_the_distribution(short):
    # Identity with W = 0 and b = 0 answers 0: the loss is the mean square of the inputs, k / n for k of n features.
    preset = replace(short, initial_polygon=0, weight_std=0.0, bias_std=0.0, sparsity=0.7)
    _, losses = run(BY_NAME["identity"], preset, seeds=[1], weight_steps=[0], loss_steps=[0])
    share = TrainingDraws(preset, seed=1).sample.mean().item()
    assert losses.population[0, 0] == pytest.approx(0.3, rel=1e-6)
    assert losses.sample[0, 0] == pytest.approx(share, rel=1e-6)
    assert share != pytest.approx(0.3, rel=1e-3)


def test_logged_loss_is_the_sum_of_batch_means_over_the_number_of_samples(notebook):
    # 10 batches for 1000 samples: a hundredth of the mean squared error (N2). With 30 of 100: 4 batches, a 25th.
    losses = Losses(
        steps=np.array([0, 7]),
        population=np.array([[0.5, 0.25]], dtype=np.float32),
        sample=np.array([[0.4, 0.2]]),
    )
    table = pd.DataFrame(loss_table(notebook, np.array([9]), losses))
    assert table.to_dict("list") == {
        "seed": [9, 9],
        "step": [0, 7],
        "loss": [0.5, 0.25],
        "sample_loss": [0.4, 0.2],
        "logged_loss": [pytest.approx(0.004), pytest.approx(0.002)],
    }
    uneven = pd.DataFrame(loss_table(replace(notebook, n_samples=100, batch_size=30), np.array([9]), losses))
    assert uneven.logged_loss.tolist() == [pytest.approx(0.4 * 4 / 100), pytest.approx(0.2 * 4 / 100)]


@pytest.mark.parametrize("name", ["gelu", "softmax", "hardshrink"])
def test_controlled_runs_are_plain_gradient_descent_on_the_expected_loss_in_double_precision(config, name):
    preset = replace(training_preset(config["training_presets"], "controlled"), n_steps=200)
    trajectory, losses = run(BY_NAME[name], preset, seeds=[7, 3], weight_steps=[0, 200], loss_steps=[0, 200])
    assert {values.dtype for values in (trajectory.W, trajectory.b, losses.population, losses.sample)} == {
        np.dtype("float64")
    }
    W = torch.from_numpy(np.random.RandomState(3).normal(size=(2, 8)) * 0.5).requires_grad_()
    b = torch.zeros(8, dtype=torch.float64, requires_grad=True)
    np.testing.assert_array_equal(trajectory.W[1, 0], W.detach())
    optimizer = torch.optim.SGD([W, b], lr=preset.lr, momentum=0.9)
    for _ in range(200):
        optimizer.zero_grad()
        loss = (BY_NAME[name].function(W.T @ W + b) - torch.eye(8)).square().mean()
        loss.backward()
        optimizer.step()
    # 200 steps of sums in another order, each with rounding errors of 1e-16: far below what float32 could give.
    np.testing.assert_allclose(trajectory.W[1, -1], W.detach(), atol=1e-12)
    np.testing.assert_allclose(trajectory.b[1, -1], b.detach(), atol=1e-12)
    assert outputs_of(BY_NAME[name], preset, trajectory).outputs.dtype == np.float64
