"""What every recorded step of a batch of runs shows: the rows of the superposition and loss tables."""

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from superposition import geometry, model
from superposition.activations import Activation
from superposition.data import population_inputs
from superposition.geometry import Thresholds
from superposition.model import Inputs
from superposition.presets import TrainingPreset
from superposition.status import DIVERGED, OK
from superposition.trajectory import Losses, Trajectory


def superposition_table(
    activation: Activation, preset: TrainingPreset, trajectory: Trajectory, *, thresholds: Thresholds
) -> pd.DataFrame:
    """Return one row of measures for each seed and recorded step; rows of diverged runs have nulls.

    Args:
        activation: Output activation of the runs.
        preset: Their training preset.
        trajectory: Their weights.
        thresholds: From when on a feature counts as represented or recovered.
    """
    finite = ~trajectory.diverged
    W, b = trajectory.W[finite].astype(np.float64), trajectory.b[finite].astype(np.float64)
    units = Inputs(x=None, weight=torch.ones(preset.n_features, 1, 1))
    is_represented = geometry.represented(W, thresholds=thresholds)
    outputs = _per_point(model.outputs, activation, W, b, units)
    values = {
        "loss": _per_point(model.loss, activation, W, b, population_inputs(preset).to(torch.float64)),
        "n_represented": is_represented.sum(-1),
        "n_recovered": geometry.recovered(outputs, thresholds=thresholds).sum(-1),
        "polygon": [geometry.polygon(*point) for point in zip(W, is_represented, strict=True)],
        "frobenius_sq": (W**2).sum((-1, -2)),
        "feature_norm": list(geometry.feature_norm(W)),
        "dimensionality": list(geometry.dimensionality(W)),
        "interference": list(geometry.interference(W)),
        "leakage": list(geometry.leakage(outputs)),
    }
    rows = _seed_and_step(trajectory.seeds, trajectory.steps)
    rows["status"] = np.where(finite.ravel(), OK, DIVERGED)
    return rows.join(pd.DataFrame(values, index=np.flatnonzero(finite.ravel())))


def loss_table(preset: TrainingPreset, seeds: np.ndarray, losses: Losses) -> pd.DataFrame:
    """Return one row of losses for each seed and step at which the loss was recorded.

    DEVIATION N2: the original divides a sum of batch means by the number of samples; its value stands beside the mean
    squared error.
    """
    rows = _seed_and_step(seeds, losses.steps)
    sample = losses.sample.astype(np.float64).ravel()
    logged = sample * preset.steps_per_epoch / preset.n_samples
    return rows.assign(loss=losses.population.astype(np.float64).ravel(), sample_loss=sample, logged_loss=logged)


def _seed_and_step(seeds: np.ndarray, steps: np.ndarray) -> pd.DataFrame:
    """Return the key columns of a table with a row for each seed and step."""
    return pd.DataFrame({"seed": np.repeat(seeds, len(steps)), "step": np.tile(steps, len(seeds))})


def _per_point(
    function, activation: Activation, W: Float[np.ndarray, "point hidden feature"], b: np.ndarray, inputs: Inputs
) -> np.ndarray:
    """Return a function of the model at each point, with the point axis first."""
    replicas = torch.from_numpy(np.moveaxis(W, 0, -1)).contiguous(), torch.from_numpy(b.T).contiguous()
    return np.moveaxis(function(activation, *replicas, inputs).numpy(), -1, 0)
