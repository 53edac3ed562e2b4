"""The tables of runs and of their full length, from small tables by hand."""

import numpy as np
import pandas as pd
import pytest

from superposition.measures.summary import EndLimits, full_length_table, readable, runs_table
from superposition.tables import store

PAIR, THREE = [1.0, 1.0, 0.0], [1.0, 1.0, 0.8]
END_LIMITS = EndLimits(gradient=1e-7, curvature=1e-7, kink=1e-6, growth=0.01)
CONVERGED = {"gradient_norm": 1e-9, "smallest_eigenvalue": 0.0, "kink_distance": 1.0, "norm_growth": 0.0}
RUN_KEYS = ["training", "activation", "seed"]
CAPACITY = pd.DataFrame(
    {
        "training": ["from_scratch", "notebook", "notebook"],
        "activation": ["relu", "tanh", "relu"],
        "best_loss": [0.1, 0.2, 0.3],
    }
)


def superposition_row(training, activation, seed, step, norms) -> dict:
    row = {"training": training, "activation": activation, "seed": seed, "step": step}
    if norms is None:
        return {**row, "status": "diverged"}
    measures = {
        "loss": step / 10,
        "n_represented": sum(norm > 0 for norm in norms),
        "n_recovered": sum(norm > 0 for norm in norms),
        "effective_features": 1.5,
        "polygon": 2,
    }
    lists = {"feature_norm": norms, "dimensionality": norms, "interference": norms, "leakage": norms}
    return {**row, "status": "ok", **measures, "frobenius_sq": sum(norm**2 for norm in norms), **lists}


HISTORIES = {
    ("notebook", "relu", 1): [PAIR, THREE, THREE],
    ("notebook", "relu", 2): [PAIR, THREE, PAIR],
    ("notebook", "tanh", 1): [THREE, None, None],
    ("from_scratch", "relu", 1): [PAIR, PAIR, PAIR],
}
"""Four runs at steps 0, 5, 9: one with onset 5, one without, one that diverges at 5, one of another preset."""


def rows_of_runs(steps, values) -> pd.DataFrame:
    """Return rows of every run at every step; `values` gives those of the i-th run at a step."""
    keys = [dict(zip(RUN_KEYS, run, strict=True)) for run in HISTORIES]
    return pd.DataFrame([{**key, "step": step, **values(i, step)} for i, key in enumerate(keys) for step in steps])


@pytest.fixture
def runs() -> pd.DataFrame:
    """The table of the four runs."""
    superposition = [
        superposition_row(*run, step, norms)
        for run, history in HISTORIES.items()
        for step, norms in zip((0, 5, 9), history, strict=True)
    ]
    # The loss is recorded at more steps than the weights; its last row counts.
    loss = rows_of_runs((0, 1, 5, 9), lambda i, step: {"loss": 0.0, "sample_loss": i + step, "logged_loss": i})
    status = ["ok", "not_a_minimum", "diverged", "ok"]
    llc = rows_of_runs((0, 9), lambda i, step: {"llc": 10.0 * i + step, "llc_std": 0.5, "predicted_llc": 1.0 + i})
    llc["status"] = [word for at_end in status for word in ("escaped", at_end)]
    ends = rows_of_runs((9,), lambda i, step: CONVERGED)
    ends.loc[2, list(CONVERGED)] = np.nan
    ends.loc[1, "smallest_eigenvalue"] = -1.0
    return runs_table(
        pd.DataFrame(superposition),
        loss,
        ends,
        {"sgld": llc, "other": llc.assign(llc=-1.0)},
        end_limits=END_LIMITS,
        capacity=CAPACITY,
        n_free={"notebook": 2, "from_scratch": 0},
        provenance={"commit": "abc", "torch": "2"},
    ).set_index(RUN_KEYS)


def test_there_is_one_row_per_run_in_the_order_of_the_runs(runs):
    assert runs.index.tolist() == [
        ("notebook", "relu", 1),
        ("notebook", "relu", 2),
        ("notebook", "tanh", 1),
        ("from_scratch", "relu", 1),
    ]


