"""LLC estimates under many settings of the sampler, where the answer is known and where runs end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from superposition.activations import BY_NAME, Activation
from superposition.calibration import settings
from superposition.calibration.settings import BATCH_SIZE, SETTING, TEMPERATURE
from superposition.llc.chains import Target, run_chains
from superposition.llc.estimate import Estimate, Limits, estimate_llc, estimate_of
from superposition.llc.hessian import Curvature
from superposition.llc.known_points import LIVE_LENGTH_SQ, live_polygon, quadratic
from superposition.llc.runs import sampled_curvature
from superposition.model import autoencoder
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables.trajectory import Trajectory

FINAL = "final checkpoint"
"""Name of the points at which runs end."""

QUADRATIC = quadratic([0.5] * 16, name="quadratic, d = 16")
"""A loss without activation or data, for which prediction and learning coefficient are exact."""

TRACE_ROWS = 100
"""Draws of each setting, evenly spaced, that the table of traces keeps."""


@dataclass(frozen=True, kw_only=True)
class Points:
    """Points of one activation at which settings are tried, with their learning coefficients, NaN where unknown.

    Their weights have one step for each point; the seeds are those of the chains too.
    """

    activation: Activation
    names: Sequence[str]
    weights: Trajectory
    true_llc: Float[np.ndarray, " point"]


def polygon_points(seeds: Sequence[int]) -> Points:
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
    return Points(activation=BY_NAME["relu"], names=[case.name for case in cases], weights=weights, true_llc=true_llc)


def points_to_try(activations: Iterable[str], checkpoints: Iterable[Trajectory], *, n_seeds: int) -> list[Points]:
    """Return the polygons, with chains of the seeds 1 to n_seeds, and where the first runs of activations end."""
    found = [polygon_points(range(1, n_seeds + 1))]
    for name, runs in zip(activations, checkpoints, strict=True):
        last = runs.of(runs.seeds[:n_seeds].tolist()).at([int(runs.steps[-1])])
        found.append(Points(activation=BY_NAME[name], names=[FINAL], weights=last, true_llc=np.array([np.nan])))
    return found


def calibrate(
    points: Sequence[Points],
    bases: Mapping[str, SamplerPreset],
    tried: Mapping[str, Mapping[str, Any]],
    *,
    training: TrainingPreset,
    limits: Limits,
    device: torch.device,
    replicas_per_chunk: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what every setting estimates at every point, and the traces of the first seed.

    Args:
        points: Where to estimate.
        bases: Sampler presets that the sweeps start from, by ``BATCH_SIZE`` and ``TEMPERATURE``.
        tried: Arguments of `batch_settings` and `temperature_settings`, by the same.
        training: Training preset, for the model and its data.
        limits: Beyond what an estimate may not be read.
        device: Where chains are computed.
        replicas_per_chunk: Chains that are computed together; changes memory and speed, no number.
    """
    targets = [Target(group.activation, training, bases[TEMPERATURE], device) for group in points]
    curvatures = {
        sweep: [
            sampled_curvature(replace(target, sampler=bases[sweep]), group.weights)
            for target, group in zip(targets, points, strict=True)
        ]
        for sweep in (BATCH_SIZE, TEMPERATURE)
    }
    largest = max(float(at_points.eigenvalues.nan_to_num().max()) for at_points in curvatures[TEMPERATURE])
    sweeps = {
        BATCH_SIZE: settings.batch_settings(bases[BATCH_SIZE], **tried[BATCH_SIZE]),
        TEMPERATURE: settings.temperature_settings(bases[TEMPERATURE], largest, **tried[TEMPERATURE]),
    }
    rows, traces = [], []
    for sweep, of_sweep in sweeps.items():
        for setting in of_sweep:
            keys = {"sweep": sweep} | {name: getattr(setting, name) for name in SETTING}
            for target, group, at_points in zip(targets, points, curvatures[sweep], strict=True):
                here = replace(target, sampler=setting)
                estimated, trace = _try(here, group, at_points, limits, replicas_per_chunk)
                rows.append(estimated.assign(**keys, activation=group.activation.name))
                traces.append(trace.assign(**keys, activation=group.activation.name))
            if sweep == TEMPERATURE:
                seed = int(points[0].weights.seeds[0])
                rows.append(_try_quadratic(setting, limits, seed).assign(**keys, activation=None))
    return pd.concat(rows, ignore_index=True), pd.concat(traces, ignore_index=True)


def _try(
    target: Target, points: Points, at_points: Curvature, limits: Limits, replicas_per_chunk: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the estimates of one setting, a row for each seed and point, and the traces of the first seed."""
    setting = target.sampler
    # Draws from the first step on, so that traces show what a burn-in leaves out.
    n_draws = setting.num_burnin_steps // setting.num_steps_bw_draws + setting.num_draws
    whole = replace(target, sampler=replace(setting, num_burnin_steps=0, num_draws=n_draws))
    chains = run_chains(whole, points.weights, replicas_per_chunk=replicas_per_chunk)
    used = chains.losses[..., -setting.num_draws :].reshape(-1, setting.num_chains, setting.num_draws)
    nbeta, localization = setting.nbeta, setting.localization
    estimate = estimate_of(used, chains.init_loss.ravel(), at_points, nbeta=nbeta, localization=localization)
    n_seeds, n_points = chains.init_loss.shape
    where = {
        "point": np.tile(list(points.names), n_seeds),
        "seed": np.repeat(points.weights.seeds, n_points),
        "true_llc": np.tile(points.true_llc, n_seeds),
    }
    rows = _rows(estimate, used, setting, limits).assign(**where)
    above = setting.nbeta * (chains.losses[0].astype(np.float64) - chains.init_loss[0, :, None, None])
    return rows, _traces(above, setting, points.names)


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


def _traces(above: Float[np.ndarray, "point chain draw"], setting: SamplerPreset, names: Sequence[str]) -> pd.DataFrame:
    """Return mean and standard deviation over chains of n beta (L - L(w*)) at evenly spaced draws."""
    kept = np.unique(np.linspace(0, above.shape[-1] - 1, TRACE_ROWS).round().astype(int))
    sgld_step = (kept + 1) * setting.num_steps_bw_draws
    statistics = zip(names, above.mean(1)[:, kept], above.std(1)[:, kept], strict=True)
    parts = [{"point": name, "sgld_step": sgld_step, "mean": mean, "std": std} for name, mean, std in statistics]
    return pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
