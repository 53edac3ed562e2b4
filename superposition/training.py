"""How a batch of runs is trained: the notebook's procedure for all seeds of a batch together."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.optim.adam import adam

from superposition import model
from superposition.activations import Activation
from superposition.data import importance_weights, population_inputs
from superposition.draws import TrainingDraws, initial_parameters
from superposition.losses import Losses
from superposition.model import Inputs, LossGradient, join, split
from superposition.presets import TrainingPreset
from superposition.trajectory import Trajectory

EPOCH_BLOCK = 50
"""Epochs whose inputs are counted together; changes memory and speed, no number."""


def train(
    activation: Activation,
    preset: TrainingPreset,
    *,
    seeds: Sequence[int],
    weight_steps: Sequence[int],
    loss_steps: Sequence[int],
    device: torch.device,
) -> tuple[Trajectory, Losses]:
    """Return the recorded weights and losses of one training run for each seed.

    A run is a function of (activation, preset, seed): neither the other seeds nor the recorded steps change it. A run
    that diverges goes on as NaN; what it recorded before stays.

    Args:
        activation: Output activation.
        preset: Procedure.
        seeds: Seeds of the runs.
        weight_steps: Steps at which W and b are recorded; after step s, s updates have been made.
        loss_steps: Steps at which the loss is recorded.
        device: Where the runs are computed. The draws are made on the CPU, so they do not depend on it.
    """
    draws = [TrainingDraws(preset, seed=seed) for seed in seeds]
    recorded = sorted({*weight_steps, *loss_steps})
    w = _initial(preset, seeds, device)
    evaluate = LossGradient(activation, w, n_hidden=preset.n_hidden)
    update = _optimizer(preset, w)
    batches = _batches(preset, draws, size=w.shape[1], device=device)
    snapshots = {0: w.clone()}
    wanted = set(recorded)
    with torch.no_grad():
        for step, inputs in zip(range(1, recorded[-1] + 1), batches, strict=False):
            update(evaluate(inputs).tied())
            if step in wanted:
                snapshots[step] = w.clone()
    losses = _losses(activation, preset, draws, snapshots, loss_steps)
    return _trajectory(snapshots, preset, weight_steps, seeds), losses


def _optimizer(preset: TrainingPreset, w: Tensor) -> Callable[[Tensor], None]:
    """Return the update of `w` by a gradient.

    All optimisers act on each element alone, so replicas do not mix. PyTorch's functional forms serve, as the classes
    around them would load TorchDynamo; SGD is written out, as choosing among its variants takes longer than the step.
    """
    if preset.optimizer == "sgd":
        return _sgd(preset, w)
    moments, squares, step = [torch.zeros_like(w)], [torch.zeros_like(w)], [torch.zeros(())]
    betas = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "amsgrad": False}  # torch.optim.Adam's defaults
    kwargs = {
        **betas,
        "lr": preset.lr,
        "weight_decay": preset.weight_decay,
        "maximize": False,
        "foreach": False,
        "decoupled_weight_decay": preset.optimizer == "adamw",
    }
    return lambda gradient: adam([w], [gradient], moments, squares, [], step, **kwargs)


def _sgd(preset: TrainingPreset, w: Tensor) -> Callable[[Tensor], None]:
    """Return the update of SGD with momentum and weight decay, as ``torch.optim.SGD`` defines it."""
    velocity = torch.zeros_like(w)  # PyTorch starts with the first gradient, which is the same

    def update(gradient: Tensor) -> None:
        if preset.weight_decay:
            gradient = gradient.add(w, alpha=preset.weight_decay)
        torch.add(gradient, velocity, alpha=preset.momentum, out=velocity)
        w.add_(velocity, alpha=-preset.lr)

    return update


def _initial(preset: TrainingPreset, seeds: Sequence[int], device: torch.device) -> Float[Tensor, "parameter replica"]:
    """Return the parameters of all seeds at the start; the replicas that pad them are zero."""
    starts = [initial_parameters(preset, seed=seed) for seed in seeds]
    W, b = (torch.from_numpy(np.stack(values)).float() for values in zip(*starts, strict=True))
    return _pad(join(W, b).T, model.padded_size(len(seeds))).to(device)


def _pad(values: Tensor, size: int) -> Tensor:
    """Return the values with their last axis, of runs, padded with zeros to the size of a replica axis."""
    return torch.nn.functional.pad(values, (0, size - values.shape[-1])).contiguous()


def _batches(
    preset: TrainingPreset, draws: Sequence[TrainingDraws], *, size: int, device: torch.device
) -> Iterator[Inputs]:
    """Yield the inputs of each training step, for `size` replicas of which the first are the runs of `draws`."""
    samples, epochs = [draw.inputs for draw in draws], [draw.epochs() for draw in draws]
    length = EPOCH_BLOCK if preset.one_hot else 1
    while all(block := [list(itertools.islice(of_run, length)) for of_run in epochs]):
        yield from _as_inputs(preset, samples, map(torch.stack, block), preset.batch_size, size, device)


def _as_inputs(
    preset: TrainingPreset,
    samples: Sequence[Float[Tensor, "sample feature"]],
    orders: Iterable[Int64[Tensor, "epoch input"]],
    batch_size: int,
    size: int,
    device: torch.device,
) -> Sequence[Inputs]:
    """Return batches of equally likely inputs from the samples of all runs in the given orders.

    Unit vectors are only counted: a batch is then the n unit vectors with their relative frequencies.
    """
    importance = importance_weights(preset)[:, None]
    if preset.one_hot:
        each = zip(samples, orders, strict=True)
        counted = torch.stack([_frequencies(x.argmax(-1), order, batch_size, x.shape[1]) for x, order in each], dim=-1)
        frequencies = _pad(counted, size)[:, :, None]
        weights = (frequencies if preset.importance == 1 else frequencies * importance).to(device)
        return [Inputs(x=None, weight=weight) for weight in weights]
    x = torch.stack([x[order.flatten()] for x, order in zip(samples, orders, strict=True)])
    batches = _pad(x.permute(1, 2, 0), size).to(device).split(batch_size)
    return [Inputs(x=x, weight=(importance / len(x)).expand(len(x), -1, -1).to(device)) for x in batches]


def _frequencies(
    active: Int64[Tensor, " sample"], order: Int64[Tensor, "epoch input"], batch_size: int, n_features: int
) -> Float[Tensor, "step feature"]:
    """Return how often each feature is the active one in each batch of a run, relative to the batch's length."""
    n_epochs, n_samples = order.shape
    batch = torch.arange(n_samples) // batch_size
    lengths = torch.bincount(batch).repeat(n_epochs)
    step = (batch + torch.arange(n_epochs)[:, None] * (batch[-1] + 1)).flatten()
    cells = active.index_select(0, order.flatten()).add_(step, alpha=n_features)
    counts = torch.bincount(cells, minlength=len(lengths) * n_features)
    return counts.view(-1, n_features) / lengths[:, None]


