"""Last words of a run: what was found, where a reader begins, how the logs of failed jobs end; and its end itself."""

import os
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from superposition.protocols import Protocols
from superposition.status import DIVERGED, NOT_TESTABLE
from superposition.wording import plural, title

TAIL = 12
"""Lines of a log that are shown, the four of an error for the user or the end of a traceback; and of files made."""


def findings(results: str, protocols: Protocols, took: str) -> list[str]:
    """Return what the tables say: runs, checks, and how many statements have which verdict under each protocol.

    Args:
        results: Folder of the results.
        protocols: Protocols of the study.
        took: How long the run took, in words.
    """
    runs, checks, claims = (pd.read_csv(f"{results}/tables/{name}.csv") for name in ("runs", "checks", "claims"))
    violated = int((checks.passed == False).sum())  # noqa: E712 (null where nothing has to hold)
    checked = f"{plural(violated, 'check')} violated" if violated else "checks passed"
    lines = [f"Done in {took}: {plural(len(runs), 'run')} ({(runs.status == DIVERGED).sum()} diverged), {checked}"]
    width = max(len(one["label"]) for one in protocols.values()) + 1
    for one in protocols.values():
        rows = claims[(claims.training == one["training"]) & (claims.sampler == one["sampler"])]
        untested = set(rows.verdict) == {NOT_TESTABLE}
        reasons = [f", such as: {reason}" for reason in rows.reason.mode()[:1] if untested]
        lines.append(f"{title(one['label']) + ':':<{width}} {listed(Counter(rows.verdict))}{''.join(reasons)}".rstrip())
    return lines


def places(results: str) -> list[str]:
    """Return where a reader begins."""
    return [f"Read     {results}/documents/replication.docx", f"Explore  {results}/report/index.html"]


def made(files: Sequence[str]) -> list[str]:
    """Return files that were asked for, the first of them where there are many."""
    more = [f"{'':9}and {plural(len(files) - TAIL, 'more file')}"] if len(files) > TAIL else []
    return [*(f"{'' if i else 'Made':<9}{file}" for i, file in enumerate(files[:TAIL])), *more]


def ends(logs: Sequence[str], slurm: Sequence[str]) -> list[str]:
    """Return the log of what failed, with its last lines, and SLURM's, with its own where no other says anything.

    Args:
        logs: Those of the jobs that may have failed; the one that was written to last did.
        slurm: Those of their cluster job.
    """
    written = sorted(filter(_says_something, logs), key=os.path.getmtime)[-1:] or list(filter(_says_something, slurm))
    others = [log for log in slurm if log not in written] or ([] if written else logs[:1])
    lines = [f"Log      {log}" for log in others]
    for log in written:
        end = Path(log).read_text(errors="replace").rstrip().splitlines()[-TAIL:]
        lines += [f"Log      {log}", *(f"{'':9}{line}" for line in end)]
    return lines


def _says_something(log: str) -> bool:
    return os.path.isfile(log) and os.path.getsize(log) > 0


def duration(seconds: float) -> str:
    """Return a duration as `8 min 27 s`; from an hour on, without seconds."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"


def listed(numbers: Counter[str]) -> str:
    """Return numbers of what is named, the largest first: `9 replicated, 4 reversed`."""
    return ", ".join(f"{number} {name.replace(', ', ' but ')}" for name, number in numbers.most_common())


def cancel_timers() -> None:
    """Cancel all timers, for which Python would wait before it ends the process.

    Whenever Snakemake has started jobs, it sets a timer of the timespan of `max-jobs-per-timespan`, and looks for more
    jobs once it is over. When its scheduler has ended, there is nothing to look for.
    """
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()
