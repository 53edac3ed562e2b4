"""The registries of quantities, statuses and colours, against what uses them."""

import re

import pandas as pd

from superposition import palette, quantities
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.status import DRIFTING, ENDED, OK, STATUSES, may_be_read
from superposition.tables import columns, store
from workflow.provenance import dependencies


def test_every_measured_quantity_is_a_column_of_the_runs_and_counts_are_its_whole_numbers():
    runs = {column.name: column.type for column in store.TABLES["runs"]}
    measured = {quantity.name: quantity.is_count for quantity in quantities.MEASURED}
    assert measured == {name: runs[name] == columns.INT for name in measured}


def test_every_quantity_that_a_statement_reads_is_explained():
    read = {name for statement in (*OF_POST, *PRIOR_WORK) for name in statement.quantities}
    assert read <= set(quantities.EVIDENCE_MEANINGS)
    assert all(quantities.EVIDENCE_MEANINGS.values())


def test_a_quantity_is_named_with_its_unit_on_axes_and_in_headings():
    assert (quantities.LOSS.with_unit, quantities.SHOWN["loss"]) == ("loss (MSE)", "Loss (MSE)")
    assert quantities.SHOWN["n_represented"] == "Represented features"


def test_of_all_statuses_only_the_first_may_be_read_alone_or_in_a_column():
    assert [status for status in STATUSES if may_be_read(status)] == [OK] == [STATUSES[0]]
    assert may_be_read(pd.Series([OK, DRIFTING])).tolist() == [True, False]
    assert set(ENDED) <= set(STATUSES)


def test_no_module_but_the_palette_names_a_colour():
    hexadecimal = re.compile(r'"#?[0-9A-Fa-f]{6}"')
    found = {path.stem for path in dependencies.PACKAGE.rglob("*.py") if hexadecimal.search(path.read_text())}
    assert found == {"palette"}


def test_families_are_in_the_order_of_the_palette_and_those_without_activations_are_left_out():
    printed = {
        "tanh": {"family": palette.BOUNDED},
        "relu": {"family": palette.RECTIFIER},
        "b": {"family": palette.BOUNDED},
    }
    assert list(palette.by_family(printed).items()) == [(palette.RECTIFIER, ["relu"]), (palette.BOUNDED, ["tanh", "b"])]
