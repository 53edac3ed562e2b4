"""Tables of the study and how they are written; `frames` reads them.

A column is declared once, on a page in `declared/`; the declaration is stored in the parquet file's field metadata and
printed in docs/outputs.md. Missing values are nulls. Jobs of single batches write plain arrays, by their memory alone:
there are hundreds of them, and ``pyarrow.array`` loads pandas, which would take each longer than its table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from superposition.errors import StudyError
from superposition.tables import files, identity
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

NUMBERS = {pa.int64(): np.int64, pa.float64(): np.float64}
"""Types of numbers with their equals in NumPy."""


def columns(table: str, *, samplers: Sequence[str] = ()) -> list[Column]:
    """Return the columns of a table; those whose name holds `{sampler}` once for each sampler preset."""
    return [
        replace(column, name=name)
        for column in TABLES[table]
        for name in ([column.name.format(sampler=each) for each in samplers] if "{" in column.name else [column.name])
    ]


def write(
    rows: "pd.DataFrame | Mapping[str, np.ndarray]",
    path: str | Path | Iterable[str],
    table: str,
    runs: Identity = ANY,
    *,
    samplers: Sequence[str] = (),
) -> None:
    """Write a table with its declared schema, and with its identity where it is written as parquet.

    Args:
        rows: A frame, or one array for each column, whose columns are the declared ones. NaN and None become nulls.
        path: Target, or several; .csv is written as CSV, for which a frame is needed, anything else as parquet.
        table: Name of the declaration in ``TABLES``.
        runs: Which runs it is of.
        samplers: Sampler presets, for tables with columns of each.

    Raises:
        StudyError: If columns are missing or not declared.
    """
    if not isinstance(path, str | Path):
        for each in path:
            write(rows, each, table, runs, samplers=samplers)
        return
    expected, given = [column.name for column in columns(table, samplers=samplers)], set(rows)
    if set(expected) != given:
        missing, unknown = sorted(set(expected) - given), sorted(given - set(expected))
        found = f"missing {missing}, not declared {unknown}"
        hint = "declare a new column on a page in superposition/tables/declared"
        raise StudyError(expected="the declared columns", found=found, where=f"table {table}", hint=hint)
    if Path(path).suffix == ".csv":
        with files.whole(path) as part:
            rows[expected].to_csv(part, index=False)  # type: ignore[index, union-attr]
        return
    declaration, content = schema(table, samplers=samplers), pa.BufferOutputStream()
    arrays = [_column(rows[field.name], field.type) for field in declaration]
    with pq.ParquetWriter(content, declaration, write_page_checksum=True) as writer:
        writer.write_table(pa.Table.from_arrays(arrays, schema=declaration))
        writer.add_key_value_metadata({identity.KEY: identity.as_json(table, runs)})
    files.write(path, content.getvalue().to_pybytes())


def write_all(tables: "Mapping[str, pd.DataFrame]", paths: Iterable[str | Path]) -> None:
    """Write tables by name to the files that are named after them."""
    for path in map(Path, paths):
        write(tables[path.stem], path, path.stem)


def _column(values, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Return a column of numbers, texts or lists of numbers; NaN, or None in place of a list, becomes null.

    Source: Arrow Columnar Format, "Fixed-size Primitive Layout", "Variable-size Binary Layout" and "... List Layout".
    """
    if not isinstance(values, np.ndarray):
        return pa.array(values, type=kind, from_pandas=True)
    if pa.types.is_list(kind):
        present = np.array([value is not None for value in values], dtype=bool)
        lists, lengths = list(values[present]), np.zeros(len(values), dtype=int)
        lengths[present] = [*map(len, lists)]
        inner = _column(np.concatenate(lists) if lists else np.empty(0), kind.value_type)
        return pa.Array.from_buffers(kind, len(values), [_validity(present), _offsets(lengths)], children=[inner])
    if pa.types.is_string(kind):
        texts = [str(value).encode() for value in values]
        buffers = [None, _offsets([*map(len, texts)]), pa.py_buffer(b"".join(texts))]
        return pa.Array.from_buffers(kind, len(values), buffers)
    if kind not in NUMBERS:
        raise TypeError(f"expected numbers, texts or lists of numbers, found a column of type {kind}")
    present = ~np.isnan(values)
    filled = np.where(present, values, 0)
    numbers = filled.astype(NUMBERS[kind])
    if (numbers != filled).any():
        raise ValueError(f"expected numbers of type {kind}, found {filled[numbers != filled][0]}")
    return pa.Array.from_buffers(kind, len(values), [_validity(present), pa.py_buffer(numbers)])


def _validity(present: np.ndarray) -> pa.Buffer | None:
    """Return a bit for each value that says whether it is there, none at all if all are."""
    return None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))


def _offsets(lengths: Sequence[int] | np.ndarray) -> pa.Buffer:
    """Return where each value begins and the last ends."""
    return pa.py_buffer(np.concatenate([[0], np.cumsum(lengths, dtype=int)]).astype(np.int32))


def schema(table: str, *, samplers: Sequence[str] = ()) -> pa.Schema:
    """Return the declared schema, with unit, meaning and range of each field, and the table's meaning, as metadata."""
    fields = []
    for column in columns(table, samplers=samplers):
        within = {"within": str(column.within)} if column.within else {}
        meanings = {"unit": column.unit, "meaning": column.meaning} | within
        fields.append(pa.field(column.name, AS_ARROW[column.type], metadata=meanings))
    by_sampler = {"samplers": ",".join(samplers)} if any("{" in column.name for column in TABLES[table]) else {}
    return pa.schema(fields, metadata={"meaning": TABLES[table].meaning, **by_sampler})


def check(stored: pa.Schema, path: str | Path, table: str) -> None:
    """Raise StudyError if the columns of a file are not the declared ones, by name, type, unit and order."""
    samplers = (stored.metadata or {}).get(b"samplers", b"").decode().split(",")
    for pair in zip_longest(schema(table, samplers=samplers), stored):
        signatures = [field and (field.name, field.type, (field.metadata or {}).get(b"unit", b"")) for field in pair]
        if signatures[0] != signatures[1]:
            expected, found = map(_words, pair)
            raise files.unreadable(path, found, expected=f"{expected}, as table {table} is declared")


def _words(field: pa.Field | None) -> str:
    if field is None:
        return "no further column"
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return f"column {field.name} ({', '.join(filter(None, [str(field.type), unit]))})"
