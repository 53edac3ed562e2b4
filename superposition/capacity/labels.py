"""Labels of checkpoints: the critical point that a run is at, in words, with what is known of it.

docs/critical_points.md says how points are found and what a label means, and derives those that are known.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

from superposition.activations import BY_NAME, Activation
from superposition.capacity.problem import Problem, Slopes, Starts, Values, descend
from superposition.estimators.known_points import identity_optimum, softmin_origin
from superposition.llc.hessian import curvature
from superposition.measures.ends import kink_distance
from superposition.model import autoencoder
from superposition.status import MINIMUM, NONE, SADDLE
from superposition.tables import frames
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import CHECKPOINTS, Trajectory, load, seed_and_step
from superposition.training_presets import TrainingPreset
from superposition.wording import in_text

Points = Float[Tensor, "point parameter"]
STATIONARY = 1e-8  # largest gradient at a critical point: descents minimise it, not the loss, and mostly go below 1e-9
ROUND, ROUNDS = 4, 6  # steps of a descent, after which it may be given up, and how often it goes on
GAIN = 0.5  # a descent is slow if such steps leave more than this share of the squared gradient; near points, less
MAX_LACK = 1e-9  # largest difference from the outputs at a known point; descents to one stop below 1e-12
KINK = 1e-6  # a point with a pre-activation this near to a kink has no second derivatives to speak of
LIVE_OUTPUT = 0.5  # halfway between own outputs of dead and of live features, and sums of silent and of constant ones
FLAT = 1e-6  # largest curvature of a flat direction, as a share of the largest; few but ReLU²'s are within a decade
SAME_LEVEL = 1e-9  # losses that differ by less are one level: at points this near, rounding alone parts them

ARRIVED = 1e-5
"""Largest gradient over the largest curvature, as a share of the parameters' length: where an activation is saturated,
both vanish together and no point is near."""

DERIVED = {"identity": identity_optimum, "softmin": softmin_origin}
"""Minima whose flat directions are not those of symmetries, with known learning coefficients; docs/leaderboard.md."""


def labels_of_runs(
    paths: Iterable[str | Path], presets: Mapping[str, TrainingPreset], *, followed: Sequence[int], reach: float
) -> pd.DataFrame:
    """Return the table of critical points of an activation's runs.

    Args:
        paths: Checkpoints in folders ``.../{training}/{activation}/seeds-{seeds}/``.
        presets: Training presets by name, of which model and data count.
        followed: Seeds whose runs are labelled.
        reach: Distance within which a point is near, as a share of the length of its parameters.
    """
    parts = [frames.of([], "critical_points")]
    for path in paths:
        batch = of_batch(path)
        runs = load(path, batch, kind=CHECKPOINTS).of(followed)
        if len(runs.seeds):
            rows = labels_table(Problem(BY_NAME[batch.activation], presets[batch.training]), runs, reach=reach)
            parts.append(rows.assign(training=batch.training, activation=batch.activation))
    return frames.joined(parts)


def labels_table(problem: Problem, checkpoints: Trajectory, *, reach: float) -> pd.DataFrame:
    """Return the rows of the table of critical points for the runs of one activation, without their keys."""
    w = autoencoder.join(*(torch.from_numpy(part).double() for part in (checkpoints.W, checkpoints.b))).flatten(0, 1)
    finite = w.isfinite().all(1).nonzero()[:, 0]
    rows = labels(problem, w[finite], reach=reach).set_axis(finite.tolist()).reindex(range(len(w)))
    rows = rows.fillna({"label": NONE, "kind": NONE})
    return rows.assign(**seed_and_step(checkpoints.seeds, checkpoints.steps))


def labels(problem: Problem, w: Starts, *, reach: float) -> pd.DataFrame:
    """Return label, kind and numbers of the critical point near each of some parameters, empty without one."""
    points, near = nearest(problem.loss, w, reach=reach)
    met, counts = torch.zeros_like(near), []
    if _is_original(problem) and masks(problem.activation):
        onto, met, *counts = known(problem, w)
        met &= distance(w, onto) <= reach
        points = torch.where(met[:, None], onto, points)
    labelled = (near | met).nonzero()[:, 0]
    rows = _rows(problem, points[labelled]).set_axis(labelled.tolist())
    for i in met.nonzero()[:, 0].tolist():
        rows.loc[i, ["label", "kind", "true_llc"]] = _of_known(problem, *(int(count[i]) for count in counts))
    return rows.assign(distance=distance(w, points)[labelled].numpy()).reindex(range(len(w)))


def _rows(problem: Problem, points: Points) -> pd.DataFrame:
    """Return what can be said of critical points of an activation; on kinks, nothing that needs second derivatives."""
    rows = described(problem.loss, points, n_features=problem.n_features, n_symmetric=problem.n_symmetric)
    if _is_original(problem) and (derived := DERIVED.get(problem.activation.name)):
        minimum = derived()
        level = float(minimum.loss(minimum.point[:, None]))
        rows.loc[(rows.kind == MINIMUM) & ((rows.level - level).abs() < SAME_LEVEL), "true_llc"] = minimum.true_llc
    W_and_b = autoencoder.split(points.T, problem.n_hidden)
    to_kinks = kink_distance(problem.activation, autoencoder.preactivation(*W_and_b, problem.inputs))
    rows.loc[to_kinks <= KINK, ["n_negative", "n_flat", "true_llc"]] = np.nan
    return rows


def described(loss: Values, points: Points, *, n_features: int, n_symmetric: int) -> pd.DataFrame:
    """Return what the Hessian says of critical points: kind, level, numbers of directions, coefficient and label.

    Args:
        loss: Loss of many parameter vectors at once, in the rows of a matrix.
        points: Parameters, W row by row and then b.
        n_features: Number of features.
        n_symmetric: Number of directions in which symmetries keep the loss the same.
    """
    level = loss(points).clamp(min=0)
    at_points = curvature(lambda w: loss(w.T), points.T)
    values = at_points.eigenvalues
    flat = FLAT * values.abs().amax(1, keepdim=True)
    # A feature's parameters are a column of W and a bias; without part in the loss, to second order, it is idle.
    bends = (at_points.eigenvectors * values[:, None]).square().sum(2).sqrt()
    of_feature = bends.view(len(points), points.shape[1] // n_features, n_features)
    n_idle = (of_feature <= flat[..., None]).all(1).sum(1)
    n_negative, n_flat = (values < -flat).sum(1), (values.abs() <= flat).sum(1)
    # Where directions of symmetries and of idle features alone are flat, minima are a manifold: quadratic across it.
    derived = (n_negative == 0) & (n_flat == n_symmetric + n_idle * points.shape[1] // n_features)
    kinds = np.where((n_negative == 0).numpy(), MINIMUM, SADDLE)
    return pd.DataFrame(
        {
            "kind": kinds,
            "level": level.numpy(),
            "n_negative": n_negative.double().numpy(),
            "n_flat": (n_flat - n_symmetric).clamp(min=0).double().numpy(),
            "true_llc": ((points.shape[1] - n_flat) / 2).where(derived, torch.nan).double().numpy(),
            "label": [f"{kind}, loss {in_text(loss)}" for kind, loss in zip(kinds, level.tolist(), strict=True)],
        }
    )


def _is_original(problem: Problem) -> bool:
    """Return whether points are derived for model and data: 8 features, one of them active, in a plane."""
    is_one_hot, weight = problem.inputs.x is None, problem.inputs.weight
    return is_one_hot and (problem.n_features, problem.n_hidden) == (8, 2) and bool((weight == weight[0]).all())


def _of_known(problem: Problem, n_live: int, n_constant: int) -> tuple[str, str, float]:
    """Return label, kind and learning coefficient of a known point; docs/critical_points.md derives them."""
    n_silent = problem.n_features - n_live - n_constant
    parts = [f"{n_live} live", f"{n_silent} silent" if n_silent else "", f"{n_constant} at 1/8" if n_constant else ""]
    text = ", ".join(filter(None, parts))
    return (text, SADDLE, np.nan) if n_constant else (text, MINIMUM, n_live / 2)


def nearest(loss: Values, w: Starts, *, reach: float) -> tuple[Starts, Bool[Tensor, " start"]]:
    """Return where the descent of the gradient's norm leads, and whether that is a critical point within reach."""

    def slope(w: Tensor) -> Tensor:
        leaf = w.detach().requires_grad_()
        return torch.autograd.grad(loss(leaf).sum(), leaf)[0].nan_to_num(1e3).square().sum(1)

    def model(w: Starts) -> Slopes:
        gradient, hessian = _derivatives(loss, w)
        return 2 * (hessian @ gradient[..., None])[..., 0], 2 * hessian @ hessian

    points, active, before = w.clone(), torch.arange(len(w)), slope(w)
    for _ in range(ROUNDS):
        points[active] = descend(slope, model, points[active], n_steps=ROUND)
        after = slope(points[active])
        is_on_its_way = (after < GAIN * before) & (distance(w[active], points[active]) <= 2 * reach)
        goes_on = is_on_its_way & (after > STATIONARY**2 / 100)
        active, before = active[goes_on], after[goes_on]
        if not len(active):
            break
    near = (slope(points) <= STATIONARY**2) & (distance(w, points) <= reach)
    gradient, hessian = _derivatives(loss, points[near])
    bent = hessian.norm(dim=(1, 2)) * points[near].norm(dim=1)
    return points, near.masked_scatter(near, gradient.norm(dim=1) <= ARRIVED * bent)


