"""Checks of the results: what they find in tables that are as planned, and in tables that are not."""

import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_tables import superposition_rows

from superposition.errors import StudyError
from superposition.tables import columns, frames, store
from superposition.tables.checks import Plan, checks_table, raise_violation
from superposition.tables.columns import Between
from superposition.tables.identity import of_batch
from superposition.training_presets import TrainingPreset

PLANNED = [(training, "relu", seed) for training in ("notebook", "zero_bias") for seed in (1, 2)]
PLAN = Plan(
    runs=PLANNED,
    samplers={"fine": {name: [0, 100] for name in ("notebook", "zero_bias")}},
    followed=[1, 2],
    limits={name: {"n_features": 8, "n_steps": 100} for name in ("notebook", "zero_bias")},
)


def runs() -> pd.DataFrame:
    """Return a table of four runs as planned, one of which diverged."""
    keys = pd.DataFrame(PLANNED, columns=["training", "activation", "seed"])
    numbers = {"step": 100, "loss": 0.1, "sample_loss": 0.1, "logged_loss": 0.001, "frobenius_sq": 2.0}
    counts = {"n_represented": 4, "n_recovered": 8, "effective_features": 7.5, "polygon": 4, "onset": 10}
    llc = {"llc_fine": -1.5, "llc_std_fine": 0.5, "predicted_llc_fine": 1.0, "status_fine": "ok"}
    table = keys.assign(status="ok", diverged_step=pd.array([None] * 4, "Int64"), **numbers, **counts, **llc)
    table.loc[3, ["status", "diverged_step", "loss", "n_represented"]] = ["diverged", 9, None, None]
    table["gap"] = table.loss
    ends = {column.name: 0 if column.type == columns.INT else 0.0 for column in store.TABLES["ends"].columns[2:]}
    table = table.assign(end_status="converged", loss_at_step=pd.array([None] * 4, "Int64"), **ends)
    return table.assign(commit="abc", torch="2", python="3", platform="Linux")


def llc() -> pd.DataFrame:
    """Return a table of estimates of two seeds at two steps, one of which escaped."""
    declared = store.columns("llc")
    fillers = {columns.STRING: "ok", columns.FLOAT: 0.0, columns.INT: 0}
    table = pd.DataFrame({column.name: [fillers[column.type]] * 4 for column in declared})
    return table.assign(seed=[1, 1, 2, 2], step=[0, 100, 0, 100], status=["ok", "ok", "ok", "escaped"])


def superposition() -> pd.DataFrame:
    """Return a table of two seeds at two steps, the second with a diverged end."""
    first = superposition_rows().iloc[[0, 0]].assign(step=[0, 100])
    second = superposition_rows().assign(seed=2, step=[0, 100])
    rows = pd.concat([first, second], ignore_index=True)
    rows.loc[[0, 1, 2], "dimensionality"] = pd.Series([np.array([0.0, 0.5, 1.0])] * 3)
    return rows


@pytest.fixture
def check(tmp_path):
    """Check results as planned, in which one table has been changed."""

    def checked(table: str = "", change=lambda frame: frame, plan: Plan = PLAN) -> pd.DataFrame:
        frames = {"runs": runs(), "llc": llc(), "superposition": superposition()}
        frames |= {table: change(frames[table])} if table else {}
        path = tmp_path / "runs.parquet"
        store.write(frames["runs"], path, "runs", samplers=list(PLAN.samplers))
        files: dict[str, list[Path]] = {"llc-fine": [], "superposition": []}
        for training in ("notebook", "zero_bias"):
            folder = tmp_path / training / "relu" / "seeds-1-2"
            folder.mkdir(parents=True, exist_ok=True)
            for name, paths in files.items():
                paths.append(folder / f"{name}.parquet")
                declared, _, sampler = name.partition("-")
                store.write(frames[declared], paths[-1], declared, of_batch(paths[-1], sampler=sampler))
        return checks_table({"runs": [path]}, files, plan)

    return checked


