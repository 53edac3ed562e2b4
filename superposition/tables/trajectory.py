"""Inputs, weights and outputs of training runs, and their files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64, Shaped, UInt8

from superposition.tables import arrays
from superposition.tables.identity import ANY, Identity, of_batch
from superposition.training_presets import InputPreset

INPUTS, TRAJECTORY, CHECKPOINTS, OUTPUTS = "inputs", "trajectory", "checkpoints", "outputs"
"""Kinds of array files."""


@dataclass(frozen=True)
class TrainingInputs:
    """The inputs of every training step of a batch of runs, the same for every activation.

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

    def save(self, path: str | Path, runs: Identity = ANY) -> None:
        """Write the four arrays as safetensors, which say of which runs they are."""
        arrays.write(path, {name: values for name, values in vars(self).items() if name != "preset"}, INPUTS, runs)


def load_inputs(path: str | Path, preset: InputPreset, runs: Identity = ANY) -> TrainingInputs:
    """Return the inputs that were drawn with a preset and written to `path`; see arrays.read."""
    return TrainingInputs(preset, **arrays.read(path, TrainingInputs.__annotations__.keys() - {"preset"}, INPUTS, runs))


@dataclass(frozen=True)
class Trajectory:
    """Weights of a batch of runs at recorded steps.

    Attributes:
        W: Tied weights, shape (seed, step, hidden, feature); column i is the direction of feature i. Not finite from
            the first recorded step after a run has diverged.
        b: Biases, shape (seed, step, feature).
        steps: Recorded steps, increasing; after step s, s updates have been made. DEVIATION N3: the notebook names
            the next logged step.
        seeds: Seeds of the runs.
    """

    W: Float32[np.ndarray, "seed step hidden feature"] | Float64[np.ndarray, "seed step hidden feature"]
    b: Float32[np.ndarray, "seed step feature"] | Float64[np.ndarray, "seed step feature"]
    steps: Int64[np.ndarray, " step"]
    seeds: Int64[np.ndarray, " seed"]

    @property
    def diverged(self) -> Bool[np.ndarray, "seed step"]:
        """Whether a run is no longer finite."""
        return ~np.asarray(np.isfinite(self.W).all((2, 3)) & np.isfinite(self.b).all(2))

    def of(self, seeds: int | Sequence[int]) -> "Trajectory":
        """Return the trajectory of one or some of the seeds alone."""
        only = np.isin(self.seeds, seeds)
        return Trajectory(W=self.W[only], b=self.b[only], steps=self.steps, seeds=self.seeds[only])

    def at(self, steps: list[int]) -> "Trajectory":
        """Return the trajectory at some of its recorded steps.

        Raises:
            KeyError: If a step was not recorded.
        """
        position = {int(step): i for i, step in enumerate(self.steps)}
        index = [position[step] for step in steps]
        return Trajectory(W=self.W[:, index], b=self.b[:, index], steps=self.steps[index], seeds=self.seeds)

    def save(self, path: str | Path, runs: Identity = ANY, *, kind: str = TRAJECTORY) -> None:
        """Write the four arrays as safetensors, which say of which runs they are, and whether at checkpoints alone."""
        arrays.write(path, vars(self), kind, runs)


def load(path: str | Path, runs: Identity = ANY, *, kind: str = TRAJECTORY) -> Trajectory:
    """Return the trajectory that was written to `path`; see arrays.read."""
    return Trajectory(**arrays.read(path, Trajectory.__annotations__, kind, runs))


def load_checkpoints(paths: Iterable[str | Path]) -> list[Trajectory]:
    """Return the checkpoints of batches of runs in folders ``.../{training}/{activation}/seeds-{seeds}/``."""
    return [load(path, of_batch(path), kind=CHECKPOINTS) for path in paths]


@dataclass(frozen=True)
class Outputs:
    """Outputs of the models of a trajectory at its recorded steps.

    Attributes:
        outputs: Output for every unit vector, shape (seed, step, input, feature); row i is that for e_i.
        loss: Expected mean squared error over the distribution of inputs, shape (seed, step).
    """

    outputs: Float32[np.ndarray, "seed step input feature"] | Float64[np.ndarray, "seed step input feature"]
    loss: Float64[np.ndarray, "seed step"]

    def save(self, path: str | Path, runs: Identity = ANY) -> None:
        """Write both arrays as safetensors, which say of which runs they are."""
        arrays.write(path, vars(self), OUTPUTS, runs)


def load_outputs(path: str | Path, runs: Identity = ANY) -> Outputs:
    """Return the outputs that were written to `path`; see arrays.read."""
    return Outputs(**arrays.read(path, Outputs.__annotations__, OUTPUTS, runs))


Columns = dict[str, Shaped[np.ndarray, " row"]]  # of a table, by name


def seed_and_step(seeds: Int64[np.ndarray, " seed"], steps: Sequence[int] | Int64[np.ndarray, " step"]) -> Columns:
    """Return the key columns of a table with a row for each seed and step: all steps of one seed after the other."""
    return {"seed": np.repeat(seeds, len(steps)), "step": np.tile(steps, len(seeds))}
