"""Size of each defect of the original's LLC. Ids of defects are those of docs/deviations.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from superposition.deviations import library
from superposition.deviations.doubled_noise import CPU, doubled_noise
from superposition.deviations.paired import DIFFERENCE, RATIO, Pair, Quantity, Row, Runs, compare, with_overall
from superposition.deviations.resolution import Grid, resolution, short_chains
from superposition.llc.chains import Target, run_sample
from superposition.llc.estimate import sampled_curvature
from superposition.llc.hessian import Curvature
from superposition.llc.reference import ToyAutoencoder
from superposition.presets import SamplerPreset
from superposition.statistics import Resampling
from superposition.status import OK, STATUSES


@dataclass(frozen=True, kw_only=True)
class SamplerSettings:
    """How the evidence on the LLC is computed.

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


def rows(pairs: Sequence[Pair], settings: SamplerSettings, *, resampling: Resampling) -> list[Row]:
    """Return the evidence on all defects of the LLC."""
    return [
        *doubled_noise(pairs, settings.tied_noise, resampling=resampling),
        *estimated_init_loss(pairs, settings, resampling=resampling),
        *no_minima(pairs, resampling=resampling),
        *resolution(pairs, settings.grid, resampling=resampling),
        *fresh_samples(pairs, settings.original, resampling=resampling),
        *covariance(pairs, settings, resampling=resampling),
        *short_chains(settings.original, settings.grid, resampling=resampling),
    ]


def estimated_init_loss(pairs: Sequence[Pair], settings: SamplerSettings, *, resampling: Resampling) -> list[Row]:
    """Return how far the library's estimate of the loss at the checkpoint scatters, in units of the LLC (N7)."""
    quantity = Quantity(
        deviation="N7",
        name="standard deviation of n beta times the loss at the checkpoint",
        comparison=DIFFERENCE,
        sentence="Taken from a few mini-batches, it moves all chains of an estimate by {effect}.",
    )
    sampler = settings.original
    each = []
    for pair in pairs:
        runs = pair.original
        spreads = []
        for i, seed in enumerate(runs.trajectory.seeds.tolist()):
            losses = library.init_losses(
                final_model(runs, i),
                run_sample(runs.preset, sampler, seed),
                batch_size=settings.init_batch_size,
                n_batches=sampler.num_chains,
                repeats=settings.init_repeats,
                seed=seed,
            )
            spreads.append(sampler.nbeta * losses.std(ddof=1))
        setting = f"{sampler.num_chains} batches of {settings.init_batch_size} of {sampler.n_samples} inputs"
        each.append(compare(quantity, spreads, 0.0, resampling=resampling, activation=pair.name, setting=setting))
    return with_overall(each, quantity, resampling=resampling)


def final_model(runs: Runs, i: int) -> ToyAutoencoder:
    """Return the end of one run as the original's model."""
    W, b = torch.from_numpy(runs.final.W[i, 0]), torch.from_numpy(runs.final.b[i, 0])
    return ToyAutoencoder(runs.activation, W, b)


def no_minima(pairs: Sequence[Pair], *, resampling: Resampling) -> list[Row]:
    """Return the smallest LLC estimates, of all checkpoints and of readable ones, and the shares of statuses (N8)."""
    found = []
    for kind in ("original", "corrected"):
        runs = {pair.name: getattr(pair, kind) for pair in pairs}
        bias = next(iter(runs.values())).preset.bias_std
        for sampler in getattr(pairs[0], kind).llc.sampler.unique():
            setting = f"initial bias of size {bias:g}, sampler {sampler}"
            tables = {name: run.llc[run.llc.sampler == sampler] for name, run in runs.items()}
            readable = {name: table[table.status == OK] for name, table in tables.items()}
            for which, chosen in (("any", tables), ("any readable", readable)):
                found += _smallest(chosen, f"at {which} checkpoint", setting, resampling)
            status = np.concatenate([table.status.to_numpy() for table in tables.values()])
            found += _shares(status, setting, resampling)
    return found


