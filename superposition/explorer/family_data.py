"""Families of activations in the explorer's page: what is possible and what runs find, at every value of a dial."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from superposition.explorer.run_data import plain, records
from superposition.status import OK

MEASURES = {"recovered": "n_recovered", "loss": "loss", "llc": "llc"}
"""Measures that the page shows against the parameter, with their columns."""


def families(tables: Mapping[str, pd.DataFrame], *, printed: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the families that tables are about, with what is printed of each; none before they are made."""
    if "families" not in tables:
        return []
    return [
        {**printed[str(name)], "name": name, **_values(rows, tables["family_runs"]), "jumps": _jumps(tables, str(name))}
        for name, rows in tables["families"].groupby("family", sort=False)
        if name in printed
    ]


def _values(rows: pd.DataFrame, runs: pd.DataFrame) -> dict[str, Any]:
    """Return the values, the best at each, medians with intervals, and the runs: one list of them for each value."""
    ended = pd.DataFrame(runs[(runs.family == rows.family.iloc[0]) & (runs.status == OK)])
    ended = ended.assign(llc=ended.llc.where(ended.llc_status == OK))
    at = [ended[ended.value == value] for value in rows.value]
    return {
        "values": plain(rows.value),
        "best": {"recovered": plain(rows.capacity), "loss": plain(rows.best_loss)},
        "medians": {
            name: [plain(rows[f"{column}{end}"]) for end in ("", "_low", "_high")] for name, column in MEASURES.items()
        },
        "runs": {
            name: [plain(some[column].astype("Float64").round(6)) for some in at] for name, column in MEASURES.items()
        },
    }


def _jumps(tables: Mapping[str, pd.DataFrame], name: str) -> list[list]:
    """Return where the capacity of a family changes: largest value before, smallest after, and both capacities."""
    rows = tables["family_jumps"][tables["family_jumps"].family == name]
    return records(pd.DataFrame(rows), "low", "high", "capacity_low", "capacity_high")