def _losses(
    activation: Activation,
    preset: TrainingPreset,
    draws: Sequence[TrainingDraws],
    snapshots: Mapping[int, Tensor],
    steps: Sequence[int],
) -> Losses:
    """Return population and sample loss of every run at the given steps."""
    size, device = snapshots[0].shape[1], snapshots[0].device
    in_order = [torch.arange(preset.n_samples)[None]] * len(draws)
    (sample,) = _as_inputs(preset, [draw.inputs for draw in draws], in_order, preset.n_samples, size, device)
    population = population_inputs(preset).to(device)

    def at_all_steps(inputs: Inputs) -> np.ndarray:
        each = [model.loss(activation, *split(snapshots[step], preset.n_hidden), inputs) for step in steps]
        return torch.stack(each, dim=1)[: len(draws)].cpu().numpy()

    return Losses(steps=np.asarray(steps), population=at_all_steps(population), sample=at_all_steps(sample))


def _trajectory(
    snapshots: Mapping[int, Tensor], preset: TrainingPreset, steps: Sequence[int], seeds: Sequence[int]
) -> Trajectory:
    """Return the recorded weights without the padding replicas."""
    w = torch.stack([snapshots[step][:, : len(seeds)] for step in steps])
    W, b = w[:, : -preset.n_features], w[:, -preset.n_features :]
    return Trajectory(
        W=W.unflatten(1, (preset.n_hidden, preset.n_features)).permute(3, 0, 1, 2).cpu().numpy(),
        b=b.permute(2, 0, 1).cpu().numpy(),
        steps=np.asarray(steps, dtype=np.int64),
        seeds=np.asarray(seeds, dtype=np.int64),
    )
