"""Tables of all activations from those of single ones; apart from what makes them, as that loads PyTorch."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from superposition.tables import frames
from superposition.tables.identity import of_curves


def gather_minima(paths: Iterable[str | Path], table: str, *, shared: Mapping[str, str]) -> pd.DataFrame:
    """Return one table of all training presets and activations from those in folders ``.../{training}/``.

    `shared` names for each training preset the one whose tables hold for it: one with the same model and data.
    """
    rows = frames.joined(frames.read(path, table, of_curves(path)) for path in paths)
    return frames.joined(rows[rows.training == first].assign(training=name) for name, first in shared.items())
