"""Files say what they are: another one is refused, and damage anywhere in one is noticed."""

import os
import shutil
import stat
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from safetensors.numpy import load_file, save_file

from superposition.errors import StudyError
from superposition.measures import history
from superposition.tables import arrays, frames, store, trajectory
from superposition.tables.identity import Identity, of_batch
from superposition.tables.trajectory import Outputs, Trajectory
from workflow import outputs

LOSS = {name: np.arange(2.0) for name in ("seed", "step", "loss", "sample_loss", "logged_loss")}
RELU = Identity(training="zero_bias", activation="relu", seeds="1-2")
WEIGHTS = Trajectory(
    W=np.ones((1, 1, 2, 2), dtype=np.float32),
    b=np.ones((1, 1, 2), dtype=np.float32),
    steps=np.array([0]),
    seeds=np.array([1]),
)


def llc() -> pd.DataFrame:
    fillers = {store.STRING: "ok", store.FLOAT: 0.5, store.INT: 1}
    return pd.DataFrame({column.name: [fillers[column.type]] for column in store.columns("llc")})


@pytest.mark.parametrize("name", ["loss.parquet", "weights.safetensors"])
def test_every_single_wrong_bit_of_a_file_is_noticed(tmp_path, name):
    path = tmp_path / name
    if name == "loss.parquet":
        store.write(LOSS, path, "loss", RELU)
    else:
        WEIGHTS.save(path, RELU)
    content = path.read_bytes()
    accepted = []
    with path.open("rb+", buffering=0) as stored:
        for place, byte in enumerate(content):
            for bit in range(8):
                os.pwrite(stored.fileno(), bytes([byte ^ 1 << bit]), place)
                try:
                    frames.read(path, "loss", RELU) if name == "loss.parquet" else trajectory.load(path, RELU)
                    accepted.append((place, bit))
                except StudyError:
                    pass
            os.pwrite(stored.fileno(), content[place : place + 1], place)
    assert accepted == []
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change", [lambda content: content + b"\0", lambda content: content[:-1]], ids=["more", "less"]
)
def test_a_byte_too_many_or_too_few_is_noticed(tmp_path, change):
    store.write(LOSS, tmp_path / "loss.parquet", "loss")
    path = tmp_path / "loss.parquet"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(StudyError, match=r"the file as it was written"):
        frames.read(path, "loss")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Identity(training="notebook", activation="relu", seeds="1-2"), "training preset notebook, activation relu"),
        (Identity(training="zero_bias", activation="tanh", seeds="1-2"), "training preset zero_bias, activation tanh"),
        (Identity(training="zero_bias", activation="relu", seeds="3-4"), "activation relu, seeds 3-4"),
    ],
)
def test_weights_of_other_runs_are_refused_and_both_are_named(tmp_path, other, words):
    WEIGHTS.save(tmp_path / "weights.safetensors", other)
    expected = "trajectory of training preset zero_bias, activation relu, seeds 1-2"
    message = rf"(?s)expected: {expected}\n.*{words}.*where: .*hint: "
    with pytest.raises(StudyError, match=message):
        trajectory.load(tmp_path / "weights.safetensors", RELU)


def test_two_moved_activations_are_noticed_where_all_runs_are_read(tmp_path):
    for name in ("relu", "tanh"):
        path = tmp_path / "zero_bias" / name / "seeds-1-2" / "trajectory.safetensors"
        path.parent.mkdir(parents=True)
        WEIGHTS.save(path, of_batch(path))
        store.write(LOSS, path.with_name("loss.parquet"), "loss", of_batch(path))
    relu, tanh = (tmp_path / "zero_bias" / name for name in ("relu", "tanh"))
    history.load_runs(tmp_path.rglob("trajectory.safetensors"))
    shutil.move(relu, tmp_path / "kept")
    shutil.move(tanh, relu)
    with pytest.raises(StudyError, match=r"(?s)expected: trajectory of .*activation relu.*found: .*activation tanh"):
        history.load_runs(tmp_path.rglob("relu/*/trajectory.safetensors"))
    with pytest.raises(StudyError, match=r"(?s)expected: loss of .*activation relu.*found: .*activation tanh"):
        frames.read_runs(tmp_path.rglob("relu/*/loss.parquet"), "loss")


