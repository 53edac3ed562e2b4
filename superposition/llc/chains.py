"""Chains at the checkpoints of a training run: which loss, which noise, which parameters.

The model-specific side of sampling: it binds `llc.sampling.sample` to the tied autoencoder, in chunks of replicas so
that memory stays bounded and the working set stays in cache.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.activations import Activation
from superposition.llc.sampling import independent_noise, sample
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs, LossGradient
from superposition.model.data import equally_likely, population_inputs
from superposition.model.device import captured
from superposition.model.draws import TrainingDraws, chain_seeds, library_chain, sample_inputs
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables.trajectory import Trajectory


@dataclass(frozen=True)
class Chains:
    """Losses of every draw of a batch of runs at all its checkpoints, and the sampler's loss at these themselves.

    DEVIATION N7: the latter is exact; the library averages a few mini-batches.
    """

    losses: Float[np.ndarray, "seed step chain draw"]
    init_loss: Float[np.ndarray, "seed step"]


@dataclass(frozen=True)
class Target:
    """What is sampled: a model under a preset of training and one of sampling, on a device."""

    activation: Activation
    training: TrainingPreset
    sampler: SamplerPreset
    device: torch.device


DrawHook = Callable[[slice, slice, int, Float[Tensor, "parameter run step chain"]], None]
"""Takes statistics of the weights: called at each draw, before its update, with the runs, the checkpoints, the draw and
the weights, which change in place after the call."""


def run_chains(
    target: Target, checkpoints: Trajectory, *, replicas_per_chunk: int, on_draw: DrawHook | None = None
) -> Chains:
    """Return the chains at every checkpoint of a batch of runs; NaN where weights are not finite.

    The result of a run depends neither on the other runs nor on the chunks, of so many chains, at least those of one
    checkpoint. With ``streams: library`` the chains equal those of devinterp 1.3.2 with the run's seed, draw for draw;
    with ``streams: independent`` each (activation, seed, chain) has a stream of its own. Either way one stream serves
    all checkpoints of a run (common random numbers). `on_draw` sees the weights of every chain at every draw.
    """
    sampler = target.sampler
    n_seeds, n_steps = checkpoints.W.shape[:2]
    # Chains are run in single precision, whatever the runs': their noise is some 1e5 times its rounding.
    points = autoencoder.join(torch.from_numpy(checkpoints.W), torch.from_numpy(checkpoints.b)).float()
    points = points.to(target.device)
    losses = np.empty((n_seeds, n_steps, sampler.num_chains, sampler.num_draws), dtype=np.float32)
    init_loss = np.empty((n_seeds, n_steps), dtype=np.float32)
    for runs in _slices(n_seeds, max(1, replicas_per_chunk // (n_steps * sampler.num_chains))):
        streams = _Streams(target, checkpoints.seeds[runs].tolist())
        for steps in _slices(n_steps, max(1, replicas_per_chunk // sampler.num_chains)):
            hook = on_draw and functools.partial(on_draw, runs, steps)
            losses[runs, steps], init_loss[runs, steps] = _run_chunk(target, streams, points[runs, steps], hook)
    return Chains(losses=losses, init_loss=init_loss)


def _slices(length: int, size: int) -> list[slice]:
    """Return consecutive slices of at most `size`."""
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


@torch.no_grad()
def _run_chunk(
    target: Target,
    streams: "_Streams",
    points: Float[Tensor, "run step parameter"],
    on_draw: Callable[[int, Tensor], None] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the losses (run, step, chain, draw) and the loss at the points (run, step)."""
    sampler, n_hidden = target.sampler, target.training.n_hidden
    n_runs, n_steps, n_parameters = points.shape
    shape = (n_runs, n_steps, sampler.num_chains)
    n_replicas = math.prod(shape)
    chain = torch.arange(n_runs * sampler.num_chains, device=points.device).view(n_runs, 1, sampler.num_chains)
    stream = chain.expand(shape).flatten()
    w = points[:, :, None].expand(*shape, n_parameters).reshape(-1, n_parameters).T
    w, stream = autoencoder.padded(w), autoencoder.padded(stream)
    init_loss = autoencoder.loss(target.activation, *autoencoder.split(w, n_hidden), streams.all_inputs(stream))
    evaluate = chain_gradient(target, w)

    def gradient(step: int, with_loss: bool) -> tuple[Tensor | None, tuple[Tensor, ...]]:
        return evaluate[with_loss](*streams.inputs(step, stream).tensors)

    losses = sample(
        w,
        gradient,
        streams.noise(),
        stream=stream,
        blocks=streams.blocks,
        **sampler.step,
        **sampler.draws,
        on_draw=on_draw and (lambda draw, w: on_draw(draw, w[:, :n_replicas].view(-1, *shape))),
    )
    traces = losses[:, :n_replicas].T.reshape(*shape, sampler.num_draws)
    return traces.cpu().numpy(), init_loss[:n_replicas].view(shape)[..., 0].cpu().numpy()


