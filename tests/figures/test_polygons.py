"""Polygons show the directions of the runs that they claim to show, and which features are recovered."""

from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from made_up_runs import PRINTED, STEPS, THRESHOLDS, drawn, ends_of, run_weights, table_of_runs
from matplotlib.figure import Figure
from PIL import Image
from scipy.spatial import ConvexHull

from superposition.figures import directions, polygons, style
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import Outputs, Trajectory


def test_the_outline_of_a_square_leaves_out_what_is_inside():
    W = np.array([[1, 0, -1, 0, 0.1], [0, 1, 0, -1, 0.1]])
    corners = directions.outline(W)
    assert {tuple(corner) for corner in corners.T} == {(1, 0), (0, 1), (-1, 0), (0, -1)}
    assert corners.shape == (2, 5)


def test_the_outline_goes_around_the_hull_without_crossing_itself():
    for W in np.random.default_rng(5).normal(size=(100, 2, 8)):
        x, y = directions.outline(W)
        # The shoelace formula gives the area only if the corners follow one another; Qhull calls it volume.
        area = abs(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2
        assert area == pytest.approx(ConvexHull(W.T).volume, rel=1e-12)


def test_the_outline_of_an_antipodal_pair_is_a_segment():
    W = np.array([[1, -1, 0, 0], [1, -1, 0, 0]]).astype(float)
    assert sorted(map(tuple, directions.outline(W).T)) == [(-1, -1), (1, 1)]


@pytest.mark.parametrize("W", [np.zeros((2, 4)), np.ones((2, 1)), np.full((2, 4), np.nan)])
def test_degenerate_models_have_a_thumbnail(W):
    ends = {("notebook", "relu"): ends_of(W[None])}
    runs = pd.DataFrame({"training": "notebook", "activation": "relu", "seed": [1], "loss": 1.0})
    found = polygons.thumbnails(ends, runs, n_initial={"notebook": 2}, printed=PRINTED)
    picture = Image.open(BytesIO(found["notebook", "relu"]))
    assert picture.size == (180, 180)  # 0.6 inch at 300 dots per inch


def test_a_thumbnail_is_that_of_the_run_with_the_median_loss():
    W = np.stack([run_weights()[-1], np.full((2, 4), np.nan), run_weights()[-1] @ np.diag([1, 1, 1, 0])])
    runs = pd.DataFrame({"training": "notebook", "activation": "relu", "seed": [1, 2, 3], "loss": [2.0, np.nan, 1.0]})
    key = ("notebook", "relu")

    def thumbnail(W, runs):
        return polygons.thumbnails({key: ends_of(W)}, runs, n_initial={"notebook": 2}, printed=PRINTED)[key]

    # Of seeds 1 and 3, which are finite, the lower loss is that of 3.
    assert thumbnail(W, runs) == thumbnail(W[2:], runs.tail(1).assign(seed=1))


def test_turning_a_model_upright_keeps_its_products():
    W = np.random.default_rng(0).normal(size=(2, 5))
    turned = directions.upright(W)
    assert turned[:, 0] == pytest.approx([0, np.linalg.norm(W[:, 0])])
    assert turned.T @ turned == pytest.approx(W.T @ W)


def test_features_of_the_initial_polygon_are_in_ink():
    ax = Figure().subplots()
    look = {"n_initial": 2, "color": "red", "half_side": 2.0, "radius": 1.0}
    polygons.draw(ax, run_weights()[-1], np.ones(4, dtype=bool), **look)
    ends = {line.get_color(): line.get_xydata()[1::2].tolist() for line in ax.lines}
    assert ends == {"red": [[0, 1], [0, 0]], style.INK: [[1, 0], [-1, 0]]}


def test_the_polygon_holds_the_recovered_features_and_the_others_are_grey_rays():
    ax = Figure().subplots()
    look = {"n_initial": 2, "color": "red", "half_side": 2.0, "radius": 3.0}
    polygons.draw(ax, run_weights()[-1], np.array([True, False, True, False]), **look)
    (hull,) = ax.patches
    assert {tuple(corner) for corner in hull.get_xy()} == {(1, 0), (0, 1)}  # of features 0 and 2
    ends = {line.get_color(): line.get_xydata()[1::2].tolist() for line in ax.lines}
    assert ends == {style.INK: [[1, 0]], "red": [[0, 1]], style.FAINT: [[-1, 0], [0, 0]]}


def test_the_features_that_are_drawn_as_recovered_are_those_that_are_counted(tmp_path):
    # The answer to feature 0 exceeds all others by 0.6, to feature 1 by 0.4; the run has diverged at the second step.
    outputs = np.array([[[[0.7, 0.1], [0.3, 0.7]], [[np.nan, 0], [0, 1]]]], np.float32)
    path = tmp_path / "notebook" / "relu" / "seeds-1" / "outputs.safetensors"
    path.parent.mkdir(parents=True)
    Outputs(outputs, np.zeros((1, 2))).save(path, of_batch(path))
    found = directions.load_recovered([path], thresholds=THRESHOLDS)
    assert found.tolist() == [[[True, False], [False, False]]]
    Trajectory(np.ones((1, 2, 2, 2), np.float32), np.zeros((1, 2, 2), np.float32), STEPS[:2], np.array([1])).save(
        path.with_name("trajectory.safetensors"), of_batch(path)
    )
    ends = directions.load_ends([path.with_name("trajectory.safetensors")], [path], thresholds=THRESHOLDS)
    assert ends["notebook", "relu"].recovered.tolist() == [[False, False]]


def test_every_run_is_drawn_with_the_features_that_it_recovers_whatever_batch_it_is_in(tmp_path):
    # One seed to a batch: by name, seeds-10 comes before seeds-2. Only the run of seed 2 recovers its features.
    weights, outputs = [], []
    for seed in (1, 2, 10):
        folder = tmp_path / "notebook" / "relu" / f"seeds-{seed}"
        folder.mkdir(parents=True)
        W, b = np.full((1, 1, 2, 2), seed, np.float32), np.zeros((1, 1, 2), np.float32)
        weights.append(folder / "trajectory.safetensors")
        Trajectory(W, b, STEPS[:1], np.array([seed])).save(weights[-1], of_batch(weights[-1]))
        answers = np.eye(2, dtype=np.float32)[None, None] if seed == 2 else np.zeros((1, 1, 2, 2), np.float32)
        outputs.append(folder / "outputs.safetensors")
        Outputs(answers, np.zeros((1, 1))).save(outputs[-1], of_batch(outputs[-1]))
    ends = directions.load_ends(weights, outputs, thresholds=THRESHOLDS)["notebook", "relu"]
    assert ends.seeds.tolist() == ends.W[:, 0, 0].tolist() == [1, 2, 10]
    assert ends.recovered[:, 0].tolist() == [False, True, False]


def test_a_plane_through_three_dimensions_keeps_the_longest_directions():
    W = np.zeros((1, 3, 2))
    W[0, 1, 0], W[0, 2, 1] = 2, 1  # two directions of length 2 and 1, orthogonal: a plane holds both
    assert np.linalg.norm(directions.in_plane(W)[0], axis=0) == pytest.approx([2, 1])


def test_families_stay_together_in_the_overview_unless_longer_than_a_row():
    families = {"a": list("123"), "b": list("45"), "c": list("678901")}
    assert polygons.in_rows(families, n_columns=5) == [list("12345"), list("67890"), ["1"]]
    assert polygons.in_rows(families, n_columns=4) == [list("123"), list("45"), list("6789"), list("01")]


def test_the_overview_shows_every_activation_with_its_counts():
    W = {name: np.stack([run_weights()[-1]] * 3) for name in PRINTED}
    W["tanh"][2] = np.nan
    figure = polygons.overview_figure(
        {name: ends_of(end) for name, end in W.items()},
        table_of_runs()[table_of_runs().training == "notebook"],
        label="controlled",
        printed=PRINTED,
        n_initial=2,
    )
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert [text for text in texts if text in ("ReLU", "Tanh", "Softmax")] == ["ReLU", "Tanh", "Softmax"]
    assert [text for text in texts if "(" in text and "–" in text] == ["4 (3–5)", "3.5 (3–4)\n1 diverged", "4 (3–5)"]


def test_an_activation_of_which_all_runs_diverged_is_shown_as_such():
    runs = table_of_runs()
    runs.loc[runs.activation == "tanh", ["loss", "n_recovered"]] = None
    W = {name: np.stack([run_weights()[-1]] * 3) for name in PRINTED}
    W["tanh"][:] = np.nan
    text = drawn(
        polygons.overview_figure(
            {name: ends_of(end) for name, end in W.items()},
            runs[runs.training == "notebook"],
            label="controlled",
            printed=PRINTED,
            n_initial=2,
        )
    )
    assert "all diverged" in text