def test_measures_are_those_of_the_last_recorded_step(runs):
    assert (runs.step == 9).all()
    assert runs.loss[:2].tolist() == [0.9, 0.9]
    assert runs.n_represented[:2].tolist() == [3, 2]
    assert runs.sample_loss.tolist() == [9, 10, 11, 12]
    assert runs.logged_loss.tolist() == [0, 1, 2, 3]


def test_the_gap_is_the_loss_above_the_best_possible_one_of_preset_and_activation(runs):
    # Losses end at 0.9, but that of the run that diverged.
    np.testing.assert_allclose(runs.gap, [0.6, 0.6, np.nan, 0.8])


def test_a_diverged_run_has_its_first_diverged_step_and_nulls(runs):
    diverged = runs.loc["notebook", "tanh", 1]
    assert diverged.status == "diverged"
    assert diverged.diverged_step == 5
    assert diverged[["loss", "n_represented", "polygon", "frobenius_sq"]].isna().all()
    assert runs.diverged_step.drop(("notebook", "tanh", 1)).isna().all()


def test_onset_counts_features_outside_the_initial_polygon_of_the_runs_preset(runs):
    # relu/1: the third feature from 5 on; relu/2: it vanishes; tanh/1 diverged; from_scratch has no initial polygon.
    assert runs.onset.iloc[0] == 5
    assert np.isnan(runs.onset.iloc[1])
    assert np.isnan(runs.onset.iloc[2])
    assert runs.onset.iloc[3] == 0


def test_llc_is_that_of_the_last_checkpoint_for_each_sampler(runs):
    assert runs.llc_sgld.tolist() == [9, 19, 29, 39]
    assert runs.llc_other.tolist() == [-1] * 4
    assert runs.predicted_llc_sgld.tolist() == [1, 2, 3, 4]
    assert runs.status_sgld.tolist() == ["ok", "not_a_minimum", "diverged", "ok"]


def test_only_estimates_with_status_ok_may_be_read(runs):
    np.testing.assert_array_equal(readable(runs, "sgld"), [9, np.nan, np.nan, 39])


def test_every_run_has_the_status_of_its_end(runs):
    assert runs.end_status.tolist() == ["converged", "saddle", "diverged", "converged"]
    assert runs.loss_at_step.fillna(-1).tolist() == [-1, 9, -1, -1]  # of a saddle, the loss is that at the last step
    assert runs.gradient_norm.notna().tolist() == [True, True, False, True]


def test_provenance_is_in_every_row(runs):
    assert (runs.commit == "abc").all()
    assert (runs.torch == "2").all()


def test_per_feature_lists_are_left_to_the_superposition_table(runs):
    assert not {"feature_norm", "dimensionality", "interference", "leakage"} & set(runs.columns)


def test_what_happens_after_the_last_step_shown_is_compared_with_the_end():
    superposition = pd.DataFrame(
        {
            "activation": "relu",
            "seed": [1, 1, 1, 1, 2, 2, 2, 2],
            "step": [10, 20, 30, 40] * 2,
            "loss": [4.0, 3.0, 2.0, 1.0, 4.0, 3.0, 3.0, 3.0],
            "n_represented": pd.array([2, 3, 4, 4, 2, 3, 3, 3], dtype="Int64"),
            "n_recovered": pd.array([0] * 8, dtype="Int64"),
            "polygon": pd.array([2, 2, 2, 2, 2, 3, 3, 3], dtype="Int64"),
        }
    )
    table = full_length_table(superposition, seen=20)
    assert set(table.columns) == {column.name for column in store.columns("full_length")}
    first, second = table.to_dict("records")
    assert (first["loss_seen"], first["loss_end"], first["step_end"]) == (3.0, 1.0, 40)
    assert first["last_change"] == 30
    assert np.isnan(second["last_change"])  # the change before step 20 was seen
