"""Which tables the study writes, and how they are written; `frames` reads them.

A column is declared once, in the module of its stage; the declaration is stored in the parquet file's field metadata
and printed in docs/outputs.md. Missing values are nulls. Jobs of single batches write plain arrays: there are hundreds
of them, and loading pandas would take each longer than its table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from superposition import arrow, files, tables_checks, tables_claims, tables_llc, tables_runs, tables_study
from superposition.columns import BOOL, FLOAT, INT, STRING, Column, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BOOL",
    "FLOAT",
    "INT",
    "STRING",
    "TABLES",
    "Column",
    "Table",
    "columns",
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


def write(
    rows: "pd.DataFrame | Mapping[str, np.ndarray]", path: str | Path, table: str, *, samplers: Sequence[str] = ()
) -> None:
    """Write a table with its declared schema.

    Args:
        rows: A frame, or one array for each column, whose columns are the declared ones. NaN and None become nulls.
        path: Target; a path that ends in .csv is written as CSV, for which a frame is needed, any other as parquet.
        table: Name of the declaration in ``TABLES``.
        samplers: Sampler presets, for tables with columns for each of them.

    Raises:
        ValueError: If columns are missing or not declared.
    """
    declared, found = [column.name for column in columns(table, samplers=samplers)], list(rows)
    if set(declared) != set(found):
        missing, unknown = sorted(set(declared) - set(found)), sorted(set(found) - set(declared))
        raise ValueError(f"table {table}: missing {missing}, not declared {unknown}")
    with files.whole(path) as part:
        if part.suffix == ".csv":
            rows[declared].to_csv(part, index=False)  # type: ignore[index, union-attr]
            return
        declaration = schema(table, samplers=samplers)
        arrays = [_column(rows[field.name], field.type) for field in declaration]
        pq.write_table(pa.Table.from_arrays(arrays, schema=declaration), part, write_page_checksum=True)


def _column(values, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, np.ndarray):
        return arrow.array(values, kind)
    return pa.array(values, type=kind, from_pandas=True)


def schema(table: str, *, samplers: Sequence[str] = ()) -> pa.Schema:
    """Return the declared schema, with unit, meaning and range of each field, and the table's meaning, as metadata."""
    fields = [
        pa.field(column.name, column.type, metadata=_metadata(column)) for column in columns(table, samplers=samplers)
    ]
    return pa.schema(fields, metadata={"meaning": TABLES[table].meaning})


def _metadata(column: Column) -> dict[str, str]:
    within = {"within": str(column.within)} if column.within else {}
    return {"unit": column.unit, "meaning": column.meaning} | within
