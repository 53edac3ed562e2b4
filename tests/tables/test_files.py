"""Files are written whole or not at all, and a damaged one is not taken for one that was written."""

import stat

import numpy as np
import pandas as pd
import pytest

from superposition.errors import StudyError
from superposition.tables import files, frames, store, trajectory
from superposition.tables.trajectory import Trajectory
from workflow import folders

LOSS = pd.DataFrame({"seed": 1, "step": range(99), "loss": 0.5, "sample_loss": 0.25, "logged_loss": 0.0025})
WEIGHTS = Trajectory(
    W=np.ones((2, 3, 2, 8), dtype=np.float32),
    b=np.ones((2, 3, 8), dtype=np.float32),
    steps=np.array([0, 10, 100]),
    seeds=np.array([3, 7]),
)


def test_what_was_written_is_there_with_the_permissions_of_any_new_file(tmp_path):
    with files.whole(tmp_path / "table.csv") as part:
        assert part.suffix == ".csv"  # by which matplotlib and pyarrow choose a format
        part.write_text("new")
    (tmp_path / "other").touch()
    assert (tmp_path / "table.csv").read_text() == "new"
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("table.csv", "other")}
    assert len(modes) == 1


def test_a_writer_that_fails_half_way_changes_nothing_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="half way"), files.whole(path) as part:
        part.write_text("ne")
        raise ValueError("half way")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_file_do_not_see_each_other(tmp_path):
    path = tmp_path / "table.csv"
    with files.whole(path) as first:
        first.write_text("first")
        with files.whole(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"


def test_a_file_that_cannot_be_written_is_an_error_that_names_it(tmp_path):
    with pytest.raises(StudyError, match=r"(?s)found: .*non-existent directory.*where: +\S+nowhere/table\.csv"):
        store.write(LOSS, tmp_path / "nowhere" / "table.csv", "loss")
    with pytest.raises(StudyError, match=r"(?s)found: .*where: +\S+nowhere/w\.safetensors"):
        WEIGHTS.save(tmp_path / "nowhere" / "w.safetensors")


def test_a_folder_that_is_still_to_be_made_can_be_written_if_the_one_above_can(tmp_path):
    folders.check_writable(tmp_path / "results" / "smoke")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StudyError, match=r"(?s)room and permission.*where: +/proc/results"):
        folders.check_writable("/proc/results")  # nobody can make files there


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def empty(content: bytes) -> bytes:
    return b""


def flip(content: bytes) -> bytes:
    """Change one bit amid the values."""
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("damage", [cut, empty, flip])
def test_damaged_weights_are_an_error_that_names_the_file(tmp_path, damage):
    path = tmp_path / "weights.safetensors"
    WEIGHTS.save(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StudyError, match=r"(?s)the file as it was written.*where: +\S+weights\.safetensors.*delete it"):
        trajectory.load(path)


@pytest.mark.parametrize("damage", [cut, empty])
def test_a_damaged_table_is_an_error_that_names_the_file(tmp_path, damage):
    path = tmp_path / "loss.parquet"
    store.write(LOSS, path, "loss")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StudyError, match=r"(?s)the file as it was written.*where: +\S+loss\.parquet.*delete it"):
        frames.read(path, "loss")


def test_a_single_wrong_bit_in_the_values_of_a_table_is_found(tmp_path):
    path = tmp_path / "loss.parquet"
    values = np.random.default_rng(0).random(99)
    store.write(LOSS.assign(loss=values), path, "loss")
    content = path.read_bytes()
    place = content.index(values[50].tobytes())  # values are stored as they are: 99 different ones do not compress
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    with pytest.raises(StudyError, match="the file as it was written"):
        frames.read(path, "loss")


def test_a_file_that_is_not_there_is_not_called_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        frames.read(tmp_path / "loss.parquet", "loss")
    with pytest.raises(FileNotFoundError):
        trajectory.load(tmp_path / "weights.safetensors")
