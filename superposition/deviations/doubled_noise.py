"""Effect on the LLC of sampling the tied weights twice (N4): the same chains with the same noise, both ways."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float

from superposition.deviations.paired import RATIO, Pair, Quantity, Row, Runs, compare, with_overall
from superposition.llc.chains import Target, run_chains
from superposition.presets import SamplerPreset
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
        setting = f"sampler {name}: n beta {sampler.nbeta:.5g}, gamma {sampler.localization:g}"
        each = []
        for pair in pairs:
            twice, once = (final_llc(pair.corrected, replace(sampler, tied_noise=how)) for how in ("twice", "once"))
            # A ratio of estimates that are not positive says nothing.
            valid = np.where((twice > 0) & (once > 0), 1.0, np.nan)
            estimates = twice * valid, once * valid
            each.append(compare(quantity, *estimates, resampling=resampling, activation=pair.name, setting=setting))
        found += with_overall(each, quantity, resampling=resampling)
    return found


def final_llc(runs: Runs, sampler: SamplerPreset) -> Float[np.ndarray, " seed"]:
    """Return the LLC estimate at the end of every run, by chains with the library's noise."""
    target = Target(runs.activation, runs.preset, sampler, CPU)
    chains = run_chains(target, runs.final, replicas_per_chunk=len(runs.trajectory.seeds) * sampler.num_chains)
    return sampler.nbeta * (chains.losses.mean((2, 3), dtype=float) - chains.init_loss)[:, 0]
