"""Where tables and figures come from, read from rules."""

from types import SimpleNamespace

from workflow.origins import drawn_by, made_by


def table(name):
    return f"results/tables/{name}.parquet"


RULES = [
    SimpleNamespace(name="judge", script="../scripts/judge.py", input=["a.txt"], output=[table("claims")]),
    SimpleNamespace(
        name="plot_answers",
        script="../scripts/plot.py",
        input=[table("claims"), "results/runs/loss.parquet", "config.yaml"],
        output=["results/figures/answers.svg", "results/figures/answers.png"],
    ),
]


def test_a_table_is_made_by_the_rule_that_has_it_as_output():
    found = {"file": table("claims"), "rule": "judge", "script": "judge.py"}
    assert made_by(RULES, {"claims": table("claims")}) == {"claims": found}


def test_a_figure_reads_the_tables_among_the_inputs_of_its_rule_and_no_table_of_a_run():
    found = {"script": "plot.py", "tables": ["claims"]}
    assert drawn_by(RULES, ["results/figures/answers.png"], table) == {"answers": found}
