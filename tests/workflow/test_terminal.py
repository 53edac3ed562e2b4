"""What a user sees in the terminal: few lines, how far it is, what failed and how to go on, and what was found."""

import logging
import os
import re
import shutil
import subprocess
from collections import Counter
from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import SMOKE, log_of, plan, protocols, snakemake
from snakemake_interface_logger_plugins.common import LogEvent

from workflow import closing, queue_watch
from workflow.progress import share, time_left
from workflow.queue_watch import QueueWatch
from workflow.terminal import Terminal, is_shown, shortened

INPUTS = "results/smoke/inputs/notebook/seeds-1-2.safetensors"


# ----------------------------------------------------------------------------------------------------- while it runs --


@pytest.mark.workflow
def test_a_run_says_a_line_for_every_rule_and_its_log_file_keeps_all(smoke_output, finished_smoke):
    lines = smoke_output.splitlines()
    jobs = re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)", log_of(finished_smoke), flags=re.MULTILINE)
    for rule, number in Counter(jobs).items():
        if rule != "all":  # the last job, after which comes the summary
            complete = rf" *\d:\d\d:\d\d  {rule} +{number} of {number}( +\d+%, about \d+ (s|min) left)?"
            assert len([line for line in lines if re.fullmatch(complete, line)]) == 1, rule
    # A line for each of 35 rules, 5 at the end, and as many at the start; more for the half minutes of a busy machine.
    assert len(lines) < 60
    assert "Reason:" not in smoke_output
    assert "\x1b" not in smoke_output  # no colours where there is no terminal
    assert log_of(finished_smoke).count("\nReason: ") == len(jobs)


def test_the_time_left_follows_from_the_share_of_the_work_and_not_of_the_jobs():
    seconds = {"train": 10.0, "plot": 1.0}
    # 20 of 50 s of work, though 2 of 14 jobs.
    assert share(Counter(train=2), Counter(train=4, plot=10), seconds) == pytest.approx(0.4)
    # 2 minutes for 40 % make 3 for the other 60 %.
    assert time_left(120, 0.4).split() == ["40%,", "about", "3", "min", "left"]
    assert time_left(10, 0.5).endswith("about 10 s left")
    assert time_left(10, 0.01) == ""  # too little is done to tell


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min"), (507, "8 min 27 s"), (3600, "1 h 0 min"), (9000, "2 h 30 min")]
)
def test_durations_read_as_people_say_them(seconds, text):
    assert closing.duration(seconds) == text


def test_what_is_unknown_here_is_shown_and_what_is_said_otherwise_is_not():
    def shown(text: str, **extra: object) -> bool:
        return is_shown(logging.makeLogRecord({"msg": text, **extra}))

    assert shown("Creating conda environment envs/study.yaml...")
    assert shown("MissingOutputException: ...", event=LogEvent.ERROR)
    assert shown("Command '...' died with <Signals.SIGKILL: 9>.", event=LogEvent.ERROR)  # its log is silent about it
    assert not shown("Select jobs to execute...")
    assert not shown("Finished jobid: 3", event=LogEvent.JOB_FINISHED)
    assert not shown("Command '...' returned non-zero exit status 1.", event=LogEvent.ERROR)  # its log says why


# ---------------------------------------------------------------------------------------------------- before it runs --


def test_the_reason_for_a_job_names_the_first_file_of_a_list():
    files = "Missing output files: a.csv, b.csv, c.csv; Input files updated by another job: d.csv"
    assert shortened(files) == "Missing output files: a.csv and 2 more; Input files updated by another job: d.csv"
    assert shortened("Forced execution") == "Forced execution"


@pytest.mark.workflow
def test_a_dry_run_says_what_would_run_and_why_in_short_lines(finished_smoke):
    jobs, text = plan(finished_smoke, *SMOKE, "--forcerun", "train")
    reasons = re.findall(r"^Reason: .*$", text, flags=re.MULTILINE)
    assert len(reasons) == jobs.total() > 40
    assert "Reason: Forced execution" in reasons
    assert max(map(len, reasons)) < 200  # of the last job alone, all files take 7,000


# -------------------------------------------------------------------------------------------------------- at its end --


@pytest.mark.workflow
def test_the_last_lines_say_what_the_tables_say_and_where_to_read(smoke_output, finished_smoke):
    *_, done, post, _, controlled, read, explore = smoke_output.splitlines()
    tables = finished_smoke / "results/smoke/tables"
    runs, claims = (pd.read_csv(tables / f"{name}.csv") for name in ("runs", "claims"))
    assert re.fullmatch(rf"Done in .*\d (s|min): {len(runs)} runs \(0 diverged\), checks passed", done)
    for line, label, training, sampler in (
        (post, "The post's procedure:", "notebook", "notebook"),
        (controlled, "Controlled:", "controlled", "close"),
    ):
        assert line.startswith(label)
        printed = {name: int(n) for n, name in re.findall(r"(\d+) ([a-z ]+)", line.split(", such as:")[0])}
        of_protocol = claims[(claims.training == training) & (claims.sampler == sampler)]
        assert printed == of_protocol.verdict.value_counts().to_dict()
    for line, label in ((read, "Read"), (explore, "Explore")):
        assert line.split()[0] == label
        assert (finished_smoke / line.split()[1]).is_file()


