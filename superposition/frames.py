"""How tables are read: as pandas frames."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from superposition import files
from superposition.columns import INT


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
    return stored.to_pandas(types_mapper={INT: pd.Int64Dtype()}.get)


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
