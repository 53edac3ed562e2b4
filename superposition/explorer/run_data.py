"""Runs in the explorer's page: every recorded step, rounded and packed as compressed arrays in base64; and families.

Runs of one training preset are in the order of activations, then seeds, whether or not they exist: one that does not
has only missing values. Floating-point values are missing as NaN, counts and statuses as ``MISSING``.
"""

import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Float32, Int16

from superposition import wording
from superposition.figures.directions import in_plane
from superposition.measures.history import Paths
from superposition.quantities import POLYGON, RECOVERED, REPRESENTED
from superposition.status import MINIMUM, OK, SADDLE, STATUSES
from superposition.tables import frames
from superposition.tables.trajectory import Trajectory

UNITS = 4095  # weights are whole multiples of the longest entry of their run over this number
NOT_FINITE = -32768  # weights of a step that are not finite
DIGITS = 17  # binary digits of losses and LLC estimates: five decimal ones
MISSING = 255  # a count or status that is missing

COUNTS = tuple(quantity.name for quantity in (REPRESENTED, RECOVERED, POLYGON))  # what is shown over training
FACTS, EVENTS = ("status", "diverged_step", "onset", "end_status"), ("drop_start", "drop_end", "drop_size", "order")
"""Columns of the table of runs, and of that of their transitions, that the page shows of a whole run."""


def read_over_training(*, loss: Paths, superposition: Paths) -> dict[str, pd.DataFrame]:
    """Return the tables of all runs over training by name, with the columns that the page shows."""
    columns = {"loss": (loss, ["loss"]), "superposition": (superposition, COUNTS)}
    return {
        name: frames.read_runs(paths, name, columns=["seed", "step", *shown])
        for name, (paths, shown) in columns.items()
    }


DIALLED = {"recovered": "n_recovered", "loss": "loss", "llc": "llc"}  # shown against a parameter, with their columns

# Weights of the runs of one training preset, and which features they recover, by activation.
RunsOf = Mapping[str, tuple[Trajectory, Bool[np.ndarray, "seed step feature"]]]


def index(activations: Sequence[str], seeds: Sequence[int]) -> pd.MultiIndex:
    """Return activation and seed of all runs of a training preset, in the order of the page."""
    return pd.MultiIndex.from_product([activations, seeds], names=["activation", "seed"])


def packed_runs(
    runs_of: RunsOf,
    loss: pd.DataFrame,
    superposition: pd.DataFrame,
    llc: Mapping[str, pd.DataFrame],
    *,
    runs: pd.MultiIndex,
) -> dict[str, Any]:
    """Return the runs of one training preset: steps as lists, values packed, runs on the first axis.

    Args:
        runs_of: Weights and recovered features by activation.
        loss: Table of their losses over training.
        superposition: Table of their ``COUNTS`` over training.
        llc: Tables of their LLC estimates by sampler preset.
        runs: Activation and seed of those that are shown; the page grows with their number.
    """
    losses = _by_step(loss, "loss", runs)
    return {
        "steps": next(iter(runs_of.values()))[0].steps.tolist(),
        **packed_weights(runs_of, runs),
        "lossSteps": losses.columns.tolist(),
        "loss": packed_floats(losses),
        "counts": {name: packed_counts(_by_step(superposition, name, runs)) for name in COUNTS},
        "llc": {sampler: _packed_llc(table, runs) for sampler, table in llc.items()},
    }


def packed_weights(runs_of: RunsOf, runs: pd.MultiIndex, *, steps: slice = slice(None)) -> dict[str, Any]:
    """Return directions of runs in the plane of the picture, their scale, which are recovered; steps come last."""
    first = next(iter(runs_of.values()))[0].W[0, steps]
    W = np.full((len(runs), len(first), 2, first.shape[-1]), np.nan, np.float32)
    counted = np.zeros((len(runs), len(first), first.shape[-1]), bool)
    for activation, (trajectory, recovered) in runs_of.items():
        for i, place in enumerate(runs.get_indexer([(activation, seed) for seed in trajectory.seeds])):
            if place >= 0:
                W[place], counted[place] = in_plane(trajectory.W[i, steps]), recovered[i, steps]
    units, scale = quantised(W)
    changes = np.diff(np.moveaxis(units, 1, -1), axis=-1, prepend=np.int16(0))  # mostly small, hence short when packed
    return {"weights": packed(changes), "scale": packed(scale), "counted": packed(np.moveaxis(counted, 1, -1))}


def quantised(
    W: Float[np.ndarray, "run step hidden feature"],
) -> tuple[Int16[np.ndarray, "run step hidden feature"], Float32[np.ndarray, " run"]]:
    """Return weights as whole multiples of a scale, and the scale: the largest finite entry of a run over ``UNITS``.

    Rounding changes no entry by more than half a scale. Steps that are not finite are ``NOT_FINITE``.
    """
    finite = np.isfinite(W).all((-2, -1), keepdims=True)
    known = np.where(finite, W, 0)
    scale = np.abs(known).max((1, 2, 3)) / UNITS
    divisor = np.where(scale > 0, scale, 1)[:, None, None, None]
    return np.where(finite, np.rint(known / divisor), NOT_FINITE).astype(np.int16), scale.astype(np.float32)


