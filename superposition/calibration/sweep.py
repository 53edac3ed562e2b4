"""LLC estimates under many settings of the sampler, where the coefficient is known and where runs end; the best.

A setting passes if its estimates are right where the coefficient is known, agree with the prediction wherever they may
be read, and come from chains that have settled. The cheapest that passes every test is recommended, of equally cheap
ones that with the weakest localisation: what holds chains near the point is no part of the learning coefficient's
definition, so as little as will do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from superposition.activations import BY_NAME, Activation
from superposition.calibration import settings
from superposition.calibration.settings import SETTING
from superposition.calibration.sweeps import BATCH_SIZE, POLYGONS, TEMPERATURE
from superposition.estimators.known_points import LIVE_LENGTH_SQ, live_polygon, quadratic
from superposition.llc.chains import Target, run_chains
from superposition.llc.estimate import Estimate, Limits, estimate_llc, estimate_of
from superposition.llc.hessian import Curvature
from superposition.llc.runs import sampled_curvature
from superposition.model import autoencoder
from superposition.sampler_presets import SamplerPreset
from superposition.status import may_be_read
from superposition.tables.trajectory import Trajectory

FINAL = "final checkpoint"  # name of the points at which runs end
TRACE_ROWS = 100  # draws of each setting, evenly spaced, that the table of traces keeps

QUADRATIC = quadratic([0.5] * 16, name="quadratic, d = 16")
"""A loss without activation or data, for which prediction and learning coefficient are exact."""


@dataclass(frozen=True)
class TriedPoints:
    """Points of an activation, one at each step of the weights, with their learning coefficients, NaN where unknown."""

    activation: Activation
    names: Sequence[str]
    weights: Trajectory
    true_llc: Float[np.ndarray, " point"]


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """Errors that a setting may have at every point, on average over the seeds whose estimates may be read.

    Errors that sampling causes count only as far as they exceed some standard errors, and relative to what they are
    errors of: the learning coefficient where it is known (`truth`), the value predicted for the setting's n beta and
    localisation (`prediction`), the estimate from the later half of the draws less that from the earlier (`drift`), and
    what the step size adds (`discretisation`). `relaxations` is the shortest burn-in, in the longest relaxation times.
    """

    standard_errors: float
    truth: float
    prediction: float
    drift: float
    discretisation: float
    relaxations: float


def polygon_points(seeds: Sequence[int]) -> TriedPoints:
    """Return ReLU's points with k live columns, whose learning coefficient is k/2, for chains of several seeds."""
    cases = [live_polygon(k) for k in sorted(LIVE_LENGTH_SQ)]
    W, b = autoencoder.split(torch.stack([case.point.float() for case in cases], dim=1), 2)
    weights = Trajectory(
        W=W.permute(2, 0, 1).expand(len(seeds), -1, -1, -1).numpy(),
        b=b.T.expand(len(seeds), -1, -1).numpy(),
        steps=np.arange(len(cases)),
        seeds=np.asarray(seeds, dtype=np.int64),
    )
    true_llc = np.array([case.true_llc for case in cases])
    return TriedPoints(BY_NAME[POLYGONS], [case.name for case in cases], weights, true_llc)


def points_to_try(activations: Iterable[str], checkpoints: Iterable[Trajectory], *, n_seeds: int) -> list[TriedPoints]:
    """Return the polygons, with chains of the seeds 1 to n_seeds, and where the first runs of activations end."""
    ends = (runs.of(runs.seeds[:n_seeds].tolist()).at([int(runs.steps[-1])]) for runs in checkpoints)
    named = [(BY_NAME[name], [FINAL], end, np.array([np.nan])) for name, end in zip(activations, ends, strict=True)]
    return [polygon_points(range(1, n_seeds + 1)), *(TriedPoints(*case) for case in named)]


def calibrate(
    points: Sequence[TriedPoints],
    bases: Mapping[str, Target],
    tried: Mapping[str, Mapping[str, Any]],
    *,
    limits: Limits,
    criterion: Criterion,
) -> dict[str, pd.DataFrame]:
    """Return what every setting estimates at every point, traces of the first seed, and the recommendation, by table.

    Args:
        points: Where settings are tried.
        bases: What each sweep, ``BATCH_SIZE`` and ``TEMPERATURE``, starts from; its activation is replaced.
        tried: What it changes: arguments of `batch_settings` and `temperature_settings`.
        limits: Limits beyond which an estimate is not read.
        criterion: With which errors a setting passes.
    """
    rows, traces = [], []
    for sweep in (BATCH_SIZE, TEMPERATURE):
        base = bases[sweep]
        targets = [replace(base, activation=group.activation) for group in points]
        curvatures = [sampled_curvature(target, group.weights) for target, group in zip(targets, points, strict=True)]
        if sweep == BATCH_SIZE:
            of_sweep = settings.batch_settings(base.sampler, **tried[sweep])
        else:
            steepest = max(float(at_points.eigenvalues.nan_to_num().max()) for at_points in curvatures)
            of_sweep = settings.temperature_settings(base.sampler, steepest=steepest, **tried[sweep])
        for setting in of_sweep:
            keys = {"sweep": sweep} | {name: getattr(setting, name) for name in SETTING}
            for target, group, at_points in zip(targets, points, curvatures, strict=True):
                named = keys | {"activation": group.activation.name}
                tries, trace = _try(replace(target, sampler=setting), group, at_points, limits)
                rows.append(tries.assign(**named))
                traces.append(trace.assign(**named))
            if sweep == TEMPERATURE:
                seed = int(points[0].weights.seeds[0])
                rows.append(_try_quadratic(setting, limits, seed).assign(**keys, activation=None))
    table, of_first = pd.concat(rows, ignore_index=True), pd.concat(traces, ignore_index=True)
    recommended = recommendation_table(table, criterion)
    return {"llc_calibration": table, "llc_calibration_traces": of_first, "llc_recommendation": recommended}


