"""Reading of tables as pandas frames."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from superposition.tables import files, identity, store
from superposition.tables.identity import ANY, Identity

AS_PANDAS = {pa.int64(): pd.Int64Dtype()}.get
"""Types of columns that need another than pandas' own: integers can be missing."""


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


def read(path: str | Path, table: str, of: Identity = ANY, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table, or some of its columns; integer columns with missing values come as pandas' nullable integers.

    Raises:
        StudyError: If the file is not as it was written, is another than expected, or has other columns than declared.
    """
    content = files.read(path)
    try:
        stored = pq.ParquetFile(pa.BufferReader(content))
        identity.check((stored.metadata.metadata or {}).get(identity.KEY.encode()), path, table, of)
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

    They lie in folders ``.../{training}/{activation}/seeds-{seeds}/``, the layout of the study's runs. Each has to say
    that it is of these, and of the sampler preset where one is given.
    """
    parts = []
    for path in paths:
        of = identity.of_batch(path, sampler=sampler)
        part = read(path, table, of, columns=columns)
        part.insert(0, "activation", of.activation)
        part.insert(0, "training", of.training)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
