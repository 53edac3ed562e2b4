"""Size of each defect of the original, measured on the runs of the study.

A row compares what the original computes with the same thing without the defect. Ids are those of docs/deviations.md.
Defects of the runs and of what is logged and drawn of them are here, those of the LLC in `estimates`.
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.deviations import estimates
from superposition.deviations.paired import DIFFERENCE, RATIO, Effect, Pair, Runs, rows, sides
from superposition.estimators.reference import mean_squared_error
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds, superposition_table
from superposition.model.draws import TrainingDraws
from superposition.model.training import outputs_of
from superposition.quantities import LOSS, RECOVERED, REPRESENTED
from superposition.sampler_presets import SamplerPreset
from superposition.schedules import log_spaced_steps
from superposition.statistics import Resampling
from superposition.tables import frames
from superposition.training_presets import TrainingPreset

CAP = 6.0  # below this value ReLU6 is ReLU

EQUAL = ("elu", "celu"), ("relu6", "relu")
"""Activations that are the same function, the second pair only below ``CAP``."""

BIASED = {LOSS.name: (f"final {LOSS.with_unit}", RATIO)} | {
    count.name: (f"{count.label} at the end", DIFFERENCE) for count in (REPRESENTED, RECOVERED)
}
"""Measures that an initial bias may change, and how they are compared."""


def deviations_table(
    pairs: Sequence[Pair],
    thresholds: Thresholds,
    resampling: Resampling,
    *,
    sampler: SamplerPreset,
    tied_noise: Mapping[str, SamplerPreset],
    init_loss: Mapping[str, int],
    covariance: Sequence[str],
    grid: Mapping[str, Any],
    followed: Sequence[int],
) -> pd.DataFrame:
    """Return one row for each comparison of the original with the same thing without a defect.

    Args:
        pairs: Runs of the original beside those of the same without a defect.
        thresholds: Thresholds from which a feature counts as represented or recovered.
        resampling: How intervals over seeds are computed.
        sampler: The original's sampler preset.
        tied_noise: Sampler presets with which tied weights are sampled once and twice, by name.
        init_loss: `batch_size` and number (`repeats`) of the library's estimates of the loss at the checkpoint.
        covariance: Activations for which the library's covariance is computed.
        grid: Known minima, temperatures and localisations of chains there; see `estimates.resolution`.
        followed: Seeds for which chains or batches are drawn anew (N4, N7).
    """
    some = [Pair(*(runs.of(followed) for runs in pair)) for pair in pairs]
    effects = [
        unseen_training(pairs[0].original.preset),
        *logged_values(pairs),
        *misaligned_snapshots(pairs, thresholds),
        *initial_bias(pairs, thresholds),
        *equal_activations(pairs),
        *hulls(pairs, thresholds),
        *estimates.doubled_noise(some, tied_noise),
        estimates.estimated_init_loss(some, sampler, **init_loss),
        *estimates.no_minima(pairs),
        *estimates.resolution(pairs, grid),
        *estimates.fresh_samples(pairs, sampler),
        *estimates.covariance(pairs, sampler, covariance),
        *estimates.short_chains(sampler, grid),
    ]
    table = frames.of((row for effect in effects for row in rows(effect, resampling)), "deviations")
    return table.iloc[np.argsort(table.deviation.str[1:].astype(int), kind="stable")].reset_index(drop=True)


def initial_bias(pairs: Sequence[Pair], thresholds: Thresholds) -> Iterator[Effect]:
    """Yield how runs end with the original's large initial bias and without, seed by seed (N5)."""

    def measured(runs: Runs) -> dict[str, np.ndarray]:
        outputs = outputs_of(runs.activation, runs.preset, runs.final)
        return superposition_table(runs.final, outputs, thresholds=thresholds)

    tables = {pair.name: tuple(map(measured, pair)) for pair in pairs}
    for column, (name, comparison) in BIASED.items():
        sentence = f"With a large initial bias, {name}: {{original}}; with b starting at 0: {{corrected}}."
        values = {key: (a[column], b[column]) for key, (a, b) in tables.items()}
        yield Effect("N5", name, comparison, sentence, values)


