"""Dependence of the LLC estimate on n beta, localisation and the length of chains.

Ids of defects are those of docs/deviations.md.
"""

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from superposition.deviations.paired import RATIO, Effect, Pair
from superposition.llc.estimate import estimate_llc
from superposition.llc.hessian import curvature
from superposition.llc.known_points import KnownPoint, live_polygon, polished_minimum
from superposition.presets import SamplerPreset

OCTAGON = 8
"""Corners of the polygon at which ReLU has no loss."""


@dataclass(frozen=True, kw_only=True)
class KnownMinima:
    """Points and settings at which estimates are compared with a known learning coefficient.

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


def resolution(pairs: Sequence[Pair], grid: KnownMinima) -> Iterator[Effect]:
    """Yield estimates against the learning coefficient for each n beta and localisation, and over all runs (N9)."""
    where = "at a minimum with a known coefficient"
    estimated = "The estimate is {original}, the learning coefficient {corrected}."
    predicted = "A quadratic loss of this curvature would give {original}; the learning coefficient is {corrected}."
    for name, nbeta, localization in itertools.product(grid.activations, grid.nbeta, grid.localization):
        case, setting = known_minimum(name), f"n beta {nbeta:.5g}, gamma {localization:g}"
        values = {name: (_estimates(case, grid, nbeta=nbeta, localization=localization), case.true_llc)}
        yield Effect("N9", f"LLC estimate {where}", RATIO, estimated, values, setting)
        at_point = curvature(case.loss, case.point[:, None])
        dimension = float(at_point.effective_dimension(nbeta=nbeta, localization=localization)[0])
        values = {name: (dimension / 2, case.true_llc)}
        yield Effect("N9", f"half the effective dimension {where}", RATIO, predicted, values, setting)
    yield from _effective_dimensions(pairs)


@functools.cache
def known_minimum(activation: str) -> KnownPoint:
    """Return a minimum with a known learning coefficient: the octagon for ReLU, a polished minimum for smooth ones."""
    return live_polygon(OCTAGON) if activation == "relu" else polished_minimum(activation)


def _estimates(
    case: KnownPoint, grid: KnownMinima, *, nbeta: float, localization: float
) -> Float[np.ndarray, " chain"]:
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


def _effective_dimensions(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield half the effective dimension at the end of each run for the sampler presets of the study."""
    sentence = "At the same point it is {original} at the one resolution and {corrected} at the other."
    for kind in ("original", "corrected"):
        runs = {pair.name: getattr(pair, kind) for pair in pairs}
        by_run = {name: of.llc.groupby(["sampler", "seed"], sort=False) for name, of in runs.items()}
        halves = {name: tables.effective_dimension.last() / 2 for name, tables in by_run.items()}
        one = next(iter(runs.values()))
        first, *others = one.llc.sampler.unique()
        for other in others:
            setting = f"samplers {first} and {other}, {one.start}"
            values = {name: (half[first], half[other]) for name, half in halves.items()}
            yield Effect("N9", "half the effective dimension at the end", RATIO, sentence, values, setting)


def short_chains(sampler: SamplerPreset, grid: KnownMinima) -> Iterator[Effect]:
    """Yield estimates of chains as long as the original's against those of long ones at the same n beta (N14)."""
    quantity = "LLC estimate of chains of the original's length"
    sentence = "Chains of the original's length give {original}, long ones {corrected}."
    setting = f"{sampler.num_draws} draws after {sampler.num_burnin_steps} steps of burn-in"
    for name in grid.activations:
        case = known_minimum(name)
        chains = {**sampler.step, **sampler.draws, "num_chains": grid.num_chains, "seed": grid.seed}
        short, _ = estimate_llc(case.loss, case.point[:, None], **chains)
        long = _estimates(case, grid, nbeta=sampler.nbeta, localization=sampler.localization)
        values = {name: (short.per_chain[0], long.mean())}
        yield Effect("N14", quantity, RATIO, sentence, values, setting)
