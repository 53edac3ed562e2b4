"""Training of a batch of runs, the notebook's procedure for all seeds together; their losses and outputs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor
from torch.optim.adam import adam

from superposition.activations import Activation
from superposition.model import autoencoder, data
from superposition.model.autoencoder import Inputs, LossGradient, join, split
from superposition.model.device import captured, dtype_of
from superposition.model.draws import initial_parameters
from superposition.tables.trajectory import Columns, Outputs, TrainingInputs, Trajectory, seed_and_step
from superposition.training_presets import TrainingPreset


@dataclass(frozen=True)
class Losses:
    """Losses of a batch of runs, expected and over each run's training sample, in column i after steps[i] updates."""

    steps: Int64[np.ndarray, " step"]
    population: Float32[np.ndarray, "seed step"] | Float64[np.ndarray, "seed step"]
    sample: Float32[np.ndarray, "seed step"] | Float64[np.ndarray, "seed step"]


def train(
    activation: Activation,
    preset: TrainingPreset,
    inputs: TrainingInputs,
    *,
    weight_steps: Sequence[int],
    loss_steps: Sequence[int],
    device: torch.device,
) -> tuple[Trajectory, Losses]:
    """Return the recorded weights and losses of one training run for each seed of the inputs.

    Row i of both is of the i-th seed, and what stands there at step s is after s updates, the start at step 0. A run is
    a function of (activation, preset, seed): neither the other seeds nor the recorded steps change it. A run that
    diverges goes on as NaN; what it recorded before stays.

    Args:
        activation: Activation of the output.
        preset: The model, its start and its training.
        inputs: What each run is trained on, drawn with the preset, on the CPU whatever the device.
        weight_steps: Steps at which W and b are recorded.
        loss_steps: Steps at which the losses are.
        device: Where it is computed.
    """
    seeds, wanted = inputs.seeds.tolist(), {*weight_steps, *loss_steps}
    starts = [initial_parameters(preset, seed=seed) for seed in seeds]
    W, b = (torch.from_numpy(np.stack(values)).to(dtype_of(preset)) for values in zip(*starts, strict=True))
    w = autoencoder.padded(join(W, b).T).to(device)  # replicas that pad them are zero
    step_once = captured(training_step(activation, preset, w), device)
    recorded = {0: w.clone()}
    batches = data.training_batches(inputs, preset, device=device)
    with torch.no_grad():
        for step, batch in zip(range(1, max(wanted) + 1), batches, strict=False):
            step_once(*batch.tensors)
            if step in wanted:
                recorded[step] = w.clone()

    def losses(over: Inputs) -> Float[np.ndarray, "seed step"]:
        columns = [autoencoder.loss(activation, *split(recorded[step], preset.n_hidden), over) for step in loss_steps]
        return torch.stack(columns, dim=1)[: len(seeds)].cpu().numpy()

    population = losses(data.population_inputs(preset).to(w.dtype).to(device))
    sample = losses(data.training_sample(inputs, preset, device=device))
    n, weights = preset.n_features, torch.stack([recorded[step][:, : len(seeds)] for step in weight_steps])
    weights = weights.permute(2, 0, 1).cpu()  # seed, step, parameter
    W, b = weights[..., :-n].unflatten(-1, (preset.n_hidden, n)).numpy(), weights[..., -n:].numpy()
    trajectory = Trajectory(W=W, b=b, steps=np.asarray(weight_steps, dtype=np.int64), seeds=inputs.seeds)
    return trajectory, Losses(np.asarray(loss_steps), population, sample)


def training_step(
    activation: Activation, preset: TrainingPreset, w: Float[Tensor, "parameter replica"]
) -> Callable[..., None]:
    """Return one step of training, which changes `w` in place; its arguments are the tensors of the step's inputs."""
    evaluate = LossGradient(activation, w, n_hidden=preset.n_hidden)
    update = optimizer(preset, w)
    return lambda *tensors: update(evaluate(Inputs(*tensors)).tied())


def optimizer(preset: TrainingPreset, w: Float[Tensor, "*shape"]) -> Callable[[Float[Tensor, "*shape"]], None]:
    """Return the update of `w` by a gradient.

    All optimisers act on each element alone, so replicas do not mix. PyTorch's functional forms serve, as the classes
    around them would load TorchDynamo; SGD is written out, as choosing among its variants takes longer than the step.
    """
    if preset.optimizer == "sgd":  # as torch.optim.SGD defines it
        velocity = torch.zeros_like(w)  # PyTorch starts with the first gradient, which is the same

        def update(gradient: Tensor) -> None:
            if preset.weight_decay:
                gradient = gradient.add(w, alpha=preset.weight_decay)
            torch.add(gradient, velocity, alpha=preset.momentum, out=velocity)
            w.add_(velocity, alpha=-preset.lr)

        return update
    moments, squares, step = [torch.zeros_like(w)], [torch.zeros_like(w)], [torch.zeros((), device=w.device)]
    kwargs = {
        **{"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "amsgrad": False},  # torch.optim.Adam's defaults
        **{"lr": preset.lr, "weight_decay": preset.weight_decay, "maximize": False, "foreach": False},
        "capturable": w.is_cuda,  # a CUDA graph repeats operations on tensors, not Python's arithmetic with the step
        "decoupled_weight_decay": preset.optimizer == "adamw",
    }
    return lambda gradient: adam([w], [gradient], moments, squares, [], step, **kwargs)


def train_batch(
    activation: Activation, preset: TrainingPreset, inputs: TrainingInputs, **recorded: Any
) -> tuple[Trajectory, Outputs, Columns]:
    """Return weights and outputs of a batch of runs, and the table of their losses, from what `train` takes."""
    trajectory, losses = train(activation, preset, inputs, **recorded)
    return trajectory, outputs_of(activation, preset, trajectory), loss_table(preset, trajectory.seeds, losses)


def loss_table(preset: TrainingPreset, seeds: Int64[np.ndarray, " seed"], losses: Losses) -> Columns:
    """Return the columns of the loss table: a row for each seed and step at which the loss was recorded.

    DEVIATION N2: the original divides a sum of batch means by the number of samples; its value stands beside ours.
    """
    sample = losses.sample.astype(np.float64).ravel()
    return {
        **seed_and_step(seeds, losses.steps),
        "loss": losses.population.astype(np.float64).ravel(),
        "sample_loss": sample,
        "logged_loss": sample * preset.steps_per_epoch / preset.n_samples,
    }


def outputs_of(activation: Activation, preset: TrainingPreset, trajectory: Trajectory) -> Outputs:
    """Return a trajectory's outputs and losses, computed in double precision; not finite after a divergence."""
    w = join(torch.from_numpy(trajectory.W), torch.from_numpy(trajectory.b)).double()
    points = split(w.flatten(0, 1).T.contiguous(), preset.n_hidden)
    units, population = Inputs(torch.ones(preset.n_features, 1, 1)), data.population_inputs(preset).to(w.dtype)
    outputs = autoencoder.outputs(activation, *points, units).movedim(-1, 0).unflatten(0, w.shape[:2])
    loss = autoencoder.loss(activation, *points, population).unflatten(0, w.shape[:2])
    return Outputs(outputs=outputs.numpy().astype(trajectory.W.dtype), loss=loss.numpy())
