"""The workflow on a real SLURM, of one machine: what is submitted, what comes out, and what happens when jobs die."""

import math
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from conftest import ROOT, SMOKE, begin, copy_repository, log_of, results_of, snakemake, wait_for_script
from filelock import FileLock

from superposition.activations import BY_NAME

pytestmark = [pytest.mark.slurm, pytest.mark.xdist_group("slurm")]

SMALL = "results/smoke"
RUNS = f"{SMALL}/runs"
TRAINED = "trajectory.safetensors", "outputs.safetensors", "loss.parquet", "ends.parquet"
"""What training writes."""

PROFILE = ("--profile", "slurm", *SMOKE)
QUICK = "--slurm-init-seconds-before-status-checks 1 --seconds-between-status-checks 1 --max-jobs-per-timespan 20/1s"
IMPATIENT = (*PROFILE, *QUICK.split())
"""The profile, but asking for the state of its jobs all the time, and ending at once."""

PROGRAMS = "munged", "mariadbd", "slurmdbd", "slurmctld", "slurmd", "sbatch"
PARTITIONS = "partitions:\n  cpu: {max_runtime: 1d}\n  gpu: {max_runtime: 1d, max_gpu: 2}\n"
"""What somebody with the cluster of tests/slurm/slurm.conf writes into slurm/partitions.yaml."""


OURS = Path("/etc/slurm/one_node")
"""What is there while a cluster of one machine is up, or since a test run was killed."""


def one_node(command: str, *folder: Path) -> None:
    """Bring the cluster of one machine up or down, or restart its controller."""
    subprocess.run([ROOT / "tests/slurm/one_node.sh", command, *folder], check=True)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Path]:
    """A SLURM of one machine, its folder; stopped after the last test, whatever happened."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"needs SLURM: no {', '.join(missing)} here")
    if os.geteuid() != 0:
        pytest.skip("needs root to start SLURM")
    with FileLock("/run/lock/one-node-slurm.lock"):  # there can be one on a machine
        if Path("/etc/slurm/slurm.conf").exists() and not OURS.exists():
            pytest.skip("this machine has a SLURM of its own, which is left alone")
        folder = tmp_path_factory.mktemp("slurm") / "cluster"
        try:
            one_node("up", folder)
            yield folder
        finally:
            one_node("down")


def edit_for_cluster(folder: Path) -> Path:
    """Name the partitions of the cluster in a copy of the repository, and return it."""
    (folder / "slurm/partitions.yaml").write_text(PARTITIONS)
    return folder


@pytest.fixture
def study(cluster, repository) -> Path:
    """A copy of the repository for the cluster, in which nothing has been run."""
    return edit_for_cluster(repository)


@dataclass(frozen=True)
class Job:
    """What SLURM's accounting says about a job."""

    number: str
    state: str
    partition: str
    requested: str
    minutes: str
    comment: str


def jobs_of(folder: Path, *, steps: bool = False) -> list[Job]:
    """Return all jobs that were submitted from a folder, in order; with their steps, one for each job of Snakemake."""
    columns = "jobidraw,state,partition,reqtres,timelimitraw,comment,workdir"
    only_jobs = [] if steps else ["--allocations"]
    query = ["sacct", *only_jobs, "--noheader", "--parsable2", "--starttime=now-1hours", f"--format={columns}"]
    lines = subprocess.run(query, capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("|") for line in lines]
    own = {row[0] for row in rows if row[-1] == str(folder)}
    return [Job(*row[:-1]) for row in rows if row[0].split(".")[0] in own]


def draw_inputs(folder: Path) -> None:
    """Draw here what the runs are trained on, so that all cluster jobs are jobs of runs."""
    inputs = [f"{SMALL}/inputs/{training}/seeds-1-2.safetensors" for training in ("notebook", "zero_bias")]
    snakemake(folder, *inputs, *SMOKE, "--cores", "2")


# ---------------------------------------------------------------------------------------------------------- in order --


def test_the_full_study_is_dozens_of_cluster_jobs(repository):
    text = snakemake(repository, "--profile", "slurm", "--dry-run").stdout
    # Batches of runs by three, and what they are trained on; as many figures of training and 4 others by twenty.
    batches = 3 * len(BY_NAME)
    assert len(re.findall("Group job inputs", text)) == 1
    assert len(re.findall("Group job batches", text)) == math.ceil(batches / 3)
    assert len(re.findall("Group job capacities", text)) == math.ceil(len(BY_NAME) / 20)
    assert len(re.findall("Group job labels", text)) == math.ceil(len(BY_NAME) / 20)
    assert len(re.findall("Group job figures", text)) == math.ceil((batches + 4) / 20)


