"""Columns of Arrow tables from arrays, by their memory alone.

``pyarrow.array`` does the same, but loads pandas to see whether it was given some of its objects. In a job of one batch
that takes longer than the table.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

NUMBERS = {pa.int64(): np.int64, pa.float64(): np.float64}
"""Types of numbers with their equals in NumPy."""


def array(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Return a column of numbers, texts or lists of numbers; NaN, or None in place of a list, becomes null.

    Args:
        values: One value for each row: numbers, texts, or one-dimensional arrays and None as objects.
        kind: Type of the column.

    Raises:
        TypeError: If the type is none of these.
        ValueError: If a number is none of the type, such as 1.5 in a column of integers.

    Source: Arrow Columnar Format, "Fixed-size Primitive Layout", "Variable-size Binary Layout" and "... List Layout".
    """
    if pa.types.is_list(kind):
        return _lists(values, kind)
    if pa.types.is_string(kind):
        texts = [str(value).encode() for value in values]
        buffers = [None, _offsets([len(text) for text in texts]), pa.py_buffer(b"".join(texts))]
        return pa.Array.from_buffers(kind, len(values), buffers)
    return _numbers(values, kind)


def _lists(values: np.ndarray, kind: pa.ListType) -> pa.Array:
    present = np.array([value is not None for value in values], dtype=bool)
    lists = list(values[present])
    lengths = np.zeros(len(values), dtype=int)
    lengths[present] = [len(each) for each in lists]
    joined = np.concatenate(lists) if lists else np.empty(0)
    buffers = [_validity(present), _offsets(lengths)]
    return pa.Array.from_buffers(kind, len(values), buffers, children=[_numbers(joined, kind.value_type)])


def _numbers(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    if kind not in NUMBERS:
        raise TypeError(f"expected numbers, texts or lists of numbers, found a column of type {kind}")
    present = ~np.isnan(values)
    found = np.where(present, values, 0)
    data = found.astype(NUMBERS[kind])
    if (data != found).any():
        raise ValueError(f"expected numbers of type {kind}, found {found[data != found][0]}")
    return pa.Array.from_buffers(kind, len(values), [_validity(present), pa.py_buffer(data)])


def _validity(present: np.ndarray) -> pa.Buffer | None:
    """Return a bit for each value that says whether it is there, none at all if all are."""
    return None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))


def _offsets(lengths: Sequence[int] | np.ndarray) -> pa.Buffer:
    """Return where each value begins and the last ends."""
    return pa.py_buffer(np.concatenate([[0], np.cumsum(lengths, dtype=int)]).astype(np.int32))
