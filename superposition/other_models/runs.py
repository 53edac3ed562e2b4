"""Runs of one activation under a preset of another paper: a grid of sparsity and importance, and all seeds together."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import Activation
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds
from superposition.model import data, general
from superposition.model.autoencoder import Inputs
from superposition.model.draws import draw_inputs
from superposition.presets import TrainingPreset
from superposition.status import DIVERGED, OK

CPU = torch.device("cpu")
"""ASSUME a CPU: batches of other papers' models are too small for a GPU to pay."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What is varied under a preset: every sparsity with every importance, for every seed."""

    sparsity: Sequence[float]
    importance: Sequence[float]
    seeds: Sequence[int]

    def presets(self, preset: TrainingPreset) -> list[TrainingPreset]:
        """Return the preset with each pair of values, sparsity after sparsity."""
        pairs = itertools.product(self.sparsity, self.importance)
        return [replace(preset, sparsity=sparsity, importance=importance) for sparsity, importance in pairs]


def batches(presets: Sequence[TrainingPreset], seeds: Sequence[int]) -> Iterator[Inputs]:
    """Return the inputs of each step for the runs of all seeds, for each seed those of all presets.

    Raises:
        StudyError: If there are several presets and their samples are not fresh.
    """
    if presets[0].sample == "fresh":
        return data.fresh_batches(presets, seeds)
    (preset,) = presets
    drawn = data.training_batches(draw_inputs(preset.inputs, seeds=seeds), preset, device=CPU)
    n = len(seeds)  # of the replicas, without those that pad them
    return (Inputs(None if each.x is None else each.x[..., :n], each.weight[..., :n]) for each in drawn)


def train(
    activation: Activation, preset: TrainingPreset, grid: Grid, *, steps: Sequence[int]
) -> Float[Tensor, "step replica parameter"]:
    """Return the parameters of all runs at some steps; replicas are seeds, for each all values of the grid."""
    presets = grid.presets(preset)
    start = general.initial(preset, grid.seeds).repeat_interleave(len(presets), 0)
    return general.train_from(activation, preset, start, batches(presets, grid.seeds), steps=steps)


def runs_table(
    activation: Activation,
    preset: TrainingPreset,
    grid: Grid,
    w: Float[Tensor, "replica parameter"],
    *,
    thresholds: Thresholds,
) -> pd.DataFrame:
    """Return the table of runs without what names the experiment; W only of the first seed, column after column.

    Args:
        activation: Output activation.
        preset: Training preset.
        grid: What was varied.
        w: Parameters at the end, as `train` returns them.
        thresholds: From when on a feature counts as represented or recovered.
    """
    presets, n_seeds = grid.presets(preset), len(grid.seeds)
    populations = [data.population_inputs(each) for each in presets]
    w = w.double()
    W = general.by_name(preset, w)["W"].numpy()
    diverged = ~torch.isfinite(w).all(1).numpy()
    answers = general.answers(activation, preset, w, torch.eye(preset.n_features, dtype=w.dtype)[None]).numpy()
    norms, dimensionality = geometry.feature_norm(W), geometry.dimensionality(W)
    n_represented, total = geometry.long_enough(norms, thresholds=thresholds).sum(1), (norms**2).sum(1)
    per_feature = {"dimensionality": dimensionality, "feature_norm": norms, "W": W.swapaxes(1, 2).reshape(len(W), -1)}
    table = pd.DataFrame(
        {
            "sparsity": np.tile([float(each.sparsity) for each in presets], n_seeds),
            "importance": np.tile([float(each.importance) for each in presets], n_seeds),
            "seed": np.repeat(np.asarray(grid.seeds, dtype=np.int64), len(presets)),
            "status": np.where(diverged, DIVERGED, OK),
            "loss": _losses(activation, preset, w, populations),
            "loss_inputs": np.tile([0 if x.population_is_exact else preset.population_size for x in presets], n_seeds),
            "linear_loss": np.tile([linear_loss(each, preset.n_hidden) for each in populations], n_seeds),
            "n_represented": n_represented,
            "n_recovered": geometry.recovered(answers, thresholds=thresholds).sum(1),
            "n_effective": geometry.effective_features(answers),
            "features_per_dimension": n_represented / preset.n_hidden,
            "norm_per_dimension": total / preset.n_hidden,
            "dimensions_per_feature": np.divide(
                preset.n_hidden, total, out=np.full(len(total), np.nan), where=total > 0
            ),
            **{name: list(values) for name, values in per_feature.items()},
        }
    )
    table["W"] = table.W.where(table.seed == grid.seeds[0], None)
    return table


def _losses(
    activation: Activation, preset: TrainingPreset, w: Tensor, populations: Sequence[Inputs]
) -> Float[np.ndarray, " replica"]:
    """Return the expected loss of each run with its own values of the grid."""
    of_values = w.unflatten(0, (-1, len(populations)))
    found = [
        general.general_loss(activation, preset, of_values[:, i], each.to(w.dtype))
        for i, each in enumerate(populations)
    ]
    return torch.stack(found, 1).flatten().numpy()


def linear_loss(inputs: Inputs, n_hidden: int) -> float:
    r"""Return the lowest loss of an affine model with so many hidden dimensions, whose weights need not be tied.

    .. math:: \frac1n \sum_{k > m} \lambda_k, \quad \lambda \text{ the eigenvalues of } D^{1/2} \Sigma D^{1/2}

    with the covariance of the inputs and the importance D of the features: weighted principal components.
    """
    x, weight = inputs.target[..., 0].double(), inputs.weight[..., 0].double()
    probability, importance = weight[:, :1] / weight[:, :1].sum(), (weight / weight[:, :1])[0].expand(x.shape[1])
    centred = (x - (probability * x).sum(0)) * importance.sqrt()
    eigenvalues = torch.linalg.eigvalsh(centred.T @ (probability * centred))
    return float(eigenvalues[: x.shape[1] - n_hidden].sum()) / x.shape[1]
