"""Size of each defect of the original's LLC. Ids of defects are those of docs/deviations.md."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from superposition.deviations.paired import DIFFERENCE, RATIO, Effect, Pair, Runs, sides
from superposition.estimators.known_points import KnownPoint, known_minimum
from superposition.estimators.reference import ToyAutoencoder, covariances, init_loss, shuffled
from superposition.llc.chains import Target, run_chains, run_sample
from superposition.llc.estimate import Estimate, estimate_llc
from superposition.llc.hessian import Curvature, curvature
from superposition.llc.runs import sampled_curvature
from superposition.measures.phases import followed
from superposition.sampler_presets import SamplerPreset
from superposition.status import STATUSES, may_be_read

CPU = torch.device("cpu")  # the library's random draws are those of the CPU


def doubled_noise(pairs: Sequence[Pair], samplers: Mapping[str, SamplerPreset]) -> Iterator[Effect]:
    """Yield LLC estimates at the ends of the runs with tied weights sampled twice and once, under equal noise (N4)."""
    sentence = "Tied weights sampled twice give an LLC of {original}, sampled once {corrected}."
    for name, sampler in samplers.items():
        values = {}
        for pair in pairs:
            twice, once = (final_llc(pair.corrected, replace(sampler, tied_noise=noise)) for noise in ("twice", "once"))
            # A ratio of estimates that are not positive says nothing.
            valid = np.where((twice > 0) & (once > 0), 1.0, np.nan)
            values[pair.name] = twice * valid, once * valid
        setting = f"sampler {name}: n beta {sampler.nbeta:.5g}, gamma {sampler.localization:g}"
        yield Effect("N4", "LLC estimate at the end", RATIO, sentence, values, setting)


def final_llc(runs: Runs, sampler: SamplerPreset) -> Float[np.ndarray, " seed"]:
    r"""Return :math:`n\beta \, (E[L(w)] - L(w^*))`, the LLC estimate, at the end w* of every run.

    The expectation is over all draws of all chains, with the library's noise.
    """
    target = Target(runs.activation, runs.preset, sampler, CPU)
    chains = run_chains(target, runs.final)
    return sampler.nbeta * (chains.losses.mean((2, 3), dtype=float) - chains.init_loss)[:, 0]


def estimated_init_loss(pairs: Sequence[Pair], sampler: SamplerPreset, *, batch_size: int, repeats: int) -> Effect:
    """Return how far the library's estimate of the loss at the checkpoint scatters, in units of the LLC (N7).

    Args:
        pairs: Runs at whose ends it is estimated.
        sampler: The original's sampler preset.
        batch_size: Number of inputs of a batch, of which an estimate has one for each chain.
        repeats: Number of estimates.
    """
    spreads = {}
    for pair in pairs:
        runs, of_runs = pair.original, []
        for i, seed in enumerate(runs.seeds):
            model, batches = final_model(runs, i), shuffled(run_sample(runs.preset, sampler, seed), batch_size, seed)
            losses = [init_loss(model, batches, sampler.num_chains) for _ in range(repeats)]
            of_runs.append(sampler.nbeta * np.std(losses, ddof=1))
        spreads[pair.name] = of_runs, 0.0
    quantity = "standard deviation of n beta times the loss at the checkpoint"
    sentence = "Taken from a few mini-batches, it moves all chains of an estimate by {effect}."
    setting = f"{sampler.num_chains} batches of {batch_size} of {sampler.n_samples} inputs"
    return Effect("N7", quantity, DIFFERENCE, sentence, spreads, setting)


def final_model(runs: Runs, i: int) -> ToyAutoencoder:
    """Return the end of one run as the original's model."""
    return ToyAutoencoder(runs.activation, *(torch.from_numpy(part[i, 0]) for part in (runs.final.W, runs.final.b)))


