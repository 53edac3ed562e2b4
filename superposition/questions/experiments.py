"""The table of questions from the study's tables, and from those of experiments on request that were made."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from superposition.claims.evidence import views_of
from superposition.claims.verdicts import Terms
from superposition.palette import Printed
from superposition.questions.answers import of_factorial, questions_table, with_ends
from superposition.questions.refined import refined_verdicts


def answer_questions(
    tables: Mapping[str, pd.DataFrame], terms: Terms, *, printed: Printed, **ends: Any
) -> pd.DataFrame:
    """Return the answers to the post's open questions, judged on some terms; `ends` are arguments of `with_ends`.

    `tables` are evidence, runs, critical_points and activation_classes, and of family_verdicts, refined_llc and
    factorial_answers those that were made.
    """
    shared = {"resampling": terms.resampling, "min_seeds": terms.min_seeds}
    readers = {
        "families": ("family_verdicts", lambda table: table),
        "refined": ("refined_llc", lambda table: refined_verdicts(table, **shared)),
        "factorial": ("factorial_answers", lambda table: of_factorial(table, printed)),
    }
    experiments = {name: read(tables[table]) for name, (table, read) in readers.items() if table in tables}
    known = with_ends(*(tables[name] for name in ("evidence", "runs", "critical_points")), **ends)
    grouped = {"printed": printed, "classes": tables["activation_classes"]}
    views = views_of(known, **grouped, min_activations=terms.min_activations)
    return questions_table(views, experiments, terms)
