"""Reading of tables as pandas frames."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from superposition.tables import files, identity, store
from superposition.tables.identity import ANY, Identity, of_curves

AS_PANDAS = {pa.int64(): pd.Int64Dtype()}.get  # other types than pandas' own: integers can be missing


def of(rows: Iterable[Mapping[str, Any]], table: str, *, samplers: Sequence[str] = ()) -> pd.DataFrame:
    """Return rows as a frame; without any, one that has all columns of their table as `read` would give them.

    Whether columns are the declared ones is checked where the table is written.
    """
    rows = list(rows)
    if rows:
        return pd.DataFrame(rows)
    return store.schema(table, samplers=samplers).empty_table().to_pandas(types_mapper=AS_PANDAS)


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return frames below each other; without those that have no row, unless all are such."""
    parts = list(parts)
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def read(path: str | Path, table: str, runs: Identity = ANY, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table; integer columns come as pandas' nullable integers.

    Args:
        path: Parquet file.
        table: Name of its declaration in ``store.TABLES``.
        runs: Which runs it should be of.
        columns: Columns to read, in this order; None for all.

    Raises:
        StudyError: If the file is not as it was written, is another than expected, or has other columns than declared.
    """
    content = files.read(path)
    try:
        stored = pq.ParquetFile(pa.BufferReader(content))
        carried = (stored.metadata.metadata or {}).get(identity.KEY.encode())
        identity.check(carried, identity.as_json(table, runs), path)
        store.check(stored.schema_arrow, path, table)
        chosen = stored.read(columns).select(columns or stored.schema_arrow.names)
        return chosen.to_pandas(types_mapper=AS_PANDAS)
    except pa.ArrowException as error:
        raise files.unreadable(path, error) from error


def read_all(paths: Iterable[str | Path]) -> dict[str, pd.DataFrame]:
    """Return tables by name, from files that are named after them."""
    return {path.stem: read(path, path.stem) for path in map(Path, paths)}


def read_runs(
    paths: Iterable[str | Path], table: str, *, sampler: str = "", columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return tables of many batches of runs as one, with key columns `training` and `activation` in front.

    Args:
        paths: Files in folders ``.../{training}/{activation}/seeds-{seeds}/``, whose runs each has to be of.
        table: Name of their declaration in ``store.TABLES``.
        sampler: Sampler preset that they have to be of; none where it is empty.
        columns: Columns to read, key columns aside; None for all.
    """
    parts = []
    for path in paths:
        batch = identity.of_batch(path, sampler=sampler)
        part = read(path, table, batch, columns=columns)
        part.insert(0, "activation", batch.activation)
        part.insert(0, "training", batch.training)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def read_shared(paths: Iterable[str | Path], table: str, *, shared: Mapping[str, str]) -> pd.DataFrame:
    """Return one table of all training presets and activations from those in files ``.../{training}/{activation}``.

    `shared` names for each training preset the one whose tables hold for it: one with the same model and data.
    """
    rows = joined(read(path, table, of_curves(path)) for path in paths)
    return joined(rows[rows.training == first].assign(training=name) for name, first in shared.items())
