"""Table of `write_replication`: the findings on the first page of the paper."""

from superposition.tables.columns import Table, text

TABLES = {
    "findings": Table(
        "Findings on the first page of the paper: a row for each sentence, the most important first.",
        (text("finding", "The finding in a sentence."), text("table", "Table from which its numbers come.")),
    ),
}
