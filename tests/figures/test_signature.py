"""The signature figure: its order, its rows, and what it shows of runs without a count."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import PRINTED, ends_of, run_weights
from test_style import assert_readable, texts_of

from superposition.figures.polygons import signature_figure

COUNTS = {"relu": [5, 5, 5], "tanh": [1, 2, np.nan], "softmax": [8, 8, 6]}


def drawn(counts, rows=("controlled",), printed=PRINTED):
    """The figure of procedures that all end with the same counts, of models with three features that are not 0."""
    keys = [(row, name) for row in rows for name in counts]
    ends = {
        key: ends_of(np.stack([run_weights()[-1]] * len(counts[key[1]])), [True, True, True, False]) for key in keys
    }
    runs = pd.DataFrame(
        [(*key, seed, count) for key in keys for seed, count in enumerate(counts[key[1]], start=1)],
        columns=["training", "activation", "seed", "n_recovered"],
    )
    return signature_figure(ends, runs, shown={row: row for row in rows}, printed=printed)


def test_activations_stand_from_the_fewest_recovered_features_to_the_most_and_those_that_diverged_last():
    # means: tanh 1.5, relu 5, softmax 7.3; all runs of mish diverged
    printed = {"mish": {"label": "Mish", "family": "smooth rectifiers"}} | PRINTED
    texts = [text for text, _ in texts_of(drawn({"mish": [np.nan] * 3} | COUNTS, printed=printed))]
    labels = {row["label"] for row in printed.values()}
    assert [text for text in texts if text in labels] == ["Tanh", "ReLU", "Softmax", "Mish"]


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_every_row_says_the_range_of_its_counts(n_rows):
    figure = drawn(COUNTS, [f"row\n{i}" for i in range(n_rows)])
    assert_readable(figure)
    texts = [text for text, _ in texts_of(figure)]
    for expected in ("5", "1–2", "6–8"):
        assert texts.count(expected) == n_rows


def test_an_activation_whose_runs_all_diverged_has_a_dash():
    figure = drawn({"relu": [5.0], "tanh": [np.nan], "softmax": [8.0]})
    assert [text for text, _ in texts_of(figure)].count("–") == 1


def test_all_activations_of_a_large_study_fit():
    printed = {f"a{i}": {"label": f"Activation {i}", "family": "bounded"} for i in range(40)}
    counts = {name: [i % 9, 3] for i, name in enumerate(printed)}
    assert_readable(drawn(counts, ["the post’s\nprocedure", "controlled"], printed))


def test_the_polygon_holds_the_recovered_features_only():
    figure = drawn({"relu": [3]}, printed={"relu": PRINTED["relu"]})
    (hull,) = [patch for patch in figure.axes[0].patches if len(patch.get_path().vertices) > 2]
    assert len(np.unique(hull.get_path().vertices.round(6), axis=0)) == 3
