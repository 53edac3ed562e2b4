"""How files are written, whole or not at all, and what is said of one that cannot be written or read.

Arrays travel as safetensors, which holds no checksum: it is added, and compared when they are read.
"""

import os
import tempfile
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from superposition.presets import StudyError


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Give a path to write to, in the same folder; what is written there becomes `path` if the block succeeds.

    Until then, `path` stays what it was. A name of its own for every writer keeps two of them apart: the job of a run
    that was killed may still be at work on a cluster when the next run makes the same file.

    Raises:
        StudyError: If the file cannot be written, for lack of room or permission.
    """
    target = Path(path)
    part = target.with_name(f".{target.stem}-{uuid.uuid4().hex}{target.suffix}")
    try:
        yield part
        with part.open("rb+") as written:
            os.fsync(written.fileno())  # a network file system may say only now that its disk is full
        part.replace(target)
    except (OSError, SafetensorError) as error:
        raise unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays and their checksum as safetensors."""
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with whole(path) as part:
        save_file(arrays, part, metadata={"crc32": _checksum(arrays)})


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Return the named arrays that were written to `path`.

    Raises:
        StudyError: If the file is not as it was written.
    """
    try:
        with safe_open(path, "numpy") as stored:
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118 (it is no mapping)
            checksum = (stored.metadata() or {}).get("crc32")
    except SafetensorError as error:
        raise unreadable(path, error) from error
    if checksum != _checksum(arrays):
        raise unreadable(path, "values that do not match their checksum")
    return arrays


def _checksum(arrays: Mapping[str, np.ndarray]) -> str:
    checksum = 0
    for name in sorted(arrays):
        checksum = zlib.crc32(arrays[name].tobytes(), checksum)
    return str(checksum)


def check_writable(folder: str | Path) -> None:
    """Raise StudyError if nothing can be written to a folder, or to the nearest one above it that exists."""
    present = next(path for path in (Path(folder), *Path(folder).absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=present):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(path: str | Path, found: object) -> StudyError:
    """Return the error of a file that cannot be written.

    Args:
        path: The file.
        found: What is in the way.
    """
    return StudyError(
        expected="a folder with room and permission to write",
        found=found,
        where=str(path),
        hint="nothing was written; run again when there is",
    )


def unreadable(path: str | Path, found: object) -> StudyError:
    """Return the error of a file that is not what the study wrote: cut short, or changed since.

    Args:
        path: The file.
        found: What is wrong with it.
    """
    return StudyError(
        expected="the file as it was written",
        found=found,
        where=str(path),
        hint="delete it and run again: it is made anew, and all that depends on it",
    )
