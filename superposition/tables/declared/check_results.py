"""Table of `check_results`: checks of the results themselves."""

from superposition.tables.columns import SHARE, Table, flag, number, text, whole

TABLES = {
    "checks": Table(
        "Checks of the results: a row for each check, and for each share that is reported.",
        (
            text("table", "Table that is looked at."),
            text("check", "What is looked at: a column, rows, a share."),
            text("where", "Which runs or rows; null for all of them."),
            text("expected", "What must hold; null where nothing has to."),
            text("found", "What was found."),
            number("share", "", "Share that was found, where one is reported.", SHARE),
            whole("n", "", "Rows or values that were looked at."),
            flag("passed", "Whether it holds; null where nothing has to: bad science is no violation."),
        ),
    ),
}
