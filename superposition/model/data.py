"""Inputs over which a loss is the mean: the population, or a sample."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from superposition.errors import StudyError
from superposition.model.autoencoder import Inputs, padded
from superposition.model.device import dtype_of
from superposition.model.draws import EPOCH_BLOCK, order_of_pass, possible_inputs, sample_inputs, step_lengths
from superposition.tables.trajectory import TrainingInputs
from superposition.training_presets import TrainingPreset


def error_weights(
    preset: TrainingPreset, probability: Float[Tensor, "*batch input 1 _"]
) -> Float[Tensor, "*batch input _ _"]:
    """Return the weights of squared errors: probability of the input times importance**i of feature i.

    Without importance all features of an input weigh the same, and the feature axis keeps its size of 1.
    """
    if preset.importance == 1:
        return probability
    importance = torch.tensor(float(preset.importance)) ** torch.arange(preset.n_features)
    return probability * importance[:, None].to(probability.device)


def population_inputs(preset: TrainingPreset) -> Inputs:
    """Return the distribution of inputs of a preset as weighted inputs, the same for all replicas.

    Exact where the distribution is finite and small: all subsets of k active binary features, equally likely, or all
    binary vectors with their probabilities. Otherwise a fixed sample of `population_size` inputs from it, the same in
    every run. ASSUME large enough: with 4,096, the standard error of a mean is below 2 % of the losses' spread.
    """
    n, exact = preset.n_features, preset.population_is_exact
    if exact and not preset.n_active:
        x = torch.tensor(list(itertools.product((0.0, 1.0), repeat=n)))[:, :, None]
        active = x.sum(1, keepdim=True)
        return Inputs(error_weights(preset, (1 - preset.sparsity) ** active * preset.sparsity ** (n - active)), x)
    fixed = Generator().manual_seed(0)
    x = possible_inputs(preset) if exact else sample_inputs(fixed, preset, preset.population_size)
    return equally_likely(preset, x[:, :, None])


def equally_likely(preset: TrainingPreset, x: Float[Tensor, "input feature replica"]) -> Inputs:
    """Return a sample for each replica as weighted inputs; unit vectors are only counted."""
    if preset.one_hot:
        return Inputs(error_weights(preset, x.mean(0)[:, None].contiguous()))
    return Inputs(error_weights(preset, torch.full((len(x), 1, 1), 1 / len(x), device=x.device)), x.contiguous())


def training_batches(inputs: TrainingInputs, preset: TrainingPreset, *, device: torch.device) -> Iterator[Inputs]:
    """Return the inputs of each step, one after the other; the replica axis holds the runs, padded.

    Raises:
        StudyError: If they were drawn with other values than the preset's.
    """
    drawn, wanted = asdict(inputs.preset), asdict(preset.inputs)
    if differing := [name for name, value in drawn.items() if value != wanted[name]]:
        wanted, found = (", ".join(f"{name} {values[name]}" for name in differing) for values in (wanted, drawn))
        expected, where = f"inputs drawn with the values of the training preset, {wanted}", "the inputs of training"
        hint = "draw them with draws.draw_inputs(preset.inputs, seeds=...)"
        raise StudyError(expected=expected, found=found, where=where, hint=hint)
    if preset.full_batch:
        return itertools.repeat(training_sample(inputs, preset, device=device), preset.n_steps)
    return (_counted if preset.one_hot else _ordered)(inputs, preset, device)


def fresh_batches(presets: Sequence[TrainingPreset], seeds: Sequence[int]) -> Iterator[Inputs]:
    """Yield the inputs of each step where every step draws its own; replicas are all presets of a seed, seed by seed.

    Presets differ in sparsity and importance at most; each seed has a stream of its own, the same for all presets, so
    that their runs differ by their values alone.
    """
    first, generators = presets[0], [Generator().manual_seed(seed) for seed in seeds]
    shape, dtype = (first.batch_size, first.n_features), dtype_of(first)
    equal = torch.full((1, 1), 1 / first.batch_size)
    weights = [error_weights(preset, equal[:, None])[..., 0].expand(1, first.n_features) for preset in presets]
    weight = torch.stack(weights).repeat(len(seeds), 1, 1).permute(1, 2, 0).to(dtype)
    while True:
        drawn = torch.stack([torch.rand(2, *shape, generator=generator) for generator in generators], dim=1)
        x = torch.stack([_made_sparse(preset, *drawn) for preset in presets], dim=1).flatten(0, 1)
        yield Inputs(x=x.permute(1, 2, 0).to(dtype), weight=weight.expand(len(x[0]), -1, -1))


def _made_sparse(
    preset: TrainingPreset, chance: Float[Tensor, "seed input feature"], size: Float[Tensor, "seed input feature"]
) -> Float[Tensor, "seed input feature"]:
    """Return sparse inputs from uniform random numbers, one of which decides whether a feature is active."""
    if preset.n_active:
        mask = torch.zeros_like(chance).scatter_(-1, chance.topk(preset.n_active).indices, 1.0)
    else:
        mask = (chance >= preset.sparsity).to(chance.dtype)
    return mask * size if preset.values == "uniform" else mask


def training_sample(inputs: TrainingInputs, preset: TrainingPreset, *, device: torch.device) -> Inputs:
    """Return the whole training sample of each run as inputs, with the same replica axis."""
    sample = torch.from_numpy(inputs.sample).to(dtype_of(preset))
    return equally_likely(preset, padded(sample.permute(1, 2, 0))).to(device)


def _counted(inputs: TrainingInputs, preset: TrainingPreset, device: torch.device) -> Iterator[Inputs]:
    """Yield unit vectors with their relative frequencies."""
    lengths = step_lengths(preset).repeat(EPOCH_BLOCK).to(device)
    for counts in torch.from_numpy(inputs.counts).split(len(lengths)):
        # Counts are sent, not frequencies, which take four times the memory.
        frequencies = padded(counts.to(device, dtype_of(preset)) / lengths[: len(counts), None, None])
        for weight in error_weights(preset, frequencies[:, :, None]):
            yield Inputs(weight)


def _ordered(inputs: TrainingInputs, preset: TrainingPreset, device: torch.device) -> Iterator[Inputs]:
    """Yield inputs of any kind in their order."""
    samples = torch.from_numpy(inputs.sample).to(dtype_of(preset))
    for epoch in inputs.epoch_seeds.T.tolist():
        orders = [order_of_pass(seed, preset.n_samples) for seed in epoch]
        x = torch.stack([sample[order] for sample, order in zip(samples, orders, strict=True)], dim=-1)
        for batch in x.to(device).split(preset.batch_size):
            yield equally_likely(preset, padded(batch))