def no_minima(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield smallest LLC estimates and shares of statuses over checkpoints, of runs that are followed there (N8)."""
    for runs in sides(pairs):
        first = next(iter(runs.values()))
        for sampler in first.llc.sampler.unique():
            tables = {name: side.llc[side.llc.sampler == sampler].loc[followed] for name, side in runs.items()}
            yield from _no_minima(tables, f"{first.start}, sampler {sampler}")


def _no_minima(tables: Mapping[str, pd.DataFrame], setting: str) -> Iterator[Effect]:
    readable = {name: table[may_be_read(table.status)] for name, table in tables.items()}
    for where, chosen in (("at any checkpoint", tables), ("at any readable checkpoint", readable)):
        of_runs = {name: (table.groupby("seed").llc.min(), 0.0) for name, table in chosen.items()}
        sentence = "The smallest estimate of a run is {original}; no learning coefficient is below {corrected}."
        yield Effect("N8", f"smallest LLC estimate of a run {where}", DIFFERENCE, sentence, of_runs, setting)
        every = pd.concat(chosen).llc.dropna()
        quantity, least = f"smallest LLC estimate of all {where}", {None: (every.min(), 0.0)}
        yield Effect("N8", quantity, DIFFERENCE, "The smallest is {original}.", least, setting, len(every))
    status = pd.concat(tables).status
    for value in STATUSES:
        quantity = f"share of estimates with status {value}"
        sentence = f"A share of {{original}} of the estimates has the status {value}."
        share = {None: (float((status == value).mean()), float(may_be_read(value)))}
        yield Effect("N8", quantity, DIFFERENCE, sentence, share, setting, len(status))


def fresh_samples(pairs: Sequence[Pair], sampler: SamplerPreset) -> Iterator[Effect]:
    """Yield the gradient at the ends of the runs, of the loss over a fresh sample and over the training one (N10)."""
    strengths = {"nbeta": sampler.nbeta, "localization": sampler.localization}
    norms, shifts = {}, {}
    for pair in pairs:
        samples = [_curvature(pair.corrected, sampler, data) for data in ("sample", "training")]
        norms[pair.name] = tuple(over.gradient.norm(dim=-1).numpy() for over in samples)
        shifts[pair.name] = tuple(over.gradient_shift(**strengths).numpy() for over in samples)
    sentence = "Over a fresh sample the gradient has a norm of {original}, over the training sample of {corrected}."
    yield Effect("N10", "gradient norm of the loss at the end", RATIO, sentence, norms)
    quantity = "part of the LLC estimate that the gradient causes"
    sentence = "It is {original} over a fresh sample and {corrected} over the training sample."
    yield Effect("N10", quantity, DIFFERENCE, sentence, shifts)


def _curvature(runs: Runs, sampler: SamplerPreset, data: str) -> Curvature:
    return sampled_curvature(Target(runs.activation, runs.preset, replace(sampler, data=data), CPU), runs.final)


def covariance(pairs: Sequence[Pair], sampler: SamplerPreset, activations: Sequence[str]) -> Iterator[Effect]:
    """Yield the smallest eigenvalue of a covariance of the library, and of the proper one of the same draws (N12)."""
    quantity = "smallest eigenvalue of the covariance of the draws"
    sentence = "The library's covariance has the eigenvalue {original}; the proper one has none below {corrected}."
    for name, runs in ((pair.name, pair.original) for pair in pairs if pair.name in activations):
        if not runs.final.diverged[0, 0]:
            seed = runs.seeds[0]
            both = covariances(final_model(runs, 0), run_sample(runs.preset, sampler, seed), sampler, seed=seed)
            smallest = tuple(np.linalg.eigvalsh(matrix.astype(float))[0] for matrix in both)
            yield Effect("N12", quantity, DIFFERENCE, sentence, {name: smallest})


def resolution(pairs: Sequence[Pair], grid: Mapping[str, Any]) -> Iterator[Effect]:
    """Yield estimates against the learning coefficient for each n beta and localisation, and over all runs (N9).

    `grid` says at which known minima, with which `nbeta` and `localization`, and how chains are run, with a draw in
    each step; `step_times_curvature`, with the largest of what they sample, is stable below 4.
    """
    where = "at a minimum with a known coefficient"
    estimated = "The estimate is {original}, the learning coefficient {corrected}."
    predicted = "A quadratic loss of this curvature would give {original}; the learning coefficient is {corrected}."
    axes = (grid[key] for key in ("activations", "nbeta", "localization"))
    for name, nbeta, localization in itertools.product(*axes):
        case, setting = known_minimum(name), f"n beta {nbeta:.5g}, gamma {localization:g}"
        estimate = _estimate(case, grid, nbeta=nbeta, localization=localization)
        values = {name: (estimate.per_chain[0], case.true_llc)}
        yield Effect("N9", f"LLC estimate {where}", RATIO, estimated, values, setting)
        dimension = float(estimate.curvature.effective_dimension(nbeta=nbeta, localization=localization)[0])
        values = {name: (dimension / 2, case.true_llc)}
        yield Effect("N9", f"half the effective dimension {where}", RATIO, predicted, values, setting)
    yield from _effective_dimensions(pairs)


def _estimate(case: KnownPoint, grid: Mapping[str, Any], *, nbeta: float, localization: float) -> Estimate:
    """Return the estimate with the largest step size that the curvature allows."""
    largest = float(curvature(case.loss, case.point[:, None]).eigenvalues[0, -1])
    lr = grid["step_times_curvature"] / (nbeta * largest + localization)
    step = {"lr": lr, "nbeta": nbeta, "localization": localization}
    length = {name: grid[name] for name in ("num_chains", "num_burnin_steps", "num_draws", "seed")}
    return estimate_llc(case.loss, case.point[:, None], **step, **length, num_steps_bw_draws=1)[0]


def _effective_dimensions(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield half the effective dimension at the end of each run for the sampler presets of the study."""
    sentence = "At the same point it is {original} at the one resolution and {corrected} at the other."
    for runs in sides(pairs):
        by_run = {name: side.llc.groupby(["sampler", "seed"], sort=False) for name, side in runs.items()}
        halves = {name: tables.effective_dimension.last() / 2 for name, tables in by_run.items()}
        first = next(iter(runs.values()))
        sampler, *others = first.llc.sampler.unique()
        for other in others:
            setting = f"samplers {sampler} and {other}, {first.start}"
            values = {name: (half[sampler], half[other]) for name, half in halves.items()}
            yield Effect("N9", "half the effective dimension at the end", RATIO, sentence, values, setting)


def short_chains(sampler: SamplerPreset, grid: Mapping[str, Any]) -> Iterator[Effect]:
    """Yield estimates of chains as long as the original's against those of long ones at the same n beta (N14)."""
    quantity = "LLC estimate of chains of the original's length"
    sentence = "Chains of the original's length give {original}, long ones {corrected}."
    setting = f"{sampler.num_draws} draws after {sampler.num_burnin_steps} steps of burn-in"
    for name in grid["activations"]:
        case = known_minimum(name)
        chains = sampler.chains | {"num_chains": grid["num_chains"], "seed": grid["seed"]}
        short, _ = estimate_llc(case.loss, case.point[:, None], **chains)
        long = _estimate(case, grid, nbeta=sampler.nbeta, localization=sampler.localization)
        values = {name: (short.per_chain[0], long.per_chain[0].mean())}
        yield Effect("N14", quantity, RATIO, sentence, values, setting)
