"""Weights and outputs of training runs, and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Float64, Int64

from superposition.tables import arrays
from superposition.tables.identity import ANY, Identity

TRAJECTORY, CHECKPOINTS, OUTPUTS = "trajectory", "checkpoints", "outputs"
"""Kinds of array files."""


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
    def diverged(self) -> np.ndarray:
        """Whether a run is no longer finite, shape (seed, step)."""
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

    def save(self, path: str | Path, of: Identity = ANY, *, kind: str = TRAJECTORY) -> None:
        """Write the four arrays as safetensors, which say of which runs they are, and whether at checkpoints alone."""
        arrays.write(path, vars(self), kind, of)


def load(path: str | Path, of: Identity = ANY, *, kind: str = TRAJECTORY) -> Trajectory:
    """Return the trajectory that was written to `path`; see arrays.read."""
    return Trajectory(**arrays.read(path, Trajectory.__annotations__, kind, of))


@dataclass(frozen=True)
class Outputs:
    """Answers of the models of a trajectory at its recorded steps.

    Attributes:
        outputs: Output for every unit vector, shape (seed, step, input, feature); row i is the answer to e_i.
        loss: Expected mean squared error over the distribution of inputs, shape (seed, step).
    """

    outputs: Float32[np.ndarray, "seed step input feature"] | Float64[np.ndarray, "seed step input feature"]
    loss: Float64[np.ndarray, "seed step"]

    def save(self, path: str | Path, of: Identity = ANY) -> None:
        """Write both arrays as safetensors, which say of which runs they are."""
        arrays.write(path, vars(self), OUTPUTS, of)


def load_outputs(path: str | Path, of: Identity = ANY) -> Outputs:
    """Return the outputs that were written to `path`; see arrays.read."""
    return Outputs(**arrays.read(path, Outputs.__annotations__, OUTPUTS, of))


def seed_and_step(seeds: np.ndarray, steps: Sequence[int] | np.ndarray) -> dict[str, np.ndarray]:
    """Return the key columns of a table with a row for each seed and step."""
    return {"seed": np.repeat(seeds, len(steps)), "step": np.tile(steps, len(seeds))}