def shortened(values: Float32[np.ndarray, "*batch"]) -> Float32[np.ndarray, "*batch"]:
    """Return values rounded to ``DIGITS`` binary digits."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.rint(mantissa * 2**DIGITS) / 2**DIGITS, exponent).astype(np.float32)


def _packed_llc(table: pd.DataFrame, runs: pd.MultiIndex) -> dict[str, Any]:
    """Return the LLC estimates of one sampler preset and whether they may be read."""
    values = _by_step(table, "llc", runs)
    statuses = packed_counts(_by_step(table.assign(code=table.status.map(STATUSES.index)), "code", runs))
    return {"steps": values.columns.tolist(), "values": packed_floats(values), "statuses": statuses}


def _by_step(table: pd.DataFrame, column: str, runs: pd.MultiIndex) -> pd.DataFrame:
    """Return a column of a table with one row per run and one column per step."""
    shown = table.seed.isin(runs.get_level_values("seed"))
    return table[shown].pivot(index=[*runs.names], columns="step", values=column).reindex(runs)


def packed(values: np.ndarray) -> str:
    """Return an array in C order as base64 of compressed bytes: lowest bytes first, as high ones are often alike."""
    values = np.ascontiguousarray(values.astype(values.dtype.newbyteorder("<")))
    planes = values.reshape(-1, 1).view(np.uint8).T
    return b64encode(zlib.compress(planes.tobytes())).decode()


def packed_floats(values: pd.DataFrame | pd.Series) -> str:
    """Return packed values with a few digits, NaN where they are missing."""
    return packed(shortened(values.astype("Float64").to_numpy("float32", na_value=np.nan)))


def packed_counts(values: pd.DataFrame | pd.Series) -> str:
    """Return packed counts or codes, ``MISSING`` where they are missing."""
    return packed(values.astype("Float64").to_numpy("uint8", na_value=MISSING))


def packed_ends(runs_of: RunsOf, table: pd.DataFrame, runs: pd.MultiIndex) -> dict[str, Any]:
    """Return how runs of one training preset ended, from their weights and their rows of the table of runs."""
    rows = table.set_index(list(runs.names)).reindex(runs)
    values = {"recovered": packed_counts(rows.n_recovered), "loss": packed_floats(rows.loss)}
    return {**packed_weights(runs_of, runs, steps=slice(-1, None)), **values}


def events(transitions: pd.DataFrame, runs: pd.MultiIndex) -> dict[str, list]:
    """Return the events of runs of one training preset by kind: run, sampler if any, start and end."""
    rows = _placed(transitions.round({"start": 1, "end": 1}), runs)
    return {str(kind): records(some, "place", "sampler", "start", "end") for kind, some in rows.groupby("kind")}


def stages(critical_points: pd.DataFrame | None, runs: pd.MultiIndex) -> list[list]:
    """Return near which critical point each checkpoint lies: run, step, label and kind, None without one."""
    if critical_points is None:
        return []
    rows = _placed(critical_points, runs).sort_values(["place", "step"])
    rows.loc[~rows.kind.isin((MINIMUM, SADDLE)), ["label", "kind"]] = None
    return records(rows, "place", "step", "label", "kind")


def _placed(table: pd.DataFrame, runs: pd.MultiIndex) -> pd.DataFrame:
    """Return the rows of a table that are about runs, with the place of each run."""
    places = runs.get_indexer(table.set_index([*runs.names]).index)
    return table.assign(place=places).loc[places >= 0]


def records(table: pd.DataFrame, *columns: str) -> list[list]:
    """Return columns of a table as one list for each row."""
    return [list(row) for row in zip(*(plain(table[name]) for name in columns), strict=True)]


def run_facts(table: pd.DataFrame, transitions: pd.DataFrame, runs: pd.MultiIndex) -> dict[str, list]:
    """Return what tables know of whole runs of one training preset and one variant, None where there is nothing."""
    of_runs, of_transitions = (rows.set_index(list(runs.names)).reindex(runs) for rows in (table, transitions))
    return {name: plain(rows[name]) for rows, names in ((of_runs, FACTS), (of_transitions, EVENTS)) for name in names}


def plain(values: Any) -> list:
    """Return the values of a column as JSON has them: None where they are missing or not finite."""
    return [plain_value(value) for value in values.tolist()]


def plain_value(value: Any) -> Any:
    """Return a value as JSON has it: None where it is missing or not finite."""
    return None if wording.is_missing(value) else value


def families(tables: Mapping[str, pd.DataFrame], *, printed: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the families that tables are about, with what is printed of each; none before they are made."""
    if "families" not in tables:
        return []
    jumps, ends = tables["family_jumps"], ("low", "high", "capacity_low", "capacity_high")
    return [
        {**printed[str(name)], "name": name, **_points(rows, tables["family_runs"])}
        | {"jumps": records(jumps.loc[jumps.family == name], *ends)}
        for name, rows in tables["families"].groupby("family", sort=False)
        if name in printed
    ]


def _points(rows: pd.DataFrame, runs: pd.DataFrame) -> dict[str, Any]:
    """Return the values, the best at each, medians with intervals, and the runs: one list of them for each value."""
    ended = runs.loc[(runs.family == rows.family.iloc[0]) & (runs.status == OK)]
    ended = ended.assign(llc=ended.llc.where(ended.llc_status == OK))
    medians = {
        name: [plain(rows[f"{column}{end}"]) for end in ("", "_low", "_high")] for name, column in DIALLED.items()
    }
    by_value = {
        name: [plain(ended[column][ended.value == value].astype("Float64").round(6)) for value in rows.value]
        for name, column in DIALLED.items()
    }
    best = {"recovered": plain(rows.capacity), "loss": plain(rows.best_loss)}
    return {"values": plain(rows.value), "best": best, "medians": medians, "runs": by_value}
