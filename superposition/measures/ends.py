r"""Ends of runs: whether training has arrived at a minimum of its own loss, measured at the last recorded step.

A small gradient alone is no convergence: it is small at saddles, and where the loss falls ever more slowly towards
infinity. Gradient and Hessian H are those of the mean loss over the run's training sample, in float64. Rotations of the
hidden layer change no loss, so H is taken across them: with T an orthonormal basis of their directions,

.. math:: (1 - T T^\top) H (1 - T T^\top) + |H| \, T T^\top
"""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from superposition.activations import Activation
from superposition.llc.hessian import curvature
from superposition.model import autoencoder
from superposition.model.autoencoder import Inputs, join, split
from superposition.model.data import training_sample
from superposition.model.kinks import kinks
from superposition.tables.trajectory import Outputs, TrainingInputs, Trajectory
from superposition.training_presets import TrainingPreset

BIAS_SHIFT = 1e-9  # of biases to both sides: beyond the rounding of pre-activations, and less than limits see


def ends_table(
    activation: Activation, preset: TrainingPreset, inputs: TrainingInputs, trajectory: Trajectory, outputs: Outputs
) -> dict[str, np.ndarray]:
    """Return the columns of the table of ends: a row for each run, NaN where it has diverged.

    Args:
        activation: Activation of the runs.
        preset: Their training preset.
        inputs: What the runs were trained on.
        trajectory: Weights at recorded steps, of which the last is the end.
        outputs: Outputs at these steps.
    """
    n_runs = len(trajectory.seeds)
    w = join(torch.from_numpy(trajectory.W), torch.from_numpy(trajectory.b)).double()
    sample = training_sample(inputs, preset, device=torch.device("cpu")).of(torch.arange(n_runs)).to(torch.float64)
    preactivations = autoencoder.preactivation(*split(w[:, -1].T, preset.n_hidden), sample)
    return {
        "seed": trajectory.seeds,
        "step": np.full(n_runs, trajectory.steps[-1]),
        **_curvature(activation, preset, sample, w[:, -1]),
        "norm_growth": _growth(w.norm(dim=-1).numpy(), trajectory.steps),
        "kink_distance": kink_distance(activation, preactivations),
        "n_frozen": (trajectory.W[:, :1] == trajectory.W).all((1, 2)).sum(-1),
        "linear_distance": linear_distance(outputs.outputs[:, -1].astype(np.float64), preset.n_hidden),
    }


def _curvature(
    activation: Activation, preset: TrainingPreset, inputs: Inputs, w: Float[Tensor, "run parameter"]
) -> dict[str, np.ndarray]:
    """Return norm of the gradient and extreme eigenvalues of the Hessian: the least favourable of an end's sides."""

    def loss(w: Float[Tensor, "parameter run"]) -> Tensor:
        return autoencoder.loss(activation, *split(w, preset.n_hidden), inputs)

    bias = torch.zeros_like(w[0])
    bias[-preset.n_features :] = BIAS_SHIFT
    sides = [curvature(loss, side.T) for side in (w - bias, w, w + bias)]
    eigenvalues = torch.stack([_across_rotations(side.eigenvalues, side.eigenvectors, w, preset) for side in sides])
    return {
        "gradient_norm": torch.stack([side.gradient.norm(dim=1) for side in sides]).amax(0).numpy(),
        "smallest_eigenvalue": eigenvalues[..., 0].amin(0).numpy(),
        "largest_eigenvalue": eigenvalues[..., -1].amax(0).numpy(),
    }


def _across_rotations(
    eigenvalues: Tensor, eigenvectors: Tensor, w: Float[Tensor, "run parameter"], preset: TrainingPreset
) -> Float[Tensor, "run parameter"]:
    """Return the eigenvalues of each Hessian across the rotations of the hidden layer."""
    finite = eigenvalues.isfinite().all(-1)
    hessian = (eigenvectors * eigenvalues.nan_to_num()[:, None]) @ eigenvectors.mT
    largest = eigenvalues.nan_to_num().abs().amax(-1)
    directions = _rotations(w.nan_to_num(), preset)
    along = directions @ torch.linalg.pinv(directions, rtol=1e-6)
    across = torch.eye(w.shape[1], dtype=w.dtype) - along
    values = torch.linalg.eigvalsh(across @ hessian @ across + largest[:, None, None] * along)
    return torch.where(finite[:, None], values, torch.nan)


def _rotations(w: Float[Tensor, "run parameter"], preset: TrainingPreset) -> Float[Tensor, "run parameter plane"]:
    """Return the direction in which W moves where each plane of the hidden layer is turned."""
    W = w[:, : -preset.n_features].unflatten(1, (preset.n_hidden, preset.n_features))
    i, j = torch.triu_indices(preset.n_hidden, preset.n_hidden, offset=1)
    plane = torch.arange(len(i))
    turns = w.new_zeros(len(i), preset.n_hidden, preset.n_hidden)
    turns[plane, i, j], turns[plane, j, i] = -1, 1
    moved = torch.einsum("pab,rbf->rafp", turns, W).flatten(1, 2)
    return F.pad(moved, (0, 0, 0, preset.n_features))  # biases stay


def _growth(norm: Float[np.ndarray, "run step"], steps: np.ndarray) -> Float[np.ndarray, " run"]:
    """Return the decades by which the norm of the parameters grows per decade of steps."""
    # Over the last decade, or half, of the steps, whichever is less: who has moved far once does not go on growing.
    start = np.searchsorted(steps, [steps[-1] / 10, steps[-1] / 2], side="right") - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        growth = np.log10(norm[:, -1:] / norm[:, start]) / np.log10(steps[-1] / np.maximum(steps[start], 1))
    return growth.min(1)


def kink_distance(
    activation: Activation, preactivations: Float[Tensor, "input feature point"]
) -> Float[np.ndarray, " point"]:
    """Return how far the pre-activation nearest to a kink or jump of the activation is from it; NaN without any."""
    nearest = torch.full_like(preactivations[0, 0], torch.inf)
    for kink in kinks(activation):
        nearest = torch.minimum(nearest, (preactivations - kink).abs().amin((0, 1)))
    return torch.where(nearest.isfinite(), nearest, torch.nan).numpy()


def linear_distance(outputs: Float[np.ndarray, "run input feature"], n_hidden: int) -> Float[np.ndarray, " run"]:
    r"""Return how far outputs are from those of the best linear model, relative to these.

    It gives the mean input plus a projection P of the rest onto n_hidden dimensions, so the outputs for unit vectors,
    less their mean, are some such P. The nearest one is made of the largest eigenvectors of their symmetric part.
    """
    centred = np.nan_to_num(outputs - outputs.mean(1, keepdims=True))
    _, vectors = np.linalg.eigh((centred + centred.swapaxes(1, 2)) / 2)
    top = vectors[..., -n_hidden:]
    distance = np.linalg.norm(centred - top @ top.swapaxes(1, 2), axis=(1, 2)) / np.sqrt(n_hidden)
    return np.where(np.isfinite(outputs).all((1, 2)), distance, np.nan)
