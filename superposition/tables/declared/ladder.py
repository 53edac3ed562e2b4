"""Table of the verdicts along the ladder of training presets."""

from superposition.tables.columns import ESTIMATE, INT, NON_NEGATIVE, STRING, Column, Table

TABLES = {
    "ladder": Table(
        "Verdicts on the statements of the post along the ladder: a row for each statement and training preset.",
        (
            Column("training", STRING, "", "Training preset: the step of the ladder."),
            Column("changed", STRING, "", "Values in which it differs from the step before; empty for the first."),
            Column("id", STRING, "", "Statement; halves of one statement end in a, b."),
            Column("statement", STRING, "", "The statement in short."),
            Column("unit", STRING, "", "Unit of the measured value."),
            *ESTIMATE,
            Column("n_used", INT, "runs", "Runs whose values entered.", NON_NEGATIVE),
            Column(
                "n_excluded", INT, "runs", "Runs with a missing value, or outside the statement's scope.", NON_NEGATIVE
            ),
            Column("verdict", STRING, "", "Verdict at this step."),
            Column("reason", STRING, "", "Why it cannot be tested; empty otherwise."),
        ),
    ),
}
