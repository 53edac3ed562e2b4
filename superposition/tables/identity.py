"""Identity of files: what each says of itself, so that none is taken for another.

It stands in the metadata of every array file and table, as JSON under the key ``identity``, with the file's checksum.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from superposition.errors import StudyError
from superposition.tables import files

KEY = "identity"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The runs that a file belongs to: presets, activation, and batch of seeds such as `1-10`.

    What is left empty is all of them in a file, and any where one is expected.
    """

    training: str = ""
    activation: str = ""
    seeds: str = ""
    sampler: str = ""


ANY = Identity()


def of_batch(path: str | Path, *, sampler: str = "") -> Identity:
    """Return the identity that a file in a folder ``.../{training}/{activation}/seeds-{seeds}/`` should have."""
    training, activation, seeds = Path(path).parts[-4:-1]
    return Identity(training=training, activation=activation, seeds=seeds.removeprefix("seeds-"), sampler=sampler)


def by_runs(paths: Iterable[str | Path]) -> dict[tuple[str, str], list[Path]]:
    """Return files of batches by training preset and activation, these in order.

    Batches of the same stay as they are given, in the order of their seeds: names sort `seeds-10` before `seeds-2`.
    """
    ordered = sorted(map(Path, paths), key=_runs)
    return {runs: list(batches) for runs, batches in groupby(ordered, key=_runs)}


def _runs(path: Path) -> tuple[str, str]:
    identity = of_batch(path)
    return identity.training, identity.activation


def of_curves(path: str | Path) -> Identity:
    """Return the identity that a file ``.../{training}/{activation}.parquet`` should have."""
    return Identity(training=Path(path).parent.name, activation=Path(path).stem)


def as_json(kind: str, runs: Identity) -> str:
    """Return the JSON text that a file carries: kind (name of a table or set of arrays), runs, room for a checksum."""
    entries = {name: value for name, value in asdict(runs).items() if value}
    return json.dumps({"kind": kind, **entries, "checksum": files.BLANK.decode()})


def check(stored: str | bytes | None, expected: str, path: str | Path) -> None:
    """Raise StudyError if the JSON text that a file carries has other entries than the one expected, or lacks some."""
    wanted, found = (json.loads(text or "{}") for text in (expected, stored))
    if any(found.get(name) != entry for name, entry in wanted.items() if name != "checksum"):
        hint = "another file was put here: put the right one back, or delete this one and run again"
        raise StudyError(expected=_words(wanted), found=_words(found), where=str(path), hint=hint)


def _words(entries: Mapping[str, str]) -> str:
    words = {"training": "training preset", "sampler": "sampler preset"}
    runs = ", ".join(f"{words.get(name, name)} {entries[name]}" for name in asdict(ANY) if name in entries)
    return " of ".join(filter(None, [entries.get("kind", "a file without identity"), runs]))
