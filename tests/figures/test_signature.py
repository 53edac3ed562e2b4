"""The signature figure: its order, its rows, and what it shows of runs without a count."""

import numpy as np
import pytest
from test_canvas import assert_readable, texts_of
from test_figures import PRINTED, THRESHOLDS, run_weights

from superposition.figures.signature import Row, ordered, signature_figure


def row(counts, *, is_cloud, label="controlled"):
    W = {name: np.stack([run_weights()[-1]] * len(values)) for name, values in counts.items()}
    return Row(label=label, W=W, recovered={k: np.array(v, float) for k, v in counts.items()}, is_cloud=is_cloud)


COUNTS = {"relu": [5, 5, 5], "tanh": [1, 2, np.nan], "softmax": [8, 8, 6]}


def test_activations_stand_from_the_fewest_recovered_features_to_the_most_and_those_without_runs_last():
    # means: tanh 1.5, relu 5, softmax 7.3; mish was not counted
    assert ordered({k: np.array(v, float) for k, v in COUNTS.items()}, [*PRINTED, "mish"]) == [
        "tanh",
        "relu",
        "softmax",
        "mish",
    ]


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_every_row_says_the_range_of_its_counts(n_rows):
    rows = [row(COUNTS, is_cloud=i == 0 and n_rows > 1, label=f"row\n{i}") for i in range(n_rows)]
    figure = signature_figure(rows, printed=PRINTED, thresholds=THRESHOLDS)
    assert_readable(figure)
    texts = [text for text, _ in texts_of(figure)]
    for expected in ("5", "1–2", "6–8"):
        assert texts.count(expected) == n_rows


def test_an_activation_whose_runs_all_diverged_has_a_dash():
    counts = {"relu": [5.0], "tanh": [np.nan], "softmax": [8.0]}
    figure = signature_figure([row(counts, is_cloud=False)], printed=PRINTED, thresholds=THRESHOLDS)
    assert [text for text, _ in texts_of(figure)].count("–") == 1


def test_all_activations_of_a_large_study_fit():
    printed = {f"a{i}": {"label": f"Activation {i}", "family": "bounded"} for i in range(40)}
    counts = {name: [i % 9, 3] for i, name in enumerate(printed)}
    rows = [row(counts, is_cloud=True, label="the post’s\nprocedure"), row(counts, is_cloud=False)]
    assert_readable(signature_figure(rows, printed=printed, thresholds=THRESHOLDS))


def test_the_polygon_holds_the_represented_features_only():
    # Of four features of run_weights, the fourth is zero: three rays are coloured, one is pale.
    figure = signature_figure(
        [row({"relu": [3]}, is_cloud=False)], printed={"relu": PRINTED["relu"]}, thresholds=THRESHOLDS
    )
    (hull,) = [patch for patch in figure.axes[0].patches if len(patch.get_path().vertices) > 2]
    assert len(np.unique(hull.get_path().vertices.round(6), axis=0)) == 3
