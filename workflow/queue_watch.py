"""Messages about the jobs of a run on SLURM, while Snakemake waits for them and says nothing itself."""

import subprocess
from collections import Counter

UNANSWERED = 3
"""Looks in a row without an answer, a minute apart, after which the user is told: a restart takes less."""

LOST = 6
"""Looks in a row without a job in the queue, after which Snakemake should have noticed: it asks every three minutes."""

START_AGAIN = "stop Snakemake (Ctrl-C) and give the same command again, which keeps what is done"


class QueueWatch:
    """The queue of one run.

    Args:
        run: What the plugin calls the run: the name of all its cluster jobs.

    Attributes:
        state: What the queue said last: `3 running, 23 pending (Resources)`.
    """

    def __init__(self, run: str):
        self.run = run
        self.state = "waiting for SLURM"
        self._unanswered = self._lost = 0
        self._held: set[str] = set()

    def look(self, submitted: int) -> list[str]:
        """Return what is new and needs the user.

        Args:
            submitted: Jobs that Snakemake believes to be in the queue or running.
        """
        try:
            jobs = self._ask()
        except (OSError, subprocess.SubprocessError) as error:
            return self._without_answer(error)
        news = ["SLURM answers again"] if self._unanswered >= UNANSWERED else []
        self._unanswered = 0
        return [*news, *self._of_held(jobs), *self._of_lost(jobs, submitted)]

    def _ask(self) -> list[tuple[str, str, str]]:
        """Return number, state and reason of every job in the queue."""
        query = ["squeue", "--noheader", "--format=%i|%T|%r", f"--name={self.run}"]
        answer = subprocess.run(query, capture_output=True, text=True, check=True, timeout=50).stdout
        lines = [line.split("|") for line in answer.splitlines() if line.count("|") == 2]
        jobs = [(number, state, reason) for number, state, reason in lines]
        reasons = sorted({reason for _, state, reason in jobs if state == "PENDING" and reason != "None"})
        states = Counter(state.lower() for _, state, _ in jobs)
        self.state = ", ".join(f"{number} {state}" for state, number in states.most_common())
        self.state = self.state or "none in the queue"
        self.state += f" ({', '.join(reasons)})" if reasons else ""
        return jobs

    def _without_answer(self, error: Exception) -> list[str]:
        self._unanswered += 1
        self.state = "no answer from SLURM"
        if self._unanswered == UNANSWERED:
            message = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
            return [
                f"SLURM has not answered for {UNANSWERED} minutes ({message}). Its jobs run on, and Snakemake waits"
            ]
        return []

    def _of_held(self, jobs: list[tuple[str, str, str]]) -> list[str]:
        held = {number: reason for number, _, reason in jobs if "held" in reason.lower()}
        new = {number: reason for number, reason in held.items() if number not in self._held}
        self._held = set(held)
        return [
            f"SLURM holds job {number} ({reason}), and will not start it: `scontrol release {number}` lets it start, "
            f"`scancel {number}` has Snakemake submit it anew"
            for number, reason in new.items()
        ]

    def _of_lost(self, jobs: list[tuple[str, str, str]], submitted: int) -> list[str]:
        self._lost = self._lost + 1 if submitted and not jobs else 0
        if self._lost != LOST:
            return []
        return [f"SLURM has none of the {submitted} jobs that Snakemake waits for: {START_AGAIN}"]
