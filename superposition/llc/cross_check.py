"""Comparison of the batched chains with devinterp's, draw for draw."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from superposition.activations import BY_NAME
from superposition.llc.chains import Target, run_chains, run_sample
from superposition.llc.reference import OPTIMIZERS, ToyAutoencoder, library_losses
from superposition.tables import frames
from superposition.tables.trajectory import Trajectory


def cross_check_table(
    target: Target, checkpoints: Trajectory, *, steps: Sequence[int], batch_sizes: Sequence[int]
) -> pd.DataFrame:
    """Return how far the batched chains are from devinterp's own, draw for draw.

    Args:
        target: Model and presets; the sampler must have the library's streams and tied weights.
        checkpoints: Runs; the first seed is compared.
        steps: Checkpoints to compare at.
        batch_sizes: Inputs per SGLD step; 0 for all.
    """
    chosen = checkpoints.at(list(steps))
    chosen = dataclasses.replace(chosen, W=chosen.W[:1], b=chosen.b[:1], seeds=chosen.seeds[:1])
    rows = []
    for batch_size in batch_sizes:
        sampler = dataclasses.replace(target.sampler, batch_size=batch_size)
        batched = dataclasses.replace(target, sampler=sampler)
        ours = run_chains(batched, chosen, replicas_per_chunk=sampler.num_chains * len(steps)).losses[0]
        rows += [row for i in range(len(steps)) for row in _compare(batched, chosen, i, ours[i])]
    return frames.of(rows, "llc_cross_check")


def _compare(target: Target, chosen: Trajectory, position: int, ours: np.ndarray) -> list[dict[str, object]]:
    """Return the rows of one checkpoint, one for each SGLD class of the library."""
    seed = int(chosen.seeds[0])
    inputs = run_sample(target.training, target.sampler, seed)
    W, b = (torch.from_numpy(values[0, position]).float() for values in (chosen.W, chosen.b))
    rows = []
    for optimizer in OPTIMIZERS:
        model = ToyAutoencoder(target.activation, W, b)
        theirs = library_losses(model, inputs, target.sampler, seed=seed, optimizer=optimizer)
        rows.append(
            {
                "activation": target.activation.name,
                "seed": seed,
                "step": int(chosen.steps[position]),
                "batch_size": target.sampler.batch_size,
                "optimizer": optimizer,
                "n_draws": theirs.size,
                "max_difference": float(np.abs(ours / theirs - 1).max()),
                "llc_difference": float(target.sampler.nbeta * (ours.mean() - theirs.mean())),
            }
        )
    return rows


def cross_checks(
    names: Sequence[str],
    targets: Sequence[Trajectory],
    *,
    settings: Target,
    steps: Sequence[int],
    batch_sizes: Sequence[int],
) -> pd.DataFrame:
    """Return the cross-checks of several activations as one table.

    Args:
        names: Names of the activations.
        targets: Checkpoints of a batch of runs of each of them.
        settings: Presets and device; its activation is replaced.
        steps: Checkpoints to compare at.
        batch_sizes: Inputs per SGLD step; 0 for all.
    """
    tables = [
        cross_check_table(
            dataclasses.replace(settings, activation=BY_NAME[name]), runs, steps=steps, batch_sizes=batch_sizes
        )
        for name, runs in zip(names, targets, strict=True)
    ]
    return frames.joined(tables)
