"""Named arrays as safetensors files, and records as JSON files, which say what they hold and of which runs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from superposition.tables import files, identity
from superposition.tables.identity import ANY, Identity


def write(path: str | Path, arrays: Mapping[str, np.ndarray], kind: str, runs: Identity = ANY) -> None:
    """Write arrays, with what they are.

    Args:
        path: File to write.
        arrays: Arrays by name.
        kind: What they are together, such as ``trajectory.OUTPUTS``.
        runs: Which runs they are of.
    """
    # A single entry: safetensors writes several in an order that changes from process to process.
    metadata = {identity.KEY: identity.as_json(kind, runs)}
    files.write(path, save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata))


def read(path: str | Path, names: Iterable[str], kind: str, runs: Identity = ANY) -> dict[str, np.ndarray]:
    """Return the arrays that `write` wrote to a file.

    Args:
        path: File to read.
        names: Names of its arrays, all of them.
        kind: What they should be together, such as ``trajectory.OUTPUTS``.
        runs: Which runs they should be of.

    Raises:
        StudyError: If the file is not as it was written, or is another than expected: of other names, kind or runs.
    """
    content = files.read(path)
    try:
        arrays = load(content)
    except SafetensorError as error:
        raise files.unreadable(path, error) from error
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])  # it begins with its length
    identity.check(header.get("__metadata__", {}).get(identity.KEY), identity.as_json(kind, runs), path)
    if set(arrays) != set(names):
        expected, found = (f"arrays {', '.join(sorted(some))}" for some in (names, arrays))
        raise files.unreadable(path, found, expected=expected)
    return arrays


def write_record(path: str | Path, record: Mapping[str, Any], kind: str) -> None:
    """Write a record of plain values, with its identity behind them."""
    entry = {identity.KEY: json.loads(identity.as_json(kind, ANY))}
    files.write(path, (json.dumps({**record, **entry}, indent=2) + "\n").encode())


def read_record(path: str | Path, kind: str) -> dict[str, Any]:
    """Return the record that was written to `path`; raise StudyError as `read` does."""
    record = json.loads(files.read(path))
    identity.check(json.dumps(record.pop(identity.KEY, {})), identity.as_json(kind, ANY), path)
    return record
