"""Which tables the study writes: their columns, types, units and meanings, and how they are written and read.

A column is declared once, here; the declaration is stored in the parquet file's field metadata and printed in
docs/outputs.md. Missing values are nulls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

INT, FLOAT, STRING, BOOL = pa.int64(), pa.float64(), pa.string(), pa.bool_()
PER_FEATURE = pa.list_(pa.float64())


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit (empty for pure numbers) and what a value means."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str


_SEED = Column("seed", INT, "", "Seed of the run.")
_STEP = Column("step", INT, "training steps", "Updates made before the values of this row.")
_LOSS = Column("loss", FLOAT, "MSE", "Expected mean squared error over the distribution of inputs.")

TABLES: dict[str, tuple[Column, ...]] = {
    "loss": (
        _SEED,
        _STEP,
        _LOSS,
        Column("sample_loss", FLOAT, "MSE", "Mean squared error over the run's training sample."),
        Column("logged_loss", FLOAT, "MSE/100", "What the original logs for this loss: sample_loss / batch_size (N2)."),
    ),
    "superposition": (
        _SEED,
        _STEP,
        Column("status", STRING, "", "ok, or diverged if the weights are not finite; measures are then null."),
        _LOSS,
        Column("n_represented", INT, "features", "Features with a norm above the relative and absolute thresholds."),
        Column("n_recovered", INT, "features", "Features whose own output exceeds all others by the margin."),
        Column("polygon", INT, "corners", "Corners of the convex hull of the represented directions."),
        Column("frobenius_sq", FLOAT, "", "Sum of squared feature norms."),
        Column("feature_norm", PER_FEATURE, "", "Length of each feature's direction."),
        Column("dimensionality", PER_FEATURE, "dimensions", "Share of a dimension that each feature has, 0 to 1."),
        Column("interference", PER_FEATURE, "", "Squared overlap of all other directions with each feature's."),
        Column("leakage", PER_FEATURE, "", "Squared output in other features when each feature is the input."),
    ),
    "llc": (
        _SEED,
        _STEP,
        Column("llc", FLOAT, "", "LLC estimate: n beta times mean loss of the draws minus init_loss, over chains."),
        Column("llc_std", FLOAT, "", "Standard deviation of the estimate over chains."),
        Column("init_loss", FLOAT, "MSE", "The sampler's loss at the checkpoint."),
        Column("status", STRING, "", "ok, not_a_minimum, escaped or diverged; only ok estimates enter statistics."),
        Column("predicted_llc", FLOAT, "", "What the estimate would be if the loss were quadratic around the point."),
        Column("effective_dimension", FLOAT, "dimensions", "Directions with curvature above localization / n beta."),
        Column("gradient_shift", FLOAT, "", "Part of predicted_llc that is due to the gradient, at most 0."),
        Column("gradient_norm", FLOAT, "MSE", "Norm of the gradient of the population loss."),
        Column("hessian_min", FLOAT, "MSE", "Smallest eigenvalue of the Hessian of the population loss."),
        Column("hessian_max", FLOAT, "MSE", "Largest eigenvalue of the Hessian of the population loss."),
        Column("share_below", FLOAT, "", "Share of draws with a loss below init_loss."),
        Column("r_hat", FLOAT, "", "Gelman-Rubin statistic of the loss traces (rank-normalised, split)."),
        Column("ess", FLOAT, "draws", "Effective sample size of the loss traces, all chains together."),
        Column("n_chains_down", INT, "chains", "Chains that escaped to lower loss."),
        Column("n_chains_up", INT, "chains", "Chains that escaped to higher loss."),
        Column("n_chains_nan", INT, "chains", "Chains with a loss that is not finite."),
    ),
    "runs": (
        Column("training", STRING, "", "Training preset."),
        Column("activation", STRING, "", "Output activation."),
        _SEED,
        Column("step", INT, "training steps", "Last recorded step, at which the run's values are taken."),
        Column("status", STRING, "", "ok, or diverged if the weights are not finite at the last recorded step."),
        Column("diverged_step", INT, "training steps", "First recorded step at which the weights are not finite."),
        _LOSS,
        Column("sample_loss", FLOAT, "MSE", "Mean squared error over the run's training sample."),
        Column("logged_loss", FLOAT, "MSE/100", "What the original logs for this loss (N2)."),
        Column("n_represented", INT, "features", "Represented features."),
        Column("n_recovered", INT, "features", "Recovered features."),
        Column("polygon", INT, "corners", "Corners of the convex hull of the represented directions."),
        Column("frobenius_sq", FLOAT, "", "Sum of squared feature norms."),
        Column("onset", INT, "training steps", "First step from which a feature outside the initial polygon stays."),
        Column("llc_{sampler}", FLOAT, "", "LLC estimate at the last checkpoint."),
        Column("llc_std_{sampler}", FLOAT, "", "Standard deviation of the estimate over chains."),
        Column("predicted_llc_{sampler}", FLOAT, "", "What the estimate would be if the loss were quadratic."),
        Column("status_{sampler}", STRING, "", "Whether the estimate may be read."),
        Column("commit", STRING, "", "Commit of the code that made the table."),
        Column("torch", STRING, "", "Version of PyTorch."),
        Column("python", STRING, "", "Version of Python."),
        Column("platform", STRING, "", "Operating system and machine."),
    ),
}


def columns(table: str, *, samplers: Sequence[str] = ()) -> list[Column]:
    """Return the columns of a table; those whose name holds `{sampler}` once for each sampler preset."""
    expanded = []
    for column in TABLES[table]:
        names = [column.name.format(sampler=sampler) for sampler in samplers] if "{" in column.name else [column.name]
        expanded += [replace(column, name=name) for name in names]
    return expanded


def write(frame: pd.DataFrame, path: str | Path, table: str, *, samplers: Sequence[str] = ()) -> None:
    """Write a table with its declared schema.

    Args:
        frame: The rows; its columns must be the declared ones.
        path: Target; a path that ends in .csv is written as CSV, any other as parquet.
        table: Name of the declaration in ``TABLES``.
        samplers: Sampler presets, for tables with columns for each of them.

    Raises:
        ValueError: If columns are missing or not declared.
    """
    declared, found = [column.name for column in columns(table, samplers=samplers)], list(frame.columns)
    if set(declared) != set(found):
        raise ValueError(
            f"table {table}: missing {sorted(set(declared) - set(found))}, not declared {sorted(set(found) - set(declared))}"
        )
    if str(path).endswith(".csv"):
        frame[declared].to_csv(path, index=False)
        return
    pq.write_table(pa.Table.from_pandas(frame[declared], schema=schema(table, samplers=samplers), preserve_index=False), path)


def schema(table: str, *, samplers: Sequence[str] = ()) -> pa.Schema:
    """Return the declared schema of a table, with unit and meaning in the metadata of each field."""
    return pa.schema(
        [
            pa.field(column.name, column.type, metadata={"unit": column.unit, "meaning": column.meaning})
            for column in columns(table, samplers=samplers)
        ]
    )


def read(path: str | Path) -> pd.DataFrame:
    """Return a table; integer columns with missing values come as pandas' nullable integers."""
    return pq.read_table(path).to_pandas(types_mapper={INT: pd.Int64Dtype()}.get)


def read_runs(paths: Iterable[str | Path]) -> pd.DataFrame:
    """Return tables of many batches of runs as one, with key columns `training` and `activation` in front.

    Args:
        paths: Tables in folders ``.../{training}/{activation}/seeds-{seeds}/``, the layout of the study's runs.
    """
    parts = []
    for path in map(Path, paths):
        part = read(path)
        part.insert(0, "activation", path.parent.parent.name)
        part.insert(0, "training", path.parent.parent.parent.name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