def _smallest(tables: Mapping[str, pd.DataFrame], where: str, setting: str, resampling: Resampling) -> list[Row]:
    """Return the smallest LLC estimate of each run of each activation, and of all, against 0."""
    quantity = Quantity(
        deviation="N8",
        name=f"smallest LLC estimate of a run {where}",
        comparison=DIFFERENCE,
        sentence="The smallest estimate of a run is {original}; no learning coefficient is below {corrected}.",
    )
    each = [
        compare(quantity, table.groupby("seed").llc.min(), 0.0, resampling=resampling, activation=name, setting=setting)
        for name, table in tables.items()
    ]
    every = pd.concat(list(tables.values())).llc.dropna()
    least = replace(quantity, name=f"smallest LLC estimate of all {where}", sentence="The smallest is {original}.")
    extreme = compare(least, every.min(), 0.0, resampling=resampling, setting=setting, n=len(every))
    return [*with_overall(each, quantity, resampling=resampling), extreme]


def _shares(status: np.ndarray, setting: str, resampling: Resampling) -> list[Row]:
    """Return the share of estimates with each status."""
    found = []
    for value in STATUSES:
        quantity = Quantity(
            deviation="N8",
            name=f"share of estimates with status {value}",
            comparison=DIFFERENCE,
            sentence=f"A share of {{original}} of the estimates has the status {value}.",
        )
        share = float((status == value).mean())
        found.append(
            compare(quantity, share, float(value == OK), resampling=resampling, setting=setting, n=len(status))
        )
    return found


def fresh_samples(pairs: Sequence[Pair], sampler: SamplerPreset, *, resampling: Resampling) -> list[Row]:
    """Return the gradient at the ends of the runs, of the loss over a fresh sample and over the training one (N10)."""
    norm = Quantity(
        deviation="N10",
        name="gradient norm of the loss at the end",
        comparison=RATIO,
        sentence="Over a fresh sample the gradient has a norm of {original}, over the training sample of {corrected}.",
    )
    shift = Quantity(
        deviation="N10",
        name="part of the LLC estimate that the gradient causes",
        comparison=DIFFERENCE,
        sentence="It is {original} over a fresh sample and {corrected} over the training sample.",
    )
    strengths = {"nbeta": sampler.nbeta, "localization": sampler.localization}
    norms, shifts = [], []
    for pair in pairs:
        fresh, own = (_curvature(pair.corrected, sampler, data) for data in ("sample", "training"))
        both = {"resampling": resampling, "activation": pair.name}
        norms.append(compare(norm, *(at.gradient.norm(dim=-1).numpy() for at in (fresh, own)), **both))
        shifts.append(compare(shift, *(at.gradient_shift(**strengths).numpy() for at in (fresh, own)), **both))
    return [
        *with_overall(norms, norm, resampling=resampling),
        *with_overall(shifts, shift, resampling=resampling),
    ]


def _curvature(runs: Runs, sampler: SamplerPreset, data: str) -> Curvature:
    """Return gradient and Hessian at the ends of the runs of the loss over a sample of each of them."""
    return sampled_curvature(Target(runs.activation, runs.preset, replace(sampler, data=data), CPU), runs.final)


def covariance(pairs: Sequence[Pair], settings: SamplerSettings, *, resampling: Resampling) -> list[Row]:
    """Return the smallest eigenvalue of a covariance of the library, and of the proper one of the same draws (N12)."""
    quantity = Quantity(
        deviation="N12",
        name="smallest eigenvalue of the covariance of the draws",
        comparison=DIFFERENCE,
        sentence="The library's covariance has the eigenvalue {original}; the proper one has none below {corrected}.",
    )
    found = []
    for pair in pairs:
        if pair.name in settings.covariance and not pair.original.final.diverged[0, 0]:
            runs, seed = pair.original, int(pair.original.trajectory.seeds[0])
            inputs = run_sample(runs.preset, settings.original, seed)
            both = library.covariances(final_model(runs, 0), inputs, settings.original, seed=seed)
            smallest = [np.linalg.eigvalsh(matrix.astype(float))[0] for matrix in both]
            found.append(compare(quantity, *smallest, resampling=resampling, activation=pair.name))
    return found
