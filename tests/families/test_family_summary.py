"""Summaries of families: what is left out, and what stands beside it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.mathtext import MathTextParser

from superposition.families.runs import families_table
from superposition.figures.families import _known, family_figure
from superposition.statistics import Resampling
from superposition.tables import store
from workflow.provenance import registry

RESAMPLING = Resampling(confidence=0.95, resamples=200, seed=0)
KEY = {"family": "relu_cap", "parameter": "n"}


@pytest.fixture
def runs() -> pd.DataFrame:
    """Three runs of one value and two of another, one of them diverged and one without a readable LLC."""
    return pd.DataFrame(
        {
            **KEY,
            "value": [1.0, 1.0, 1.0, 2.0, 2.0],
            "seed": [1, 2, 3, 1, 2],
            "status": ["ok", "ok", "ok", "ok", "diverged"],
            "loss": [0.1, 0.2, 0.6, 0.3, np.nan],
            "n_recovered": [2, 3, 3, 8, np.nan],
            "n_represented": [2, 3, 3, 8, np.nan],
            "onset": [np.nan, 10, 30, 7, np.nan],
            "llc": [5.0, 6.0, 100.0, 7.0, np.nan],
            "llc_std": 0.1,
            "predicted_llc": 5.0,
            "llc_status": ["ok", "ok", "drifting", "ok", "diverged"],
        }
    )


@pytest.fixture
def best() -> pd.DataFrame:
    return pd.DataFrame(
        {**KEY, "value": [1.0, 2.0], "best_loss": [0.05, 0.0], "capacity": [3, 8], "capacity_least": [3, 8]}
    )


@pytest.fixture
def jumps() -> pd.DataFrame:
    ends = {"capacity_low": [3], "capacity_high": [8], "best_loss_low": [0.04], "best_loss_high": [0.03]}
    return pd.DataFrame({**KEY, "low": [1.25], "high": [1.26], **ends})


def test_medians_are_over_runs_that_can_be_read(runs, best, tmp_path):
    table = families_table(runs, best, resampling=RESAMPLING).set_index("value")
    assert table.loc[1.0, ["n_recovered", "loss", "onset", "llc"]].tolist() == [3, 0.2, 20, 5.5]
    assert table.loc[1.0, ["n_recovered_n", "onset_n", "llc_n"]].tolist() == [3, 2, 2]
    assert table.loc[2.0, ["n_recovered", "loss_n", "loss_low", "loss_high"]].tolist() == [8, 1, 0.3, 0.3]
    assert table[["best_loss", "capacity"]].to_numpy().tolist() == [[0.05, 3], [0.0, 8]]
    store.write(table.reset_index(), tmp_path / "families.parquet", "families")


def test_the_line_of_the_best_steps_where_the_capacity_jumps(best, jumps):
    points = _known(best, jumps)
    assert points.index.tolist() == [1.0, 1.25, 1.26, 2.0]
    assert points.capacity.tolist() == [3, 3, 8, 8]


@pytest.mark.parametrize("name", ["celu_alpha", "leaky_slope"])
def test_the_figure_of_a_family_names_its_limits(runs, best, jumps, name):
    printed = registry.printed_family(name)
    tables = {"family_runs": runs, "family_best": best, "family_jumps": jumps}
    figure = family_figure(tables, printed=printed)
    texts = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert all(label in texts for label in printed["limits"])
    assert "LLC of the 3 of 4 ends" in " ".join(figure.get_supxlabel().split())


def test_figures_can_print_the_formulas_of_all_families():
    for name in registry.family_rows():
        MathTextParser("agg").parse(f"${registry.printed_family(name)['formula']}$")