def test_another_kind_of_file_or_another_sampler_is_refused(tmp_path):
    folder = tmp_path / "zero_bias" / "relu" / "seeds-1-2"
    folder.mkdir(parents=True)
    path = folder / "llc-fine.parquet"
    store.write(LOSS, path, "loss", RELU)
    with pytest.raises(StudyError, match=r"(?s)expected: llc of .*sampler preset fine\n.*found: +loss of"):
        frames.read_runs([path], "llc", sampler="fine")
    store.write(llc(), path, "llc", of_batch(path, sampler="coarse"))
    with pytest.raises(StudyError, match=r"(?s)expected: .*sampler preset fine\n.*found: .*sampler preset coarse"):
        frames.read_runs([path], "llc", sampler="fine")
    WEIGHTS.save(tmp_path / "w.safetensors", RELU)
    with pytest.raises(StudyError, match=r"(?s)expected: checkpoints of .*found: +trajectory of"):
        trajectory.load(tmp_path / "w.safetensors", RELU, kind="checkpoints")
    Outputs(outputs=np.ones((1, 1, 2, 2), dtype=np.float32), loss=np.ones((1, 1))).save(tmp_path / "o.safetensors")
    with pytest.raises(StudyError, match=r"(?s)expected: trajectory\n.*found: +outputs"):
        trajectory.load(tmp_path / "o.safetensors")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("llc_std", "mlc_std", "column mlc_std"), ("double", "int64", "int64"), ("MSE", "RMSE", "RMSE")],
)
def test_columns_of_another_name_type_or_unit_than_declared_are_refused(tmp_path, monkeypatch, old, new, words):
    # A file of another version of the workflow: its checksum and its identity are right.
    declared = store.columns

    def other(table, **kwargs):
        found = declared(table, **kwargs)
        if old == "double":
            return [store.replace(column, type=store.INT) for column in found]
        kept = [store.replace(column, unit=column.unit.replace(old, new)) for column in found]
        return [store.replace(column, name=column.name.replace(old, new)) for column in kept]

    with monkeypatch.context() as patched:
        patched.setattr(store, "columns", other)
        table, frame = ("loss", pd.DataFrame(LOSS)) if old != "llc_std" else ("llc", llc())
        store.write(frame.rename(columns={old: new}), tmp_path / "t.parquet", table)
    with pytest.raises(StudyError, match=rf"(?s)as table {table} is declared.*found: .*{words}.*where: .*t\.parquet"):
        frames.read(tmp_path / "t.parquet", table)


def test_a_file_of_an_older_version_is_named_with_the_command_that_makes_it_anew(tmp_path):
    save_file(vars(WEIGHTS), tmp_path / "w.safetensors", metadata={"crc32": "123"})
    pd.DataFrame(LOSS).to_parquet(tmp_path / "loss.parquet")
    for read in (
        lambda: trajectory.load(tmp_path / "w.safetensors"),
        lambda: frames.read(tmp_path / "loss.parquet", "loss"),
    ):
        with pytest.raises(StudyError, match=rf"(?s)another version.*hint: .*--forcerun {tmp_path}"):
            read()


def test_other_programs_read_the_files_as_ever(tmp_path):
    store.write(LOSS, tmp_path / "loss.parquet", "loss", RELU)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "loss.parquet"), pd.DataFrame(LOSS), check_dtype=False)
    pq.read_table(tmp_path / "loss.parquet", page_checksum_verification=True)
    WEIGHTS.save(tmp_path / "w.safetensors", RELU)
    np.testing.assert_array_equal(load_file(tmp_path / "w.safetensors")["W"], WEIGHTS.W)


def test_two_processes_write_the_same_bytes(tmp_path):
    code = (
        "import sys, numpy as np; from superposition.tables import arrays, identity, store; x = np.arange(2.0); "
        "of = identity.Identity(training='zero_bias', activation='relu', seeds='1-2'); "
        "arrays.write(sys.argv[1] + '/w', {'W': x, 'b': x}, 'trajectory', of); "
        "names = ('seed', 'step', 'loss', 'sample_loss', 'logged_loss'); "
        "store.write(dict.fromkeys(names, x), sys.argv[1] + '/l', 'loss', of)"
    )
    for name in "ab":
        (tmp_path / name).mkdir()
        subprocess.run([sys.executable, "-c", code, tmp_path / name], cwd=ROOT, check=True)
    for name in "wl":
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("umask", [0o022, 0o027, 0o002])
def test_files_have_the_permissions_that_the_umask_leaves(tmp_path, umask):
    before = os.umask(umask)
    try:
        WEIGHTS.save(tmp_path / "w.safetensors")
        store.write(LOSS, tmp_path / "loss.parquet", "loss")
        store.write(pd.DataFrame(LOSS), tmp_path / "loss.csv", "loss")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o666 & ~umask}


@pytest.mark.workflow
def test_every_file_of_a_study_says_of_itself_what_its_path_says_and_may_be_read_by_all(finished_smoke):
    results = finished_smoke / "results/smoke"
    umask = os.umask(0)
    os.umask(umask)
    for path in sorted(results.rglob("*.*")):
        relative = path.relative_to(results).as_posix()
        if path.is_file() and not relative.startswith("workflow/"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask, relative
        if path.suffix not in (".parquet", ".safetensors"):
            continue
        output = next(each for each in outputs.OUTPUTS if each.expression.fullmatch(relative))
        of = Identity(**output.expression.fullmatch(relative).groupdict())
        if path.suffix == ".parquet":
            assert len(frames.read(path, output.table, of))
        else:
            kind = "inputs" if relative.startswith("inputs/") else path.stem
            arrays.read(path, load_file(path), kind, of)
