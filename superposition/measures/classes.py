"""Classes of activations under each training preset, computed from runs; docs/method.md lists them in their order."""

import functools
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from superposition.activations import BY_NAME
from superposition.status import CANNOT, FROZEN, LINEAR, OK, SAME, TRAINED
from superposition.tables import frames
from superposition.tables.columns import RUN_KEYS
from superposition.training_presets import TrainingPreset


@dataclass(frozen=True, kw_only=True)
class ClassLimits:
    """Limits that decide the class of an activation.

    `loss` and `outputs` are the largest relative difference from those of the best linear model, or from the loss of
    the best constant answer; `share`, of the runs and of columns, has to be exceeded.
    """

    loss: float
    outputs: float
    share: float


def classes_table(
    runs: pd.DataFrame,
    loss: pd.DataFrame,
    capacity: pd.DataFrame,
    presets: Mapping[str, TrainingPreset],
    limits: ClassLimits,
) -> pd.DataFrame:
    """Return the class of every activation under every training preset, with what it rests on.

    Args:
        runs: How every run ended.
        loss: Their loss curves.
        capacity: Best possible losses, which say more of what an activation cannot do than its runs.
        presets: Training presets by name.
        limits: Limits that decide the class of an activation.
    """
    ordered = loss.sort_values(["seed", "step"]).groupby(RUN_KEYS[:2], sort=False)
    curves = {key: curve.loss.to_numpy() for key, curve in ordered}
    possible = capacity.set_index(RUN_KEYS[:2]).best_loss
    rows = []
    for (training, name), ends in runs.groupby(RUN_KEYS[:2], sort=False):  # type: ignore[misc]
        first, why = _same(name, {other: curves[training, other] for other in BY_NAME if (training, other) in curves})
        word = SAME
        if not first:
            word, why = _class(ends.loc[ends.status == OK], presets[training], possible[training, name], limits)
        rows.append({"training": training, "activation": name, "class": word, "same_as": first, "evidence": why})
    return frames.of(rows, "activation_classes")


def _same(name: str, curves: Mapping[str, np.ndarray]) -> tuple[str | None, str]:
    """Return the first activation that is the same as a later one, and why."""
    for other in itertools.takewhile(lambda other: other != name, curves):
        # Equal but for rounding, on inputs from far below to far above those of a model.
        if np.allclose(_values(name), _values(other), rtol=1e-12, atol=1e-12):
            return other, "equal functions"
        if np.array_equal(curves[name], curves[other], equal_nan=True):
            return other, "equal losses at every recorded step of every run"
    return None, ""


@functools.cache
def _values(name: str) -> np.ndarray:
    x = torch.linspace(-30, 30, 8001, dtype=torch.float64)
    return BY_NAME[name].function(torch.stack([x, x.flip(0), x.cos(), 0.1 * x], dim=-1)).numpy()


def _class(runs: pd.DataFrame, preset: TrainingPreset, best: float, limits: ClassLimits) -> tuple[str, str]:
    """Return the first class that holds for an activation that is the same as no other, and why."""
    n = f"of {len(runs)} runs"
    linear, constant = best_linear_losses(preset)
    as_linear = ((runs.loss / linear - 1).abs() <= limits.loss) & (runs.linear_distance <= limits.outputs)
    if as_linear.mean() > limits.share and best >= linear * (1 - limits.loss):
        return LINEAR, f"{as_linear.sum()} {n} end with loss and outputs of the best linear model ({linear:.6g})"
    if best >= constant * (1 - limits.loss):
        return CANNOT, f"best possible loss {best:.6g}, of the best constant answer {constant:.6g}"
    frozen = runs.n_frozen > limits.share * preset.n_features
    if frozen.mean() > limits.share:
        return FROZEN, f"in {frozen.sum()} {n} most columns of W have never changed"
    return TRAINED, f"median final loss {runs.loss.median():.6g} {n}"


def best_linear_losses(preset: TrainingPreset) -> tuple[float, float]:
    r"""Return the least loss of a linear model, and that of a constant answer; NaN unless inputs are unit vectors.

    Unit vectors of n features have the covariance :math:`(1 - \frac1n J)/n`, with n - 1 eigenvalues 1/n. A constant
    answer leaves them all, a projection onto m hidden dimensions all but m, and the loss is their sum over n.
    """
    n, m = preset.n_features, preset.n_hidden
    if not preset.one_hot or preset.importance != 1:
        return np.nan, np.nan
    return max(n - 1 - m, 0) / n**2, (n - 1) / n**2