def equal_activations(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield how far runs and LLC estimates of activations that are the same function differ (N11)."""
    for names, runs in itertools.product(EQUAL, sides(pairs)):
        if not runs.keys() >= set(names):
            continue
        a, b = (runs[name] for name in names)
        same = np.where(_below_cap(a), 1.0, np.nan) if "relu6" in names else np.ones(len(a.seeds))
        for what, difference in _differences(a, b).items():
            sentence = f"Under equal draws, the largest difference of any {what} is {{effect}}."
            quantity, values = f"largest difference of any {what}", {names[0]: (difference * same, 0.0)}
            yield Effect("N11", quantity, DIFFERENCE, sentence, values, f"{' and '.join(names)}, {a.start}")


def _differences(a: Runs, b: Runs) -> dict[str, Float[np.ndarray, " seed"]]:
    """Return the largest difference of any weight of each run, and of its last LLC estimate by sampler preset."""
    W, bias = np.abs(a.trajectory.W - b.trajectory.W), np.abs(a.trajectory.b - b.trajectory.b)
    of_weights = np.maximum(W.max((1, 2, 3)), bias.max((1, 2)))  # NaN where a run diverged
    keys = ["sampler", "seed", "step"]
    both = a.llc.set_index(keys).llc.sub(b.llc.set_index(keys).llc).abs()
    last = both.groupby(["sampler", "seed"]).last().unstack("sampler").reindex(a.seeds)
    of_llc = {f"LLC estimate at the end, sampler {sampler}": last[sampler].to_numpy(float) for sampler in last}
    return {"weight at any recorded step": of_weights, **of_llc}


def _below_cap(runs: Runs) -> np.ndarray:
    """Whether the pre-activations of each run stay below ``CAP`` at all recorded steps, for unit vectors as inputs."""
    W, b = runs.trajectory.W, runs.trajectory.b
    return np.asarray((W.swapaxes(-1, -2) @ W + b[:, :, None]).max((1, 2, 3)) < CAP)


def unseen_training(preset: TrainingPreset) -> Effect:
    """Return how many of the training steps the original records (N1): it trains `logged_last` epochs, not steps."""
    sentence = "Of {corrected} training steps the original shows the first {original}."
    steps = preset.logged_last, preset.logged_last * preset.steps_per_epoch
    return Effect("N1", "training steps", RATIO, sentence, {None: steps})


def as_logged(
    model: Callable[[Tensor], Tensor], inputs: Float[Tensor, "input feature"], *, batch_size: int
) -> tuple[float, float]:
    r"""Return the loss and the accuracy of one model as the original logs them.

    .. math:: \frac1N \sum_B \mathrm{MSE}(B), \qquad \frac1N \sum_x \#\{j : \mathrm{round}(\hat x_j) = x_j\}

    over the batches B and inputs x of a sample of size N: a mean of batch size smaller than the mean squared error, and
    a number of features instead of a rate.

    Source: ``log`` in the notebook's training loop.
    """
    loss = matches = 0.0
    for batch in inputs.split(batch_size):
        loss += mean_squared_error(model, batch).item()
        matches += (model(batch).round() == batch).sum().item()
    return loss / len(inputs), matches / len(inputs)


def logged_values(pairs: Sequence[Pair]) -> Iterator[Effect]:
    """Yield the final loss and accuracy as the original logs them, against what they are (N2, N6)."""
    loss, accuracy = {}, {}
    for pair in pairs:
        of_runs = [_logged_and_true(pair.original, i) for i in range(len(pair.original.seeds))]
        logged, mse, matches, rate = np.array(of_runs).T
        loss[pair.name], accuracy[pair.name] = (logged, mse), (matches, rate)
    sentence = "The original logs {original} where the mean squared error is {corrected}."
    yield Effect("N2", "final loss over the training sample (MSE)", RATIO, sentence, loss)
    first = pairs[0].original
    matches = (_training_sample(first.preset, first.seeds[0]) == 0).sum(1).float().mean().item()
    nothing = {None: (matches, matches / first.preset.n_features)}
    sentence = "The original logs an accuracy of {original}; {corrected} of the outputs round to the input."
    for values, setting in ((accuracy, None), (nothing, "a model that answers 0 to everything")):
        yield Effect("N6", "final accuracy", RATIO, sentence, values, setting)


def _logged_and_true(runs: Runs, i: int) -> tuple[float, float, float, float]:
    """Return logged and true loss, logged accuracy and rate, of one run at its last step."""
    inputs = _training_sample(runs.preset, runs.seeds[i])
    W, b = torch.from_numpy(runs.final.W[i, 0]), torch.from_numpy(runs.final.b[i, 0])

    def model(x: Tensor) -> Tensor:
        return runs.activation.function(x @ W.T @ W + b)

    loss, matches = as_logged(model, inputs, batch_size=runs.preset.batch_size)
    mse = mean_squared_error(model, inputs).item()
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
    represented = geometry.represented(geometry.feature_norm(W), thresholds=thresholds)
    count = np.where(runs.diverged, np.nan, represented.sum(-1))
    step = np.diff(count, axis=1)
    return moved, np.where(np.isfinite(step), step != 0, np.nan)


def hulls(pairs: Sequence[Pair], thresholds: Thresholds) -> Iterator[Effect]:
    """Yield the corners of the hull that the original draws, over all columns, against represented ones (N13)."""
    sentence = "The hull of all columns has {original} corners, that of the represented ones {corrected}."
    for position, setting in ((0, "at the start"), (-1, "at the end")):
        corners = {}
        for pair in pairs:
            trajectory = pair.original.trajectory
            W = trajectory.W[~trajectory.diverged[:, position], position].astype(np.float64)
            represented = geometry.represented(geometry.feature_norm(W), thresholds=thresholds)
            corners[pair.name] = geometry.polygon(W, np.ones_like(represented)), geometry.polygon(W, represented)
        yield Effect("N13", "corners of the convex hull", DIFFERENCE, sentence, corners, setting)