def test_on_slurm_the_small_study_comes_out_to_the_last_bit(study, finished_smoke):
    said = snakemake(study, *IMPATIENT).stderr
    assert len(said.splitlines()) < 60
    assert "12 runs (0 diverged), checks passed" in said
    jobs = jobs_of(study)
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert {job.partition for job in jobs} == {"cpu"}
    assert all("cpu=1," in job.requested for job in jobs)
    # Six batches, at most three to a job, with four steps each: train, checkpoint, measure_superposition, estimate_llc.
    # The memory is that of the largest, estimate_llc; the time that of all, 5 + 2 + 3 + 5 minutes.
    batches = [job for job in jobs if "batches" in job.comment]
    assert sorted(int(job.minutes) for job in batches) == [45, 45]
    assert all("mem=2000M" in job.requested for job in batches)
    # The figures of all runs in one more, what they are trained on, the best losses, and the labels of checkpoints;
    # compare_estimators, cross_check_llc, detect_transitions and measure_deviations.
    assert len(jobs) == len(batches) + 4 + 4

    assert results_of(study / SMALL) == results_of(finished_smoke / SMALL)
    assert not list((study / "logs/slurm").rglob("*.log"))  # those of successful jobs are removed


def test_device_cuda_asks_slurm_for_one_gpu_and_without_one_says_so(study):
    targets = [f"{RUNS}/notebook/relu/seeds-1-2/llc-{sampler}.parquet" for sampler in ("notebook", "sgld")]
    draw_inputs(study)
    failed = snakemake(study, *targets, *IMPATIENT, "--config", "device=cuda", "--retries", "0", check=False)
    (job,) = jobs_of(study)
    assert job.partition == "gpu"
    assert job.requested == "billing=1,cpu=1,gres/gpu=1,mem=2000M,node=1"
    # SLURM's GPUs are fake here: the job gets one, and PyTorch finds that it is none.
    assert failed.returncode != 0
    assert job.state == "FAILED"
    assert "expected: a GPU for device: cuda" in failed.stderr
    (log,) = (study / "logs/slurm").rglob("*.log")  # that of a failed job is kept
    assert "Error in rule train" in log.read_text()


# ------------------------------------------------------------------------------------------------------------ faults --


def slurm_job(process: psutil.Process) -> str:
    """Return the number of the SLURM job that a process belongs to."""
    return process.environ()["SLURM_JOB_ID"]


def cancel(process: psutil.Process) -> None:
    """Cancel the job of a process."""
    subprocess.run(["scancel", slurm_job(process)], check=True)


def run_out_of_time(process: psutil.Process) -> None:
    """Let a process hang, and the time of its job be over now instead of in some minutes."""
    process.suspend()
    subprocess.run(["scontrol", "update", f"jobid={slurm_job(process)}", "endtime=now+1"], check=True)


FAULTS: dict[str, Callable[[psutil.Process], None]] = {
    "cancelled": cancel,
    "killed": psutil.Process.kill,
    "out of time": run_out_of_time,
}
FOUR = [(training, activation) for training in ("notebook", "zero_bias") for activation in ("relu", "tanh")]
"""One training job each."""

MEMORY = "300 if attempt == 1 and wildcards.training + wildcards.activation == 'notebooktanh' else 1000 * attempt"
"""Memory of each: the first attempt of one gets less than PyTorch and Snakemake take together."""

LITTLE = "mem=300M"
"""What that one requests."""


@dataclass(frozen=True)
class Faulty:
    """A study of four jobs that have each met a fault: its folder, what Snakemake said, first and repeated jobs."""

    folder: Path
    log: str
    jobs: dict[str, Job]
    repeated: list[Job]


@pytest.fixture(scope="module")
def faulty(cluster, tmp_path_factory) -> Faulty:
    """A study whose training jobs were cancelled, killed, too slow and too large, and what became of it."""
    folder = edit_for_cluster(copy_repository(tmp_path_factory.mktemp("faulty") / "repository"))
    targets = [f"{RUNS}/{training}/{activation}/seeds-1-2/loss.parquet" for training, activation in FOUR]
    draw_inputs(folder)
    run = begin(
        folder, *targets, *IMPATIENT, "--group-components", "batches=1", "--set-resources", f"train:mem_mb={MEMORY}"
    )
    try:
        waiting = {job.number: fault for job, fault in zip(first_jobs(folder), FAULTS, strict=True)}
        numbers = {fault: number for number, fault in waiting.items()}
        while waiting:
            process = wait_for_script(folder, "train", lambda process: slurm_job(process) in waiting)
            FAULTS[waiting.pop(slurm_job(process))](process)
        run.wait(timeout=400)
    finally:
        run.kill()
    jobs = jobs_of(folder)
    numbers["out of memory"] = next(job.number for job in jobs if LITTLE in job.requested)
    by_fault = {fault: next(job for job in jobs if job.number == number) for fault, number in numbers.items()}
    repeated = [job for job in jobs if job.number not in numbers.values()]
    return Faulty(folder, log_of(folder), by_fault, repeated)


