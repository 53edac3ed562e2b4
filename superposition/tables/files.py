"""Files written whole or not at all, and messages about those that cannot be written or read.

A file that the study reads again holds the checksum of all its bytes. The formats offer less: safetensors has none, and
that of parquet leaves out what names and describes its columns.
"""

import os
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from superposition.errors import StudyError

MARK = b"crc32:"
BLANK = b"crc32:00000000"
"""Place of the checksum in a file. CRC-32 finds every change within 32 bits, and of others all but 1 in 2^32."""


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
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def write(path: str | Path, content: bytes) -> None:
    """Write a file that holds its own checksum, which belongs where its content has ``BLANK``."""
    with whole(path) as part:
        part.write_bytes(_sealed(content, content.rindex(BLANK)))


def read(path: str | Path) -> bytes:
    """Return what ``write`` wrote to `path`.

    Raises:
        StudyError: If the file cannot be read, or a bit of it is not as it was written.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        expected, hint = "a file that may and can be read", "run again when it can"
        raise StudyError(expected=expected, found=error, where=str(path), hint=hint) from error
    start = content.rfind(MARK)
    if start < 0:
        raise unreadable(path, "no checksum: it was cut short, or another version of the workflow wrote it")
    if content != _sealed(content, start):
        raise unreadable(path, "bytes that do not match their checksum")
    return content


def _sealed(content: bytes, start: int) -> bytearray:
    """Return a file with its checksum in its place, which is that of the file with ``BLANK`` there."""
    sealed, place = bytearray(content), slice(start, start + len(BLANK))
    sealed[place] = BLANK
    sealed[place] = MARK + b"%08x" % zlib.crc32(sealed)
    return sealed


def unwritable(path: str | Path, found: object) -> StudyError:
    """Return the error of a file that cannot be written, with what is in the way."""
    expected, hint = "a folder with room and permission to write", "nothing was written; run again when there is"
    return StudyError(expected=expected, found=found, where=str(path), hint=hint)


def unreadable(path: str | Path, found: object, *, expected: str = "the file as it was written") -> StudyError:
    """Return the error of a file that is not as the study writes it there: cut short, changed since, or too old."""
    hint = f"delete it and run again, or with --forcerun {path}: it is made anew, and all that depends on it"
    return StudyError(expected=expected, found=found, where=str(path), hint=hint)
