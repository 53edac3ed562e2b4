"""How a batch of runs is trained: the notebook's procedure for all seeds of a batch together."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from superposition import model
from superposition.activations import Activation
from superposition.data import importance_weights, population_inputs
from superposition.draws import TrainingDraws, initial_parameters
from superposition.model import Inputs, LossGradient, join, split
from superposition.presets import TrainingPreset
from superposition.trajectory import Losses, Trajectory


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
    """Return the update of `w` by a gradient, with PyTorch's functional optimisers.

    All of them act on each element alone, so replicas do not mix. The classes around them would load TorchDynamo, and
    take longer than the step itself.
    """
    common = {"lr": preset.lr, "weight_decay": preset.weight_decay, "maximize": False, "foreach": False}
    if preset.optimizer == "sgd":
        buffer: list[Tensor | None] = [None]
        kwargs = {"momentum": preset.momentum, "dampening": 0.0, "nesterov": False, **common}
        return lambda gradient: sgd([w], [gradient], buffer, **kwargs)
    moments, squares, step = [torch.zeros_like(w)], [torch.zeros_like(w)], [torch.zeros(())]
    betas = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "amsgrad": False}  # torch.optim.Adam's defaults
    kwargs = {**betas, **common, "decoupled_weight_decay": preset.optimizer == "adamw"}
    return lambda gradient: adam([w], [gradient], moments, squares, [], step, **kwargs)


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
    samples = torch.stack([draw.inputs for draw in draws])
    rows = torch.arange(len(draws))[:, None]
    for orders in zip(*(draw.epochs() for draw in draws), strict=True):
        yield from _as_inputs(preset, samples[rows, torch.stack(orders)], preset.batch_size, size, device)


def _as_inputs(
    preset: TrainingPreset, x: Float[Tensor, "run input feature"], batch_size: int, size: int, device: torch.device
) -> list[Inputs]:
    """Return batches of equally likely inputs.

    Unit vectors are only counted: a batch is then the n unit vectors with their relative frequencies.
    """
    importance = importance_weights(preset)
    in_batch = torch.arange(x.shape[1]) // batch_size == torch.arange(-(-x.shape[1] // batch_size))[:, None]
    lengths = in_batch.sum(1)
    if preset.one_hot:
        frequencies = in_batch.float() @ x / lengths[:, None]
        weights = _pad(frequencies.permute(1, 2, 0), size)[:, :, None] * importance[:, None]
        return [Inputs(x=None, weight=weight) for weight in weights.to(device)]
    x = _pad(x.permute(1, 2, 0), size).to(device)
    weights = [(importance[:, None] / len(batch)).expand(len(batch), -1, -1) for batch in x.split(batch_size)]
    return [
        Inputs(x=batch, weight=weight.to(device)) for batch, weight in zip(x.split(batch_size), weights, strict=True)
    ]


def _losses(
    activation: Activation,
    preset: TrainingPreset,
    draws: Sequence[TrainingDraws],
    snapshots: Mapping[int, Tensor],
    steps: Sequence[int],
) -> Losses:
    """Return population and sample loss of every run at the given steps."""
    size, device = snapshots[0].shape[1], snapshots[0].device
    samples = torch.stack([draw.inputs for draw in draws])
    (sample,) = _as_inputs(preset, samples, preset.n_samples, size, device)
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
