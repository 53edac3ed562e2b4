"""How tables are made and read: as pandas frames."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from superposition import files, tables
from superposition.columns import INT

AS_PANDAS = {INT: pd.Int64Dtype()}.get
"""Types of columns that need another than pandas' own: integers can be missing."""


def of(rows: Iterable[Mapping[str, Any]], table: str, *, samplers: Sequence[str] = ()) -> pd.DataFrame:
    """Return rows as a frame; without any, one that has all columns of their table as `read` would give them.

    Args:
        rows: Values by column; whether these are the declared ones is checked where the table is written.
        table: Name of the declaration.
        samplers: Sampler presets, for tables with columns for each of them.
    """
    rows = list(rows)
    if rows:
        return pd.DataFrame(rows)
    return tables.schema(table, samplers=samplers).empty_table().to_pandas(types_mapper=AS_PANDAS)


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return frames below each other; without those that have no row, unless all are such."""
    parts = list(parts)
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def read(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a table, or some of its columns; integer columns with missing values come as pandas' nullable integers.

    Raises:
        StudyError: If the file is not as it was written.
    """
    try:
        stored = pq.read_table(path, columns=columns, page_checksum_verification=True)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise files.unreadable(path, error) from error
    return stored.to_pandas(types_mapper=AS_PANDAS)


def read_runs(paths: Iterable[str | Path], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return tables of many batches of runs as one, with key columns `training` and `activation` in front.

    Args:
        paths: Tables in folders ``.../{training}/{activation}/seeds-{seeds}/``, the layout of the study's runs.
        columns: Columns to read, all if None.
    """
    parts = []
    for path in map(Path, paths):
        part = read(path, columns)
        part.insert(0, "activation", path.parent.parent.name)
        part.insert(0, "training", path.parent.parent.parent.name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