def distance(w: Starts, to: Starts) -> Float[Tensor, " start"]:
    """Return the distances of parameters from points, over the length of these."""
    return (w - to).norm(dim=1) / to.norm(dim=1).clamp(min=1e-6)


def _derivatives(loss: Values, w: Starts) -> Slopes:
    """Return gradients and Hessians; those that are not finite are 0."""
    leaf = w.T.detach().requires_grad_()
    gradient = torch.autograd.grad(loss(leaf.T).sum(), leaf, create_graph=True)[0] + 0 * leaf
    rows = [torch.autograd.grad(row.sum(), leaf, retain_graph=True)[0] for row in gradient]
    return gradient.detach().T.nan_to_num(), torch.stack(rows).permute(2, 0, 1).nan_to_num()


def masks(activation: Activation) -> bool:
    """Return whether an activation is exactly 0 on a half-line, and beyond it rises through 1/8 and 1."""
    z = torch.tensor([-1000.0, -50.0, -8.0, 3.0], dtype=torch.float64)[:, None].repeat(1, 2)
    output = activation.function(z)[:, 0]
    return not output[:3].any() and bool(output[3] > 1)


def known(
    problem: Problem, w: Starts
) -> tuple[Starts, Bool[Tensor, " start"], Int[Tensor, " start"], Int[Tensor, " start"]]:
    """Return the known critical point to which the descent of what outputs lack leads, of an activation that masks.

    Where dead features are constant, the directions of live ones add up to 0: else moving dead ones would gain. Beside
    it come whether its outputs are those of such a point, and the numbers of live features and of constant ones.
    """
    n, outputs = problem.n_features, problem.outputs(w)
    live = outputs.diagonal(dim1=1, dim2=2) > LIVE_OUTPUT
    constant = ~live & (outputs.mean(1) > LIVE_OUTPUT / n)
    target = torch.diag_embed(live.double()) + constant[:, None].double() / n
    summed = (live & constant.any(1, keepdim=True)).double()

    def lack(w: Tensor, target: Tensor, summed: Tensor) -> Tensor:
        sums = (problem.directions(w) * summed[:, None]).sum(2)
        return torch.cat([(problem.outputs(w) - target).flatten(1), sums], 1)

    def model(w: Starts, target: Tensor, summed: Tensor) -> Slopes:
        of_sums = torch.einsum("ab,sf->sabf", torch.eye(problem.n_hidden, dtype=w.dtype), summed).flatten(2)
        J = torch.cat([problem.outputs_and_slopes(w, problem.units)[1].flatten(1, 2), F.pad(of_sums, (0, n))], 1)
        return 2 * (J.mT @ lack(w, target, summed)[..., None])[..., 0], 2 * J.mT @ J

    given = (target, summed)
    points = descend(lambda *values: lack(*values).square().sum(1), model, w, *given, n_steps=ROUND * ROUNDS)
    return points, lack(points, *given).abs().amax(1) <= MAX_LACK, live.sum(1), constant.sum(1)
