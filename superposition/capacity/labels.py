"""Labels of checkpoints: the critical point that a run is at, in words, with what is known of it.

A label describes. Superposition and LLC both follow from it, so labels are no evidence that the two change together.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.activations import BY_NAME
from superposition.capacity.critical import Known, curved, distance, known, masks, nearest
from superposition.capacity.descent import Values
from superposition.capacity.problem import Problem, starts
from superposition.model import autoencoder
from superposition.model.kinks import kinks
from superposition.presets import TrainingPreset
from superposition.status import MINIMUM, NONE, SADDLE
from superposition.tables import frames
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import CHECKPOINTS, Trajectory, load, seed_and_step
from superposition.wording import in_text

KINK = 1e-6
"""A point with a pre-activation this near to a kink has no second derivatives to speak of."""

LEVEL = 1e-9
"""Losses that differ by less are one level."""

DERIVED = {"identity": (5 / 64, 13 / 2), "softmin": (7 / 64, 21 / 2)}
"""Level and learning coefficient of minima whose flat directions are not those of symmetries; docs/leaderboard.md."""


def labels_of_runs(
    paths: Iterable[str | Path], presets: Mapping[str, TrainingPreset], *, followed: Sequence[int], reach: float
) -> pd.DataFrame:
    """Return the table of critical points of an activation's runs.

    Args:
        paths: Checkpoints of the runs, in folders ``.../{training}/{activation}/seeds-{seeds}/``.
        presets: Training presets by name; their model and data count.
        followed: Seeds that are followed over training.
        reach: Largest distance of a critical point that is near, as a share of the length of its parameters.
    """
    parts = []
    for path in paths:
        of = of_batch(path)
        runs = load(path, of, kind=CHECKPOINTS).of(followed)
        if len(runs.seeds):
            problem = Problem(BY_NAME[of.activation], presets[of.training])
            rows = labels_table(problem, runs, reach=reach)
            parts.append(rows.assign(training=of.training, activation=of.activation))
    return frames.joined([frames.of([], "critical_points"), *parts])


def labels_table(problem: Problem, checkpoints: Trajectory, *, reach: float) -> pd.DataFrame:
    """Return the rows of the table of critical points for the runs of one activation, without their keys.

    Args:
        problem: Loss of the activation.
        checkpoints: Weights of the runs.
        reach: Largest distance of a critical point that is near, as a share of the length of its parameters.
    """
    w = autoencoder.join(*(torch.from_numpy(part).double() for part in (checkpoints.W, checkpoints.b))).flatten(0, 1)
    finite = w.isfinite().all(1).nonzero()[:, 0]
    rows = labels(problem, w[finite], reach=reach).set_axis(finite.tolist()).reindex(range(len(w)))
    rows = rows.fillna({"label": NONE, "kind": NONE})
    return rows.assign(**seed_and_step(checkpoints.seeds, checkpoints.steps))


def labels(problem: Problem, w: Float[Tensor, "start parameter"], *, reach: float) -> pd.DataFrame:
    """Return label, kind and numbers of the critical point near each of some parameters, empty without one."""
    points, near = nearest(problem.loss, w, reach=reach)
    onto = _onto_known(problem, w, reach=reach)
    points = torch.where(onto.met[:, None], onto.w, points)
    found = (near | onto.met).nonzero()[:, 0]
    rows = _rows(problem, points[found]).set_axis(found.tolist())
    for i in onto.met.nonzero()[:, 0].tolist():
        rows.loc[i, ["label", "kind", "true_llc"]] = _of_known(
            problem, int(onto.live[i].sum()), int(onto.constant[i].sum())
        )
    return rows.assign(distance=distance(w, points)[found].numpy()).reindex(range(len(w)))


def _rows(problem: Problem, points: Float[Tensor, "point parameter"]) -> pd.DataFrame:
    """Return what can be said of critical points of an activation; on kinks, nothing that needs second derivatives."""
    n_symmetric = problem.n_symmetric(starts(problem, 16, seed=0))
    rows = described(problem.loss, points, n_features=problem.n_features, n_symmetric=n_symmetric)
    level, true_llc = DERIVED.get(problem.activation.name, (np.nan, np.nan))
    if _is_original(problem):
        rows.loc[(rows.kind == MINIMUM) & ((rows.level - level).abs() < LEVEL), "true_llc"] = true_llc
    rows.loc[_at_kinks(problem, points).numpy(), ["n_negative", "n_flat", "true_llc"]] = np.nan
    return rows


def described(
    loss: Values, points: Float[Tensor, "point parameter"], *, n_features: int, n_symmetric: int
) -> pd.DataFrame:
    r"""Return what the Hessian says of critical points: kind, level, numbers of directions, and the coefficient.

    Where every flat direction of a minimum is one of a symmetry, or of a feature that plays no part, the minima are a
    manifold and the loss is quadratic across it, so the learning coefficient is half the number of other directions.

    Args:
        loss: Loss of each point.
        points: Critical points.
        n_features: Size of the model.
        n_symmetric: Directions in which the answers stay what they are at any weights.
    """
    found, level = curved(loss, points, n_features=n_features), loss(points).clamp(min=0)
    is_minimum = found.n_negative == 0
    of_idle = found.n_idle * points.shape[1] // n_features
    derived = is_minimum & (found.n_flat == n_symmetric + of_idle)
    rows = pd.DataFrame(
        {
            "kind": np.where(is_minimum.numpy(), MINIMUM, SADDLE),
            "level": level.numpy(),
            "n_negative": found.n_negative.double().numpy(),
            "n_flat": (found.n_flat - n_symmetric).clamp(min=0).double().numpy(),
            "true_llc": ((points.shape[1] - found.n_flat) / 2).where(derived, torch.nan).double().numpy(),
        }
    )
    label = [f"{kind}, loss {in_text(at)}" for kind, at in zip(rows.kind, rows.level, strict=True)]
    return rows.assign(label=label)


def _is_original(problem: Problem) -> bool:
    """Return whether points are derived for model and data: 8 features, one of them active, in a plane."""
    weight = problem.inputs.weight
    return (
        problem.inputs.x is None
        and (problem.n_features, problem.n_hidden) == (8, 2)
        and bool((weight == weight[0]).all())
    )


def _onto_known(problem: Problem, w: Tensor, *, reach: float) -> Known:
    """Return the known points near parameters; none of an activation, or of data, of which none is known."""
    nothing = torch.zeros(len(w), problem.n_features, dtype=torch.bool)
    if not (_is_original(problem) and masks(problem.activation)):
        return Known(w, nothing[:, 0], nothing, nothing)
    found = known(problem, w)
    return Known(found.w, found.met & (distance(w, found.w) <= reach), found.live, found.constant)


def _of_known(problem: Problem, n_live: int, n_constant: int) -> tuple[str, str, float]:
    r"""Return label, kind and learning coefficient of a known point with k live features.

    Around it, if dead features are silent, the loss depends on the k own answers alone: the coefficient is k/2. If one
    answers 1/8, then to second order its direction v and the sum s of the live ones, along which the loss is flat, add
    :math:`\frac{1}{64} (\frac14 v \cdot s + v^\top A v)`: the loss curves down, in two directions of the plane.
    """
    n_silent = problem.n_features - n_live - n_constant
    parts = [f"{n_live} live", f"{n_silent} silent" if n_silent else "", f"{n_constant} at 1/8" if n_constant else ""]
    text = ", ".join(filter(None, parts))
    return (text, SADDLE, np.nan) if n_constant else (text, MINIMUM, n_live / 2)


def _at_kinks(problem: Problem, w: Float[Tensor, "point parameter"]) -> Tensor:
    """Return whether a pre-activation lies at a kink or jump of the activation."""
    W = problem.directions(w)
    z = W.mT @ W + w[:, None, -problem.n_features :]
    at = torch.from_numpy(kinks(problem.activation))
    return ((z.flatten(1)[..., None] - at).abs() <= KINK).any(2).any(1)
