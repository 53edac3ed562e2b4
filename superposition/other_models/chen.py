"""SGD on the model of Chen et al. 2023, and the critical points near which it is on its way."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import BY_NAME
from superposition.llc.known_points import chen_critical_point, chen_loss
from superposition.model.autoencoder import split
from superposition.other_models.runs import Grid, train
from superposition.other_models.summary import Finding
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling, median_interval

LEVELS = {"4": (4, 0), "4⁺": (4, 1), "4⁺⁺": (4, 2), "5": (5, 0), "5⁺": (5, 1), "6": (6, 0)}
"""Polygons by their name there: live columns, and dead ones with a positive bias; in the order of falling loss."""


def runs_table(preset: TrainingPreset, *, seeds: Sequence[int], steps: Sequence[int], tolerance: float) -> pd.DataFrame:
    """Return the table of runs: exact loss and nearest polygon, a row for each seed and step.

    Args:
        preset: Training preset with six features, of which one is active with a uniform size, and two dimensions.
        seeds: Seeds of the runs.
        steps: Recorded steps.
        tolerance: A run is at a polygon if no length or bias of a feature differs by more; the nearest one counts.
    """
    torch.set_num_threads(1)  # as every job
    grid = Grid(sparsity=[preset.sparsity], importance=[preset.importance], seeds=seeds)
    w = train(BY_NAME["relu"], preset, grid, steps=steps).double()
    distance = torch.stack([_distance(preset, w, _described(level[None], 2)) for level in _points().values()])
    nearest = np.array(list(LEVELS), dtype=object)[distance.argmin(0).numpy()]
    nearest[(distance.min(0).values > tolerance).numpy()] = None
    return pd.DataFrame(
        {
            "seed": np.tile(np.asarray(seeds, dtype=np.int64), len(steps)),
            "step": np.repeat(np.asarray(steps, dtype=np.int64), len(seeds)),
            "loss": chen_loss(w.flatten(0, 1).T.contiguous()).numpy(),
            "level": nearest.ravel(),
        }
    )


def _points() -> dict[str, Float[Tensor, " parameter"]]:
    return {name: chen_critical_point(*level) for name, level in LEVELS.items()}


def _distance(preset: TrainingPreset, w: Float[Tensor, "step replica parameter"], level: Tensor) -> Tensor:
    """Return how far each model is from a polygon, shape (step, replica)."""
    described = _described(w.flatten(0, 1), preset.n_hidden)
    return (described - level).abs().amax((1, 2)).view(w.shape[:2])


def _described(w: Float[Tensor, "replica parameter"], n_hidden: int) -> Float[Tensor, "replica feature 2"]:
    """Return length and bias of each feature, the longest first: what turns and permutations of a polygon share.

    Of a feature that is never answered, neither matters: both are 0.
    """
    W, b = split(w.T, n_hidden)
    length, b = W.norm(dim=0).T, b.T
    dead = (length**2 + b <= 0)[..., None]
    both = torch.stack([length, b], -1).where(~dead, 0.0)
    order = (both[..., 0] + 1e-3 * both[..., 1]).argsort(1, descending=True)  # of equal lengths, the larger bias
    return both.take_along_dim(order[..., None], 1)


def levels_table(runs: pd.DataFrame, *, resampling: Resampling) -> pd.DataFrame:
    """Return a row for each polygon: its loss, how many runs are seen there, when first, and whether in order.

    Args:
        runs: Table of runs.
        resampling: How intervals are computed.
    """
    first = runs.dropna(subset="level").groupby(["level", "seed"]).step.min().unstack("seed")
    rows = []
    for name, point in _points().items():
        steps = first.loc[name].dropna() if name in first.index else pd.Series(dtype=float)
        found = median_interval(steps.to_numpy(float), resampling)
        row = {"level": name, "loss": float(chen_loss(point[:, None])), "n_seen": found.n_used}
        rows.append(row | {"first_step": found.median, "first_step_low": found.low, "first_step_high": found.high})
    return pd.DataFrame(rows)


def share_in_order(run: pd.DataFrame) -> float:
    """Return the share of a run's steps from one polygon to the next that it meets that lead to a lower loss.

    NaN if it meets fewer than two. Returns, as the noise of mini-batches makes them, do not count.
    """
    met = run.sort_values("step").level.dropna().drop_duplicates().map(list(LEVELS).index).to_numpy()
    return float(np.mean(np.diff(met) > 0)) if len(met) > 1 else np.nan


FINDING = Finding(
    paper="chen",
    experiment="chen",
    activation="relu",
    text="SGD goes from polygon to polygon with falling loss.",
    measure="share of a run's steps from one polygon to the next new one that lead to a lower loss",
    value=share_in_order,
    region=(0.9, np.inf),  # ASSUME that it allows for one exception in ten, as "nearly always" does
    null=0.5,
    bounds=(0.0, 1.0),
)
