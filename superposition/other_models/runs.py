"""Runs with other papers' models and data: presets and seeds together; of Chen et al., polygons near which SGD is."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from superposition.activations import BY_NAME, Activation
from superposition.errors import StudyError
from superposition.estimators.known_points import chen_critical_point, chen_loss
from superposition.measures import geometry
from superposition.measures.geometry import Thresholds
from superposition.model import data, general
from superposition.model.autoencoder import Inputs, split
from superposition.model.draws import draw_inputs
from superposition.other_models.papers import CHEN_ACTIVATION
from superposition.statistics import Resampling, median_interval
from superposition.status import DIVERGED, OK
from superposition.training_presets import Factors, TrainingPreset, combinations

COMPARED = ("n_recovered", "n_effective", "n_represented", "norm_per_dimension")
"""Measures that are compared; the first by outputs decides, the last is that of Lad & Kostolansky."""

ModelPresets = Sequence[TrainingPreset]
"""Presets of one model, which may differ in start and optimiser, and with fresh inputs in sparsity and importance."""

LEVELS = {"4": (4, 0), "4⁺": (4, 1), "4⁺⁺": (4, 2), "5": (5, 0), "5⁺": (5, 1), "6": (6, 0)}
"""Polygons by their name there: live columns, and dead ones with a positive bias; in the order of falling loss."""


def grid(preset: TrainingPreset, *, sparsity: Sequence[float], importance: Sequence[float]) -> list[TrainingPreset]:
    """Return the preset with each pair of values, sparsity after sparsity."""
    return [replace(preset, sparsity=zeros, importance=base) for zeros in sparsity for base in importance]


def _train(
    activation: Activation, presets: ModelPresets, seeds: Sequence[int], *, steps: Sequence[int]
) -> Float[Tensor, "step replica parameter"]:
    """Return the parameters of all runs at some steps; replicas are all presets of a seed, seed by seed."""
    starts = torch.stack([general.initial(preset, seeds) for preset in presets], 1).flatten(0, 1)
    return general.train_from(activation, presets, starts, _batches(presets, seeds), steps=steps)


def _batches(presets: ModelPresets, seeds: Sequence[int]) -> Iterator[Inputs]:
    """Yield the inputs of each step. ASSUME a CPU: batches of these models are too small for a GPU to pay."""
    if presets[0].sample == "fresh":
        yield from data.fresh_batches(presets, seeds)
    given = [vars(preset.population) | vars(preset.inputs) for preset in presets]  # the sample of one is that of all
    if differ := [name for name in given[0] if any(values[name] != given[0][name] for values in given)]:
        found, hint = f"another {', '.join(differ)} in some", "sample: fresh, or one call for each"
        raise StudyError(expected="presets with one sample and one loss", found=found, where="presets", hint=hint)
    drawn = draw_inputs(presets[0].inputs, seeds=seeds)
    for inputs in data.training_batches(drawn, presets[0], device=torch.device("cpu")):
        yield inputs.of(torch.arange(len(seeds)).repeat_interleave(len(presets)))


def model_runs_table(
    activation: Activation, presets: ModelPresets, seeds: Sequence[int], *, thresholds: Thresholds, experiment: str
) -> pd.DataFrame:
    """Return how runs of an experiment end that are trained together, a row for each.

    W is that of the first seed alone, column after column.

    Args:
        activation: The model's activation.
        presets: Presets with the same number of steps.
        seeds: Seeds of starts and inputs, the same for every preset.
        thresholds: Thresholds from which a feature counts as represented or recovered.
        experiment: Name of the experiment.
    """
    w = _train(activation, presets, seeds, steps=[presets[0].n_steps])[-1].double()
    model = general.GeneralModel(activation, presets[0])
    of_presets, losses = [], []
    for preset, ends in zip(presets, w.unflatten(0, (-1, len(presets))).unbind(1), strict=True):
        population = data.population_inputs(preset)
        losses.append(model.loss(ends, population.to(w.dtype)))
        of_presets.append(
            {
                "sparsity": float(preset.sparsity),
                "importance": float(preset.importance),
                "loss_inputs": 0 if preset.population_is_exact else preset.population_size,
                "linear_loss": linear_loss(population, preset.n_hidden),
            }
        )
    table = pd.DataFrame(of_presets * len(seeds)).assign(
        experiment=experiment,
        activation=activation.name,
        seed=np.repeat(np.asarray(seeds, dtype=np.int64), len(presets)),
        status=np.where(torch.isfinite(w).all(1).numpy(), OK, DIVERGED),
        loss=torch.stack(losses, 1).flatten().numpy(),
        **_measures(model, w, thresholds),
    )
    return table.assign(W=table.W.where(table.seed == seeds[0], None))


def _measures(
    model: general.GeneralModel, w: Float[Tensor, "replica parameter"], thresholds: Thresholds
) -> dict[str, Any]:
    """Return measures of superposition of trained models, as columns with a row for each."""
    W = general.by_name(model.preset, w)["W"].numpy()
    outputs = model.outputs(w, torch.eye(model.preset.n_features, dtype=w.dtype)[None]).numpy()
    norms = geometry.feature_norm(W)
    total = (norms**2).sum(1)
    n_represented = geometry.represented(norms, thresholds=thresholds).sum(1)
    n_hidden = model.preset.n_hidden
    return {
        "n_represented": n_represented,
        "n_recovered": geometry.recovered(outputs, thresholds=thresholds).sum(1),
        "n_effective": geometry.effective_features(outputs),
        "features_per_dimension": n_represented / n_hidden,
        "norm_per_dimension": total / n_hidden,
        "dimensions_per_feature": n_hidden / np.where(total > 0, total, np.nan),
        "dimensionality": list(geometry.dimensionality(W)),
        "feature_norm": list(norms),
        "W": list(W.swapaxes(1, 2).reshape(len(W), -1)),
    }


def factorial_runs(
    activation: Activation, preset: TrainingPreset, factors: Factors, *, seeds: Sequence[int], thresholds: Thresholds
) -> pd.DataFrame:
    """Return how the run of each combination of levels and seed ended; those of one model and data train together.

    Args:
        activation: The model's activation.
        preset: What is trained where no factor changes it.
        factors: What each level of each factor changes.
        seeds: Seeds of starts and inputs, the same for every combination.
        thresholds: Thresholds from which a feature counts as represented or recovered.
    """
    together: dict[object, list] = {}
    for levels, changed in combinations(preset, factors):
        together.setdefault((changed.inputs, changed.population, changed.precision), []).append((levels, changed))
    parts = []
    for group in together.values():
        names, presets = zip(*group, strict=True)
        runs = model_runs_table(activation, presets, seeds, thresholds=thresholds, experiment="factorial")
        of_levels = {factor: [levels[factor] for levels in names] * len(seeds) for factor in factors}
        parts.append(runs[["activation", "seed", "status", "loss", "linear_loss", *COMPARED]].assign(**of_levels))
    return pd.concat(parts, ignore_index=True)


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


def chen_table(preset: TrainingPreset, *, seeds: Sequence[int], steps: Sequence[int], tolerance: float) -> pd.DataFrame:
    """Return exact loss and nearest polygon of every run of ReLU at every recorded step, None where it is at none.

    Args:
        preset: One with six features, of which one is active with a uniform size, and two dimensions.
        seeds: Seeds of the runs.
        steps: Increasing steps that are recorded.
        tolerance: By how much a length or bias of a feature may differ from that of the polygon at most.
    """
    w = _train(BY_NAME[CHEN_ACTIVATION], [preset], seeds, steps=steps).double().flatten(0, 1)
    nearest, distance = at_polygon(w)
    nearest[distance > tolerance] = None
    runs = pd.MultiIndex.from_product([steps, seeds], names=["step", "seed"])
    return pd.DataFrame({"loss": chen_loss(w.T.contiguous()).numpy(), "level": nearest}, index=runs).reset_index()


def polygons() -> Float[Tensor, "level parameter"]:
    """Return weights at each polygon."""
    return torch.stack([chen_critical_point(*level) for level in LEVELS.values()])


def at_polygon(
    w: Float[Tensor, "replica parameter"],
) -> tuple[Shaped[np.ndarray, " replica"], Float[np.ndarray, " replica"]]:
    """Return the polygon nearest to each model, and by how much a length or bias differs there at most."""
    far = (_described(w)[:, None] - _described(polygons())).abs().amax((2, 3))
    return np.array(list(LEVELS), dtype=object)[far.argmin(1).numpy()], far.min(1).values.numpy()


def _described(w: Float[Tensor, "replica parameter"]) -> Float[Tensor, "replica feature 2"]:
    """Return length and bias of each feature, the longest first: what turns and permutations of a polygon share.

    Of a feature that is never answered, neither matters: both are 0.
    """
    W, b = split(w.T, 2)
    length, b = W.norm(dim=0).T, b.T
    dead = (length**2 + b <= 0)[..., None]
    both = torch.stack([length, b], -1).where(~dead, 0.0)
    order = (both[..., 0] + 1e-3 * both[..., 1]).argsort(1, descending=True)  # of equal lengths, the larger bias
    return both.take_along_dim(order[..., None], 1)


def chen_levels_table(runs: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each polygon: its loss, how many of the runs are seen there, and when first."""
    first = runs.dropna(subset="level").pivot_table("step", "level", "seed", "min").reindex(LEVELS)
    when = pd.DataFrame([median_interval(steps, resampling) for steps in first.to_numpy(float)])
    names = {"n_used": "n_seen", "median": "first_step", "low": "first_step_low", "high": "first_step_high"}
    known = {"level": list(LEVELS), "loss": [float(chen_loss(point[:, None])) for point in polygons()]}
    return pd.DataFrame(known).join(when.rename(columns=names)[[*names.values()]])


def share_in_order(run: pd.DataFrame, *, window: int) -> float:
    """Return the share of a run's moves from one polygon to the next that lower the loss.

    A run is at a polygon where it is seen there in most of `window` recorded steps. Returns do not count. NaN if it was
    at fewer than two.
    """
    levels = run.sort_values("step").level
    seen = np.asarray(pd.DataFrame({name: levels == name for name in LEVELS}).rolling(window, center=True).mean())
    met = pd.unique(seen.argmax(1)[seen.max(1) > 0.5])
    return float(np.mean(np.diff(met) > 0)) if len(met) > 1 else np.nan
