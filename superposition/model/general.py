r"""Models of every training preset: untied weights, hidden layers, LayerNorm, any data.

.. math:: \hat x = \varphi(V \, a + b), \qquad a = h = W x \text{ or } a = \varphi(A h + c), \text{ layer after layer}

with :math:`V = W^\top` where weights are tied. LayerNorm acts on x, or on what the output activation returns. The
parameters of a replica are one vector, and replicas come first, as in batched matrix products; where `autoencoder` can
compute a model, it is several times quicker and gives the same but for rounding.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import Activation
from superposition.model.autoencoder import Inputs
from superposition.model.device import dtype_of
from superposition.model.draws import initial_parameters
from superposition.model.training import optimizer
from superposition.training_presets import TrainingPreset

NORM_EPSILON = 1e-5  # added to variances by LayerNorm, as PyTorch does


def shapes(preset: TrainingPreset) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a model's parameters in their order: W and b first, as in `autoencoder`."""
    n, m, width = preset.n_features, preset.n_hidden, preset.layer_width
    shape_of: dict[str, tuple[int, ...]] = {"W": (m, n), "b": (n,)}
    if preset.weights == "untied":
        shape_of["V"] = (n, width if preset.hidden_layers else m)
    for layer in range(preset.hidden_layers):
        shape_of |= {f"A{layer}": (width, width if layer else m), f"c{layer}": (width,)}
    if preset.layer_norm != "none" and preset.layer_norm_affine == "learned":
        shape_of |= {"gain": (n,), "offset": (n,)}
    return shape_of


def by_name(preset: TrainingPreset, w: Float[Tensor, "replica parameter"]) -> dict[str, Float[Tensor, "replica ..."]]:
    """Return the parameters by name, views of their vectors in the shapes of the model's."""
    shape_of = shapes(preset)
    parts = w.split([math.prod(shape) for shape in shape_of.values()], dim=1)
    return {name: part.unflatten(1, shape) for (name, shape), part in zip(shape_of.items(), parts, strict=True)}


def initial(preset: TrainingPreset, seeds: Sequence[int]) -> Float[Tensor, "replica parameter"]:
    """Return the parameters of the runs of some seeds at the start.

    W and b start as those of the tied autoencoder. ASSUME that V starts as the transpose of W, so that untying alone
    moves no start; hidden layers, and then V, have Xavier's normal start.
    """
    mean, std = _unit_vector(preset.n_features)
    starts = []
    for seed in seeds:
        (W, b), random = initial_parameters(preset, seed=seed), np.random.default_rng([seed, 1])
        given = {"W": W, "b": b, "gain": np.full(len(b), std), "offset": np.full(len(b), mean)}
        given |= {} if preset.hidden_layers else {"V": W.T}
        for name, shape in shapes(preset).items():
            scale = np.sqrt(2 / sum(shape)) if len(shape) > 1 else 0.0
            starts.append(np.ravel(given[name] if name in given else random.normal(scale=scale, size=shape)))
    return torch.from_numpy(np.concatenate(starts).reshape(len(seeds), -1)).to(dtype_of(preset))


def _unit_vector(n: int) -> tuple[float, float]:
    """Return mean and standard deviation of the entries of a unit vector."""
    return 1 / n, math.sqrt(1 / n - 1 / n**2)


@dataclass(frozen=True)
class GeneralModel:
    """The model of a preset, with an activation of its output and of hidden layers; how it is trained plays no part."""

    activation: Activation
    preset: TrainingPreset

    def outputs(
        self, w: Float[Tensor, "replica parameter"], x: Float[Tensor, "_ input feature"]
    ) -> Float[Tensor, "replica input feature"]:
        """Return the outputs of all replicas for inputs, their own or the same for all."""
        p, preset = by_name(self.preset, w), self.preset
        h = (self._normed(p, x) if preset.layer_norm == "before_bottleneck" else x) @ p["W"].mT
        for layer in range(preset.hidden_layers):
            h = self.activation.function(h @ p[f"A{layer}"].mT + p[f"c{layer}"][:, None])
        z = h @ (p["W"] if preset.weights == "tied" else p["V"].mT) + p["b"][:, None]
        output = self.activation.function(z)
        return self._normed(p, output) if preset.layer_norm == "after_activation" else output

    def _normed(self, p: dict[str, Tensor], x: Tensor) -> Tensor:
        """Return LayerNorm over the features, with the affine map that the preset asks for."""
        normal = torch.nn.functional.layer_norm(x, x.shape[-1:], eps=NORM_EPSILON)
        if self.preset.layer_norm_affine == "none":
            return normal
        mean, std = _unit_vector(self.preset.n_features)
        if self.preset.layer_norm_affine == "fixed":
            return normal * std + mean
        return normal * p["gain"][:, None] + p["offset"][:, None]

    def loss(self, w: Float[Tensor, "replica parameter"], inputs: Inputs) -> Float[Tensor, " replica"]:
        """Return the weighted mean squared error of every replica, as `autoencoder.loss` defines it."""
        x, weight = inputs.target.permute(2, 0, 1), inputs.weight.permute(2, 0, 1)
        error = self.outputs(w, x) - x
        return (error.square() * weight).sum((1, 2)) / self.preset.n_features


def train_from(
    activation: Activation,
    presets: Sequence[TrainingPreset],
    w: Float[Tensor, "replica parameter"],
    batches: Iterable[Inputs],
    *,
    steps: Sequence[int],
) -> Float[Tensor, "step replica parameter"]:
    """Return the parameters, in entry i those after ``steps[i]`` updates; a run that diverges goes on as NaN.

    A run is a function of its preset, start and batches, but for rounding: others beside it change the last bits.

    Args:
        activation: Activation of all runs.
        presets: Those of the replicas in turn, of one model.
        w: Parameters at the start; they are changed.
        batches: Inputs of each step.
        steps: Steps that are recorded, increasing.
    """
    alike = len({(preset.optimizer, preset.lr, preset.momentum, preset.weight_decay) for preset in presets}) == 1
    parts = [slice(None)] if alike else [slice(i, None, len(presets)) for i in range(len(presets))]
    updates = [(optimizer(preset, w[part]), part) for preset, part in zip(presets, parts, strict=False)]
    model, recorded, wanted = GeneralModel(activation, presets[0]), [w.clone()] if 0 in steps else [], set(steps)
    for step, inputs in zip(range(1, steps[-1] + 1), batches, strict=False):
        leaf = w.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(model.loss(leaf, inputs).sum(), leaf)
        for update, part in updates:
            update(gradient[part])
        if step in wanted:
            recorded.append(w.clone())
    return torch.stack(recorded)