def row(checks: pd.DataFrame, table: str, check: str) -> dict:
    """Return the only row of a check, or the first of a share that is reported by training preset."""
    return checks[(checks.table == table) & (checks.check == check)].iloc[0].to_dict()


def replaced(column: str, index: int, value):
    """Return a change of a single value of a table."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].astype(object)
        values.iloc[index] = value
        return frame.assign(**{column: values})

    return change


def test_results_as_planned_pass_and_a_diverged_run_is_no_violation(check):
    checks = check()
    assert set(checks.passed) == {True, None}
    raise_violation(checks)
    assert row(checks, "runs", "rows")["expected"] == "one row for each of 4 planned runs"
    recovered = row(checks, "runs", "n_recovered")
    assert (recovered["expected"], recovered["found"], recovered["n"]) == ("0 to n_features", "8 to 8", 4)


@pytest.mark.parametrize(
    ("column", "value", "passed"),
    [
        ("frobenius_sq", -0.98e-9, True),  # at least 0
        ("frobenius_sq", -1.02e-9, False),
        ("effective_features", 8 * (1 + 0.98e-9), True),  # at most n_features = 8
        ("effective_features", 8 * (1 + 1.02e-9), False),
    ],
)
def test_a_value_may_leave_its_range_by_what_sums_round(check, column, value, passed):
    assert row(check("runs", replaced(column, 0, value)), "runs", column)["passed"] is passed


def test_checks_are_a_declared_table(check, tmp_path):
    checks = check()
    for suffix in (".parquet", ".csv"):
        store.write(checks, tmp_path / f"checks{suffix}", "checks")
    again = frames.read(tmp_path / "checks.parquet", "checks")
    assert again.passed.isna().sum() == checks.share.notna().sum() > 0


def test_shares_of_diverged_runs_and_of_every_status_are_reported_without_judgement(check):
    checks = check()
    shares = checks[checks.share.notna()]
    assert shares.passed.isna().all()
    diverged = shares[shares.check == "diverged runs"]
    assert diverged.share.tolist() == [0.0, 0.5]  # the second run of zero_bias
    assert diverged["where"].tolist() == ["training preset notebook", "training preset zero_bias"]
    assert diverged.found.tolist() == ["0 of 2 (0 %)", "1 of 2 (50 %)"]
    escaped = row(shares, "llc-fine", "estimates with status escaped")
    assert (escaped["share"], escaped["n"]) == (0.25, 4)
    assert row(shares, "llc-fine", "estimates with status ok")["share"] == 0.75


@pytest.mark.parametrize(
    ("table", "change", "check_name", "found", "where"),
    [
        ("runs", lambda frame: frame.iloc[1:], "rows", "3 runs: 1 missing", "notebook, relu, 1 missing"),
        ("runs", lambda frame: frame.iloc[[0, 0, 1, 2, 3]], "rows", "4 runs: 1 twice", "notebook, relu, 1 twice"),
        ("runs", replaced("seed", 0, 9), "rows", "4 runs: 1 missing, 1 not planned", "notebook, relu, 1 missing"),
        ("runs", replaced("loss", 1, -0.5), "loss", "-0.5 to 0.1; 1 of 3 values outside", "seed 2"),
        ("runs", replaced("n_represented", 2, 9), "n_represented", "4 to 9; 1 of 3 values outside", "zero_bias"),
        ("runs", replaced("onset", 0, 101), "onset", "10 to 101; 1 of 4 values outside", "step 100"),
        ("runs", replaced("status_fine", 0, "fine"), "status_fine", "fine, ok; 1 of 4 values outside", "seed 1"),
        (
            "llc",
            replaced("share_below", 3, 1.01),
            "share_below",
            "0 to 1.01; 2 of 8 values outside",
            "seed 2, step 100",
        ),
        ("llc", replaced("step", 1, 0), "rows", "6 estimates: 2 missing, 2 twice", "notebook, relu, 1, 100 missing"),
        (
            "superposition",
            replaced("dimensionality", 2, np.array([0.5, 1.25])),
            "dimensionality",
            "0 to 1.25; 2 of 16 values outside",
            "notebook, activation relu, seed 2, step 0",
        ),
    ],
)
def test_a_broken_table_violates_its_check_and_the_message_says_where(check, table, change, check_name, found, where):
    checks = check(table, change)
    name = {"llc": "llc-fine"}.get(table, table)
    violated = checks[checks.passed.eq(False)]
    assert (violated.table + " " + violated.check).tolist() == [f"{name} {check_name}"]
    assert violated.found.item() == found
    assert where in violated["where"].item()
    assert check_name == "rows" or violated["where"].item().endswith(".parquet")
    with pytest.raises(StudyError) as error:
        raise_violation(checks)
    titles = re.findall(r"^  (expected|found|where|hint): +\S", str(error.value), flags=re.MULTILINE)
    assert titles == ["expected", "found", "where", "hint"]
    assert found in str(error.value)
    assert f"table {name}, {check_name}: " in str(error.value)


def test_of_seeds_that_are_not_followed_the_last_checkpoint_alone_is_planned(check):
    plan = replace(PLAN, followed=[1])
    without = check("llc", lambda frame: frame.drop(index=2), plan)  # step 0 of the second seed
    assert row(without, "llc-fine", "rows")["expected"] == "one row for each of 6 planned estimates"
    assert not without.passed.eq(False).any()
    found = row(check(plan=plan), "llc-fine", "rows")
    assert (found["passed"], found["found"]) == (False, "8 estimates: 2 not planned")
    assert found["where"] == "notebook, relu, 2, 0 not planned"


def test_rounding_at_the_end_of_a_range_is_no_violation(check):
    values = np.array([1 + 1e-12, -1e-12])
    assert not check("superposition", replaced("dimensionality", 0, values)).passed.eq(False).any()


def test_all_violated_checks_are_counted_in_the_message(check):
    checks = check("runs", lambda frame: frame.assign(loss=-1.0, sample_loss=-1.0, polygon=99))
    with pytest.raises(StudyError, match="and 2 more checks violated"):
        raise_violation(checks)


def test_columns_of_other_sampler_presets_than_planned_are_a_violation(check, tmp_path):
    path = tmp_path / "runs.parquet"
    other = runs().rename(columns=lambda name: name.replace("_fine", "_coarse"))
    store.write(other, path, "runs", samplers=["coarse"])
    schema = row(checks_table({"runs": [path]}, {}, PLAN), "runs", "schema")
    assert (schema["passed"], schema["where"]) == (False, str(path))


def test_words_at_the_end_of_ranges_are_values_of_training_presets():
    ranges = [column.within for table in store.TABLES.values() for column in table]
    words = {within.high for within in ranges if isinstance(within, Between) and isinstance(within.high, str)}
    assert words == {"n_features", "n_steps"} <= {field.name for field in fields(TrainingPreset)}


def test_a_recorded_loss_below_the_best_possible_one_is_a_violation(tmp_path):
    declared = {column.name: 0 for column in store.columns("capacity")}
    best = {"training": "notebook", "activation": "relu", "best_loss": 0.05, "status": "attained"}
    store.write(pd.DataFrame([declared | best]), tmp_path / "capacity.parquet", "capacity")
    path = tmp_path / "notebook" / "relu" / "seeds-1-2" / "loss.parquet"
    path.parent.mkdir(parents=True)
    losses = pd.DataFrame({"seed": [1, 1, 2, 2], "step": [0, 100] * 2, "loss": [0.3, 0.05 - 1e-6, 0.2, 0.06]})
    for lowest, passed in ((0.06, True), (0.04, False)):  # the other, by rounding alone, is none
        losses.loc[3, "loss"] = lowest
        store.write(losses.assign(sample_loss=0.1, logged_loss=0.1), path, "loss", of_batch(path))
        checks = checks_table({"capacity": [tmp_path / "capacity.parquet"]}, {"loss": [path]}, PLAN)
        assert row(checks, "loss", "capacity")["passed"] is passed
    assert row(checks, "loss", "capacity")["where"] == "training notebook, activation relu, seed 2, step 100"
