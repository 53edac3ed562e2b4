"""Which tables the study writes, and how they are written and read.

A column is declared once, in the module of its stage; the declaration is stored in the parquet file's field metadata
and printed in docs/outputs.md. Missing values are nulls.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from superposition import files, tables_checks, tables_claims, tables_llc, tables_runs, tables_study
from superposition.columns import BOOL, FLOAT, INT, STRING, Column, Table

__all__ = [
    "BOOL",
    "FLOAT",
    "INT",
    "STRING",
    "TABLES",
    "Column",
    "Table",
    "columns",
    "read",
    "read_runs",
    "schema",
    "write",
]

TABLES: dict[str, Table] = {
    **tables_runs.TABLES,
    **tables_study.TABLES,
    **tables_claims.TABLES,
    **tables_llc.TABLES,
    **tables_checks.TABLES,
}
"""All tables by name, in the order in which the study makes them."""


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
        missing, unknown = sorted(set(declared) - set(found)), sorted(set(found) - set(declared))
        raise ValueError(f"table {table}: missing {missing}, not declared {unknown}")
    with files.whole(path) as part:
        if part.suffix == ".csv":
            frame[declared].to_csv(part, index=False)
            return
        declaration = schema(table, samplers=samplers)
        rows = pa.Table.from_pandas(frame[declared], schema=declaration, preserve_index=False)
        # The declared metadata alone, without what pandas would add to describe the same columns.
        pq.write_table(rows.replace_schema_metadata(declaration.metadata), part, write_page_checksum=True)


def schema(table: str, *, samplers: Sequence[str] = ()) -> pa.Schema:
    """Return the declared schema, with unit, meaning and range of each field, and the table's meaning, as metadata."""
    fields = [
        pa.field(column.name, column.type, metadata=_metadata(column)) for column in columns(table, samplers=samplers)
    ]
    return pa.schema(fields, metadata={"meaning": TABLES[table].meaning})


def _metadata(column: Column) -> dict[str, str]:
    within = {"within": str(column.within)} if column.within else {}
    return {"unit": column.unit, "meaning": column.meaning} | within


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
