"""Records as JSON files that say what they hold, with the checksum of all their bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superposition.tables import files, identity
from superposition.tables.identity import ANY


def write(path: str | Path, record: Mapping[str, Any], kind: str) -> None:
    """Write a record of plain values, with its identity behind them."""
    said = {identity.KEY: json.loads(identity.said(kind, ANY))}
    files.write(path, (json.dumps({**record, **said}, indent=2) + "\n").encode())


def read(path: str | Path, kind: str) -> dict[str, Any]:
    """Return the record that was written to `path`.

    Raises:
        StudyError: If the file is not as it was written, or holds another kind of record.
    """
    record = json.loads(files.read(path))
    identity.check(json.dumps(record.pop(identity.KEY, {})), path, kind, ANY)
    return record
