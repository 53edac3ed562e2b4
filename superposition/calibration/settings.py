r"""Settings of the sampler to try: two sweeps, in the manner of the notebook's.

Batch size x step size, all else as the notebook has it; and n beta x localisation. In the latter, step size and length
of the chains follow. SGLD adds to the variance of a direction with precision :math:`a = n\beta h + \gamma` a share of
:math:`1 / (1 - \epsilon a / 4) - 1`, which bounds the step size. And it forgets where it started within
:math:`2 / (\epsilon\gamma)` steps in the flattest direction, its relaxation time, of which chains must last several.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from superposition.sampler_presets import SamplerPreset

SETTING = (
    *("batch_size", "lr", "nbeta", "localization"),
    *("num_chains", "num_burnin_steps", "num_draws", "num_steps_bw_draws"),
)
"""Values of a sampler preset that distinguish settings: columns of their tables."""

DIGITS = (1, 2, 5)  # step sizes are one of these times a power of ten


def batch_settings(base: SamplerPreset, *, batch_sizes: Sequence[int], lr: Sequence[float]) -> list[SamplerPreset]:
    """Return a preset for each number of inputs per step (0 for all) and each step size, all else as in `base`."""
    return [replace(base, batch_size=batch_size, lr=step_size) for batch_size in batch_sizes for step_size in lr]


def temperature_settings(
    base: SamplerPreset, *, nbeta: Sequence[float], localization: Sequence[float], **chains: Any
) -> list[SamplerPreset]:
    """Return a preset for each n beta and localisation; `base` has all else, `chains` is for `chain_settings`."""
    pairs = itertools.product(nbeta, localization)
    return [replace(base, **chain_settings(*pair, num_draws=base.num_draws, **chains)) for pair in pairs]


def chain_settings(
    nbeta: float,
    localization: float,
    *,
    steepest: float,
    num_draws: int,
    step_error: float,
    relaxations: float,
    max_steps: int,
) -> dict[str, Any]:
    """Return the largest step size and the shortest chains that will do.

    Args:
        nbeta: Inverse temperature.
        localization: Strength gamma.
        steepest: Largest eigenvalue of any Hessian.
        num_draws: Most draws per chain.
        step_error: Largest share that the step size may add to the variance of any direction.
        relaxations: Length of the burn-in, and of the draws after it, in relaxation times of the flattest direction.
        max_steps: Longest chain, even if the setting needs more.
    """
    precision = nbeta * steepest + localization
    largest = 4 * step_error / (1 + step_error) / precision
    sizes = [float(f"{digit}e{math.floor(math.log10(largest))}") for digit in DIGITS]
    lr = max(size for size in sizes if size <= largest)
    half = min(max(1, round(relaxations * _relaxation_time(lr, localization))), max_steps // 2)
    every = max(1, half // num_draws)
    steps = {"num_burnin_steps": half // every * every, "num_draws": half // every, "num_steps_bw_draws": every}
    return {"nbeta": nbeta, "localization": localization, "lr": lr, **steps}


def _relaxation_time(lr: float, localization: float) -> float:
    """Return the SGLD steps in which a direction that only the localisation holds forgets its start but for 1/e."""
    return 2 / (lr * localization)


def burnin_relaxations(sampler: SamplerPreset) -> float:
    """Return the length of the burn-in in relaxation times of the flattest direction."""
    return sampler.num_burnin_steps / _relaxation_time(sampler.lr, sampler.localization)


def discretisation_error(eigenvalues: Float[Tensor, " parameter"], sampler: SamplerPreset) -> float:
    r"""Return how much the finite step size adds to the estimate where the loss is quadratic.

    Each direction's share of the estimate grows as its variance does:

    .. math:: \frac12 \sum_i \frac{n\beta h_i}{a_i} \left(\frac{1}{1 - \epsilon a_i / 4} - 1\right),
        \quad a_i = n\beta h_i + \gamma

    with the increasing eigenvalues h_i of the Hessian, negative ones counted as 0. Infinite where chains are unstable.
    """
    h = sampler.nbeta * eigenvalues.clamp(min=0)
    precision = h + sampler.localization
    if not sampler.lr * precision[-1] < 4:
        return math.inf
    inflation = 1 / (1 - sampler.lr * precision / 4) - 1
    return float((h / precision * inflation).sum()) / 2