def chain_gradient(target: Target, w: Float[Tensor, "parameter replica"]) -> dict[bool, Callable]:
    """Return, by whether the loss is wanted, maps from the tensors of inputs to the loss and the gradient's blocks."""
    evaluate = LossGradient(target.activation, w, n_hidden=target.training.n_hidden)

    def gradient(with_loss: bool, *tensors: Tensor) -> tuple[Tensor | None, tuple[Tensor, ...]]:
        evaluate(Inputs.of_tensors(*tensors))
        blocks = evaluate.separate() if target.sampler.tied_noise == "twice" else (evaluate.tied(),)
        return evaluate.loss() if with_loss else None, blocks

    return {with_loss: captured(functools.partial(gradient, with_loss), w.device) for with_loss in (False, True)}


class _Streams:
    """Noise and inputs of the chains of some runs; stream index = run * num_chains + chain.

    Blocks are the rows of the parameters that the noise belongs to, in the order of the updates.
    """

    def __init__(self, target: Target, seeds: list[int]):
        self._target = target
        self._seeds = seeds
        n_features = target.training.n_features
        n_weights = target.training.n_hidden * n_features
        twice = target.sampler.tied_noise == "twice"
        # DEVIATION N4: `twice` follows the library, which takes the tied weights for two parameters.
        weights, bias = slice(0, n_weights), slice(n_weights, n_weights + n_features)
        self.blocks = [weights, weights, bias] if twice else [slice(0, n_weights + n_features)]
        self._samples = None
        if target.sampler.data != "population":
            self._samples = torch.stack([run_sample(target.training, target.sampler, seed) for seed in seeds])
            self._samples = self._samples.repeat_interleave(target.sampler.num_chains, dim=0)
        self._full: tuple[Tensor, Inputs] | None = None
        self._library = None
        if target.sampler.streams == "library":
            self._library = _library_draws(target.training, target.sampler, tuple(seeds))

    def noise(self) -> Iterator[Float[Tensor, "step noise stream"]]:
        """Yield blocks of noise from the first step on."""
        sampler = self._target.sampler
        if self._library is not None:
            return iter([self._library[0] * sampler.noise_level])
        name = int.from_bytes(self._target.activation.name.encode(), "big")
        entropy = [(name, seed, chain) for seed in self._seeds for chain in range(sampler.num_chains)]
        return iter(independent_noise(entropy, size=self.blocks[-1].stop, noise_level=sampler.noise_level))

    def inputs(self, step: int, stream: Tensor) -> Inputs:
        """Return the inputs of one SGLD step for every replica."""
        if self._samples is None or self._library is None or not self._target.sampler.batch_size:
            if self._full is None or self._full[0] is not stream:
                self._full = stream, self.all_inputs(stream)
            return self._full[1]
        batch = self._library[1][step]
        rows = torch.arange(len(self._samples))[:, None]
        return self._as_inputs(self._samples[rows, batch.T], stream)

    def all_inputs(self, stream: Tensor) -> Inputs:
        """Return all inputs over which the sampler's loss is a mean, for every replica."""
        if self._samples is None:
            return population_inputs(self._target.training).to(stream.device)
        return self._as_inputs(self._samples, stream)

    def _as_inputs(self, x: Float[Tensor, "stream input feature"], stream: Tensor) -> Inputs:
        """Return samples of the streams as inputs of every replica."""
        inputs = equally_likely(self._target.training, x).to(stream.device)
        if inputs.x is None:
            return Inputs(x=None, weight=inputs.weight[..., stream])
        return Inputs(x=inputs.x[..., stream], weight=inputs.weight)


def sampled_inputs(training: TrainingPreset, sampler: SamplerPreset, seeds: Sequence[int]) -> Inputs:
    """Return the inputs over which the sampler's loss is a mean, with a replica for each seed or one for all."""
    if sampler.data == "population":
        return population_inputs(training)
    return equally_likely(training, torch.stack([run_sample(training, sampler, seed) for seed in seeds]))


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
) -> tuple[Float[Tensor, "step noise stream"], list[Tensor]]:
    """Return noise and batches (input, stream) of all steps as devinterp's chains draw them."""
    embedding = (training.n_hidden, training.n_features)
    noise, batches = [], []
    for chain in (chain for seed in seeds for chain in chain_seeds(seed, sampler.num_chains)):
        draws = library_chain(
            chain,
            shapes=[embedding, embedding[::-1], embedding[1:]],
            n_samples=sampler.n_samples,
            batch_size=sampler.batch_size or sampler.n_samples,
        )
        steps = list(itertools.islice(draws, sampler.n_steps))
        # One tied parameter takes the embedding's noise; the unembedding's is drawn all the same.
        parts = (0, 1, 2) if sampler.tied_noise == "twice" else (0, 2)
        rows = [[values[0], values[1].T, values[2]] for values, _ in steps]
        noise.append(torch.stack([torch.cat([each[part].flatten() for part in parts]) for each in rows]))
        batches.append([batch for _, batch in steps])
    return torch.stack(noise, dim=-1), [torch.stack(batch, dim=-1) for batch in zip(*batches, strict=True)]
