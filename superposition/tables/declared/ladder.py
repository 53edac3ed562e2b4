"""Table of the verdicts along the ladder of training presets."""

from superposition.tables.columns import STRING, Column, Table
from superposition.tables.declared.claims import VERDICT

CHANGED = Column("changed", STRING, "", "Values in which the preset differs from the one before; empty for the first.")

TABLES = {
    "ladder": Table(
        "Verdicts on the post's statements along the ladder: a row for each statement and training preset.",
        (*VERDICT, CHANGED),
    ),
    "variants": Table(
        "Verdicts on the post's statements in variants of the controlled experiment, beside those in itself.",
        (*VERDICT, CHANGED),
    ),
}
