"""Figures show the runs that they claim to show, and say so where there is nothing to show."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image
from scipy.spatial import ConvexHull

from superposition.activations import ACTIVATIONS
from superposition.figures import directions, polygons, relations, step_axes, style
from superposition.figures.directions import Ends
from superposition.figures.estimates import leaderboard_figure
from superposition.figures.lines import LIMIT, PANELS, capacity_figure, onset_figure, standardised
from superposition.figures.relations import Medians, protocol_figure, relation_figure
from superposition.figures.training import Marks, seeds_figure, training_figure
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.measures.history import History, representative_seed
from superposition.measures.transitions import EventSettings
from superposition.provenance import registry
from superposition.status import AT_INFINITY, ATTAINED, DIVERGED, NOT_A_MINIMUM, OK
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import Outputs, Trajectory

STEPS = np.array([0, 1, 10, 100])
THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
SETTINGS = EventSettings(
    slope=0.1,
    smoothing=0.1,
    min_size=0.02,
    change_window=5,
    standard_errors=2,
    tolerance=0.05,
    shuffles=10,
    sticky_tolerance=0.05,
)


def run_weights(n_hidden=2, n_features=4):
    """Weights that start as an antipodal pair and end, from step 10 on, with feature 2 long as well."""
    W = np.zeros((len(STEPS), n_hidden, n_features), np.float32)
    W[:, 0, 0], W[:, 0, 1] = 1, -1
    W[2:, -1, 2] = 1
    return W


def runs_of(n_seeds=3, n_hidden=2, diverged=()):
    """A history of runs whose loss at every step is their seed; diverged seeds are not finite from step 100 on."""
    seeds = np.arange(1, n_seeds + 1)
    W = np.stack([run_weights(n_hidden)] * n_seeds)
    for seed in diverged:
        W[seed - 1, -1] = np.nan
    keys = pd.DataFrame({"seed": np.repeat(seeds, len(STEPS)), "step": np.tile(STEPS, n_seeds)})
    lost = keys.seed.isin(diverged) & (keys.step == STEPS[-1])
    counts = pd.array(np.tile([2, 2, 3, 3], n_seeds), dtype="Int64")
    measures = keys.assign(status=np.where(lost, DIVERGED, OK), loss=keys.seed.astype(float), n_represented=counts)
    measures["n_recovered"] = measures.n_represented - 1
    measures.loc[lost, ["loss", "n_represented", "n_recovered"]] = None
    of = {"training": "notebook", "activation": "relu"}
    llc = keys.assign(**of, llc=5.0, status=np.where(keys.step < 10, NOT_A_MINIMUM, np.where(lost, DIVERGED, OK)))
    llc.loc[lost, "llc"] = np.nan
    return History(
        training="notebook",
        label="ReLU",
        family="rectifiers",
        formula=r"\max(x, 0)",
        trajectory=Trajectory(W=W, b=np.zeros((n_seeds, len(STEPS), 4), np.float32), steps=STEPS, seeds=seeds),
        loss=measures[["seed", "step", "loss"]],
        superposition=measures,
        llc={"coarse": llc.assign(llc=lambda table: table.llc - 1000), "fine": llc},
        critical=keys[keys.seed <= 2].assign(**critical_points(min(n_seeds, 2))),
    )


def marks_of(runs, n_initial=2, recovered=True):
    """Marks of runs of which all features are recovered, or those that are given."""
    counted = np.full(runs.trajectory.W.shape[:2] + runs.trajectory.W.shape[3:], recovered)
    look = {"moments": [0, 9, 100], "procedure": "as before", "n_initial": n_initial, "band": 0.8}
    return Marks(**look, settings=SETTINGS, recovered=counted)


def critical_points(n_seeds):
    """Labels of runs: from step 10 on at a saddle and, at the last step of the second, at a minimum."""
    labels = np.array([["none near", "none near", "4 live, 4 at 1/8", "4 live, 4 at 1/8"]] * n_seeds, object)
    labels[1:, -1] = "8 live"
    kinds = {"none near": "none near", "4 live, 4 at 1/8": "saddle", "8 live": "minimum"}
    return {"label": labels.ravel(), "kind": [kinds[label] for label in labels.ravel()]}


def training_of(runs):
    return training_figure(runs, runs.curves(band=0.8), marks_of(runs))


def ends_of(W, recovered=True):
    """Ends of runs of which all features are recovered, or those that are given."""
    counted = np.full((W.shape[0], W.shape[2]), recovered) & np.isfinite(W).all((1, 2))[:, None]
    return Ends(W, counted, np.arange(1, len(W) + 1))


def drawn(figure):
    """Draw a figure as saving does, and return all its texts."""
    figure.draw_without_rendering()
    texts = figure.findobj(match=lambda artist: hasattr(artist, "get_text"))
    return " ".join(" ".join(text.get_text().split()) for text in texts)  # wherever lines break


def axes_of(figure):
    return [ax for ax in figure.findobj(match=lambda artist: hasattr(artist, "get_xlim"))]


# ----------------------------------------------------------------------------------------------------------- choices


@pytest.mark.parametrize(
    ("losses", "chosen"),
    [
        ({1: 3.0, 2: 1.0, 3: 2.0}, 3),
        ({1: 4.0, 2: 1.0, 3: 2.0, 4: 3.0}, 3),  # of the middle ones, 2 and 3, the lower loss
        ({1: np.nan, 2: 1.0, 3: np.nan}, 2),  # diverged runs are not chosen
        ({7: np.nan, 8: np.nan}, 7),
    ],
)
def test_the_representative_run_has_the_median_final_loss(losses, chosen):
    assert representative_seed(pd.Series(losses)) == chosen


def test_a_band_of_80_percent_holds_the_middle_of_eleven_seeds():
    table = pd.DataFrame({"seed": range(11), "step": 0, "loss": np.arange(11.0)})
    # quantiles 0.1, 0.5 and 0.9 of 0, 1, ..., 10, and how many there are
    assert history.quantiles(table, "loss", band=0.8).loc[0].tolist() == pytest.approx([1, 5, 9, 11])


def test_bands_ignore_runs_that_are_not_finite():
    table = pd.DataFrame({"seed": [1, 2, 3], "step": 0, "loss": [1.0, np.inf, np.nan]})
    assert history.quantiles(table, "loss", band=0.8).loc[0].tolist() == [1, 1, 1, 1]


def test_the_onset_is_the_step_at_which_more_features_are_recovered_to_stay_than_there_are_dimensions():
    runs = runs_of()  # two are recovered in the end, three are represented from step 10 on
    assert np.isnan(runs.onsets(n_initial=0)).all()
    table = runs.superposition.assign(n_recovered=runs.superposition.n_represented)
    assert replace(runs, superposition=table).onsets(n_initial=0).tolist() == [10, 10, 10]
    assert np.isnan(replace(runs, superposition=table).onsets(n_initial=3)).all()


def test_the_median_llc_needs_half_of_the_runs_to_be_readable():
    runs = runs_of()
    status = np.where((runs.llc["fine"].seed == 3) | (runs.llc["fine"].step == 1), NOT_A_MINIMUM, OK)
    status[1] = OK  # step 1 of seed 1: one readable run of three
    llc = runs.llc["fine"].assign(llc=runs.llc["fine"].seed.astype(float), status=status)
    found = replace(runs, llc={"fine": llc}).curves(band=0.8)
    fine = history.by_quantity(found)["llc_fine"]
    assert fine["median"][0] == 1.5  # of seeds 1 and 2
    assert np.isnan(fine["median"][1])
    assert fine.n_used.tolist() == [2, 1, 2, 2]


def test_the_median_llc_is_that_of_the_runs_that_are_followed_over_training_and_the_note_counts_them():
    runs = runs_of(4)
    llc = runs.llc["fine"].assign(llc=lambda table: table.seed.astype(float), status=OK)
    few = replace(runs, llc={"fine": llc[(llc.seed <= 2) | (llc.step == STEPS[-1])]})
    fine = history.by_quantity(few.curves(band=0.8))["llc_fine"]
    assert fine["median"].tolist() == [1.5] * 4  # of seeds 1 and 2, at the last step too
    assert fine.n_used.tolist() == [2] * 4
    assert "LLC over training, and its line: 2 of 4 seeds." in drawn(training_of(few))
    assert "LLC over training, and its line" not in drawn(training_of(runs))
    # A run that is estimated at its end alone is drawn by itself too.
    assert history.by_quantity(few.run(4).curves(band=0.8))["llc_fine"]["median"].tolist() == [4.0]
    drawn(training_of(few.run(4)))


def test_curves_are_what_figures_draw():
    runs = runs_of()
    drawn_loss = next(ax for ax in axes_of(training_of(runs)) if ax.get_ylabel() == "loss (MSE)").lines[0]
    loss = history.by_quantity(runs.curves(band=0.8))["loss"]
    assert drawn_loss.get_ydata().tolist() == loss["median"].tolist() == [2.0] * 4


def test_the_largest_drop_is_marked_where_the_loss_drops():
    runs = runs_of()
    # One decade between steps 1 and 10, and none elsewhere, in two of three runs.
    falls = np.where((runs.loss.step >= 10) & (runs.loss.seed > 1), 0.1, 1.0)
    dropping = replace(runs, loss=runs.loss.assign(loss=falls))
    drops = dropping.largest_drops(SETTINGS)
    assert drops.shape == (2, 2)
    # An end is known to half the window of 0.1 decades of step + 1.
    assert np.log10(drops + 1) == pytest.approx(np.log10([[2, 11]] * 2), abs=0.06)
    panel = next(ax for ax in axes_of(training_of(dropping)) if ax.get_ylabel() == "loss (MSE)")
    assert "largest drop\n(2 of 3 runs)" in [text.get_text() for text in panel.get_legend().get_texts()]


# ------------------------------------------------------------------------------------------------------- one look


def test_every_family_has_a_colour_and_no_two_the_same():
    assert list(dict.fromkeys(activation.family for activation in ACTIVATIONS)) == list(style.FAMILY_COLORS)
    assert len(set(style.FAMILY_COLORS.values())) == len(style.FAMILY_COLORS)


def test_what_is_printed_of_an_activation_is_read_from_its_row():
    for row in ACTIVATIONS:
        expected = {"label": row.label, "family": row.family, "formula": row.formula}
        assert registry.printed(row.name) == expected


def test_equal_figures_are_equal_files(tmp_path):
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        style.save(training_of(runs_of()), [path])
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert b">training step</text>" in paths[0].read_bytes()  # text is text


# -------------------------------------------------------------------------------------------------- training figure


def test_a_training_figure_has_a_polygon_for_each_moment_and_a_panel_for_each_quantity():
    figure = training_of(runs_of())
    moments = [text.get_text() for text in figure.axes[0].texts if "step " in text.get_text()]
    assert moments == ["a   step 0", "b   step 10", "c   step 100"]
    names = [ax.get_ylabel() for ax in axes_of(figure) if ax.get_ylabel()]
    assert names == ["loss (MSE)", "LLC\n(coarse)", "LLC\n(fine)", "features", "critical\npoint"]


def test_a_training_figure_says_which_run_its_polygons_are_of():
    assert "seed 2, whose final loss is the median of 3" in drawn(training_of(runs_of()))


def test_polygons_of_one_run_share_their_scale():
    # Initial features have length 1 at every moment: with a margin of 12 %, a share of 1 / 1.12 of half the side.
    circles = [patch for patch in training_of(runs_of()).axes[0].patches if hasattr(patch, "radius")]
    assert [circle.radius for circle in circles] == pytest.approx([1.5 / 2 / 1.12] * 3)


def test_estimates_that_may_not_be_read_are_hollow_and_all_others_filled():
    panel = next(ax for ax in axes_of(training_of(runs_of())) if "fine" in ax.get_ylabel())
    lines = {line.get_label(): line for line in panel.lines}
    hollow, filled = lines["not readable"], lines["readable"]
    assert hollow.get_markerfacecolor() == "none"
    assert same_color(filled.get_markerfacecolor(), style.FAMILY_COLORS["rectifiers"])
    # steps 0 and 1 of three runs are no minimum, 10 and 100 are
    assert sorted(hollow.get_xdata()) == [0, 0, 0, 1, 1, 1]
    assert sorted(filled.get_xdata()) == [10, 10, 10, 100, 100, 100]


def test_an_estimate_that_is_not_finite_is_still_marked():
    panel = next(ax for ax in axes_of(training_of(runs_of(diverged=[3]))) if "fine" in ax.get_ylabel())
    lost = next(line for line in panel.lines if line.get_label() == "not finite")
    assert lost.get_xdata().tolist() == [100]


def test_a_run_about_to_diverge_does_not_squeeze_the_loss_of_the_others():
    runs = runs_of(n_seeds=3)
    loss = runs.loss.assign(loss=runs.loss.loss.where(runs.loss.seed < 3, 1e30))
    panel = next(ax for ax in axes_of(training_of(replace(runs, loss=loss))) if ax.get_ylabel() == "loss (MSE)")
    assert panel.get_ylim()[1] == 100 * 2  # the median of 1, 2 and 1e30 is 2


def test_moments_are_marked_in_every_panel():
    for ax in axes_of(training_of(runs_of())):
        if ax.get_ylabel():
            dashed = [line for line in ax.lines if line.get_linestyle() == "--" and len(set(line.get_xdata())) == 1]
            assert sorted(line.get_xdata()[0] for line in dashed) == [0, 10, 100]


@pytest.mark.parametrize("spread", [1.5, 8, 50, 1e4])
def test_the_axis_of_losses_has_at_least_two_labels(spread):
    ax = Figure().subplots()
    ax.plot([0, 1], [0.077, 0.077 * spread])
    step_axes.loss_axis(ax)
    low, high = ax.get_ylim()
    assert sum(low <= tick <= high for tick in ax.get_yticks()) >= 2


def test_step_zero_is_on_the_axis():
    panel = next(ax for ax in axes_of(training_of(runs_of())) if ax.get_ylabel() == "features")
    assert panel.get_xlim()[0] < 0 < panel.get_xlim()[1]
    x = panel.transData.transform([[0, 0], [1, 0], [10, 0]])[:, 0]
    assert x[0] < x[1] < x[2]


def test_a_diverged_run_is_counted_and_its_polygon_is_a_word():
    assert "Diverged, and shown until then: 1 of 3 runs." in drawn(training_of(runs_of(diverged=[3])))
    runs = runs_of(n_seeds=1, diverged=[1])
    assert "Diverged, and shown until then: 1 of 1 run." in drawn(training_of(runs))
    assert "diverged" in [item.get_text() for item in training_of(runs).axes[0].texts]


@pytest.mark.parametrize(("n_hidden", "said"), [(1, "on a line"), (3, "3 hidden dimensions, projected")])
def test_models_that_do_not_have_two_hidden_dimensions_are_drawn_with_a_note(n_hidden, said):
    runs = runs_of(n_hidden=n_hidden)
    assert said in drawn(training_of(runs))
    assert said in drawn(seeds_figure(runs, marks_of(runs)))


def test_the_history_of_one_run_holds_that_run_alone():
    run = runs_of().run(3)
    assert run.trajectory.W.shape[0] == 1
    assert set(run.loss.seed) == set(run.superposition.seed) == set(run.llc["fine"].seed) == {3}
    assert "Polygons: seed 3;" in drawn(training_of(run))


# ---------------------------------------------------------------------------------------------------- contact sheet


def test_a_contact_sheet_shows_every_seed_and_how_it_ended():
    texts = [text.get_text() for text in seeds_figure(runs_of(diverged=[2]), marks_of(runs_of())).axes[0].texts]
    assert [text for text in texts if text.startswith("seed")] == ["seed 1", "seed 2", "seed 3"]
    assert texts[texts.index("seed 1") + 1] == "loss 1\n2 recovered"
    assert "diverged by\nstep 100" in texts[texts.index("seed 2") : texts.index("seed 3")]


# -------------------------------------------------------------------------------------------------------- polygons


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


def test_a_plane_through_three_dimensions_keeps_the_longest_directions():
    W = np.zeros((1, 3, 2))
    W[0, 1, 0], W[0, 2, 1] = 2, 1  # two directions of length 2 and 1, orthogonal: a plane holds both
    assert np.linalg.norm(directions.in_plane(W)[0], axis=0) == pytest.approx([2, 1])


# ---------------------------------------------------------------------------------------------------------- scales


def test_the_llc_axis_gives_most_room_to_values_that_can_be_coefficients():
    ax = Figure().subplots()
    step_axes.llc_axis(ax, [-50.0, 1e4])
    zero, ten, hundred, thousand = ax.transData.transform([(0, value) for value in (0, 10, 100, 1000)])[:, 1]
    # Matplotlib's linear part is as high as linscale / (1 - 1 / base) decades: 3 / 0.9.
    assert (ten - zero) / (hundred - ten) == pytest.approx(10 / 3)
    assert hundred - ten == pytest.approx(thousand - hundred)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(0, "0"), (0.05, "0.05"), (2000, "2,000"), (-1e5, "−10⁵"), (2e-4, "2·10⁻⁴")],
        *[(1e4, "10,000"), (1.02e4, "10⁴"), (1e-3, "0.001"), (0.98e-3, "9.8·10⁻⁴")],
    ],
)
def test_tick_labels_are_short(value, text):
    assert step_axes.short(value) == text


# ------------------------------------------------------------------------------------------------- all activations

PRINTED = {
    "relu": {"label": "ReLU", "family": "rectifiers"},
    "tanh": {"label": "Tanh", "family": "bounded"},
    "softmax": {"label": "Softmax", "family": "normalising"},
}


def table_of_runs():
    """Three seeds of three activations with two presets; tanh diverges once."""
    rows = [
        {"training": training, "activation": activation, "seed": seed, "loss": 0.1 * seed, "n_recovered": seed + 2}
        for training in ("notebook", "zero_bias")
        for activation in PRINTED
        for seed in (1, 2, 3)
    ]
    runs = pd.DataFrame(rows).astype({"n_recovered": "Int64"})
    lost = (runs.activation == "tanh") & (runs.seed == 3)
    runs.loc[lost, ["loss", "n_recovered"]] = None
    return runs


SHOWN = {"training": {"notebook": "as before", "zero_bias": "without a bias"}, "printed": PRINTED, "confidence": 0.95}


def table_of_summary():
    """Medians of three activations with two presets; of softmax no LLC may be read, of tanh one of three runs has."""
    measures = {
        "loss": 0.2,
        "n_represented": 4.0,
        "n_recovered": 3.0,
        "llc_fine": 4.0,
        "drop_start": 10.0,
        "drop_end": 100.0,
        "onset": 50.0,
    }
    rows = [
        {"training": training, "activation": activation, "measure": measure, "median": value}
        for training in SHOWN["training"]
        for activation in PRINTED
        for measure, value in measures.items()
    ]
    summary = pd.DataFrame(rows)
    summary[["n_used", "n_excluded"]] = 3, 0
    scarce = (summary.activation == "tanh") & summary.measure.isin(["llc_fine", "onset"])
    summary.loc[scarce, ["n_used", "n_excluded"]] = 1, 2
    summary.loc[(summary.activation == "softmax") & (summary.measure == "llc_fine"), "median"] = np.nan
    return summary.assign(low=0.9 * summary["median"], high=1.1 * summary["median"])


def relation(sampler):
    return relation_figure(Medians(summary=table_of_summary(), **SHOWN), sampler)


def test_a_relation_labels_every_activation_once_in_every_panel():
    for ax, title in zip(relation(None).axes, SHOWN["training"].values(), strict=True):
        assert ax.get_title(loc="left") == title
        assert [text.get_text() for text in ax.texts] == ["ReLU, Tanh, Softmax"]  # all at one point


def test_an_activation_without_a_readable_estimate_is_named_instead_of_drawn():
    for ax in relation("fine").axes:
        assert sorted(text.get_text() for text in ax.texts) == ["ReLU, Tanh", "no value: Softmax"]


def test_a_point_of_less_than_half_of_the_runs_is_hollow():
    faces = [line.get_markerfacecolor() for line in relation("fine").axes[0].lines if line.get_marker() == "o"]
    assert faces == [style.FAMILY_COLORS["rectifiers"], "white"]


@pytest.mark.parametrize(("n_used", "n_hollow"), [(49, 1), (50, 0), (51, 0)])
def test_points_of_exactly_half_of_the_runs_are_filled(n_used, n_hollow):
    summary = table_of_summary()
    summary.loc[summary.activation == "tanh", ["n_used", "n_excluded"]] = n_used, 100 - n_used
    medians = Medians(summary=summary, **SHOWN)
    for ax in (relation_figure(medians, "fine").axes[0], onset_figure(medians).axes[1]):
        faces = [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"]
        assert faces.count("white") == n_hollow


def test_a_relation_has_intervals_both_ways():
    # Medians of loss and features are 0.2 and 3, their intervals a tenth of them to both sides.
    bars = [one.get_segments() for one in relation(None).axes[0].collections if len(one.get_segments()) == 1]
    assert len(bars) == 2 * 3
    x, y = (np.array([bar[0] for bar in bars[at::2]]) for at in (0, 1))
    np.testing.assert_allclose(x, [[[2.7, 0.2], [3.3, 0.2]]] * 3)
    np.testing.assert_allclose(y, [[[3, 0.18], [3, 0.22]]] * 3)


def test_the_onset_stands_beside_the_largest_drop_of_its_activation():
    panels = onset_figure(Medians(summary=table_of_summary(), **SHOWN)).axes[1:]
    for ax in panels:
        assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [(10, 90)] * 3
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert [float(dot.get_xdata()[0]) for dot in dots] == [50, 50, 50]
        assert [dot.get_markerfacecolor() for dot in dots].count("white") == 1  # tanh
    assert [text.get_text() for text in panels[0].get_yticklabels()] == ["ReLU", "Tanh", "Softmax"]


def test_the_best_possible_stands_beside_what_is_reached_and_at_the_edge_where_it_is_below_the_axis():
    capacity = pd.DataFrame({"training": "notebook", "activation": [*PRINTED], "best_loss": [0.0, 0.1, 1e-9]})
    capacity["status"] = [ATTAINED, ATTAINED, AT_INFINITY]
    capacity[["n_recovered", "n_recovered_least"]] = [[8, 8], [2, 0], [8, 8]]
    features, loss = capacity_figure(Medians(summary=table_of_summary(), **SHOWN), capacity).axes[1:]
    bars = {float(line.get_ydata()[0]): line for line in features.lines if line.get_marker() == "|"}
    assert [int(bars[row].get_xdata()[0]) for row in range(3)] == [8, 2, 8]
    assert [bars[row].get_color() for row in range(3)] == [style.INK, style.INK, style.FAINT]
    assert {float(line.get_ydata()[0]) for line in loss.lines if line.get_marker() == "<"} == {0, 2}
    (seen,) = (line for line in loss.lines if line.get_marker() == "|" and np.isfinite(line.get_xdata()[0]))
    assert (float(seen.get_xdata()[0]), float(seen.get_ydata()[0])) == (0.1, 1)
    dots = [line for line in features.lines if line.get_marker() in "os"]
    assert [float(dot.get_xdata()[0]) for dot in dots] == [3.0] * 6
    assert [dot.get_markerfacecolor() for dot in dots].count("white") == 3  # the first preset


def test_the_leaderboard_shows_every_point_and_what_lies_beyond_its_axis():
    points = pd.DataFrame({"group": ["quadratic", "quadratic", "TMS"], "point": ["d = 1", "d = 4", "octagon"]})
    sgld = points.assign(true_llc=[0.5, 2, 4], estimate=[1e-9, 2.1, 4.0], se=0.1, status=[OK, "escaped", OK])
    mala = sgld.assign(estimate=[0.5, np.nan, 9.0], status=OK)
    table = pd.concat([sgld.assign(estimator="sgld"), mala.assign(estimator="tempered_mala")], ignore_index=True)
    ax = leaderboard_figure(table).axes[1]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["d = 1", "d = 4", "octagon"]
    assert [text.get_text() for text in ax.texts] == ["quadratic", "TMS"]
    marks = [(line.get_marker(), *line.get_xdata()) for line in ax.lines if line.get_marker() in "so<>"]
    # As shares of the truth: below the axis, escaped (hollow), met; met, none, beyond the axis.
    assert [mark for mark in marks if len(mark) > 1] == [("s", 1.0), ("s", 1.05), ("<", 0.5), ("o", 1.0), (">", 1.5)]
    hollow = [line for line in ax.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in hollow] == [[1.05]]


def test_losses_near_0_leave_the_axis_to_the_others():
    ax = Figure().subplots()
    ax.plot([0, 1], [1e-31, 0.1])
    step_axes.loss_axis(ax)
    assert ax.get_ylim()[0] == step_axes.LOWEST


def test_labels_neither_hide_each_other_nor_points():
    figure = Figure(dpi=100)
    ax = figure.subplots()
    points = np.array([[0.5, 0.5], [0.5, 0.54], [0.53, 0.5], [0.53, 0.54]])  # 15 pixels apart, and a touch is 10
    ax.set(xlim=(0, 1), ylim=(0, 1))
    placed = relations.place_beside(ax, ["one", "two", "three", "four"], np.stack([points] * 3))
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(label) for label in placed]  # without lines to points
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert not any(box.contains(*pixel) for box in boxes for pixel in ax.transData.transform(points))


def test_points_that_touch_have_one_label_that_names_them_from_the_top_down():
    ax = Figure(dpi=72).subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    unit = 1 / ax.transData.transform([[0, 1]])[0, 1]  # about a point
    points = np.array([[0.5, 0.5], [0.5, 0.5 + 6 * unit], [0.5, 0.5 + 12 * unit], [0.9, 0.5]])
    placed = relations.place_beside(ax, ["low", "middle", "top", "far"], np.stack([points] * 3))
    assert [label.get_text() for label in placed] == ["top, middle, low", "far"]


@pytest.mark.parametrize(
    ("values", "moved"),
    [
        ([0.0, 10.0], [0.0, 10.0]),  # far enough apart: they stay
        ([5.0, 5.0], [4.0, 6.0]),  # symmetrically apart, in order
        ([9.0, 9.5], [8.0, 10.0]),  # 8.25 and 10.25 would be nearest; the limit moves both
        ([], []),
    ],
)
def test_labels_in_a_column_move_apart_by_as_little_as_possible(values, moved):
    assert relations.apart(np.array(values), 2, (0, 10)).tolist() == pytest.approx(moved)


def test_a_slope_chart_has_a_row_for_each_family_and_labels_every_line():
    figure = protocol_figure(Medians(summary=table_of_summary(), **SHOWN))
    axes = np.array(figure.axes).reshape(3, 2)
    assert [ax.get_ylabel() for ax in axes[:, 0]] == ["rectifiers", "bounded", "normalising"]
    assert [[text.get_text() for text in ax.texts] for ax in axes[:, 1]] == [["ReLU"], ["Tanh"], ["Softmax"]]


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


def test_histories_of_several_batches_are_one():
    runs = runs_of().trajectory
    parts = [replace(runs, W=runs.W[i : i + 1], b=runs.b[i : i + 1], seeds=runs.seeds[i : i + 1]) for i in range(3)]
    whole = history.joined_runs(parts)
    assert whole.W.shape == runs.W.shape
    assert whole.seeds.tolist() == [1, 2, 3]


def test_a_ribbon_shows_at_which_critical_point_each_followed_run_is():
    figure = training_of(runs_of(n_seeds=3))
    ribbon = next(ax for ax in axes_of(figure) if ax.get_ylabel() == "critical\npoint")
    colors = {text.get_text(): to_hex(mark.get_facecolor()) for text, mark in legend_of(ribbon)}
    assert list(colors) == ["8 live", "4 live, 4 at 1/8"]
    (mesh,) = ribbon.collections
    cells = [["#ffffff" if not a else to_hex((r, g, b)) for r, g, b, a in row] for row in mesh_colors(mesh)]
    saddle, minimum = colors["4 live, 4 at 1/8"].lower(), colors["8 live"].lower()
    assert cells == [["#ffffff"] * 2 + [saddle] * 2, ["#ffffff"] * 2 + [saddle, minimum]]


def legend_of(ax):
    legend = ax.get_legend()
    return zip(legend.get_texts(), legend.get_patches(), strict=True)


def mesh_colors(mesh):
    return mesh.to_rgba(mesh.get_array())


def test_a_ribbon_without_labels_is_empty():
    runs = runs_of(n_seeds=1)
    figure = training_of(replace(runs, critical=runs.critical[:0]))
    assert "critical point" in drawn(figure)


@pytest.mark.parametrize(
    ("null", "low", "high", "panel"),
    [
        (0.0, 0.5, np.nan, "beyond"),
        (0.0, np.nan, -0.5, "beyond"),
        (0.0, np.nan, 0.5, "within"),  # at most a little: no effect is as stated too
        (1.0, 0.5, np.nan, "within"),
        (0.0, 0.5, 2.0, "between"),
    ],
)
def test_what_lies_in_the_shade_is_what_is_stated(null, low, high, panel):
    values = np.linspace(-1.4, 2.4, 39)
    claims = pd.DataFrame({"null_value": null, "margin_low": low, "margin_high": high, "estimate": values})
    shown = standardised(claims.assign(low=values - 0.01, high=values + 0.01))
    assert set(shown.panel) == {panel}
    first, last = PANELS[panel][1]
    first, last = (-np.inf if first == -LIMIT else first), (np.inf if last == LIMIT else last)
    is_stated = ~(values < low) & ~(values > high)
    assert 0 < is_stated.sum() < len(values)
    clear = np.abs(values - low).clip(0) > 1e-9 if np.isnan(high) else np.abs(values - high) > 1e-9
    assert (shown.estimate.between(first, last) == is_stated)[clear].all()
