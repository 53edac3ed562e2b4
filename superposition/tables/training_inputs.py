"""Inputs of training runs, the same for every activation, and their file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8

from superposition.presets import InputPreset
from superposition.tables import arrays
from superposition.tables.identity import ANY, Identity

INPUTS = "inputs"
ARRAYS = ("sample", "epoch_seeds", "counts", "seeds")
"""Arrays in a file of them."""


@dataclass(frozen=True)
class TrainingInputs:
    """The inputs of every training step of a batch of runs.

    Attributes:
        preset: What they were drawn with.
        sample: Training sample of each run, shape (seed, sample, feature).
        epoch_seeds: Seed of the order of each epoch, shape (seed, epoch), none with full batches; see
            draws.order_of_pass.
        counts: Where inputs are unit vectors and batches smaller than the sample, how often each feature is active
            among the inputs of each step, shape (step, feature, seed); otherwise of length 0 along step. One byte each
            where batches are below 256.
        seeds: Seeds of the runs.
    """

    preset: InputPreset
    sample: Float32[np.ndarray, "seed sample feature"]
    epoch_seeds: Int64[np.ndarray, "seed epoch"]
    counts: UInt8[np.ndarray, "step feature seed"] | Int32[np.ndarray, "step feature seed"]
    seeds: Int64[np.ndarray, " seed"]

    def save(self, path: str | Path, of: Identity = ANY) -> None:
        """Write the four arrays as safetensors, which say of which runs they are."""
        arrays.write(path, {name: vars(self)[name] for name in ARRAYS}, INPUTS, of)


def load(path: str | Path, preset: InputPreset, of: Identity = ANY) -> TrainingInputs:
    """Return the inputs that were drawn with a preset and written to `path`; see arrays.read."""
    return TrainingInputs(preset, **arrays.read(path, ARRAYS, INPUTS, of))
