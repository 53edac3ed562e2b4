"""Tables of the study and how they are written; `frames` reads them.

A column is declared once, on the page of its rule; the declaration is stored in the parquet file's field metadata and
printed in docs/outputs.md. Missing values are nulls. Jobs of single batches write plain arrays: there are hundreds
of them, and loading pandas would take each longer than its table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from superposition.tables import arrow, files, identity
from superposition.tables.columns import BOOL, FLOAT, INT, PER_FEATURE, STRING, Column, Table, declared
from superposition.tables.identity import ANY, Identity

if TYPE_CHECKING:
    import pandas as pd

TABLES: dict[str, Table] = declared()
"""All tables by name, in the order in which the study makes them."""

AS_ARROW = {
    **{INT: pa.int64(), FLOAT: pa.float64(), STRING: pa.string(), BOOL: pa.bool_()},
    PER_FEATURE: pa.list_(pa.float64()),
}
"""Types on disk."""


def columns(table: str, *, samplers: Sequence[str] = ()) -> list[Column]:
    """Return the columns of a table; those whose name holds `{sampler}` once for each sampler preset."""
    expanded = []
    for column in TABLES[table]:
        names = [column.name.format(sampler=sampler) for sampler in samplers] if "{" in column.name else [column.name]
        expanded += [replace(column, name=name) for name in names]
    return expanded


def write(
    rows: "pd.DataFrame | Mapping[str, np.ndarray]",
    path: str | Path,
    table: str,
    of: Identity = ANY,
    *,
    samplers: Sequence[str] = (),
) -> None:
    """Write a table with its declared schema, and with its identity where it is written as parquet.

    Args:
        rows: A frame, or one array for each column, whose columns are the declared ones. NaN and None become nulls.
        path: Target; a path that ends in .csv is written as CSV, for which a frame is needed, any other as parquet.
        table: Name of the declaration in ``TABLES``.
        of: Of which runs it is.
        samplers: Sampler presets, for tables with columns for each of them.

    Raises:
        ValueError: If columns are missing or not declared.
    """
    expected, found = [column.name for column in columns(table, samplers=samplers)], list(rows)
    if set(expected) != set(found):
        missing, unknown = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
        raise ValueError(f"table {table}: missing {missing}, not declared {unknown}")
    if Path(path).suffix == ".csv":
        with files.whole(path) as part:
            rows[expected].to_csv(part, index=False)  # type: ignore[index, union-attr]
        return
    declaration, content = schema(table, samplers=samplers), pa.BufferOutputStream()
    arrays = [_column(rows[field.name], field.type) for field in declaration]
    with pq.ParquetWriter(content, declaration, write_page_checksum=True) as writer:
        writer.write_table(pa.Table.from_arrays(arrays, schema=declaration))
        writer.add_key_value_metadata({identity.KEY: identity.said(table, of)})
    files.write(path, content.getvalue().to_pybytes())


def _column(values, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, np.ndarray):
        return arrow.array(values, kind)
    return pa.array(values, type=kind, from_pandas=True)


def schema(table: str, *, samplers: Sequence[str] = ()) -> pa.Schema:
    """Return the declared schema, with unit, meaning and range of each field, and the table's meaning, as metadata."""
    fields = [
        pa.field(column.name, AS_ARROW[column.type], metadata=_metadata(column))
        for column in columns(table, samplers=samplers)
    ]
    by_sampler = {"samplers": ",".join(samplers)} if any("{" in column.name for column in TABLES[table]) else {}
    return pa.schema(fields, metadata={"meaning": TABLES[table].meaning, **by_sampler})


def check(found: pa.Schema, path: str | Path, table: str) -> None:
    """Raise StudyError if the columns of a file are not the declared ones, by name, type, unit and order."""
    samplers = (found.metadata or {}).get(b"samplers", b"").decode().split(",")
    for pair in zip_longest(schema(table, samplers=samplers), found):
        signatures = [field and (field.name, field.type, (field.metadata or {}).get(b"unit", b"")) for field in pair]
        if signatures[0] != signatures[1]:
            expected, other = map(_words, pair)
            raise files.unreadable(path, other, expected=f"{expected}, as table {table} is declared")


def _words(field: pa.Field | None) -> str:
    if field is None:
        return "no further column"
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return f"column {field.name} ({', '.join(filter(None, [str(field.type), unit]))})"


def _metadata(column: Column) -> dict[str, str]:
    within = {"within": str(column.within)} if column.within else {}
    return {"unit": column.unit, "meaning": column.meaning} | within