def first_jobs(folder: Path) -> list[Job]:
    """Return the three jobs with enough memory, as soon as all four are submitted."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        jobs = jobs_of(folder)
        if len(jobs) == 4:
            return [job for job in jobs if LITTLE not in job.requested]
        time.sleep(0.5)
    raise AssertionError(f"not four jobs within two minutes\n{(folder / 'snakemake.log').read_text()}")


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        ("cancelled", "CANCELLED", r"JOB \d+ ON \S+ CANCELLED AT"),
        ("killed", "FAILED", "train.py' died with <Signals.SIGKILL: 9>"),
        ("out of time", "TIMEOUT", "DUE TO TIME LIMIT"),
        ("out of memory", "FAILED", "exceeded memory limit"),
    ],
    ids=["cancelled", "killed", "out_of_time", "out_of_memory"],
)
def test_of_a_job_that_dies_snakemake_shows_what_slurm_says(faulty, fault, state, reason):
    job = faulty.jobs[fault]
    assert job.state.split()[0] == state  # "CANCELLED by" somebody
    log = faulty.folder / f"logs/slurm/group_batches_train/{job.number}.log"
    shown = faulty.log.split(f"Logfile {log}:\n")[1].split("Logfile ")[0]
    assert re.search(reason, shown), shown


def test_jobs_that_died_are_repeated_with_more_memory_and_time_and_come_out_to_the_last_bit(faulty, finished_smoke):
    assert "4 of 4 steps (100%) done" in faulty.log
    # Twice the 1000 MB and 5 minutes of the rule.
    assert [(job.state, job.minutes) for job in faulty.repeated] == [("COMPLETED", "10")] * 4
    assert all("mem=2000M" in job.requested for job in faulty.repeated)
    made = results_of(faulty.folder / RUNS)
    assert len(made) == 4 * len(TRAINED)
    assert made.items() <= results_of(finished_smoke / RUNS).items()


LOSS = f"{RUNS}/notebook/relu/seeds-1-2/loss.parquet"


def test_a_restart_of_the_controller_goes_unnoticed(study, finished_smoke):
    draw_inputs(study)
    run = begin(study, LOSS, *IMPATIENT)
    try:
        wait_for_script(study, "train")
        one_node("restart")
        assert run.wait(timeout=300) == 0, (study / "snakemake.log").read_text()
    finally:
        run.kill()
    assert [job.state for job in jobs_of(study)] == ["COMPLETED"]
    made = results_of(study / RUNS)
    assert len(made) == len(TRAINED)
    assert made.items() <= results_of(finished_smoke / RUNS).items()


def test_after_a_kill_of_snakemake_the_next_run_completes_the_study_beside_the_orphaned_job(study, finished_smoke):
    run = begin(study, LOSS, *IMPATIENT)
    orphan = wait_for_script(study, "train")
    orphan.suspend()  # until the job of the next run is at work as well
    try:
        run.kill()
        run.wait()
        assert "--unlock" in snakemake(study, LOSS, *IMPATIENT, check=False).stderr
        snakemake(study, "--unlock", *PROFILE)
        run = begin(study, LOSS, *IMPATIENT)
        wait_for_script(study, "train", lambda process: process.pid != orphan.pid)
    finally:
        orphan.resume()
    assert run.wait(timeout=300) == 0, (study / "snakemake.log").read_text()
    orphan.wait(timeout=300)
    made = results_of(study / RUNS)
    assert set(made) == {f"notebook/relu/seeds-1-2/{name}" for name in TRAINED}
    assert made.items() <= results_of(finished_smoke / RUNS).items()


# ------------------------------------------------------------------------ last: what a test run that was killed left --


def test_a_cluster_that_a_killed_test_run_left_is_ended_before_the_next_one_starts(cluster, tmp_path):
    left = {file.stem: psutil.Process(int(file.read_text())) for file in OURS.glob("*.pid")}
    assert {process.name() for process in left.values()} == set(left) == {*PROGRAMS} - {"sbatch"}
    with subprocess.Popen(["sleep", "infinity"]) as other:
        left["munged"].kill()
        (OURS / "munged.pid").write_text(str(other.pid))  # its number is another program's by now
        shutil.rmtree(cluster)
        one_node("up", tmp_path / "next")
        assert other.poll() is None
        other.kill()
    assert not any(process.is_running() for process in left.values())
    assert Path("/etc/slurm/slurm.conf").resolve() == tmp_path / "next/slurm.conf"
    assert "is UP" in subprocess.run(["scontrol", "ping"], capture_output=True, text=True, check=True).stdout
    one_node("down")
    assert not OURS.exists()
    assert not Path("/etc/slurm/slurm.conf").is_symlink()


@pytest.mark.usefixtures("cluster")  # which has ended; but there can be one on a machine
def test_a_slurm_of_the_machine_s_own_is_left_alone(tmp_path):
    own = Path("/etc/slurm/slurm.conf")
    try:
        own.write_text("ClusterName=physics\n")
        with pytest.raises(subprocess.CalledProcessError):
            one_node("up", tmp_path / "next")
        one_node("down")
        assert own.read_text() == "ClusterName=physics\n"
    finally:
        own.unlink()
