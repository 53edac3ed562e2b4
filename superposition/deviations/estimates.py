"""Size of each defect of the original's LLC. Ids of defects are those of docs/deviations.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from superposition.deviations import library
from superposition.deviations.paired import DIFFERENCE, RATIO, Comparison, Effect, Pair, Runs
from superposition.deviations.resolution import Grid, resolution, short_chains
from superposition.llc.chains import Target, run_chains, run_sample
from superposition.llc.estimate import sampled_curvature
from superposition.llc.hessian import Curvature
from superposition.llc.reference import ToyAutoencoder
from superposition.measures.curves import followed
from superposition.presets import SamplerPreset
from superposition.status import STATUSES, may_be_read

CPU = torch.device("cpu")
"""The library's random draws are those of the CPU."""


@dataclass(frozen=True, kw_only=True)
class SamplerSettings:
    """Settings of the evidence on the LLC.

    Attributes:
        original: Sampler preset of the original.
        tied_noise: Sampler presets, by name, under which tied weights are sampled once and twice.
        init_batch_size: Inputs per batch of the library's estimate of the loss at the checkpoint.
        init_repeats: Number of these estimates.
        covariance: Names of the activations for which the library's covariance is computed.
        grid: Where and how estimates are compared with a known learning coefficient.
    """

    original: SamplerPreset
    tied_noise: Mapping[str, SamplerPreset]
    init_batch_size: int
    init_repeats: int
    covariance: Sequence[str]
    grid: Grid

    @classmethod
    def of(
        cls,
        *,
        sampler: str,
        tied_noise: Sequence[str],
        init_loss: Mapping[str, int],
        covariance: Sequence[str],
        grid: Mapping[str, Any],
        presets: Mapping[str, Mapping[str, Any]],
    ) -> "SamplerSettings":
        """Return the settings from plain values, with sampler presets given by their names in `presets`."""
        records = {name: SamplerPreset(**values) for name, values in presets.items()}
        return cls(
            original=records[sampler],
            tied_noise={name: records[name] for name in tied_noise},
            init_batch_size=init_loss["batch_size"],
            init_repeats=init_loss["repeats"],
            covariance=covariance,
            grid=Grid(**grid),
        )


TWICE = Effect(
    "N4",
    "LLC estimate at the end",
    RATIO,
    "Tied weights sampled twice give an LLC of {original}, sampled once {corrected}.",
)
SCATTER = Effect(
    "N7",
    "standard deviation of n beta times the loss at the checkpoint",
    DIFFERENCE,
    "Taken from a few mini-batches, it moves all chains of an estimate by {effect}.",
)
GRADIENT = Effect(
    "N10",
    "gradient norm of the loss at the end",
    RATIO,
    "Over a fresh sample the gradient has a norm of {original}, over the training sample of {corrected}.",
)
SHIFT = Effect(
    "N10",
    "part of the LLC estimate that the gradient causes",
    DIFFERENCE,
    "It is {original} over a fresh sample and {corrected} over the training sample.",
)
EIGENVALUE = Effect(
    "N12",
    "smallest eigenvalue of the covariance of the draws",
    DIFFERENCE,
    "The library's covariance has the eigenvalue {original}; the proper one has none below {corrected}.",
)


def comparisons(pairs: Sequence[Pair], settings: SamplerSettings) -> list[Comparison]:
    """Return the evidence on all defects of the LLC."""
    return [
        *doubled_noise(pairs, settings.tied_noise),
        estimated_init_loss(pairs, settings),
        *no_minima(pairs),
        *resolution(pairs, settings.grid),
        *fresh_samples(pairs, settings.original),
        *covariance(pairs, settings),
        *short_chains(settings.original, settings.grid),
    ]


def doubled_noise(pairs: Sequence[Pair], samplers: Mapping[str, SamplerPreset]) -> list[Comparison]:
    """Return LLC estimates at the ends of the runs with tied weights sampled twice and once, under equal noise (N4)."""
    found = []
    for name, sampler in samplers.items():
        values = {}
        for pair in pairs:
            twice, once = (final_llc(pair.corrected, replace(sampler, tied_noise=how)) for how in ("twice", "once"))
            # A ratio of estimates that are not positive says nothing.
            valid = np.where((twice > 0) & (once > 0), 1.0, np.nan)
            values[pair.name] = twice * valid, once * valid
        setting = f"sampler {name}: n beta {sampler.nbeta:.5g}, gamma {sampler.localization:g}"
        found.append(Comparison(TWICE, values, setting))
    return found


def final_llc(runs: Runs, sampler: SamplerPreset) -> Float[np.ndarray, " seed"]:
    """Return the LLC estimate at the end of every run, by chains with the library's noise."""
    target = Target(runs.activation, runs.preset, sampler, CPU)
    chains = run_chains(target, runs.final, replicas_per_chunk=len(runs.trajectory.seeds) * sampler.num_chains)
    return sampler.nbeta * (chains.losses.mean((2, 3), dtype=float) - chains.init_loss)[:, 0]


