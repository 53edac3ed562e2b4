"""Where a script's messages go."""

import sys
from pathlib import Path


def log_to(path: str) -> None:
    """Send all that the running script prints, warnings and tracebacks included, to its log file.

    Snakemake shows the log of a job that failed.
    """
    sys.stdout = sys.stderr = Path(path).open("w", buffering=1)  # noqa: SIM115 (open until the script ends)
