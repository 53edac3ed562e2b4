"""Chains at the checkpoints of training runs: which loss, which noise, which parameters."""

import functools
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Generator, Tensor

from superposition.activations import Activation
from superposition.llc.sampling import independent_noise, sample
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs, LossGradient
from superposition.model.data import equally_likely, population_inputs
from superposition.model.device import captured
from superposition.model.draws import TrainingDraws, order_of_pass, pass_seeds, sample_inputs
from superposition.sampler_presets import SamplerPreset
from superposition.tables.trajectory import Trajectory
from superposition.training_presets import TrainingPreset


@dataclass(frozen=True)
class Chains:
    """Losses of every draw of a batch of runs at all its checkpoints, and the sampler's loss at these themselves.

    DEVIATION N7: the latter is exact; the library averages a few mini-batches.
    """

    losses: Float[np.ndarray, "seed step chain draw"]
    init_loss: Float[np.ndarray, "seed step"]


@dataclass(frozen=True)
class Target:
    """Target of chains: a model under a preset of training and one of sampling; and the device.

    Chains are computed on `device`, at most `replicas_per_chunk` together, but at least those of one checkpoint: memory
    stays bounded, the working set in cache, and results as they are.
    """

    activation: Activation
    training: TrainingPreset
    sampler: SamplerPreset
    device: torch.device
    replicas_per_chunk: int = sys.maxsize


