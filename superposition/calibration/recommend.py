"""Recommended setting of the sampler: the cheapest that passes every test.

A setting passes if its estimates are right where the answer is known, agree with the prediction wherever they may be
read, and come from chains that have settled. Of equally cheap ones, the recommended has the weakest localisation: what
holds chains near the point is no part of the learning coefficient's definition, so as little as will do.
"""

from dataclasses import dataclass

import pandas as pd

from superposition.calibration.settings import SETTING
from superposition.status import may_be_read

SETTING_KEYS = ["sweep", *SETTING]
MEANS = ("llc", "predicted_llc", "true_llc", "drift", "discretisation", "llc_variance", "drift_variance")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """Errors that a setting may have at every point, on average over the seeds whose estimates may be read.

    Errors that sampling causes count only as far as they exceed some standard errors, and relative to what they are
    errors of.

    Attributes:
        standard_errors: Standard errors that do not count.
        truth: Largest difference from the learning coefficient where it is known.
        prediction: Largest difference from the value predicted for the setting's n beta and localisation.
        drift: Largest difference between the estimates from the later and the earlier half of the draws.
        discretisation: Largest contribution of the finite step size.
        relaxations: Shortest burn-in, in relaxation times of the flattest direction.
    """

    standard_errors: float
    truth: float
    prediction: float
    drift: float
    discretisation: float
    relaxations: float


def recommendation_table(table: pd.DataFrame, criterion: Criterion) -> pd.DataFrame:
    """Return one row for each setting: its largest errors, which tests it fails, its cost, whether it is recommended.

    Args:
        table: Calibration table.
        criterion: What a setting must meet.
    """
    settings = pd.DataFrame([_judge(rows, criterion) for _, rows in table.groupby(SETTING_KEYS, sort=False)])
    passed = settings.loc[settings.failed == ""].sort_values(by=["n_steps", "localization"], kind="stable")
    settings["recommended"] = settings.index.isin(passed.index[:1])
    return settings


def _judge(rows: pd.DataFrame, criterion: Criterion) -> dict[str, object]:
    """Return the row of one setting."""
    readable, first = rows.loc[may_be_read(rows.status)], rows.iloc[0]
    errors = _errors(readable, criterion.standard_errors)
    failed = [name for name, error in errors.items() if not error <= getattr(criterion, name)]
    if first.relaxations < criterion.relaxations * (1 - 1e-9):  # rounding of a quotient
        failed.append("relaxations")
    if not may_be_read(rows.status[rows.true_llc.notna()]).all():
        failed.append("known points not readable")
    return {
        **first[SETTING_KEYS],
        **{f"{name}_error": error for name, error in errors.items()},
        "relaxations": first.relaxations,
        "n_readable": len(readable),
        "n_estimates": len(rows),
        "n_steps": first.num_burnin_steps + first.num_draws * first.num_steps_bw_draws,
        "failed": ", ".join(failed),
    }


def _errors(readable: pd.DataFrame, standard_errors: float) -> dict[str, float]:
    """Return the largest error of each kind over points, NaN without any."""
    spreads = readable.assign(
        llc_variance=readable.llc_std**2 / readable.num_chains,
        drift_variance=readable.drift_std**2 / readable.num_chains,
    )
    groups = spreads.groupby(["activation", "point"], dropna=False)
    mean = pd.DataFrame({name: groups[name].mean() for name in MEANS})
    llc_noise, drift_noise = (
        standard_errors * (mean[name] / groups.size()) ** 0.5 for name in ("llc_variance", "drift_variance")
    )

    def largest(difference, allowance, scale) -> float:
        return float(((difference.abs() - allowance).clip(lower=0) / scale.abs()).max())

    return {
        "truth": largest(mean.llc - mean.true_llc, llc_noise, mean.true_llc),
        "prediction": largest(mean.llc - mean.predicted_llc, llc_noise, mean.predicted_llc),
        "drift": largest(mean.drift, drift_noise, mean.predicted_llc),
        "discretisation": largest(mean.discretisation, 0.0, mean.predicted_llc),
    }
