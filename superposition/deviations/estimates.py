"""Size of each defect of the original's LLC. Ids of defects are those of docs/deviations.md."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from superposition.deviations import library
from superposition.deviations.paired import DIFFERENCE, RATIO, Effect, Pair, Runs
from superposition.llc.chains import Target, run_chains, run_sample
from superposition.llc.hessian import Curvature
from superposition.llc.reference import ToyAutoencoder
from superposition.llc.runs import sampled_curvature
from superposition.measures.phases import followed
from superposition.presets import SamplerPreset
from superposition.status import STATUSES, may_be_read

CPU = torch.device("cpu")
"""The library's random draws are those of the CPU."""


def doubled_noise(pairs: Sequence[Pair], samplers: Mapping[str, SamplerPreset]) -> Iterator[Effect]:
    """Yield LLC estimates at the ends of the runs with tied weights sampled twice and once, under equal noise (N4)."""
    sentence = "Tied weights sampled twice give an LLC of {original}, sampled once {corrected}."
    for name, sampler in samplers.items():
        values = {}
        for pair in pairs:
            twice, once = (final_llc(pair.corrected, replace(sampler, tied_noise=how)) for how in ("twice", "once"))
            # A ratio of estimates that are not positive says nothing.
            valid = np.where((twice > 0) & (once > 0), 1.0, np.nan)
            values[pair.name] = twice * valid, once * valid
        setting = f"sampler {name}: n beta {sampler.nbeta:.5g}, gamma {sampler.localization:g}"
        yield Effect("N4", "LLC estimate at the end", RATIO, sentence, values, setting)


def final_llc(runs: Runs, sampler: SamplerPreset) -> Float[np.ndarray, " seed"]:
    """Return the LLC estimate at the end of every run, by chains with the library's noise."""
    target = Target(runs.activation, runs.preset, sampler, CPU)
    chains = run_chains(target, runs.final, replicas_per_chunk=len(runs.trajectory.seeds) * sampler.num_chains)
    return sampler.nbeta * (chains.losses.mean((2, 3), dtype=float) - chains.init_loss)[:, 0]


def estimated_init_loss(pairs: Sequence[Pair], sampler: SamplerPreset, *, batch_size: int, repeats: int) -> Effect:
    """Return how far the library's estimate of the loss at the checkpoint scatters, in units of the LLC (N7)."""

    def spread(runs: Runs, i: int) -> float:
        seed = int(runs.trajectory.seeds[i])
        how = {"batch_size": batch_size, "n_batches": sampler.num_chains, "repeats": repeats, "seed": seed}
        losses = library.init_losses(final_model(runs, i), run_sample(runs.preset, sampler, seed), **how)
        return sampler.nbeta * losses.std(ddof=1)

    runs = {pair.name: pair.original for pair in pairs}
    spreads = {name: ([spread(of, i) for i in range(len(of.trajectory.seeds))], 0.0) for name, of in runs.items()}
    quantity = "standard deviation of n beta times the loss at the checkpoint"
    sentence = "Taken from a few mini-batches, it moves all chains of an estimate by {effect}."
    setting = f"{sampler.num_chains} batches of {batch_size} of {sampler.n_samples} inputs"
    return Effect("N7", quantity, DIFFERENCE, sentence, spreads, setting)


def final_model(runs: Runs, i: int) -> ToyAutoencoder:
    """Return the end of one run as the original's model."""
    W, b = torch.from_numpy(runs.final.W[i, 0]), torch.from_numpy(runs.final.b[i, 0])
    return ToyAutoencoder(runs.activation, W, b)


