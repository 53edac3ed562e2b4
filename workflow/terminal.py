"""Messages of a run in the terminal: how far it is, what failed and how to go on, what was found and where it lies.

Snakemake says several lines for every job. They go to its log file as ever; the terminal shows a line for every stage
instead. With `--no-hooks` it shows what Snakemake shows by itself, with `--verbose` both.
"""

import logging
import shlex
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.logging import logger
from snakemake_interface_executor_plugins.settings import ExecMode
from snakemake_interface_logger_plugins.common import LogEvent

from superposition.protocols import Protocols
from superposition.wording import plural
from workflow import closing
from workflow.closing import listed
from workflow.progress import Progress
from workflow.queue_watch import QueueWatch
from workflow.requested import with_hint

MINUTE = 60
"""Seconds after which something is said if nothing else was."""

REPLACED = {
    *(LogEvent.WORKFLOW_STARTED, LogEvent.RUN_INFO, LogEvent.RESOURCES_INFO, LogEvent.SHELLCMD, LogEvent.PROGRESS),
    *(LogEvent.JOB_INFO, LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED, LogEvent.JOB_ERROR),
    *(LogEvent.GROUP_INFO, LogEvent.GROUP_ERROR),
}
CHATTER = (
    *("Using shell", "Conda environments: ignored", "Singularity containers: ignored", "Group jobs: inactive"),
    *("Select jobs to execute", "Job rate limit reached", "Removing temporary output", "Shutting down"),
    *(
        "SLURM run ID",
        "Cleaning up SLURM log files",
        "Auto-selected partition",
        "Falling back to 'sacct'",
        "Exiting because a job execution failed",
        "Complete log(s)",
    ),
    *("Elapsed time", "Removing output files of failed job", "Trying to restart job"),
)
"""Beginnings of messages that tell the user nothing, or what is said here in other words."""

CLUSTER_CHATTER = "has been submitted with SLURM jobid"


@dataclass(frozen=True)
class Failure:
    """A job that failed, or the jobs of a cluster job: their numbers, what they were to do, their logs and SLURM's."""

    jobs: frozenset[int]
    what: str
    logs: list[str]
    slurm: list[str]


