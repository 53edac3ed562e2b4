"""Tables that pages quote, and how they are written in Markdown."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from workflow.provenance import registry
from workflow.study import ROOT


def benchmark(name: str) -> Any:
    """Return a table of `benchmarks/`."""
    return pd.read_csv(ROOT / "benchmarks" / f"{name}.csv")


def copy_of(name: str) -> Any:
    """Return the copy of a table of the results, in docs/data."""
    return pd.read_csv(ROOT / "docs" / "data" / f"{name.replace('/', '-')}.csv")


def grid(header: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join([header, "|" + "---|" * header.count(" | ") + "---|", *lines])


def label(activation: str) -> str:
    """Return how an activation is printed."""
    return registry.cited(activation)["label"]
