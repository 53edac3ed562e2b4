"""What sampling the tied weights twice does to the LLC (N4): the same chains with the same noise, both ways."""

import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition import model
from superposition.activations import ACTIVATIONS
from superposition.chains import Target, run_sample
from superposition.data import importance_weights, population_inputs
from superposition.draws import chain_seeds, library_chain
from superposition.model import Inputs, LossGradient
from superposition.paired import RATIO, Pair, Quantity, Row, Runs, compare, with_overall
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.sampling import sample
from superposition.statistics import Resampling

CPU = torch.device("cpu")
"""The library's random draws are those of the CPU."""


def doubled_noise(pairs: Sequence[Pair], samplers: Mapping[str, SamplerPreset], *, resampling: Resampling) -> list[Row]:
    """Return LLC estimates at the ends of the runs with tied weights sampled twice and once, under equal noise (N4)."""
    quantity = Quantity(
        deviation="N4",
        name="LLC estimate at the end",
        comparison=RATIO,
        sentence="Tied weights sampled twice give an LLC of {original}, sampled once {corrected}.",
    )
    found = []
    for name, sampler in samplers.items():
        noise = ChainNoise(pairs[0].corrected, sampler)
        setting = f"sampler {name}: n beta {sampler.nbeta:.5g}, gamma {sampler.localization:g}"
        each = []
        for pair in pairs:
            twice, once = (final_llc(pair.corrected, sampler, noise, twice=twice) for twice in (True, False))
            # A ratio of estimates that are not positive says nothing.
            valid = np.where((twice > 0) & (once > 0), 1.0, np.nan)
            each.append(
                compare(
                    quantity, twice * valid, once * valid, resampling=resampling, activation=pair.name, setting=setting
                )
            )
        found += with_overall(each, quantity, resampling=resampling)
    return found


class ChainNoise:
    """Noise of the library's chains of all runs, drawn once for all activations.

    Attributes:
        values: Noise of the embedding, the unembedding and the bias, shape (step, row, run and chain).
        n_weights: Number of rows of the embedding.
    """

    def __init__(self, runs: Runs, sampler: SamplerPreset):
        preset = runs.preset
        embedding = (preset.n_hidden, preset.n_features)
        self.n_weights = preset.n_hidden * preset.n_features
        chains = [seed for run in runs.trajectory.seeds for seed in chain_seeds(int(run), sampler.num_chains)]
        self.values = torch.stack(
            [self._chain(seed, [embedding, embedding[::-1], embedding[1:]], sampler) for seed in chains], dim=-1
        )

    @staticmethod
    def _chain(seed: int, shapes: list[tuple[int, ...]], sampler: SamplerPreset) -> Float[Tensor, "step noise"]:
        """Return the noise of one chain."""
        draws = library_chain(seed, shapes=shapes, n_samples=sampler.n_samples, batch_size=sampler.n_samples)
        steps = itertools.islice(draws, sampler.n_steps)
        return torch.stack([torch.cat([a.flatten(), b.T.flatten(), c]) for (a, b, c), _ in steps])

    def select(self, *, twice: bool) -> tuple[Float[Tensor, "step noise chain"], list[slice]]:
        """Return the noise, and the rows of the parameters that are updated one after the other with it."""
        n = self.n_weights
        n_parameters = self.values.shape[1] - n
        if twice:
            return self.values, [slice(0, n), slice(0, n), slice(n, n_parameters)]
        return torch.cat([self.values[:, :n], self.values[:, 2 * n :]], dim=1), [slice(0, n_parameters)]


def final_llc(runs: Runs, sampler: SamplerPreset, noise: ChainNoise, *, twice: bool) -> Float[np.ndarray, " seed"]:
    """Return the LLC estimate at the end of every run, with tied weights sampled twice per step or once."""
    final, n_hidden = runs.final, runs.preset.n_hidden
    points = model.join(torch.from_numpy(final.W), torch.from_numpy(final.b))[:, 0]
    n_replicas = len(points) * sampler.num_chains
    # Padding replicas repeat the last one.
    replica = torch.arange(model.padded_size(n_replicas)).clamp(max=n_replicas - 1)
    w = points[replica // sampler.num_chains].T.contiguous()
    inputs = sampler_inputs(runs, sampler, data=sampler.data, replica=replica // sampler.num_chains)
    evaluate = LossGradient(runs.activation, w, n_hidden=n_hidden)

    def gradient(step: int, with_loss: bool) -> tuple[Tensor | None, Sequence[Tensor]]:
        evaluate(inputs)
        return evaluate.loss() if with_loss else None, evaluate.separate() if twice else (evaluate.tied(),)

    values, blocks = noise.select(twice=twice)
    with torch.no_grad():
        init_loss = model.loss(runs.activation, *model.split(w, n_hidden), inputs)
        losses = sample(
            w,
            gradient,
            [values],
            stream=replica,
            blocks=blocks,
            lr=sampler.lr,
            nbeta=sampler.nbeta,
            localization=sampler.localization,
            num_burnin_steps=sampler.num_burnin_steps,
            num_draws=sampler.num_draws,
            num_steps_bw_draws=sampler.num_steps_bw_draws,
        )
    excess = (losses.double().mean(0) - init_loss)[:n_replicas].view(-1, sampler.num_chains)
    return sampler.nbeta * excess.mean(1).numpy()


def sampler_inputs(runs: Runs, sampler: SamplerPreset, *, data: str, replica: Tensor) -> Inputs:
    """Return the inputs over which a sampler's loss is a mean, for replicas that belong to the given runs."""
    if data == "population":
        return population_inputs(runs.preset)
    seen = replace(sampler, data=data)
    samples = torch.stack([run_inputs(runs.preset, seen, int(seed)) for seed in runs.trajectory.seeds])
    return equally_likely(runs.preset, samples[replica])


@functools.cache
def run_inputs(training: TrainingPreset, sampler: SamplerPreset, seed: int) -> Float[Tensor, "input feature"]:
    """Return the sample over which a run's loss is taken; the activation plays no part in it."""
    return run_sample(Target(ACTIVATIONS[0], training, sampler, CPU), seed)


def equally_likely(preset: TrainingPreset, x: Float[Tensor, "replica input feature"]) -> Inputs:
    """Return a sample for each replica as weighted inputs; unit vectors are only counted."""
    importance = importance_weights(preset)[:, None]
    if preset.one_hot:
        return Inputs(x=None, weight=x.mean(1).T[:, None].contiguous() * importance)
    x = x.permute(1, 2, 0).contiguous()
    return Inputs(x=x, weight=(importance / len(x)).expand(len(x), -1, -1))