def test_diverged_runs_violated_checks_and_verdicts_are_counted(tmp_path):
    (tmp_path / "tables").mkdir()
    tables = {
        "runs": {"status": ["ok", "diverged", "ok"]},
        "checks": {"passed": [True, False, None]},  # nothing has to hold for the last
        "claims": {
            "training": ["a", "a", "a", "b", "b", "d", "d", "d"],
            "sampler": ["c"] * 8,
            "verdict": [
                *("replicated", "right direction, smaller than stated", "replicated"),
                *("inconclusive", "not testable", "not testable", "not testable", "not testable"),
            ],
            "reason": [*[None] * 4, "not in the study: GELU", *["too few seeds"] * 2, "not in the study: GELU"],
        },
    }
    for name, columns in tables.items():
        pd.DataFrame(columns).to_csv(tmp_path / "tables" / f"{name}.csv", index=False)
    done, *verdicts = closing.findings(str(tmp_path), protocols("a", "b", "d", "e", samplers=["c"]), "3 s")
    assert done == "Done in 3 s: 3 runs (1 diverged), 1 check violated"
    assert verdicts == [
        "A × c: 2 replicated, 1 right direction but smaller than stated",
        "B × c: 1 inconclusive, 1 not testable",
        "D × c: 3 not testable, such as: too few seeds",  # the most frequent reason, where no statement is tested
        "E × c:",
    ]


@pytest.mark.parametrize(("rule", "whole"), [("all", True), ("everything", True), ("ladder", False)])
def test_what_was_found_is_said_where_the_whole_study_is_asked_for(rule, whole):
    dag = SimpleNamespace(targetjobs=[SimpleNamespace(rule=SimpleNamespace(name=rule))])
    workflow = SimpleNamespace(default_target="all", dag=dag)
    assert Terminal._is_whole(SimpleNamespace(_workflow=workflow)) == whole  # type: ignore[arg-type]


@pytest.mark.workflow
def test_where_nothing_is_to_be_done_the_places_are_named(finished_smoke):
    said = snakemake(finished_smoke, "--cores", "1", *SMOKE).stderr
    assert said.splitlines()[-2:] == closing.places("results/smoke")


@pytest.mark.workflow
def test_of_a_file_that_is_asked_for_the_last_line_says_that_it_is_made(repository):
    *_, done, made = snakemake(repository, INPUTS, "--cores", "1", *SMOKE).stderr.splitlines()
    assert re.fullmatch(r"Done in \d+ s: 1 job", done)
    assert made.split() == ["Made", INPUTS]