def no_minima(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield smallest LLC estimates and shares of statuses over checkpoints, of runs that are followed there (N8)."""
    for kind in ("original", "corrected"):
        runs = {pair.name: getattr(pair, kind) for pair in pairs}
        first = next(iter(runs.values()))
        for sampler in first.llc.sampler.unique():
            setting = f"{first.start}, sampler {sampler}"
            every = {name: run.llc[run.llc.sampler == sampler] for name, run in runs.items()}
            tables = {name: table[followed(table)] for name, table in every.items()}
            readable = {name: table[may_be_read(table.status)] for name, table in tables.items()}
            for which, chosen in (("any", tables), ("any readable", readable)):
                yield from _smallest(chosen, f"at {which} checkpoint", setting)
            status = np.concatenate([table.status.to_numpy() for table in tables.values()])
            for value in STATUSES:
                quantity = f"share of estimates with status {value}"
                sentence = f"A share of {{original}} of the estimates has the status {value}."
                share = {None: (float((status == value).mean()), float(may_be_read(value)))}
                yield Effect("N8", quantity, DIFFERENCE, sentence, share, setting, len(status))


def _smallest(tables: Mapping[str, pd.DataFrame], where: str, setting: str) -> Iterator[Effect]:
    """Yield the smallest LLC estimate of each run of each activation, and of all, against 0."""
    of_runs = {name: (table.groupby("seed").llc.min(), 0.0) for name, table in tables.items()}
    quantity = f"smallest LLC estimate of a run {where}"
    sentence = "The smallest estimate of a run is {original}; no learning coefficient is below {corrected}."
    yield Effect("N8", quantity, DIFFERENCE, sentence, of_runs, setting)
    every = pd.concat(list(tables.values())).llc.dropna()
    quantity, least = f"smallest LLC estimate of all {where}", {None: (every.min(), 0.0)}
    yield Effect("N8", quantity, DIFFERENCE, "The smallest is {original}.", least, setting, len(every))


def fresh_samples(pairs: Sequence[Pair], sampler: SamplerPreset) -> Iterator[Effect]:
    """Yield the gradient at the ends of the runs, of the loss over a fresh sample and over the training one (N10)."""
    strengths = {"nbeta": sampler.nbeta, "localization": sampler.localization}
    norms, shifts = {}, {}
    for pair in pairs:
        fresh, own = (_curvature(pair.corrected, sampler, data) for data in ("sample", "training"))
        norms[pair.name] = fresh.gradient.norm(dim=-1).numpy(), own.gradient.norm(dim=-1).numpy()
        shifts[pair.name] = fresh.gradient_shift(**strengths).numpy(), own.gradient_shift(**strengths).numpy()
    sentence = "Over a fresh sample the gradient has a norm of {original}, over the training sample of {corrected}."
    yield Effect("N10", "gradient norm of the loss at the end", RATIO, sentence, norms)
    quantity = "part of the LLC estimate that the gradient causes"
    sentence = "It is {original} over a fresh sample and {corrected} over the training sample."
    yield Effect("N10", quantity, DIFFERENCE, sentence, shifts)


def _curvature(runs: Runs, sampler: SamplerPreset, data: str) -> Curvature:
    """Return gradient and Hessian at the ends of the runs of the loss over a sample of each of them."""
    return sampled_curvature(Target(runs.activation, runs.preset, replace(sampler, data=data), CPU), runs.final)


def covariance(pairs: Sequence[Pair], sampler: SamplerPreset, activations: Sequence[str]) -> Iterator[Effect]:
    """Yield the smallest eigenvalue of a covariance of the library, and of the proper one of the same draws (N12)."""
    quantity = "smallest eigenvalue of the covariance of the draws"
    sentence = "The library's covariance has the eigenvalue {original}; the proper one has none below {corrected}."
    for name, runs in ((pair.name, pair.original) for pair in pairs if pair.name in activations):
        if not runs.final.diverged[0, 0]:
            seed = int(runs.trajectory.seeds[0])
            inputs = run_sample(runs.preset, sampler, seed)
            shipped, proper = library.covariances(final_model(runs, 0), inputs, sampler, seed=seed)
            smallest = tuple(np.linalg.eigvalsh(matrix.astype(float))[0] for matrix in (shipped, proper))
            yield Effect("N12", quantity, DIFFERENCE, sentence, {name: smallest})
