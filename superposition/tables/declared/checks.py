"""Table of checks of the results themselves."""

from superposition.tables.columns import BOOL, FLOAT, INT, NON_NEGATIVE, SHARE, STRING, Column, Table

TABLES = {
    "checks": Table(
        "Checks of the results: a row for each check, and for each share that is reported.",
        (
            Column("table", STRING, "", "Table that is looked at."),
            Column("check", STRING, "", "What is looked at: a column, rows, a share."),
            Column("where", STRING, "", "Which runs or rows; null for all of them."),
            Column("expected", STRING, "", "What must hold; null where nothing has to."),
            Column("found", STRING, "", "What was found."),
            Column("share", FLOAT, "", "Share that was found, where one is reported.", SHARE),
            Column("n", INT, "", "Rows or values that were looked at.", NON_NEGATIVE),
            Column("passed", BOOL, "", "Whether it holds; null where nothing has to: bad science is no violation."),
        ),
    ),
}
