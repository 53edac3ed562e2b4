"""Medians and intervals over seeds."""

import numpy as np
import pandas as pd
import pytest

from superposition.measures.summary import TIMES, summary_table
from superposition.quantities import MEASURED
from superposition.statistics import Resampling
from superposition.tables import frames, store

MEASURES = [quantity.name for quantity in MEASURED]
RESAMPLING = Resampling(confidence=0.95, resamples=200, seed=0)


@pytest.fixture
def summary() -> pd.DataFrame:
    """Five seeds of one activation: the fourth diverged, the fifth has an LLC that may not be read and no onset."""
    runs = pd.DataFrame(
        {
            "training": "notebook",
            "activation": "relu",
            "seed": [1, 2, 3, 4, 5],
            "status": ["ok", "ok", "ok", "diverged", "ok"],
            "llc_notebook": [1.0, 2.0, 3.0, 4.0, 500.0],
            "status_notebook": ["ok", "ok", "ok", "ok", "escaped"],
            **{measure: [1.0, 2.0, 3.0, 400.0, 10.0] for measure in MEASURES},
            "onset": pd.array([10, 20, 30, 40, None], dtype="Int64"),
            "loss_at_step": pd.array([None, 9, 9, 9, None], dtype="Int64"),
        }
    )
    transitions = runs[["training", "activation", "seed"]].assign(variant="base", drop_start=1.0, drop_end=9.0)
    transitions["distance"] = [0.1, 0.2, 0.3, 0.4, np.nan]
    transitions["onset"] = [1000, 1000, 1000, 1000, 1000]
    others = [transitions.assign(variant=name, drop_start=1000.0) for name in ("slope=0.2", "n_represented")]
    others[1]["onset"] = [5, 6, 7, 8, None]
    both = pd.concat([*others, transitions])
    return summary_table(runs, both, samplers={"notebook": ["notebook"]}, resampling=RESAMPLING).set_index("measure")


def test_diverged_runs_are_excluded_from_every_measure(summary):
    # Medians of 1, 2, 3, 10; with the diverged run it would be 3.
    assert summary.loc["loss", "median"] == 2.5
    assert (summary.loc["loss", ["n_used", "n_excluded"]] == [4, 1]).all()


def test_unreadable_llc_and_missing_onsets_are_excluded_and_counted(summary):
    # Of seeds 1 to 3 alone.
    assert summary.loc["llc_notebook", "median"] == 2
    assert summary.loc["onset", "median"] == 20
    assert (summary.loc[["llc_notebook", "onset"], ["n_used", "n_excluded"]] == [3, 2]).all(axis=None)


def test_loss_drops_and_distances_are_those_of_recovered_features_and_represented_ones_stand_beside(summary):
    assert summary.loc["drop_start", "median"] == 1
    # Of seeds 1 to 3: the fourth diverged, the fifth has none.
    assert summary.loc["distance", "median"] == 0.2
    assert summary.loc["onset_represented", "median"] == 6


def test_runs_whose_loss_is_no_minimum_are_counted(summary):
    # Seeds 2 and 3 stopped at step 9; the fourth diverged, the others have converged.
    assert summary.loc["loss_at_step", ["median", "n_used", "n_excluded"]].tolist() == [9, 2, 3]


def test_intervals_hold_the_median_within_the_values(summary):
    assert (summary.low <= summary["median"]).all()
    assert (summary["median"] <= summary.high).all()
    assert summary.loc["loss", "low"] >= 1
    assert summary.loc["loss", "high"] <= 10


def test_the_table_has_the_declared_columns(summary, tmp_path):
    store.write(summary.reset_index(), tmp_path / "summary.parquet", "summary")
    assert set(frames.read(tmp_path / "summary.parquet", "summary").measure) == {
        *MEASURES,
        *TIMES,
        "loss_at_step",
        "onset_represented",
        "llc_notebook",
    }