def estimated_init_loss(pairs: Sequence[Pair], settings: SamplerSettings) -> Comparison:
    """Return how far the library's estimate of the loss at the checkpoint scatters, in units of the LLC (N7)."""
    sampler = settings.original
    spreads = {
        pair.name: (
            [_init_loss_spread(pair.original, i, settings) for i in range(len(pair.original.trajectory.seeds))],
            0.0,
        )
        for pair in pairs
    }
    setting = f"{sampler.num_chains} batches of {settings.init_batch_size} of {sampler.n_samples} inputs"
    return Comparison(SCATTER, spreads, setting)


def _init_loss_spread(runs: Runs, i: int, settings: SamplerSettings) -> float:
    """Return n beta times the standard deviation of the library's estimates of one run."""
    sampler, seed = settings.original, int(runs.trajectory.seeds[i])
    losses = library.init_losses(
        final_model(runs, i),
        run_sample(runs.preset, sampler, seed),
        batch_size=settings.init_batch_size,
        n_batches=sampler.num_chains,
        repeats=settings.init_repeats,
        seed=seed,
    )
    return sampler.nbeta * losses.std(ddof=1)


def final_model(runs: Runs, i: int) -> ToyAutoencoder:
    """Return the end of one run as the original's model."""
    W, b = torch.from_numpy(runs.final.W[i, 0]), torch.from_numpy(runs.final.b[i, 0])
    return ToyAutoencoder(runs.activation, W, b)


def no_minima(pairs: Sequence[Pair]) -> list[Comparison]:
    """Return smallest LLC estimates and shares of statuses over checkpoints, of runs that are followed there (N8)."""
    found = []
    for kind in ("original", "corrected"):
        runs = {pair.name: getattr(pair, kind) for pair in pairs}
        bias = next(iter(runs.values())).preset.bias_std
        for sampler in getattr(pairs[0], kind).llc.sampler.unique():
            setting = f"initial bias of size {bias:g}, sampler {sampler}"
            every = {name: run.llc[run.llc.sampler == sampler] for name, run in runs.items()}
            tables = {name: table[followed(table)] for name, table in every.items()}
            readable = {name: table[may_be_read(table.status)] for name, table in tables.items()}
            for which, chosen in (("any", tables), ("any readable", readable)):
                found += _smallest(chosen, f"at {which} checkpoint", setting)
            found += _shares(np.concatenate([table.status.to_numpy() for table in tables.values()]), setting)
    return found


def _smallest(tables: Mapping[str, pd.DataFrame], where: str, setting: str) -> list[Comparison]:
    """Return the smallest LLC estimate of each run of each activation, and of all, against 0."""
    sentence = "The smallest estimate of a run is {original}; no learning coefficient is below {corrected}."
    effect = Effect("N8", f"smallest LLC estimate of a run {where}", DIFFERENCE, sentence)
    least = Effect("N8", f"smallest LLC estimate of all {where}", DIFFERENCE, "The smallest is {original}.")
    every = pd.concat(list(tables.values())).llc.dropna()
    of_runs = {name: (table.groupby("seed").llc.min(), 0.0) for name, table in tables.items()}
    return [
        Comparison(effect, of_runs, setting),
        Comparison(least, {None: (every.min(), 0.0)}, setting, len(every)),
    ]


def _shares(status: np.ndarray, setting: str) -> list[Comparison]:
    """Return the share of estimates with each status."""
    found = []
    for value in STATUSES:
        sentence = f"A share of {{original}} of the estimates has the status {value}."
        effect = Effect("N8", f"share of estimates with status {value}", DIFFERENCE, sentence)
        share = float((status == value).mean()), float(may_be_read(value))
        found.append(Comparison(effect, {None: share}, setting, len(status)))
    return found


def fresh_samples(pairs: Sequence[Pair], sampler: SamplerPreset) -> list[Comparison]:
    """Return the gradient at the ends of the runs, of the loss over a fresh sample and over the training one (N10)."""
    strengths = {"nbeta": sampler.nbeta, "localization": sampler.localization}
    norms, shifts = {}, {}
    for pair in pairs:
        fresh, own = (_curvature(pair.corrected, sampler, data) for data in ("sample", "training"))
        norms[pair.name] = fresh.gradient.norm(dim=-1).numpy(), own.gradient.norm(dim=-1).numpy()
        shifts[pair.name] = fresh.gradient_shift(**strengths).numpy(), own.gradient_shift(**strengths).numpy()
    return [Comparison(GRADIENT, norms), Comparison(SHIFT, shifts)]


def _curvature(runs: Runs, sampler: SamplerPreset, data: str) -> Curvature:
    """Return gradient and Hessian at the ends of the runs of the loss over a sample of each of them."""
    return sampled_curvature(Target(runs.activation, runs.preset, replace(sampler, data=data), CPU), runs.final)


def covariance(pairs: Sequence[Pair], settings: SamplerSettings) -> list[Comparison]:
    """Return the smallest eigenvalue of a covariance of the library, and of the proper one of the same draws (N12)."""
    found = []
    for pair in pairs:
        if pair.name in settings.covariance and not pair.original.final.diverged[0, 0]:
            runs, seed = pair.original, int(pair.original.trajectory.seeds[0])
            inputs = run_sample(runs.preset, settings.original, seed)
            shipped, proper = library.covariances(final_model(runs, 0), inputs, settings.original, seed=seed)
            smallest = tuple(np.linalg.eigvalsh(matrix.astype(float))[0] for matrix in (shipped, proper))
            found.append(Comparison(EIGENVALUE, {pair.name: smallest}))
    return found
