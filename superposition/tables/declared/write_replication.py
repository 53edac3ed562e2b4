"""Tables of `write_replication`: the findings on the first page of the paper, and where its numbers come from."""

from superposition.tables.columns import Table, text

TABLES = {
    "findings": Table(
        "Findings on the first page of the paper: a row for each sentence, the most important first.",
        (text("finding", "The finding in a sentence."), text("table", "Tables from which its numbers come.")),
    ),
    "trace": Table(
        "Where the numbers of the paper come from: a row for each of its parts and each table that it is made from.",
        (
            text("part", "Part of the paper: a finding by its number, a table, a figure or a section."),
            text("table", "Table from which its numbers come."),
            text("file", "Path of that table."),
            text("rule", "Rule that makes it."),
            text("script", "Script of the rule, in workflow/scripts; the function that it calls holds the equations."),
            text("commit", "Commit with which it was made."),
        ),
    ),
}