def _try(
    target: Target, points: TriedPoints, at_points: Curvature, limits: Limits
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the estimates of one setting, a row for each seed and point, and mean traces of the first seed."""
    setting = target.sampler
    # Draws from the first step on, so that traces show what a burn-in leaves out.
    num_draws = setting.num_burnin_steps // setting.num_steps_bw_draws + setting.num_draws
    whole = replace(target, sampler=replace(setting, num_burnin_steps=0, num_draws=num_draws))
    chains = run_chains(whole, points.weights)
    used = chains.losses[..., -setting.num_draws :].reshape(-1, setting.num_chains, setting.num_draws)
    posterior: dict[str, Any] = {"nbeta": setting.nbeta, "localization": setting.localization}
    estimate = estimate_of(used, chains.init_loss.ravel(), at_points, **posterior)
    n_seeds, n_points = chains.init_loss.shape
    where = {"point": np.tile(list(points.names), n_seeds), "true_llc": np.tile(points.true_llc, n_seeds)}
    rows = _rows(estimate, used, setting, limits).assign(seed=np.repeat(points.weights.seeds, n_points), **where)
    above = setting.nbeta * (chains.losses[0].astype(np.float64) - chains.init_loss[0, :, None, None])
    kept = np.unique(np.linspace(0, above.shape[-1] - 1, TRACE_ROWS).round().astype(int))
    steps = (kept + 1) * setting.num_steps_bw_draws
    traces = {"mean": above.mean(1)[:, kept].ravel(), "std": above.std(1)[:, kept].ravel()}
    of_points = {"point": np.repeat(list(points.names), len(kept)), "sgld_step": np.tile(steps, n_points)}
    return rows, pd.DataFrame(of_points | traces)


def _try_quadratic(setting: SamplerPreset, limits: Limits, seed: int) -> pd.DataFrame:
    """Return the estimate of one setting at the minimum of a quadratic loss, which has neither data nor batches."""
    chosen = {name: getattr(setting, name) for name in SETTING if name != "batch_size"}
    estimate, losses = estimate_llc(QUADRATIC.loss, QUADRATIC.point[:, None], **chosen, seed=seed)
    where = {"point": QUADRATIC.name, "seed": seed, "true_llc": QUADRATIC.true_llc}
    return _rows(estimate, losses, setting, limits).assign(**where)


def _rows(
    estimate: Estimate, losses: Float[np.ndarray, "point chain draw"], setting: SamplerPreset, limits: Limits
) -> pd.DataFrame:
    """Return the estimates of one setting with their diagnostics and what calibration adds to them."""
    drifts = drift(losses, nbeta=setting.nbeta)
    return pd.DataFrame(estimate.columns(limits=limits)).assign(
        relaxations=settings.burnin_relaxations(setting),
        discretisation=[settings.discretisation_error(values, setting) for values in estimate.curvature.eigenvalues],
        drift=drifts.mean(-1),
        drift_std=drifts.std(-1, ddof=1),
    )


def drift(losses: Float[np.ndarray, "point chain draw"], *, nbeta: float) -> Float[np.ndarray, "point chain"]:
    """Return by how much each chain's estimate from the later half of its draws exceeds that from the earlier half.

    In units of the LLC. Zero up to noise where traces are stationary; positive where they still rise.
    """
    half = losses.shape[-1] // 2
    return nbeta * (losses[..., -half:].mean(-1, dtype=float) - losses[..., :half].mean(-1, dtype=float))


def recommendation_table(table: pd.DataFrame, criterion: Criterion) -> pd.DataFrame:
    """Return a row for each setting: its largest errors, which tests it fails, its cost, whether it is recommended."""
    judged = pd.DataFrame([_judge(rows, criterion) for _, rows in table.groupby(["sweep", *SETTING], sort=False)])
    passed = judged.loc[judged.failed == ""].sort_values(by=["n_steps", "localization"], kind="stable")
    judged["recommended"] = judged.index.isin(passed.index[:1])
    return judged


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
        **first[["sweep", *SETTING]],
        **{f"{name}_error": error for name, error in errors.items()},
        "relaxations": first.relaxations,
        "n_readable": len(readable),
        "n_estimates": len(rows),
        "n_steps": first.num_burnin_steps + first.num_draws * first.num_steps_bw_draws,
        "failed": ", ".join(failed),
    }


def _errors(readable: pd.DataFrame, standard_errors: float) -> dict[str, float]:
    """Return the largest error of each kind over points, NaN without any."""
    variances = {f"{name}_variance": readable[f"{name}_std"] ** 2 / readable.num_chains for name in ("llc", "drift")}
    groups = readable.assign(**variances).groupby(["activation", "point"], dropna=False)
    mean: Any = groups[["llc", "predicted_llc", "true_llc", "drift", "discretisation", *variances]].mean()
    llc_noise, drift_noise = (standard_errors * (mean[name] / groups.size()) ** 0.5 for name in variances)

    def largest(difference, allowance, scale) -> float:
        return float(((difference.abs() - allowance).clip(lower=0) / scale.abs()).max())

    return {
        "truth": largest(mean.llc - mean.true_llc, llc_noise, mean.true_llc),
        "prediction": largest(mean.llc - mean.predicted_llc, llc_noise, mean.predicted_llc),
        "drift": largest(mean.drift, drift_noise, mean.predicted_llc),
        "discretisation": largest(mean.discretisation, 0.0, mean.predicted_llc),
    }
