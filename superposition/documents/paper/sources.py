"""Sources of numbers: tables that note what is read of them, and texts that know what they were made from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """Part of a table that was read: columns, and values that choose its rows; for a figure, its script."""

    table: str
    columns: str = ""
    rows: str = ""
    drawn_by: str = ""


@dataclass(frozen=True)
class TracedText:
    """A text with numbers, which may be that of a figure or of a table and then is empty, and their sources."""

    part: str
    text: str
    sources: tuple[Source, ...]


class Tables:
    """Tables of the study, which note what is read of them, and the marks of printed texts, equal for equal sources."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]):
        """Start without anything read or printed."""
        self._tables, self._read = tables, list[Source]()
        self.printed: dict[TracedText, int] = {}

    def has(self, name: str, *columns: str) -> bool:
        """Return whether there are rows of a table, with some columns."""
        return name in self._tables and len(self._tables[name]) > 0 and {*columns} <= {*self._tables[name]}

    def read(self, name: str, *columns: str, **rows: Any) -> pd.DataFrame:
        """Return columns of a table, of the rows with some values, such as ``training="controlled"``, and note it.

        Of a table that is not there, they have no row.
        """
        if not self.has(name):
            return pd.DataFrame(columns=[*rows, *columns])
        table = self._tables[name]
        for column, value in rows.items():
            table = table[table[column] == value]
        chosen = ", ".join(f"{column} = {value}" for column, value in rows.items())
        self._read.append(Source(name, ", ".join(columns), chosen or "all"))
        return pd.DataFrame(table[[*rows, *columns]])

    def sourced(self, make: Callable[..., T], *given: Any) -> tuple[T, tuple[Source, ...]]:
        """Return what a function makes from these tables and what else it is given, and all that it read of them."""
        self._read = []
        product = make(self, *given)
        return product, tuple(dict.fromkeys(self._read))

    def traced(self, part: str, make: Callable[..., str], *given: Any) -> TracedText:
        """Return the text that a function makes, with its sources."""
        return TracedText(part, *self.sourced(make, *given))

    def marked(self, value: Any) -> Any:
        """Return a value as a document prints it: a text that knows its sources with a mark that leads to them."""
        if not isinstance(value, TracedText):
            return value
        self.printed[value] = self.printed.get(value) or next(
            (mark for text, mark in self.printed.items() if text.sources == value.sources),
            1 + max(self.printed.values(), default=0),
        )
        return f"{value.text}[[^{self.printed[value]}]]"
