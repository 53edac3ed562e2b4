"""Losses of a training run: population, sample and logged loss, the rows of the loss table."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from superposition.presets import TrainingPreset
from superposition.tables.trajectory import seed_and_step


@dataclass(frozen=True)
class Losses:
    """Losses of a batch of runs at recorded steps.

    Attributes:
        steps: Recorded steps.
        population: Expected mean squared error over the distribution of inputs, shape (seed, step).
        sample: Mean squared error over the run's training sample, shape (seed, step).
    """

    steps: Int64[np.ndarray, " step"]
    population: Float32[np.ndarray, "seed step"] | Float64[np.ndarray, "seed step"]
    sample: Float32[np.ndarray, "seed step"] | Float64[np.ndarray, "seed step"]


def loss_table(preset: TrainingPreset, seeds: np.ndarray, losses: Losses) -> dict[str, np.ndarray]:
    """Return the columns of the loss table: a row for each seed and step at which the loss was recorded.

    DEVIATION N2: the original divides a sum of batch means by the number of samples; its value stands beside the mean
    squared error.
    """
    sample = losses.sample.astype(np.float64).ravel()
    return {
        **seed_and_step(seeds, losses.steps),
        "loss": losses.population.astype(np.float64).ravel(),
        "sample_loss": sample,
        "logged_loss": sample * preset.steps_per_epoch / preset.n_samples,
    }
