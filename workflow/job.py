"""How a script begins: quickly, and with its messages in its log file.

Scripts import it before anything else.
"""

import gc
import sys
import traceback
from pathlib import Path
from types import TracebackType

from superposition.errors import StudyError
from superposition.tables.files import unwritable

# Importing makes hundreds of thousands of objects, none of them garbage. To look for garbage among them while they are
# made, and again when the process ends, would take a quarter to a half of the start of a script.
gc.disable()


def begin(log: str) -> None:
    """Collect garbage from here on, and send all that the running script prints, errors included, to its log file.

    Snakemake shows the log of a job that failed.

    Raises:
        StudyError: If the log file cannot be written.
    """
    gc.freeze()  # what has been imported stays
    gc.enable()
    sys.excepthook = _report
    try:
        sys.stdout = sys.stderr = Path(log).open("w", buffering=1)  # noqa: SIM115 (open until the script ends)
    except OSError as error:
        raise unwritable(log, error) from error


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