@pytest.mark.workflow
def test_of_a_job_that_fails_the_last_lines_name_its_log_its_error_and_the_command_that_goes_on(repository):
    script = repository / "workflow" / "scripts" / "draw_inputs.py"
    script.write_text('from workflow.job import begin\nbegin(snakemake.log[0])\nraise ValueError("no ink")\n')
    failed = snakemake(repository, INPUTS, "--cores", "1", *SMOKE, check=False)
    assert failed.returncode != 0
    (log,) = (repository / "results/smoke/logs/draw_inputs").rglob("*.log")
    lines = failed.stderr.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Not finished after "))
    assert lines[start].endswith(": 1 job failed, 0 of 1 job done")
    assert lines[start + 2] == "Failed   draw_inputs: Drawing inputs for preset notebook, seeds 1-2"
    assert lines[start + 3] == f"Log      {log.relative_to(repository)}"
    assert lines[-4].strip() == "ValueError: no ink"
    assert lines[-2].startswith("All said ")
    assert lines[-1].split("   ")[:2] == ["Go on", f" snakemake {INPUTS} --cores 1 --configfile config/smoke.yaml"]
    assert len(lines) < 25  # about ten of them before the job starts


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that hears of two jobs, and keeps what it says."""
    modifier = SimpleNamespace(is_main_snakefile=lambda: False)
    heard = Terminal(SimpleNamespace(modifier=modifier, execution_settings=None), results="results", protocols={})
    said: list[str] = []
    monkeypatch.setattr(heard, "_say", lambda *lines: said.extend(lines))

    def hear(event: LogEvent, **of: object) -> None:
        heard.emit(SimpleNamespace(event=event, **of))

    hear(LogEvent.RUN_INFO, stats={"train": 1, "plot": 1, "total": 2})
    for job, rule in enumerate(("train", "plot")):
        hear(LogEvent.JOB_INFO, jobid=job, rule_name=rule, rule_msg=None, local=True)
        hear(LogEvent.JOB_ERROR, jobid=job, rule_msg=None, indent=False, log=[])
    yield SimpleNamespace(hear=hear, fail=heard.fail, said=said)
    heard._ended.set()


def test_a_job_that_succeeds_when_it_is_started_again_is_not_among_those_that_failed(terminal):
    terminal.hear(LogEvent.JOB_FINISHED, job_id=0)
    terminal.fail([])
    assert any(re.fullmatch(r"Not finished after .*: 1 job failed, 1 of 2 jobs done", line) for line in terminal.said)
    assert [line for line in terminal.said if line.startswith("Failed ")] == ["Failed   plot: plot"]


@pytest.mark.parametrize(
    ("given", "again"),
    [
        ("all --forcerun train plot --cores 2", "all --cores 2"),
        ("-R train --cores 2 -- all", "--cores 2 -- all"),
        ("--cores 2 --forcerun=train all", "--cores 2 all"),
        ("all --cores 2 -n", "all --cores 2 -n"),
    ],
)
def test_the_command_that_goes_on_forces_nothing_again(terminal, monkeypatch, given, again):
    monkeypatch.setattr("sys.argv", ["snakemake", *given.split()])
    terminal.fail([])
    assert terminal.said[-1] == f"Go on    snakemake {again}   (what is done is kept)"


def test_of_a_cluster_job_the_log_that_was_written_to_last_is_shown_and_slurms_where_none_was(tmp_path):
    first, failed, slurm = (str(tmp_path / name) for name in ("first.log", "failed.log", "slurm.log"))
    with open(slurm, "w") as file:
        file.write("CANCELLED DUE TO TIME LIMIT")
    assert closing.ends([first, failed], [slurm]) == [f"Log      {slurm}", "         CANCELLED DUE TO TIME LIMIT"]
    with open(failed, "w") as file:
        file.write("\n".join(map(str, range(100))))
    shown = closing.ends([first, failed], [slurm])
    assert shown[:2] == [f"Log      {slurm}", f"Log      {failed}"]
    assert [int(line) for line in shown[2:]] == list(range(100 - closing.TAIL, 100))


# ------------------------------------------------------------------------------------------------------ on a cluster --


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """A `squeue` that answers with a text, or fails with an error."""

    def answers(text: str, *, error: str = "") -> None:
        script = f"#!/bin/sh\ncat <<'end'\n{text}\nend\n" if not error else f"#!/bin/sh\necho '{error}' >&2\nexit 1\n"
        (tmp_path / "squeue").write_text(script)
        (tmp_path / "squeue").chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return answers


def test_a_slurm_that_does_not_answer_is_told_once_and_so_is_its_return(queue):
    watch = QueueWatch("run")
    queue("", error="Unable to contact slurm controller")
    news = [watch.look(3) for _ in range(2 * queue_watch.UNANSWERED)]
    (told,) = [line for lines in news for line in lines]
    assert news.index([told]) == queue_watch.UNANSWERED - 1
    assert "SLURM has not answered for 3 minutes (Unable to contact slurm controller)" in told
    assert watch.state == "no answer from SLURM"
    queue("7|RUNNING|None")
    assert watch.look(3) == ["SLURM answers again"]
    assert watch.look(3) == []
    assert watch.state == "1 running"


def test_a_held_job_is_told_once_with_what_to_do(queue):
    watch = QueueWatch("run")
    queue("7|PENDING|job requeued in held state\n8|PENDING|Resources\n9|RUNNING|None")
    (told,) = watch.look(3)
    assert "SLURM holds job 7" in told
    assert "`scontrol release 7`" in told
    assert watch.look(3) == []
    assert watch.state == "2 pending, 1 running (Resources, job requeued in held state)"


def test_jobs_that_slurm_has_forgotten_are_told(queue):
    watch = QueueWatch("run")
    queue("")
    news = [watch.look(2) for _ in range(2 * queue_watch.LOST)]
    (told,) = [line for lines in news for line in lines]
    assert "SLURM has none of the 2 jobs" in told
    assert "the same command again" in told
    assert not any(QueueWatch("run").look(0) for _ in range(2 * queue_watch.LOST))  # Snakemake waits for none


# --------------------------------------------------------------------------------------------------- the environment --


def test_of_pip_a_user_sees_progress_and_errors_but_no_warnings_about_its_configuration(repository, tmp_path):
    pip = tmp_path / "python"
    pip.write_text(
        '#!/bin/sh\n[ "$2" = pip ] || exit 0\n'
        "for i in $(seq 30); do echo Collecting package-$i; echo 'WARNING: Location is ignored' >&2; done\n"
        "echo 'ERROR: No matching distribution found' >&2\nexit 1\n"
    )
    pip.chmod(0o755)
    (repository / ".venv/bin").mkdir(parents=True)
    shutil.copy(pip, repository / ".venv/bin/python")
    # Of a make that runs these tests, this one would name its folder when it enters and leaves it.
    alone = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    command = ["make", "environment", f"PYTHON={pip}"]
    made = subprocess.run(command, cwd=repository, capture_output=True, text=True, env=alone)
    assert made.returncode != 0
    said = (made.stdout + made.stderr).splitlines()
    assert "  25 packages found" in said
    assert "ERROR: No matching distribution found" in said
    assert len(said) < 6
    assert not (repository / ".venv/.complete").exists()
