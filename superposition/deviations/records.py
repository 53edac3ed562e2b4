"""Distance of the original's records from what they stand for: what it logs and draws.

Ids of defects are those of docs/deviations.md.
"""

import functools
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import Activation
from superposition.deviations.paired import DIFFERENCE, RATIO, Effect, Pair, Runs
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds
from superposition.model.draws import TrainingDraws
from superposition.presets import TrainingPreset
from superposition.schedules import log_spaced_steps


def unseen_training(preset: TrainingPreset) -> Effect:
    """Return how many of the training steps the original records (N1).

    Its steps to be logged end at `logged_last`; it trains as many epochs.
    """
    sentence = "Of {corrected} training steps the original shows the first {original}."
    steps = preset.logged_last, preset.logged_last * preset.steps_per_epoch
    return Effect("N1", "training steps", RATIO, sentence, {None: steps})


def as_logged(
    activation: Activation,
    W: Float[Tensor, "hidden feature"],
    b: Float[Tensor, " feature"],
    inputs: Float[Tensor, "input feature"],
    *,
    batch_size: int,
) -> tuple[float, float]:
    r"""Return the loss and the accuracy of one model as the original logs them.

    .. math:: \frac1N \sum_B \mathrm{MSE}(B), \qquad \frac1N \sum_x \#\{j : \mathrm{round}(\hat x_j) = x_j\}

    over the batches B and inputs x of a sample of size N: a mean of batch size smaller than the mean squared error, and
    a number of features instead of a rate.

    Source: ``log`` in the notebook's training loop.
    """
    loss = matches = 0.0
    for batch in inputs.split(batch_size):
        outputs = activation.function(batch @ W.T @ W + b)
        loss += torch.nn.functional.mse_loss(outputs, batch).item()
        matches += (outputs.round() == batch).sum().item()
    return loss / len(inputs), matches / len(inputs)


def logged_values(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield the final loss and accuracy as the original logs them, against what they are (N2, N6)."""
    loss, accuracy = {}, {}
    for pair in pairs:
        of_runs = [_logged_and_true(pair.original, i) for i in range(len(pair.original.trajectory.seeds))]
        logged, mse, matches, rate = np.array(of_runs).T
        loss[pair.name], accuracy[pair.name] = (logged, mse), (matches, rate)
    sentence = "The original logs {original} where the mean squared error is {corrected}."
    yield Effect("N2", "final loss over the training sample (MSE)", RATIO, sentence, loss)
    sentence = "The original logs an accuracy of {original}; {corrected} of the outputs round to the input."
    of_accuracy = functools.partial(Effect, "N6", "final accuracy", RATIO, sentence)
    yield of_accuracy(accuracy)
    first = pairs[0].original
    matches = (_training_sample(first.preset, int(first.trajectory.seeds[0])) == 0).sum(1).float().mean().item()
    nothing = {None: (matches, matches / first.preset.n_features)}
    yield of_accuracy(nothing, "a model that answers 0 to everything")


def _logged_and_true(runs: Runs, i: int) -> tuple[float, float, float, float]:
    """Return logged and true loss, logged accuracy and rate, of one run at its last step."""
    inputs = _training_sample(runs.preset, int(runs.trajectory.seeds[i]))
    W, b = torch.from_numpy(runs.final.W[i, 0]), torch.from_numpy(runs.final.b[i, 0])
    loss, matches = as_logged(runs.activation, W, b, inputs, batch_size=runs.preset.batch_size)
    mse = torch.nn.functional.mse_loss(runs.activation.function(inputs @ W.T @ W + b), inputs).item()
    # Outputs that are not finite match nothing, but say nothing of the accuracy of a model.
    matches = matches if np.isfinite(mse) else np.nan
    return loss, mse, matches, matches / runs.preset.n_features


@functools.cache
def _training_sample(preset: TrainingPreset, seed: int) -> Float[Tensor, "input feature"]:
    """Return the training sample of a run, which no activation changes."""
    return TrainingDraws(preset, seed=seed).sample


def misaligned_snapshots(pairs: Sequence[Pair], thresholds: Thresholds) -> Iterator[Effect]:
    """Yield, for each snapshot of the weights, the step it is shown at and how far off that is (N3)."""
    preset = pairs[0].original.preset
    logged = log_spaced_steps(count=preset.logged_count, last=preset.logged_last)
    steps = [step for step in logged if step <= preset.n_steps]
    shifted = [_shifted(pair, steps, thresholds) for pair in pairs]
    moved, differs = (np.concatenate(values) for values in zip(*shifted, strict=True))
    shown_at = "The weights after step {corrected} are shown at step {original}."
    changes = "Between the step at which a snapshot is shown and its own, W moves by {effect} of its norm."
    quantity = "relative change of W between the two steps"
    for i, (true, shown) in enumerate(itertools.pairwise(steps)):
        setting = f"snapshot {i + 1}"
        yield Effect("N3", "step of a snapshot", DIFFERENCE, shown_at, {None: (shown, true)}, setting)
        yield Effect("N3", quantity, DIFFERENCE, changes, {None: (moved[:, i], 0.0)}, setting)
        yield _share(differs[:, i], setting)
    yield _share(differs, "all snapshots")


def _share(differs: np.ndarray, setting: str) -> Effect:
    """Return the share of runs in which the number of represented features differs; diverged ones are left out."""
    n = int(np.isfinite(differs).sum())
    values = {None: (np.nanmean(differs) if n else np.nan, 0.0)}
    quantity = "share of runs with another number of represented features"
    sentence = "In a share of {effect} of the runs, another number of features is represented."
    return Effect("N3", quantity, DIFFERENCE, sentence, values, setting, n)


def _shifted(pair: Pair, steps: list[int], thresholds: Thresholds) -> tuple[np.ndarray, np.ndarray]:
    """Return what differs between neighbouring logged steps, shape (seed, pair of steps): W, number of features."""
    runs = pair.original.trajectory.at(steps)
    W = runs.W.astype(np.float64)
    with np.errstate(invalid="ignore"):  # runs that diverged
        moved = np.linalg.norm(np.diff(W, axis=1), axis=(2, 3)) / np.linalg.norm(W[:, 1:], axis=(2, 3))
    count = np.where(runs.diverged, np.nan, geometry.represented(W, thresholds=thresholds).sum(-1))
    step = np.diff(count, axis=1)
    return moved, np.where(np.isfinite(step), step != 0, np.nan)


def hulls(pairs: Sequence[Pair], thresholds: Thresholds) -> Iterator[Effect]:
    """Yield the corners of the hull that the original draws, over all columns, against represented ones (N13)."""
    sentence = "The hull of all columns has {original} corners, that of the represented ones {corrected}."
    for position, setting in ((0, "at the start"), (-1, "at the end")):
        corners = {pair.name: _corners(pair.original, position, thresholds) for pair in pairs}
        yield Effect("N13", "corners of the convex hull", DIFFERENCE, sentence, corners, setting)


def _corners(runs: Runs, position: int, thresholds: Thresholds) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners over all columns and over the represented ones of each run at one recorded step."""
    finite = ~runs.trajectory.diverged[:, position]
    W = runs.trajectory.W[finite, position].astype(np.float64)
    represented = geometry.represented(W, thresholds=thresholds)
    every, chosen = geometry.polygon(W, np.ones_like(represented)), geometry.polygon(W, represented)
    return every.astype(float), chosen.astype(float)
