"""Random draws of the original procedure, in its order.

The TMS notebook and devinterp draw from PyTorch's global generator and from NumPy's legacy one. To follow them step for
step, the same values must come in the same order. Here each run and each chain has generators of its own, seeded as the
original seeds the global ones, so that a run is a pure function of its seed, whatever else is computed beside it.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Generator, Tensor

from superposition.schedules import log_spaced_steps
from superposition.tables.trajectory import TrainingInputs
from superposition.training_presets import InputPreset, TrainingPreset

EPOCH_BLOCK = 50  # epochs whose inputs are counted, or weighted, together; changes memory and speed, no number


def initial_parameters(
    preset: TrainingPreset, *, seed: int
) -> tuple[Float64[np.ndarray, "hidden feature"], Float64[np.ndarray, " feature"]]:
    """Return W and b at the start of the run `seed`.

    With an initial polygon of k corners, W is its corners zero-padded to n_features columns plus noise; otherwise W is
    normal, or the orthonormal rows or columns nearest to a normal matrix. b is normal, and large in the notebook
    (DEVIATION N5). The draws are the notebook's ``generate_init_param``: angle, noise, b.
    """
    # The legacy generator is part of the procedure: np.random.Generator has other streams.
    random = np.random.RandomState(seed)
    shape = (preset.n_hidden, preset.n_features)
    if k := preset.initial_polygon:
        angle = random.uniform(0, 2 * np.pi, size=(1,)) + np.linspace(0, 2 * np.pi, k, endpoint=False)
        noise = random.normal(size=shape) * preset.weight_noise
        W = np.zeros(shape)
        W[:, :k] = preset.initial_length * np.stack([np.cos(angle), np.sin(angle)])
        W += noise
    else:
        # Xavier: Glorot & Bengio 2010, equation 12, of the same variance.
        std = {"normal": preset.weight_std, "xavier": np.sqrt(2 / sum(shape)), "orthogonal": 1.0}
        W = random.normal(size=shape) * std[preset.initial_weights]
        if preset.initial_weights == "orthogonal":
            left, _, right = np.linalg.svd(W, full_matrices=False)  # uniform among all such matrices
            W = left @ right
    return W, random.normal(size=(preset.n_features, 1))[:, 0] * preset.bias_std


def sample_inputs(generator: Generator, preset: InputPreset, n_samples: int) -> Float[Tensor, "input feature"]:
    """Return a sample of sparse inputs, drawn as the notebook's data sets draw it; the generator is advanced."""
    shape = (n_samples, preset.n_features)
    if preset.n_active:
        orders = torch.stack([torch.randperm(preset.n_features, generator=generator) for _ in range(n_samples)])
        mask = torch.zeros(shape).scatter_(1, orders[:, : preset.n_active], 1.0)
    else:
        mask = torch.bernoulli(torch.full(shape, 1.0 - preset.sparsity), generator=generator)
    return mask * torch.rand(shape, generator=generator) if preset.values == "uniform" else mask


def possible_inputs(preset: InputPreset) -> Float[Tensor, "input feature"]:
    """Return every input with the preset's number of active binary features."""
    subsets = torch.tensor(list(itertools.combinations(range(preset.n_features), preset.n_active or 0)))
    return torch.zeros(len(subsets), preset.n_features).scatter_(1, subsets, 1.0)


def pass_seeds(generator: Generator, n_passes: int) -> Int64[Tensor, " pass"]:
    """Return the seeds of the next passes of a shuffling DataLoader, each of which draws twice from `generator`.

    The loader's iterator draws a base seed for worker processes (unused), then its sampler draws the seed of a fresh
    generator, whose permutation is the order of the pass.
    """
    return torch.empty(n_passes, 2, dtype=torch.int64).random_(generator=generator)[:, 1]


def order_of_pass(seed: int, n_samples: int) -> Int64[Tensor, " input"]:
    """Return the order of a pass over a shuffling DataLoader, indices into its data, from the seed of the pass."""
    return torch.randperm(n_samples, generator=Generator().manual_seed(seed))


class TrainingDraws:
    """The training sample of one run, shape (sample, feature), and the seeds of its epochs' orders; see order_of_pass.

    With full batches no order is drawn. Logging runs over the same shuffling loader, so each logged step costs the
    draws of one more pass: one before training for step 0, one right after each logged step.
    """

    def __init__(self, preset: InputPreset, *, seed: int):
        generator = Generator().manual_seed(seed)
        n_weights = preset.n_hidden * preset.n_features
        # The default initialisations of both linear layers draw first, and their values are overwritten.
        torch.rand(2 * n_weights + preset.n_features, generator=generator)
        if preset.sample == "balanced":
            possible = possible_inputs(preset)
            self.sample = possible.repeat(preset.n_samples // len(possible), 1)
        else:
            self.sample = sample_inputs(generator, preset, preset.n_samples)
        self.epoch_seeds = torch.empty(0, dtype=torch.int64)
        if preset.full_batch:  # a mean over all of the sample does not depend on its order
            return
        logged = np.asarray(log_spaced_steps(count=preset.logged_count, last=preset.logged_last))
        epoch_of_log = (logged[logged > 0] - 1) // preset.steps_per_epoch
        epochs = np.arange(preset.n_epochs)
        passes = 1 + epochs + np.searchsorted(epoch_of_log, epochs)
        self.epoch_seeds = pass_seeds(generator, int(passes[-1]) + 1)[passes]


def draw_inputs(preset: InputPreset, *, seeds: Sequence[int]) -> TrainingInputs:
    """Return what the runs of some seeds are trained on; a run's part of it does not depend on the other seeds."""
    draws = [TrainingDraws(preset, seed=seed) for seed in seeds]
    return TrainingInputs(
        preset=preset,
        sample=np.stack([of_run.sample for of_run in draws]),
        epoch_seeds=np.stack([of_run.epoch_seeds for of_run in draws]),
        counts=np.stack([_counts(preset, of_run) for of_run in draws], axis=-1),
        seeds=np.asarray(seeds, dtype=np.int64),
    )


def step_lengths(preset: InputPreset) -> Int64[Tensor, " step"]:
    """Return the number of inputs of each step of an epoch."""
    return torch.arange(preset.n_samples).div(preset.batch_size, rounding_mode="floor").bincount()


def _counts(preset: InputPreset, draws: TrainingDraws) -> np.ndarray:
    """Return how often each feature is active in each step of a run, shape (step, feature); see TrainingInputs."""
    dtype = np.uint8 if preset.batch_size < 256 else np.int32
    if not preset.one_hot or preset.full_batch:
        return np.empty((0, preset.n_features), dtype)
    active, blocks = draws.sample.argmax(-1), []
    for epochs in draws.epoch_seeds.split(EPOCH_BLOCK):
        orders = torch.cat([order_of_pass(seed, preset.n_samples) for seed in epochs.tolist()])
        lengths = step_lengths(preset).repeat(len(epochs))
        step = torch.arange(len(lengths)).repeat_interleave(lengths)
        cells = active[orders].add_(step, alpha=preset.n_features)
        counts = torch.bincount(cells, minlength=len(lengths) * preset.n_features)
        blocks.append(counts.view(-1, preset.n_features))
    return torch.cat(blocks).numpy().astype(dtype)
