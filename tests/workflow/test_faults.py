"""What goes wrong on one machine: a clear message, nothing lost, and then the same results to the last bit."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import SMOKE, begin, log_of, results_of, snakemake, wait_for_script

pytestmark = pytest.mark.workflow

RUN = "results/smoke/runs/zero_bias/relu/seeds-1-2"
LLC = f"{RUN}/llc-notebook.parquet"
TRAINED = f"{RUN}/loss.parquet"
INPUTS = "results/smoke/inputs/zero_bias/seeds-1-2.safetensors"
TABLE = "results/smoke/tables/runs.parquet"
CALL = (*SMOKE, "--cores", "2")


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount something on a folder for a while; skip the test where that is not allowed."""
    folder.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(["mount", *options, folder], capture_output=True, text=True)
    if result.returncode:
        pytest.skip(f"file systems cannot be mounted here: {result.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def remount(folder: Path, options: str) -> None:
    """Change the options of what is mounted on a folder."""
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


def test_a_full_disk_is_named_and_leaves_no_half_file(repository, finished_smoke):
    results = repository / "results"
    with mounted(results, "-t", "tmpfs", "-o", "size=10m", "tmpfs"):
        snakemake(repository, INPUTS, *CALL)
        # The weights of two runs at 150 recorded steps of 24 numbers take 30 kB, more than there is room for.
        remount(results, f"size={shutil.disk_usage(results).used // 1024 + 16}k")
        failed = snakemake(repository, TRAINED, *CALL, check=False)
        assert failed.returncode != 0
        assert "No space left on device" in failed.stderr
        assert f"where:    {RUN}/trajectory.safetensors" in failed.stderr
        assert not [path for path in (repository / RUN).rglob("*") if path.is_file()]

        remount(results, "size=10m")
        snakemake(repository, TRAINED, *CALL)
        made = results_of(repository / RUN)
    assert set(made) == {"trajectory.safetensors", "outputs.safetensors", "loss.parquet", "ends.parquet"}
    assert made.items() <= results_of(finished_smoke / RUN).items()


@pytest.mark.parametrize("state", ["empty", "full"])
def test_a_read_only_results_folder_is_named_before_any_job(repository, smoke, state):
    folder = repository if state == "empty" else smoke
    results = folder / "results"
    (folder / LLC).unlink(missing_ok=True)
    with mounted(results, *(["-t", "tmpfs", "tmpfs"] if state == "empty" else ["--bind", results])):
        remount(results, "ro" if state == "empty" else "bind,ro")
        failed = snakemake(folder, LLC, *CALL, check=False)
    assert failed.returncode != 0
    assert "expected: a folder with room and permission to write" in failed.stderr
    assert "Read-only file system" in failed.stderr
    assert "where:    results/smoke" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "Estimating LLC" not in log_of(folder)


def cut(content: bytes) -> bytes:
    """Return the first half of a file."""
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    """Return a file with one bit changed, amid its values."""
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize(
    ("name", "damage"),
    [(f"{RUN}/checkpoints.safetensors", flip), (f"{RUN}/superposition.parquet", cut), (INPUTS, flip)],
    ids=["corrupted", "truncated", "corrupted_inputs"],
)
def test_a_damaged_file_is_named_and_made_again(smoke, finished_smoke, name: str, damage: Callable[[bytes], bytes]):
    path = smoke / name
    path.write_bytes(damage(path.read_bytes()))
    failed = snakemake(smoke, *CALL, check=False)
    assert failed.returncode != 0
    assert "expected: the file as it was written" in failed.stderr
    assert f"where:    {name}" in failed.stderr
    assert "hint:     delete it and run again" in failed.stderr

    path.unlink()
    snakemake(smoke, *CALL)
    assert results_of(smoke / "results") == results_of(finished_smoke / "results")


def test_of_two_runs_in_one_folder_the_second_is_refused_and_the_first_finishes(smoke, finished_smoke):
    (smoke / TRAINED).unlink()
    first = begin(smoke, TRAINED, TABLE, *CALL)
    training = wait_for_script(smoke, "train")
    training.suspend()  # until the second run has been refused
    try:
        second = snakemake(smoke, TRAINED, TABLE, *CALL, check=False)
    finally:
        training.resume()
    assert second.returncode != 0
    assert "Directory cannot be locked" in second.stderr
    assert first.wait(timeout=300) == 0
    assert results_of(smoke / "results") == results_of(finished_smoke / "results")
