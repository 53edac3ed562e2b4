"""Runs in the explorer's page: every recorded step, packed as base64 of little-endian arrays.

Runs of one training preset are in the order of activations, then seeds, whether or not they exist: one that does not
has only missing values. Floating-point values are missing as NaN, counts and statuses as ``MISSING``.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Float32, Int16

from superposition.figures.plane import in_plane
from superposition.measures.history import Key
from superposition.quantities import POLYGON, RECOVERED, REPRESENTED
from superposition.status import STATUSES
from superposition.tables.trajectory import Trajectory

UNITS = 32767
"""Weights are whole multiples of the longest entry of their step over this number, the largest 16-bit integer."""

MISSING = 255
"""A count or status that is missing."""

COUNTS = tuple(quantity.name for quantity in (REPRESENTED, RECOVERED, POLYGON))
"""Measures of superposition over training that the page shows."""

FACTS = ("status", "diverged_step", "onset")
"""Columns of the table of runs that the page shows of a whole run."""

EVENTS = ("drop_start", "drop_end", "drop_size", "order")
"""Columns of the table of runs' transitions that the page shows of a whole run."""


def packed_runs(
    trajectories: Mapping[Key, Trajectory],
    loss: pd.DataFrame,
    superposition: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    training: str,
    activations: Sequence[str],
    seeds: Sequence[int],
) -> dict[str, Any]:
    """Return the runs of one training preset: steps as lists, values as base64, runs on the first axis.

    Args:
        trajectories: Weights of all runs by training preset and activation.
        loss: Loss tables of all runs.
        superposition: Superposition tables of all runs.
        llc: LLC tables of all runs by sampler preset.
        training: The training preset.
        activations: Activations of the study.
        seeds: Seeds that are shown; the page grows with their number.
    """
    runs = pd.MultiIndex.from_product([activations, seeds], names=["activation", "seed"])
    W, steps = _directions({key[1]: found for key, found in trajectories.items() if key[0] == training}, runs)
    units, scale = quantised(W)
    losses = _by_step(loss, training, "loss", runs)
    counts = {name: _by_step(superposition, training, name, runs) for name in COUNTS}
    return {
        "steps": steps.tolist(),
        "weights": packed(units),
        "scale": packed(scale),
        "lossSteps": losses.columns.tolist(),
        "loss": packed(losses.to_numpy("float32", na_value=np.nan)),
        "counts": {name: packed(table.to_numpy("uint8", na_value=MISSING)) for name, table in counts.items()},
        "llc": {sampler: _packed_llc(table, training, runs) for sampler, table in llc.items()},
    }


def _directions(
    runs_of: Mapping[str, Trajectory], runs: pd.MultiIndex
) -> tuple[Float32[np.ndarray, "..."], np.ndarray]:
    """Return the directions of all runs in the plane of the picture, shape (run, step, 2, feature), and the steps."""
    first = next(iter(runs_of.values()))
    W = np.full((len(runs), len(first.steps), 2, first.W.shape[-1]), np.nan, np.float32)
    for activation, found in runs_of.items():
        for seed, weights in zip(found.seeds.tolist(), found.W, strict=True):
            if (activation, seed) in runs:
                W[runs.get_loc((activation, seed))] = in_plane(weights)
    return W, first.steps


def quantised(
    W: Float[np.ndarray, "*batch hidden feature"],
) -> tuple[Int16[np.ndarray, "*batch hidden feature"], Float32[np.ndarray, "*batch"]]:
    """Return weights as whole multiples of a scale, and the scale: the largest entry of W over ``UNITS``.

    Rounding changes no entry by more than half a scale. Where weights are not finite, the scale is NaN.
    """
    scale = np.abs(W).max((-2, -1)) / UNITS
    scale = np.where(np.isfinite(scale), scale, np.nan)
    divisor = np.where(scale > 0, scale, 1)[..., None, None]
    units = np.where(np.isfinite(W), W, 0) / divisor
    return np.where(np.isfinite(scale)[..., None, None], np.rint(units), 0).astype(np.int16), scale.astype(np.float32)


def _packed_llc(table: pd.DataFrame, training: str, runs: pd.MultiIndex) -> dict[str, Any]:
    """Return the LLC estimates of one sampler preset and whether they may be read."""
    values = _by_step(table, training, "llc", runs)
    codes = table.status.map({status: code for code, status in enumerate(STATUSES)})
    statuses = _by_step(table.assign(code=codes), training, "code", runs)
    return {
        "steps": values.columns.tolist(),
        "values": packed(values.to_numpy("float32", na_value=np.nan)),
        "statuses": packed(statuses.to_numpy("uint8", na_value=MISSING)),
    }


def _by_step(table: pd.DataFrame, training: str, column: str, runs: pd.MultiIndex) -> pd.DataFrame:
    """Return a column of a table with one row per run and one column per step."""
    rows = table[table.training == training].set_index([*runs.names, "step"])
    return pd.DataFrame(rows[column].astype("Float64").unstack("step")).reindex(runs)


def packed(values: np.ndarray) -> str:
    """Return an array as base64 of its little-endian values in C order."""
    return b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()


def run_facts(
    runs: pd.DataFrame, transitions: pd.DataFrame, *, activations: Sequence[str], seeds: Sequence[int], training: str
) -> dict[str, list]:
    """Return what is known of every whole run of one training preset, None where there is nothing.

    Args:
        runs: Table of runs.
        transitions: Table of runs' transitions, of one variant.
        activations: Activations of the study.
        seeds: Seeds of the study.
        training: The training preset.
    """
    keys = ["activation", "seed"]
    index = pd.MultiIndex.from_product([activations, seeds], names=keys)
    found = {}
    for table, columns in ((runs, FACTS), (transitions, EVENTS)):
        rows = table[table.training == training].set_index(keys).reindex(index)
        found |= {name: plain(rows[name]) for name in columns}
    return found


def plain(values: pd.Series | pd.DataFrame) -> list:
    """Return the values of a column as JSON has them: None where they are missing or not finite."""
    return [None if pd.isna(value) or value in (np.inf, -np.inf) else value for value in pd.Series(values).tolist()]
