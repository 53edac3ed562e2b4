"""Where a script's messages go."""

import sys
import traceback
from pathlib import Path
from types import TracebackType

from superposition.files import unwritable
from superposition.presets import StudyError


def log_to(path: str) -> None:
    """Send all that the running script prints, warnings and errors included, to its log file.

    Snakemake shows the log of a job that failed.

    Raises:
        StudyError: If the log file cannot be written.
    """
    sys.excepthook = _report
    try:
        sys.stdout = sys.stderr = Path(path).open("w", buffering=1)  # noqa: SIM115 (open until the script ends)
    except OSError as error:
        raise unwritable(path, error) from error


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an error: what the user can mend in its four lines, anything else with its traceback.

    A log on a full disk takes no message; what called the script has another place for it.
    """
    text = f"{error}\n" if isinstance(error, StudyError) else "".join(traceback.format_exception(kind, error, trace))
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        sys.stderr = sys.__stderr__
        print(text, file=sys.stderr)
