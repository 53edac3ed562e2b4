"""Outputs of trained models for every unit vector, and their population loss."""

import numpy as np
import torch
from jaxtyping import Float

from superposition.activations import Activation
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs
from superposition.model.data import population_inputs
from superposition.presets import TrainingPreset
from superposition.tables.trajectory import Outputs, Trajectory


def outputs_of(activation: Activation, preset: TrainingPreset, trajectory: Trajectory) -> Outputs:
    """Return what the models of a trajectory answer, computed in double precision; not finite after a divergence.

    Args:
        activation: Output activation of the runs.
        preset: Their training preset.
        trajectory: Their weights.
    """
    W, b = trajectory.W.astype(np.float64), trajectory.b.astype(np.float64)
    units = Inputs(x=None, weight=torch.ones(preset.n_features, 1, 1))
    outputs = _at_every_point(autoencoder.outputs, activation, W, b, units)
    loss = _at_every_point(autoencoder.loss, activation, W, b, population_inputs(preset).to(torch.float64))
    return Outputs(outputs=outputs.astype(trajectory.W.dtype), loss=loss)


def _at_every_point(
    function, activation: Activation, W: Float[np.ndarray, "seed step hidden feature"], b: np.ndarray, inputs: Inputs
) -> np.ndarray:
    """Return a function of the model at each point, with the seed and step axes first."""
    n_seeds, n_steps = W.shape[:2]
    points = [torch.from_numpy(np.moveaxis(np.concatenate(x), 0, -1)).contiguous() for x in (W, b)]
    found = np.moveaxis(function(activation, *points, inputs).numpy(), -1, 0)
    return found.reshape(n_seeds, n_steps, *found.shape[1:])
