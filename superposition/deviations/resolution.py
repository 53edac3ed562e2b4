"""Dependence of the LLC estimate on n beta, localisation and the length of chains.

Ids of defects are those of docs/deviations.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from superposition.deviations.paired import RATIO, Pair, Quantity, Row, Runs, compare, with_overall
from superposition.llc.estimate import estimate_llc
from superposition.llc.hessian import curvature
from superposition.llc.known_points import KnownPoint, live_polygon, polished_minimum
from superposition.presets import SamplerPreset
from superposition.statistics import Resampling

OCTAGON = 8
"""Corners of the polygon at which ReLU has no loss."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Where and how estimates are compared with a known learning coefficient.

    Attributes:
        activations: Activations with a known minimum.
        nbeta: Inverse temperatures.
        localization: Localisation strengths.
        step: Step size of the chains times the largest curvature of what they sample; below 4 they are stable.
        num_chains: Chains per point.
        num_burnin_steps: Steps before the first draw.
        num_draws: Draws per chain, one in each step.
        seed: Seed of the chains.
    """

    activations: Sequence[str]
    nbeta: Sequence[float]
    localization: Sequence[float]
    step: float
    num_chains: int
    num_burnin_steps: int
    num_draws: int
    seed: int


def resolution(pairs: Sequence[Pair], grid: Grid, *, resampling: Resampling) -> list[Row]:
    """Return estimates against the learning coefficient for each n beta and localisation, and over all runs (N9)."""
    quantity = Quantity(
        deviation="N9",
        name="LLC estimate at a minimum with a known coefficient",
        comparison=RATIO,
        sentence="The estimate is {original}, the learning coefficient {corrected}.",
    )
    prediction = replace(
        quantity,
        name="half the effective dimension at a minimum with a known coefficient",
        sentence="A quadratic loss of this curvature would give {original}; the learning coefficient is {corrected}.",
    )
    found = []
    for name in grid.activations:
        case = known_minimum(name)
        for nbeta in grid.nbeta:
            for localization in grid.localization:
                setting = f"n beta {nbeta:.5g}, gamma {localization:g}"
                where = {"resampling": resampling, "activation": name, "setting": setting}
                estimates = _estimates(case, grid, nbeta=nbeta, localization=localization)
                found.append(compare(quantity, estimates, case.true_llc, **where))
                found.append(compare(prediction, case.predict(nbeta, localization), case.true_llc, **where))
    return [*found, *_effective_dimensions(pairs, resampling)]


def known_minimum(activation: str) -> KnownPoint:
    """Return a minimum with a known learning coefficient: the octagon for ReLU, a polished minimum for smooth ones."""
    return live_polygon(OCTAGON) if activation == "relu" else polished_minimum(activation)


def _estimates(case: KnownPoint, grid: Grid, *, nbeta: float, localization: float) -> Float[np.ndarray, " chain"]:
    """Return each chain's estimate, with the largest step size that the curvature allows."""
    largest = float(curvature(case.loss, case.point[:, None]).eigenvalues[0, -1])
    estimate, _ = estimate_llc(
        case.loss,
        case.point[:, None],
        lr=grid.step / (nbeta * largest + localization),
        nbeta=nbeta,
        localization=localization,
        num_chains=grid.num_chains,
        num_burnin_steps=grid.num_burnin_steps,
        num_draws=grid.num_draws,
        num_steps_bw_draws=1,
        seed=grid.seed,
    )
    return estimate.per_chain[0]


def _effective_dimensions(pairs: Sequence[Pair], resampling: Resampling) -> list[Row]:
    """Return half the effective dimension at the end of each run for the sampler presets of the study."""
    quantity = Quantity(
        deviation="N9",
        name="half the effective dimension at the end",
        comparison=RATIO,
        sentence="At the same point it is {original} at the one resolution and {corrected} at the other.",
    )
    found = []
    for kind in ("original", "corrected"):
        first, *others = getattr(pairs[0], kind).llc.sampler.unique()
        for other in others:
            found += with_overall(
                [_beside(getattr(pair, kind), first, other, quantity, resampling) for pair in pairs],
                quantity,
                resampling=resampling,
            )
    return found


def _beside(runs: Runs, first: str, other: str, quantity: Quantity, resampling: Resampling) -> Row:
    """Return half the effective dimension of one activation's runs at the resolutions of two sampler presets."""
    last = runs.llc.groupby(["sampler", "seed"], sort=False).effective_dimension.last() / 2
    setting = f"samplers {first} and {other}, initial bias of size {runs.preset.bias_std:g}"
    where = {"resampling": resampling, "activation": runs.activation.name, "setting": setting}
    return compare(quantity, last[first], last[other], **where)


def short_chains(sampler: SamplerPreset, grid: Grid, *, resampling: Resampling) -> list[Row]:
    """Return estimates of chains as long as the original's against those of long ones at the same n beta (N14)."""
    quantity = Quantity(
        deviation="N14",
        name="LLC estimate of chains of the original's length",
        comparison=RATIO,
        sentence="Chains of the original's length give {original}, long ones {corrected}.",
    )
    found = []
    for name in grid.activations:
        case = known_minimum(name)
        strengths = {"nbeta": sampler.nbeta, "localization": sampler.localization}
        short, _ = estimate_llc(
            case.loss,
            case.point[:, None],
            lr=sampler.lr,
            **strengths,
            num_chains=grid.num_chains,
            num_burnin_steps=sampler.num_burnin_steps,
            num_draws=sampler.num_draws,
            num_steps_bw_draws=sampler.num_steps_bw_draws,
            seed=grid.seed,
        )
        setting = f"{sampler.num_draws} draws after {sampler.num_burnin_steps} steps of burn-in"
        long = _estimates(case, grid, **strengths)
        found.append(
            compare(quantity, short.per_chain[0], long.mean(), resampling=resampling, activation=name, setting=setting)
        )
    return found
