"""Rules: none names what a later file defines, and what they make is asked for by the default target."""

import io
import itertools
import json
import re
import tokenize

import pytest
from conftest import ROOT, SMOKE, snakemake

from superposition.other_models.papers import PAPERS

INCLUDE = re.compile(r'^include: "(.+)"\n', re.MULTILINE)
RULE = re.compile(r"^rule (\w+):\n((?:(?: .*)?\n)+)", re.MULTILINE)
DEFINED_RULE = re.compile(r"^(?:rule|use rule \w+ as) (\w+)(?: with)?:", re.MULTILINE)
HANDLERS = re.compile(r"^on(?:start|success|error):\n(?:(?: .*)?\n)+", re.MULTILINE)
"""What Snakemake executes when all files have been read."""


def parts_of(snakefile):
    """Return name and text of the included files and of what stands between them, in the order of reading."""
    texts = INCLUDE.split(HANDLERS.sub("", snakefile))  # what stands between, and names of files, by turns
    files = [(name, (ROOT / name).read_text()) for name in texts[1::2]]
    return [
        part
        for between, file in zip(texts[::2], [*files, None], strict=True)
        for part in (("Snakefile", between), file)
        if part
    ]


def defined(text):
    """Return the names that a file defines at its top level, and its rules as `rules.name`."""
    named = re.findall(r"^(?:def )?([A-Za-z_][\w, ]*?)(?:\(.*\):| \|?= )", text, re.MULTILINE)
    named += re.findall(r"^(?:from \S+ )?import (.+)", text, re.MULTILINE)
    return {name.strip() for names in named for name in names.split(",")} | {
        f"rules.{name}" for name in DEFINED_RULE.findall(text)
    }


def used(text):
    """Return the names that a file uses, in its rules and functions too, and other rules as `rules.name`."""
    names, before = set(), ["", ""]
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.string.strip()]
    for token, after in itertools.zip_longest(tokens, [token.string for token in tokens[1:]], fillvalue=""):
        if token.type == tokenize.STRING and token.string.lower().startswith(("f", "rf", "fr")):
            for inside in re.findall(r"(?<!\{)\{([^{}]+)\}", token.string):
                names |= set(re.findall(r"(?<![.\w])[A-Za-z_]\w*", inside))
        elif token.type == tokenize.NAME and before == ["rules", "."]:
            names.add(f"rules.{token.string}")
        elif token.type == tokenize.NAME and before[1] != "." and after != "=":
            names.add(token.string)
        before = [before[1], token.string]
    return names


def named_too_early(parts):
    """Return file and name of everything that is used before the file that defines it is read."""
    known, early, anywhere = set(), [], {one for _, text in parts for one in defined(text)}
    for name, text in parts:
        known |= defined(text)
        early += [(name, one) for one in sorted(used(text) & anywhere - known)]
    return early


def test_no_file_of_rules_names_what_a_later_one_defines():
    parts = parts_of((ROOT / "Snakefile").read_text())
    assert len(parts) > 40
    assert {"STUDY", "both", "LLC_TABLES"} <= defined(parts[1][1])
    assert named_too_early(parts) == []


def test_products_are_named_in_the_order_of_their_rules():
    snakefile = (ROOT / "Snakefile").read_text()
    (products,) = (body for name, body in RULE.findall(snakefile) if name == "products")
    named = re.findall(r"rules\.(\w+)", products)
    rules = [rule for _, text in parts_of(snakefile) for rule in DEFINED_RULE.findall(text)]
    assert len(named) > 20
    assert named == sorted(named, key=rules.index)


FIRST = """
LATER_IN_THIS = 1

def path(name):
    return f"{FOLDER}/{name}/{{kept}}"

rule first:
    input: rules.second.output, table("second", OTHER), path(FIRST, second=1)
"""
SECOND = """
FOLDER, OTHER = "a", "b"
FIRST = 2
kept = 3
second = 4

rule second:
    input: rules.first.output, path("x"), LATER_IN_THIS
"""


@pytest.mark.parametrize(
    ("parts", "early"),
    [
        ([("one", FIRST), ("two", SECOND)], ["FIRST", "FOLDER", "OTHER", "rules.second"]),
        ([("two", SECOND), ("one", FIRST)], ["LATER_IN_THIS", "path", "rules.first"]),
    ],
)
def test_a_name_in_a_function_a_rule_or_a_text_counts_and_that_of_an_argument_does_not(parts, early):
    assert [name for _, name in named_too_early(parts)] == early


def test_every_other_paper_has_a_target_of_its_name():
    rules = (ROOT / "workflow" / "rules" / "run_other_models.smk").read_text()
    assert {f"rules.{paper}" for paper in PAPERS} <= defined(rules)


def test_a_target_says_what_is_there_and_has_nothing_that_a_rule_without_a_script_ignores():
    files = [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    rules = [rule for path in files for rule in RULE.findall(path.read_text())]
    keywords = {name: set(re.findall(r"^ {4}(\w+):", body, re.MULTILINE)) for name, body in rules}
    targets = {name: found for name, found in keywords.items() if "script" not in found}
    assert {"products", "all", "everything", "holdout", "animations", "chen"} <= set(targets)
    # Snakemake makes no log or benchmark of such a rule, and runs it where it was started, on a cluster too.
    assert {name: found for name, found in targets.items() if found - {"default_target"} != {"input", "message"}} == {}


ASKED = """
include: "Snakefile"

rules_of_study = [rule for rule in workflow.rules if rule.output and not rule.docstring.startswith("On request")]
print("ASKED", json.dumps([[rule.name for rule in rules_of_study], list(rules.all.input)]))
"""
"""A Snakefile that says which rules are not on request, and for which files the default target asks."""


@pytest.mark.workflow
def test_the_default_target_asks_for_every_file_that_it_makes(smoke):
    # What only other files need would not be made again where it is missing, and a report could not show it.
    (smoke / "asked.smk").write_text(f"import json\n{ASKED}")
    said = snakemake(smoke, "--snakefile", "asked.smk", "--list-rules", *SMOKE)
    names, asked = json.loads(re.search("^ASKED (.*)$", said.stdout + said.stderr, re.MULTILINE)[1])
    heading, *lines = [line.split("\t") for line in snakemake(smoke, "--summary", *SMOKE).stdout.splitlines()]
    made = {line[heading.index("output_file")]: line[heading.index("rule")] for line in lines}
    assert {*made} - {*asked} == set()
    assert {*made.values()} == {*names} - ({"print_documents"} if "print_documents" not in made.values() else set())
