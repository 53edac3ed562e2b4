"""Validation of the LLC estimator where the answer is known."""

import itertools

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.llc.estimate import Estimate, Limits, estimate_llc
from superposition.llc.known_points import KnownPoint, known_points
from superposition.presets import SamplerPreset


def validation_table(
    sampler: SamplerPreset, *, smooth: list[str], standard_errors: float, seed: int, limits: Limits
) -> pd.DataFrame:
    """Return one row per known point: true value, finite-temperature value, estimate and verdict.

    Args:
        sampler: Step size, temperature, localisation and chains; its data, batches and streams play no part.
        smooth: Smooth activations at whose minima to estimate.
        standard_errors: An estimate meets a value if it differs by at most this many Monte-Carlo standard errors and
            the discretisation allowance.
        seed: Seed of the chains.
        limits: Beyond what an estimate may not be read.
    """
    rows = []
    # Points of one loss, which follow one another, are sampled together; each chain's noise is the same at all of them.
    for _, cases in itertools.groupby(known_points(smooth=smooth), key=lambda case: case.loss):
        cases = list(cases)
        estimate = _estimate(cases, sampler, seed)
        statuses = estimate.columns(limits=limits)["status"]
        found = [_row(case, estimate, i, sampler, standard_errors) for i, case in enumerate(cases)]
        rows += [row | {"status": status} for row, status in zip(found, statuses, strict=True)]
    return pd.DataFrame(rows)


def _estimate(cases: list[KnownPoint], sampler: SamplerPreset, seed: int) -> Estimate:
    """Return the estimates at known points of one loss."""
    return estimate_llc(
        cases[0].loss,
        torch.stack([case.point for case in cases], dim=1),
        lr=sampler.lr,
        nbeta=sampler.nbeta,
        localization=sampler.localization,
        num_chains=sampler.num_chains,
        num_burnin_steps=sampler.num_burnin_steps,
        num_draws=sampler.num_draws,
        num_steps_bw_draws=sampler.num_steps_bw_draws,
        seed=seed,
    )[0]


def _row(
    case: KnownPoint, estimate: Estimate, position: int, sampler: SamplerPreset, standard_errors: float
) -> dict[str, object]:
    """Return what the estimate at one known point, at a position among those of its loss, says of the true value."""
    llc = float(estimate.llc[position])
    error = float(estimate.llc_std[position]) / sampler.num_chains**0.5
    predicted = case.predict(sampler.nbeta, sampler.localization)
    allowance = discretisation_error(estimate.curvature.eigenvalues[position], sampler)
    met = {"true value": case.true_llc, "finite-temperature value": predicted}
    tolerance = standard_errors * error + allowance
    return {
        "group": case.group,
        "name": case.name,
        "true_llc": case.true_llc,
        "predicted_llc": predicted,
        "llc": llc,
        "standard_error": error,
        "allowance": allowance,
        "verdict": next((name for name, value in met.items() if abs(llc - value) <= tolerance), "neither"),
        "source": case.source,
    }


def discretisation_error(eigenvalues: Float[Tensor, " parameter"], sampler: SamplerPreset) -> float:
    r"""Return how much the finite step size adds to the estimate where the loss is quadratic.

    SGLD with step :math:`\epsilon` on a quadratic with precision a has the variance :math:`1 / (a (1 - \epsilon a /
    4))` instead of 1/a, so each direction's share of the estimate grows by the same factor:

    .. math:: \frac12 \sum_i \frac{n\beta h_i}{a_i} \left(\frac{1}{1 - \epsilon a_i / 4} - 1\right),
        \quad a_i = n\beta h_i + \gamma

    Args:
        eigenvalues: Of the Hessian at the point, the h_i; negative ones count as 0.
        sampler: Step size, temperature and localisation.
    """
    h = sampler.nbeta * eigenvalues.clamp(min=0)
    precision = h + sampler.localization
    inflation = 1 / (1 - sampler.lr * precision / 4) - 1
    return float((h / precision * inflation).sum()) / 2