class Terminal(logging.Handler):
    """Listener to Snakemake's messages, which says in the terminal what a reader needs of them.

    Args:
        workflow: Snakemake's, as a Snakefile knows it.
        results: Folder of the results.
        protocols: Protocols of the study.
    """

    def __init__(self, workflow: Any, *, results: str, protocols: Protocols):
        super().__init__()
        self._workflow, self._results, self._protocols = workflow, results, protocols
        self._progress = Progress()
        self._said = time.monotonic()
        self._jobs: dict[int, tuple[str, str]] = {}  # rule and message
        self._at_work: dict[int, bool] = {}  # whether it runs here, and not on a cluster
        self._failures: list[Failure] = []
        self._warnings: set[str] = set()  # each is shown once
        self._queue: QueueWatch | None = None
        self._ended = threading.Event()
        if workflow.modifier.is_main_snakefile() and workflow.exec_mode == ExecMode.DEFAULT:
            self._listen()

    def _listen(self) -> None:
        """Take the place of Snakemake's messages about single jobs; in a dry run, shorten them."""
        output = self._workflow.output_settings
        for handler in logger.handlers:
            if handler.name == "DefaultStreamHandler" and not output.verbose:
                handler.addFilter(with_short_reason if output.dryrun else self._is_shown)
                handler.addFilter(lambda record: with_hint(record, self._workflow, self._results))
        if not output.dryrun:
            logger.addHandler(self)

    def _is_shown(self, record: logging.LogRecord) -> bool:
        if self._has_no_hooks():
            return True
        is_warned = record.levelno == logging.WARNING and record.getMessage() in self._warnings
        if record.levelno == logging.WARNING:
            self._warnings.add(record.getMessage())
        return is_shown(record) and not is_warned

    def _has_no_hooks(self) -> bool:
        """Return whether the user forbids what is said at the end, and gets Snakemake's messages."""
        settings = self._workflow.execution_settings  # known after the Snakefile has been read
        return bool(settings and settings.no_hooks)

    def emit(self, record: Any) -> None:
        """Say what follows from a message of Snakemake."""
        if self._has_no_hooks():
            return
        match getattr(record, "event", None):
            case LogEvent.RUN_INFO:
                self._begin(record.stats)
            case LogEvent.JOB_INFO:
                self._jobs[record.jobid] = record.rule_name, record.rule_msg or record.rule_name
                self._at_work[record.jobid] = bool(record.local)
            case LogEvent.JOB_FINISHED:
                self._finish(record.job_id)
            case LogEvent.JOB_ERROR if not record.indent:  # others are of a group
                self._fail([vars(record)], record.rule_msg)
            case LogEvent.GROUP_ERROR:
                self._fail(record.job_error_info, slurm=record.aux_logs)
            case None:
                self._hear(record.getMessage())

    def _hear(self, text: str) -> None:
        if text.startswith("SLURM run ID: "):
            self._queue = QueueWatch(text.split(": ")[1])
        if text == NOTHING_TO_BE_DONE_MSG and self._is_whole():
            self._say(*closing.places(self._results))
        if text.startswith("Trying to restart job"):
            self._say(f"{'':10}it is started again")

    def _say(self, *lines: str) -> None:
        self._said = time.monotonic()
        logger.info("\n".join(lines))

    def _begin(self, stats: Mapping[str, int]) -> None:
        self._progress.plan(Counter({rule: number for rule, number in stats.items() if rule != "total"}))
        self._say(f"{plural(self._progress.planned.total(), 'job')} of {plural(len(self._progress.planned), 'rule')}")
        threading.Thread(target=self._watch, daemon=True).start()

    def _finish(self, job: int) -> None:
        self._at_work.pop(job, None)
        self._failures = [failure for failure in self._failures if job not in failure.jobs]
        rule = self._jobs[job][0]
        done = self._progress.finish(rule)
        is_last = self._progress.done == self._progress.planned  # what was found follows
        if not is_last and (done == self._progress.planned[rule] or time.monotonic() - self._said > MINUTE / 2):
            self._say(self._progress.line(f"{rule:<21} {done:>4} of {self._progress.planned[rule]}"))

    def _fail(self, errors: list[dict[str, Any]], reason: str | None = None, slurm: Sequence[str] = ()) -> None:
        jobs = frozenset(error["jobid"] for error in errors)
        for job in jobs:
            self._at_work.pop(job, None)
        what = f"cluster job of {self._listed(jobs)}" if len(jobs) > 1 else ": ".join(self._jobs[min(jobs)])
        earlier = [failure for failure in self._failures if not jobs & failure.jobs]
        logs = [log for error in errors for log in error["log"]]
        self._failures = [*earlier, Failure(jobs, what, logs, list(slurm))]
        self._say(self._progress.line(f"failed: {what}"), *([f"{'':10}{reason}"] if reason else []))

    def _listed(self, jobs: Iterable[int]) -> str:
        return listed(Counter(self._jobs[job][0] for job in jobs))

    def _watch(self) -> None:
        """Say every minute what a waiting user cannot see: what is at work, and what becomes of cluster jobs."""
        while not self._ended.wait(MINUTE):
            at_work = dict(self._at_work)
            submitted = sum(not is_local for is_local in at_work.values())
            news = self._queue.look(submitted) if self._queue else []
            if news:
                self._say(*(f"{'':10}{line}" for line in news))
            elif at_work and time.monotonic() - self._said > MINUTE:
                state = self._queue.state if self._queue and submitted else f"at work: {self._listed(at_work)}"
                self._say(self._progress.line(state))

    def _is_whole(self) -> bool:
        """Return whether the whole study is asked for, alone or with all that is made on request."""
        whole = {self._workflow.default_target, "everything"}
        return any(job.rule.name in whole for job in self._workflow.dag.targetjobs)

    def succeed(self) -> None:
        """Say what was found and where it lies, or what was made where some files were asked for."""
        self._ended.set()
        took = self._progress.took()
        if self._is_whole():
            self._say("", *closing.findings(self._results, self._protocols, took), *closing.places(self._results))
            return
        dag = self._workflow.dag
        files = {str(path) for job in dag.targetjobs for path in job.output or job.input}
        asked = {str(path) for path in dag.targetfiles} & files or files
        self._say("", f"Done in {took}: {plural(self._progress.done.total(), 'job')}", *closing.made(sorted(asked)))

    def fail(self, logs: Iterable[str]) -> None:
        """Say which jobs failed, with the ends of their logs, and how to go on.

        Args:
            logs: Snakemake's log files.
        """
        self._ended.set()
        failed = f"{plural(len(self._failures), 'job')} failed" if self._failures else "stopped"
        done = f"{self._progress.done.total()} of {plural(self._progress.planned.total(), 'job')} done"
        lines = ["", f"Not finished after {self._progress.took()}: {failed}, {done}"]
        for failure in self._failures:
            lines += ["", f"Failed   {failure.what}", *closing.ends(failure.logs, failure.slurm)]
        again = shlex.join(["snakemake", *_without_forcerun(sys.argv[1:])])
        self._say(*lines, "", *(f"All said {log}" for log in logs), f"Go on    {again}   (what is done is kept)")


def _without_forcerun(arguments: Iterable[str]) -> list[str]:
    """Return arguments without rules and files that are forced: what is done would be done once more."""
    kept, is_forced = [], False
    for argument in arguments:
        is_option = argument.startswith("-")
        is_forced = argument.startswith(("-R", "--forcerun")) if is_option else is_forced
        if not is_forced:
            kept.append(argument)
        is_forced &= "=" not in argument  # which has one value alone
    return kept


def is_shown(record: logging.LogRecord) -> bool:
    """Return whether a message of Snakemake is shown in the terminal as it is."""
    event, text = getattr(record, "event", None), record.getMessage()
    if event == LogEvent.ERROR:  # not what a job's log says, nor what is said at the end
        return "returned non-zero exit status" not in text and "At least one job did not complete" not in text
    return event not in REPLACED and not text.startswith(CHATTER) and CLUSTER_CHATTER not in text


def with_short_reason(record: Any) -> bool:
    """Return that a message of a dry run is shown, with the reason for a job on one line."""
    if getattr(record, "event", None) == LogEvent.JOB_INFO:
        record.reason = shortened(record.reason)
    return True


def shortened(reason: str) -> str:
    """Return why a job is run, with the first file of each list and the number of the others."""
    parts = []
    for part in reason.split("; "):
        first, *others = part.split(", ")
        parts.append(f"{first} and {len(others)} more" if others and "files" in first else part)
    return "; ".join(parts)
