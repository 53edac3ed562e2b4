"""What experiments on request say of open questions, of those that were made."""

from typing import Any

import pandas as pd

from superposition.claims.verdicts import Terms
from superposition.palette import Printed
from superposition.questions.answers import of_factorial
from superposition.questions.refined import refined_verdicts
from superposition.tables import frames


def read_experiments(paths: Any, printed: Printed, terms: Terms) -> dict[str, pd.DataFrame]:
    """Return answers by experiment, in rows as families' verdicts have them; `paths` hold its table, if any."""
    shared = {"resampling": terms.resampling, "min_seeds": terms.min_seeds}
    readers = {
        "families": lambda path: frames.read(path, "family_verdicts"),
        "refined": lambda path: refined_verdicts(frames.read(path, "refined_llc"), **shared),
        "factorial": lambda path: of_factorial(frames.read(path, "factorial_answers"), printed),
    }
    return {name: read(path) for name, read in readers.items() for path in paths[name]}
