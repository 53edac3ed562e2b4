"""Declared tables, written and read."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from superposition import status
from superposition.errors import StudyError
from superposition.tables import frames, store
from superposition.tables.columns import FLOAT, GRID, INT, PAGES, STRING, Between, Column, OneOf, Table, declared
from superposition.tables.identity import Identity

LOSS = pd.DataFrame({"seed": [1, 1], "step": [0, 5], "loss": [0.5, np.nan], "sample_loss": 0.25, "logged_loss": 0.0025})


def superposition_rows() -> pd.DataFrame:
    """Return a row with values and a row of a diverged run, with its nulls."""
    per_feature = ("feature_norm", "dimensionality", "interference", "leakage")
    values = {
        "loss": 0.1,
        "n_represented": 3.0,
        "n_recovered": 2.0,
        "effective_features": 2.5,
        "polygon": 3.0,
        "frobenius_sq": 1.5,
    }
    row = {"seed": 1, "step": 0, "status": "ok", **values, **{name: np.arange(8.0) for name in per_feature}}
    diverged = {**dict.fromkeys(row), "seed": 1, "step": 9, "status": "diverged"}
    return pd.DataFrame([row, diverged])


def test_what_is_read_is_what_was_written(tmp_path):
    store.write(LOSS, tmp_path / "loss.parquet", "loss")
    pd.testing.assert_frame_equal(frames.read(tmp_path / "loss.parquet", "loss"), LOSS, check_dtype=False)


def test_nulls_survive_in_integers_numbers_and_lists(tmp_path):
    path = tmp_path / "superposition.parquet"
    store.write(superposition_rows(), path, "superposition")
    stored = pq.read_table(path).to_pylist()
    assert stored[0]["n_represented"] == 3
    assert stored[0]["leakage"] == list(range(8))
    assert {name for name, value in stored[1].items() if value is not None} == {"seed", "step", "status"}
    again = frames.read(path, "superposition")
    assert str(again.n_represented.dtype) == "Int64"
    assert again.n_represented.isna().tolist() == [False, True]
    assert again.leakage.isna().tolist() == [False, True]


@pytest.mark.parametrize("frame", [LOSS, superposition_rows()], ids=["loss", "superposition"])
def test_arrays_are_written_as_a_frame_of_them_is(tmp_path, frame):
    table = "loss" if frame is LOSS else "superposition"
    store.write(frame, tmp_path / "frame.parquet", table)
    store.write({name: frame[name].to_numpy() for name in frame}, tmp_path / "arrays.parquet", table)
    assert pq.read_table(tmp_path / "arrays.parquet").equals(pq.read_table(tmp_path / "frame.parquet"))
    pq.read_table(tmp_path / "arrays.parquet").validate(full=True)


def test_a_table_is_written_to_several_paths_in_their_formats(tmp_path):
    paths = [str(tmp_path / "loss.parquet"), str(tmp_path / "loss.csv")]
    store.write(LOSS, paths, "loss")
    assert frames.read(paths[0], "loss").step.tolist() == pd.read_csv(paths[1]).step.tolist()


def test_a_table_of_runs_that_diverged_at_once_has_no_lists():
    lists = np.full(2, None)
    column = store._column(lists, pa.list_(pa.float64()))
    assert column.to_pylist() == [None, None]
    column.validate(full=True)


def test_a_number_that_its_column_cannot_hold_is_refused():
    with pytest.raises(ValueError, match=re.escape("expected numbers of type int64, found 1.5")):
        store._column(np.array([1.0, 1.5, np.nan]), pa.int64())
    with pytest.raises(TypeError, match="found a column of type bool"):
        store._column(np.array([True]), pa.bool_())


def test_arrays_are_written_without_pandas(tmp_path):
    code = (
        "import sys, numpy as np; from superposition.tables import store; x = np.arange(2.0); "
        "loss = dict(seed=x, step=x, loss=x, sample_loss=x, logged_loss=x); "
        f"store.write(loss, {str(tmp_path / 'loss.parquet')!r}, 'loss'); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_unit_and_meaning_of_every_column_are_in_the_file(tmp_path):
    store.write(LOSS, tmp_path / "loss.parquet", "loss")
    metadata = {field.name: field.metadata for field in pq.read_schema(tmp_path / "loss.parquet")}
    assert metadata["loss"][b"unit"] == b"MSE"
    assert metadata["logged_loss"][b"unit"] == b"MSE / batch size"
    assert metadata["step"][b"unit"] == b"training steps"
    assert all(field[b"meaning"] for field in metadata.values())
    assert metadata["loss"][b"within"] == b"at least 0"
    of_table = pq.read_schema(tmp_path / "loss.parquet").metadata[b"meaning"]
    assert of_table == b"Loss over training: a row for each seed and step at which it was recorded."


def test_ranges_read_as_words():
    ranges = [Between(low=0), Between(high=0), Between(0, 1), Between(0, "n_features"), OneOf(("ok", "bad", "worse"))]
    assert [str(within) for within in ranges] == [
        "at least 0",
        "at most 0",
        "0 to 1",
        "0 to n_features",
        "ok, bad or worse",
    ]


@pytest.mark.parametrize("table", list(store.TABLES))
def test_every_declared_column_has_a_name_of_its_own_and_a_meaning_that_is_a_sentence(table):
    names = [column.name for column in store.TABLES[table]]
    assert len(set(names)) == len(names)
    for column in store.TABLES[table]:
        assert column.meaning.endswith("."), column.name
    assert re.fullmatch(r"[^:]+: a row for each [^:]+\.", store.TABLES[table].meaning.replace(", and for each", " and"))


def test_every_page_of_declarations_is_in_the_list_that_is_read_and_declares_a_table_or_what_tables_share():
    listed = re.findall(r"\((\w+)\.md\)", (PAGES / "README.md").read_text())
    assert sorted([*listed, "README"]) == sorted(path.stem for path in PAGES.iterdir())
    assert [name for name in store.TABLES if name in listed] == [name for name in listed if name in store.TABLES]


def test_what_a_page_says_is_what_is_declared(tmp_path):
    declared = pages(
        tmp_path,
        "## keys\n\n{grid}\n| seed | integer |  | at least 0 | Seed. |\n\n"
        "## a\n\nA: a row for each run.\n\n{grid}\n| *keys |\n| end | text |  | status.ENDED | How. |\n"
        "| of | float | MSE | 0 to n_features | What. |\n| kind | text |  | before, during or after | When. |\n",
    )
    assert list(declared) == ["a"]
    assert declared["a"].meaning == "A: a row for each run."
    assert list(declared["a"]) == [
        Column("seed", INT, "", "Seed.", Between(low=0)),
        Column("end", STRING, "", "How.", OneOf(status.ENDED)),
        Column("of", FLOAT, "MSE", "What.", Between(0, "n_features")),
        Column("kind", STRING, "", "When.", OneOf(("before", "during", "after"))),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("## a\n\nA.\n\n{grid}\n| seed | whole |  |  | Seed. |\n", re.escape("| seed | whole |  |  | Seed. |")),
        ("## a\n\nA.\n\n{grid}\n| seed | integer | Seed. |\n", re.escape("| seed | integer | Seed. |")),
        ("## a\n\nA.\n\n{grid}\n| *keys |\n", re.escape("| *keys |")),
        ("## a\n\nA.\n\n| seed | integer |  |  | Seed. |\n", "a\n"),
        ("## a\n\nA.\n\n{grid}\n\n## a\n\nA.\n\n{grid}\n", "a\n"),
        ("## a\n\nA.\n\n{grid}\n| seed | integer |  | at leest 0 | Seed. |\n", "at leest 0"),
        ("## a\n\nA.\n\n{grid}\n| seed | integer |  | none to 3 | Seed. |\n", "none to 3"),
        ("## a\n\nA.\n\n{grid}\n| end | text |  | status.ENDS | How. |\n", "status.ENDS"),
    ],
    ids=["type", "cells", "unknown_columns", "no_grid", "twice", "range", "number", "status"],
)
def test_a_page_that_cannot_be_read_is_named_with_the_line(tmp_path, text, found):
    with pytest.raises(StudyError, match=rf"(?s)found:    {found}.*where: .*declared/one\.md") as error:
        pages(tmp_path, text)
    assert "README.md beside it" in str(error.value)


def pages(folder: Path, text: str) -> dict[str, Table]:
    """Return the tables that one page declares."""
    (folder / "README.md").write_text("1. [one](one.md)")
    (folder / "one.md").write_text(text.format(grid="\n".join(GRID)))
    return declared(folder)


def test_columns_are_written_in_the_declared_order(tmp_path):
    store.write(LOSS[LOSS.columns[::-1]], tmp_path / "loss.parquet", "loss")
    assert frames.read(tmp_path / "loss.parquet", "loss").columns.tolist() == LOSS.columns.tolist()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (LOSS.drop(columns="loss"), "missing ['loss'], not declared []"),
        (LOSS.assign(los=1.0), "missing [], not declared ['los']"),
        (LOSS.rename(columns={"loss": "los"}), "missing ['loss'], not declared ['los']"),
    ],
    ids=["missing", "undeclared", "misspelt"],
)
def test_missing_and_undeclared_columns_are_refused_by_name_and_nothing_is_written(tmp_path, frame, message):
    with pytest.raises(StudyError, match=re.escape(message) + r"\n.*table loss\n.*declare a new column"):
        store.write(frame, tmp_path / "loss.parquet", "loss")
    assert not (tmp_path / "loss.parquet").exists()


def test_a_column_per_sampler_is_declared_once_for_each():
    names = [column.name for column in store.columns("runs", samplers=["notebook", "mine"])]
    for quantity in ("llc", "llc_std", "predicted_llc", "status"):
        assert f"{quantity}_notebook" in names
        assert f"{quantity}_mine" in names
    assert not any("{" in name for name in names)
    assert not any(name.endswith("_notebook") for name in (column.name for column in store.columns("runs")))


def test_the_file_contract_of_the_superposition_and_llc_tables_is_kept():
    # Others read these files by these names.
    superposition = {column.name for column in store.columns("superposition")}
    assert superposition >= {"seed", "step", "loss", "n_represented", "n_recovered", "frobenius_sq"}
    llc = {column.name for column in store.columns("llc")}
    assert llc >= {"seed", "step", "llc", "llc_std", "init_loss", "status"}


def test_a_csv_has_the_same_columns_and_values(tmp_path):
    store.write(LOSS, tmp_path / "loss.csv", "loss")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "loss.csv"), LOSS, check_dtype=False)


def test_runs_of_many_batches_are_read_with_their_keys_in_front(tmp_path):
    paths = []
    for training, activation, seeds in [("notebook", "relu", "1-2"), ("zero_bias", "tanh", "1,5")]:
        folder = tmp_path / "runs" / training / activation / f"seeds-{seeds}"
        folder.mkdir(parents=True)
        paths.append(folder / "loss.parquet")
        store.write(LOSS, paths[-1], "loss", Identity(training=training, activation=activation, seeds=seeds))
    table = frames.read_runs(paths, "loss")
    assert table.columns.tolist() == ["training", "activation", *LOSS.columns]
    assert table.training.tolist() == ["notebook"] * 2 + ["zero_bias"] * 2
    assert table.activation.tolist() == ["relu"] * 2 + ["tanh"] * 2
    assert table.index.tolist() == [0, 1, 2, 3]