def run_chains(
    target: Target,
    checkpoints: Trajectory,
    *,
    on_draw: Callable[[slice, slice, int, Float[Tensor, "parameter run step chain"]], None] | None = None,
) -> Chains:
    """Return the chains at every checkpoint of a batch of runs; NaN where weights are not finite.

    With ``streams: library`` the chains equal those of devinterp 1.3.2 with the run's seed, draw for draw; with
    ``streams: independent`` each (activation, seed, chain) has a stream of its own. Either way one stream serves all
    checkpoints of a run (common random numbers).

    Args:
        target: What is sampled, and how.
        checkpoints: Where chains start; no run's result depends on the others.
        on_draw: Called at each draw, before its update, with the runs, the checkpoints, the draw and the weights, which
            then change in place.
    """
    sampler = target.sampler
    n_seeds, n_steps = checkpoints.W.shape[:2]
    # Chains are run in single precision, whatever the runs': their noise is some 1e5 times its rounding.
    points = autoencoder.join(torch.from_numpy(checkpoints.W), torch.from_numpy(checkpoints.b)).float()
    points = points.to(target.device)
    losses = np.empty((n_seeds, n_steps, sampler.num_chains, sampler.num_draws), dtype=np.float32)
    init_loss = np.empty((n_seeds, n_steps), dtype=np.float32)
    n_together = max(1, target.replicas_per_chunk // sampler.num_chains)  # checkpoints, of as many runs as fit
    size = max(1, n_together // n_steps), n_together
    for run, step in itertools.product(range(0, n_seeds, size[0]), range(0, n_steps, size[1])):
        runs = slice(run, run + size[0])
        steps = slice(step, step + size[1])
        hook = on_draw and functools.partial(on_draw, runs, steps)
        chunk = _run_chunk(target, checkpoints.seeds[runs].tolist(), points[runs, steps], hook)
        losses[runs, steps], init_loss[runs, steps] = chunk
    return Chains(losses=losses, init_loss=init_loss)


@torch.no_grad()
def _run_chunk(
    target: Target,
    seeds: list[int],
    points: Float[Tensor, "run step parameter"],
    on_draw: Callable[[int, Tensor], None] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses (run, step, chain, draw) and the loss at the points (run, step)."""
    sampler, n_hidden = target.sampler, target.training.n_hidden
    n_runs, n_steps, n_parameters = points.shape
    shape = (n_runs, n_steps, sampler.num_chains)
    n_replicas = math.prod(shape)
    chain = torch.arange(n_runs * sampler.num_chains, device=points.device).view(n_runs, 1, sampler.num_chains)
    w = points[:, :, None].expand(*shape, n_parameters).reshape(-1, n_parameters).T
    w, stream = autoencoder.padded(w), autoencoder.padded(chain.expand(shape).flatten())
    inputs = sampled_inputs(target.training, sampler, seeds).to(w.device).of(stream // sampler.num_chains)
    init_loss = autoencoder.loss(target.activation, *autoencoder.split(w, n_hidden), inputs)
    evaluate, batch = chain_gradient(target, w), _batches(target, seeds, inputs, stream)
    losses = sample(
        w,
        lambda step, with_loss: evaluate[with_loss](*batch(step).tensors),
        _noise(target, seeds),
        stream=stream,
        blocks=_blocks(target),
        **sampler.step_settings,
        **sampler.draws,
        on_draw=on_draw and (lambda draw, w: on_draw(draw, w[:, :n_replicas].view(-1, *shape))),
    )
    traces = losses[:, :n_replicas].T.reshape(*shape, sampler.num_draws)
    return traces.cpu().numpy(), init_loss[:n_replicas].view(shape)[..., 0].cpu().numpy()


def chain_gradient(target: Target, w: Float[Tensor, "parameter replica"]) -> dict[bool, Callable]:
    """Return, by whether the loss is wanted, maps from the tensors of inputs to the loss and the gradient's blocks."""
    evaluate = LossGradient(target.activation, w, n_hidden=target.training.n_hidden)

    def gradient(with_loss: bool, *tensors: Tensor) -> tuple[Tensor | None, ...]:
        evaluate(Inputs(*tensors))
        blocks = evaluate.separate() if target.sampler.tied_noise == "twice" else (evaluate.tied(),)
        return evaluate.loss() if with_loss else None, *blocks

    return {with_loss: captured(functools.partial(gradient, with_loss), w.device) for with_loss in (False, True)}


def _blocks(target: Target) -> list[slice]:
    """Return the rows of the parameters that the noise belongs to, in the order of the updates."""
    n_weights = target.training.n_hidden * target.training.n_features
    n_parameters = n_weights + target.training.n_features
    if target.sampler.tied_noise == "once":
        return [slice(0, n_parameters)]
    # DEVIATION N4: `twice` follows the library, which takes the tied weights for two parameters.
    return [slice(0, n_weights), slice(0, n_weights), slice(n_weights, n_parameters)]


def _noise(target: Target, seeds: list[int]) -> Iterable[Float[Tensor, "step noise stream"]]:
    """Return blocks of noise of the chains of some runs; stream index = run * num_chains + chain."""
    sampler = target.sampler
    if sampler.streams == "library":
        return [_library_draws(target.training, sampler, tuple(seeds))[0] * sampler.noise_level]
    name = int.from_bytes(target.activation.name.encode(), "big")
    entropy = [(name, seed, chain) for seed in seeds for chain in range(sampler.num_chains)]
    return independent_noise(entropy, size=_blocks(target)[-1].stop, noise_level=sampler.noise_level)


def _batches(
    target: Target, seeds: list[int], inputs: Inputs, stream: Int64[Tensor, " replica"]
) -> Callable[[int], Inputs]:
    """Return the inputs of an SGLD step for every replica: all of them, or batches of samples as the library draws."""
    training, sampler = target.training, target.sampler
    if not sampler.batch_size:
        return lambda step: inputs
    samples = torch.stack([run_sample(training, sampler, seed) for seed in seeds])
    _, batches = _library_draws(training, sampler, tuple(seeds))
    run = torch.arange(len(seeds) * sampler.num_chains) // sampler.num_chains

    def of_step(step: int) -> Inputs:
        x = samples[run[:, None], batches[step].T]  # stream, input, feature
        return equally_likely(training, x.permute(1, 2, 0)).to(stream.device).of(stream)

    return of_step


def sampled_inputs(training: TrainingPreset, sampler: SamplerPreset, seeds: Sequence[int]) -> Inputs:
    """Return the inputs over which the sampler's loss is a mean, with a replica for each seed or one for all."""
    if sampler.data == "population":
        return population_inputs(training)
    return equally_likely(training, torch.stack([run_sample(training, sampler, seed) for seed in seeds], dim=-1))


@functools.lru_cache(maxsize=256)  # many activations see the same samples one after the other
def run_sample(training: TrainingPreset, sampler: SamplerPreset, seed: int) -> Float[Tensor, "input feature"]:
    """Return the sample over which a run's loss is taken: its training sample, or a fresh one.

    DEVIATION N10: the notebook estimates the LLC on a fresh sample, of whose loss the trained point is no minimum.
    """
    if sampler.data == "training":
        return TrainingDraws(training, seed=seed).sample
    return sample_inputs(Generator().manual_seed(seed), training, sampler.n_samples)


@functools.lru_cache(maxsize=2)  # as above; one of the two for tied weights sampled once, one for twice
def _library_draws(
    training: TrainingPreset, sampler: SamplerPreset, seeds: tuple[int, ...]
) -> tuple[Float[Tensor, "step noise stream"], list[Int64[Tensor, "input stream"]]]:
    """Return noise and batches of all steps as devinterp's chains draw them, each from its own generator."""
    n, size, twice = sampler.n_samples, sampler.batch_size or sampler.n_samples, sampler.tied_noise == "twice"
    embedding = (training.n_hidden, training.n_features)
    shapes, passes = (embedding, embedding[::-1], embedding[1:]), math.ceil(n / size)
    noise, batches = [], []
    states = [np.random.SeedSequence(seed).generate_state(sampler.num_chains) for seed in seeds]
    for chain in np.concatenate(states).tolist():
        generator, rows, drawn = Generator().manual_seed(chain), [], []
        for step in range(sampler.n_steps):
            if step % passes == 0:
                (order,) = pass_seeds(generator, 1).tolist()
                # The mean over a pass that is one batch of all inputs does not depend on its order.
                drawn += order_of_pass(order, n).split(size) if passes > 1 else [torch.arange(n)]
            # In the order of model.parameters().
            down, up, bias = (torch.normal(0.0, 1.0, shape, generator=generator) for shape in shapes)
            # One tied parameter takes the embedding's noise; the unembedding's is drawn all the same.
            rows.append(torch.cat([part.flatten() for part in ((down, up.T, bias) if twice else (down, bias))]))
        noise.append(torch.stack(rows))
        batches.append(drawn[: sampler.n_steps])
    return torch.stack(noise, dim=-1), [torch.stack(batch, dim=-1) for batch in zip(*batches, strict=True)]
