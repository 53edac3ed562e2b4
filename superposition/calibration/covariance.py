r"""Spread of short trajectories from one checkpoint: the largest eigenvalues of the covariance of their weights.

The notebook starts many SGD or SGLD trajectories at every checkpoint and expects the largest eigenvalues to jump at
transitions. With d the displacement of a trajectory's weights from the checkpoint,

.. math:: C = \frac{1}{n - 1} \sum_{i=1}^n (d_i - \bar d)(d_i - \bar d)^\top

over all trajectories and draws. DEVIATION N12: the notebook's online accumulator subtracts the mean in place each time
its results are asked for, which the library does twice; its largest eigenvalues are then those of no covariance.

Source: the notebook's section "Covariance Analysis"; Freedman et al. 2023.
"""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from superposition.llc.chains import Target, run_chains
from superposition.model import autoencoder
from superposition.status import DIVERGED, OK
from superposition.tables.trajectory import Trajectory


class Moments:
    """First and second moments of the weights at every checkpoint, accumulated draw by draw; a hook of `run_chains`.

    In double precision and relative to the checkpoint, from which trajectories do not go far: the mean is no larger
    than the spread by so much that subtracting it could leave a negative eigenvalue.
    """

    def __init__(self, checkpoints: Trajectory, *, device: torch.device):
        points = autoencoder.join(torch.from_numpy(checkpoints.W), torch.from_numpy(checkpoints.b)).float()
        self._points = points.to(device).double()
        self._first = torch.zeros_like(self._points)
        self._second = torch.zeros(*points.shape, points.shape[-1], dtype=torch.float64, device=device)
        self._count = torch.zeros(points.shape[:2], dtype=torch.int64, device=device)

    def __call__(self, runs: slice, steps: slice, draw: int, w: Float[Tensor, "parameter run step chain"]) -> None:
        """Add the weights of all chains at some checkpoints."""
        d = w.double().permute(1, 2, 3, 0) - self._points[runs, steps, None]
        self._first[runs, steps] += d.sum(2)
        self._second[runs, steps] += d.mT @ d
        self._count[runs, steps] += d.shape[2]

    def covariance(self) -> Float[Tensor, "run step parameter parameter"]:
        """Return the unbiased covariance of the weights, over chains and draws."""
        n = self._count[..., None, None]
        mean = (self._first / self._count[..., None])[..., None]
        return (self._second - n * mean @ mean.mT) / (n - 1)


def largest_eigenvalues(
    covariance: Float[Tensor, "run step parameter parameter"], count: int
) -> Float[np.ndarray, "run step rank"]:
    """Return the largest eigenvalues, largest first; NaN where the covariance is not finite."""
    finite = covariance.isfinite().all(-1).all(-1)[..., None, None]
    eigenvalues = torch.linalg.eigvalsh(torch.where(finite, covariance, 0.0)).flip(-1)[..., :count]
    return torch.where(finite[..., 0], eigenvalues, torch.nan).cpu().numpy()


def covariance_table(
    target: Target,
    checkpoints: Trajectory,
    *,
    batch_sizes: Sequence[int],
    noise_levels: Sequence[float],
    n_eigenvalues: int,
) -> pd.DataFrame:
    """Return one row for each batch size, noise level, seed, checkpoint and eigenvalue, from the largest on.

    Args:
        target: What trajectories follow, and how, but for the next two.
        checkpoints: Where they start.
        batch_sizes: Inputs in each step, 0 for all.
        noise_levels: Standard deviations of the injected noise: 0 is SGD, 1 is SGLD.
        n_eigenvalues: How many, the largest first.
    """
    tables, ranks = [], np.arange(1, n_eigenvalues + 1)
    for batch_size, noise_level in itertools.product(batch_sizes, noise_levels):
        changed = {"batch_size": batch_size, "noise_level": noise_level}
        moments = Moments(checkpoints, device=target.device)
        moved = dataclasses.replace(target, sampler=dataclasses.replace(target.sampler, **changed))
        run_chains(moved, checkpoints, on_draw=moments)
        values = largest_eigenvalues(moments.covariance(), n_eigenvalues)
        keys = {"seed": checkpoints.seeds, "step": checkpoints.steps, "rank": ranks[: values.shape[-1]]}
        rows = pd.MultiIndex.from_product([*keys.values()], names=[*keys]).to_frame(index=False)
        status = np.where(np.isfinite(values.ravel()), OK, DIVERGED)
        tables.append(rows.assign(eigenvalue=values.ravel(), status=status, **changed))
    return pd.concat(tables, ignore_index=True)
