"""Declarations of tables: columns with type, unit, meaning and the values that they may hold.

They are read from the pages in `declared/`, whose README says how to write one. Nothing but the standard library is
imported: planning reads them too.
"""

import functools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from superposition import status
from superposition.errors import StudyError

INT, FLOAT, STRING, BOOL = "integer", "float", "text", "boolean"
PER_FEATURE = "list of float, one for each feature"
TYPES = (INT, FLOAT, STRING, BOOL, PER_FEATURE)

RUN_KEYS = ["training", "activation", "seed"]
"""Columns that identify a run."""

PAGES = Path(__file__).parent / "declared"
GRID = ["| column | type | unit | values | meaning |", "|---|---|---|---|---|"]
"""First lines of every grid."""


@dataclass(frozen=True)
class Between:
    """From `low` to `high`, both included; a word such as n_features stands for that value of a training preset."""

    low: float = -math.inf
    high: float | str = math.inf

    def __str__(self) -> str:
        if self.high == math.inf:
            return f"at least {self.low:g}"
        high = self.high if isinstance(self.high, str) else f"{self.high:g}"
        return f"at most {high}" if self.low == -math.inf else f"{self.low:g} to {high}"


@dataclass(frozen=True)
class OneOf:
    """One of some texts."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.values[:-1])} or {self.values[-1]}"


@dataclass(frozen=True)
class Column:
    """One column: its name, type, unit (empty for pure numbers), what a value means, and which values there can be.

    Missing values are always allowed. Nothing for `within` means any value of the type.
    """

    name: str
    type: str
    unit: str
    meaning: str
    within: Between | OneOf | None = None


@dataclass(frozen=True)
class Table:
    """A table: what it holds and what one of its rows is, and its columns, over which it iterates."""

    meaning: str
    columns: tuple[Column, ...]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)


def declared(pages: Path = PAGES) -> dict[str, Table]:
    """Return all tables by name, in the order in which the study makes them.

    Raises:
        StudyError: For the first line that cannot be read.
    """
    grids: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for page in re.findall(r"\((\w+)\.md\)", (pages / "README.md").read_text()):
        for section in re.split(r"^## ", (pages / f"{page}.md").read_text(), flags=re.MULTILINE)[1:]:
            name, *lines = filter(None, section.splitlines())
            meaning = "" if lines[0] == GRID[0] else lines.pop(0)
            if lines[:2] != GRID or name in grids:
                raise _mistake(f"a name of its own, at most one sentence, and {GRID[0]}", name, page)
            grids[name] = meaning, [(line, page) for line in lines[2:]]

    def columns(name: str) -> Iterator[Column]:
        for line, page in grids[name][1]:
            if (shared := line.strip("|* ")) in grids and line.startswith("| *"):
                yield from columns(shared)
            else:
                yield _column(line, page)

    return {name: Table(meaning, tuple(columns(name))) for name, (meaning, _) in grids.items() if meaning}


def _column(line: str, page: str) -> Column:
    cells = [cell.strip() for cell in line.split("|")[1:-1]]
    if len(cells) != 5 or cells[1] not in TYPES:
        raise _mistake(f"{GRID[0]} with a type among {'; '.join(TYPES)}, or | *name | of columns", line, page)
    name, kind, unit, values, meaning = cells
    try:
        return Column(name, kind, unit, meaning, _range(values) if values else None)
    except (AttributeError, ValueError) as error:
        raise _mistake(
            "values such as 0 to 1, at least 0, at most 1, status.NAME, or a, b or c", values, page
        ) from error


@functools.cache
def _range(values: str) -> Between | OneOf:
    """Return the range that words such as those of ``str`` of a range describe; raise ValueError for other words."""
    if values.startswith("status."):
        return OneOf(tuple(getattr(status, values.removeprefix("status."))))
    low, separator, high = values.partition(" to ")
    if separator:
        return Between(float(low), high if high.isidentifier() else float(high))
    kind, end = values.rpartition(" ")[::2]
    if kind in ("at least", "at most"):
        return Between(low=float(end)) if kind == "at least" else Between(high=float(end))
    if " or " not in values:
        raise ValueError(values)
    return OneOf(tuple(re.split(", | or ", values)))


def _mistake(expected: str, found: str, page: str) -> StudyError:
    where = f"superposition/tables/declared/{page}.md"
    hint = "README.md beside it says how tables are declared"
    return StudyError(expected=expected, found=found, where=where, hint=hint)
