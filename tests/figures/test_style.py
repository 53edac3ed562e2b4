"""Texts of figures lie on the canvas and do not hide each other, whatever a study has many of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_runs import PRINTED, ends_of, marks_of, run_weights, runs_of
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from superposition.figures import animation, polygons, style
from superposition.figures.estimates import leaderboard_figure
from superposition.figures.lines import onset_figure
from superposition.figures.relations import Medians, protocol_figure, relation_figure
from superposition.figures.step_axes import comparison_figure
from superposition.figures.training import seeds_figure, training_figure

NAMES = ["the post's procedure", "bias starts at 0", "small initial weights", "twice the learning rate", "adam", "x"]
PRESETS = [f"preset_{i}" for i in range(len(NAMES) + 1)]
LABELS = dict(zip(PRESETS, [*NAMES, "A label that has precisely forty letters"], strict=True))


def texts_of(figure):
    """Return the texts that are drawn, with their boxes in pixels."""
    style.lay_out(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    every = [tick for axis in figure.findobj(Axis) for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())]
    ticks = {text for tick in every for text in tick.findobj(Text)}
    drawn = {text for axis in figure.findobj(Axis) for tick in axis._update_ticks() for text in tick.findobj(Text)}
    shown = [text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    off = [axis for ax in figure.axes if not ax.axison for axis in (ax.xaxis, ax.yaxis)]
    axes_off = {text for axis in off for text in axis.findobj(Text)}
    shown = [text for text in shown if (text not in ticks or text in drawn) and text not in axes_off]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in shown]


def assert_readable(figure):
    found = texts_of(figure)
    canvas = figure.bbox
    outside = [
        text
        for text, box in found
        if box.x0 < -1 or box.y0 < -1 or box.x1 > canvas.x1 + 1 or box.y1 > canvas.y1 + 1  # rounding to pixels
    ]
    assert not outside
    # Boxes hold room for ascenders and descenders: less than 2 points of a shared edge hide nothing.
    edge = 2 * figure.dpi / 72
    hidden = [
        (one, other)
        for i, (one, a) in enumerate(found)
        for other, b in found[:i]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > edge and min(a.y1, b.y1) - max(a.y0, b.y0) > edge
    ]
    assert not hidden


def summary_of(training):
    measures = {"loss": 0.2, "n_recovered": 4.0, "llc_fine": 4.0}
    measures |= {"drop_start": 10.0, "drop_end": 100.0, "onset": 50.0}
    rows = [
        {"training": preset, "activation": name, "measure": measure, "median": value, "n_used": 3, "n_excluded": 0}
        for preset in training
        for name in PRINTED
        for measure, value in measures.items()
    ]
    summary = pd.DataFrame(rows)
    return summary.assign(low=0.9 * summary["median"], high=1.1 * summary["median"])


@pytest.mark.parametrize("training", [PRESETS[:1], PRESETS[:2], PRESETS], ids=len)
@pytest.mark.parametrize("kind", ["loss", "llc", "protocols", "onset"])
def test_figures_of_any_number_of_presets_are_readable(kind, training):
    medians = Medians(
        summary=summary_of(training),
        training={name: LABELS[name] for name in training},
        printed=PRINTED,
        confidence=0.95,
    )
    if kind in ("loss", "llc"):
        assert_readable(relation_figure(medians, "fine" if kind == "llc" else None))
    else:
        assert_readable({"protocols": protocol_figure, "onset": onset_figure}[kind](medians))


def test_names_of_all_activations_without_a_readable_estimate_fit():
    printed = {f"activation_{i}": {"label": f"Activation {i}", "family": "bounded"} for i in range(27)}
    summary = pd.concat(
        summary_of(PRESETS[:1]).query("activation == 'relu'").assign(activation=name) for name in printed
    )
    summary.loc[summary.measure == "llc_fine", ["median", "low", "high"]] = np.nan
    medians = Medians(summary=summary, training={PRESETS[0]: "controlled"}, printed=printed, confidence=0.95)
    assert_readable(relation_figure(medians, "fine"))


@pytest.mark.parametrize("n_hidden", [1, 2, 3])
@pytest.mark.parametrize("n_initial", [0, 2])
@pytest.mark.parametrize("n_seeds", [1, 3])
def test_figures_of_one_activation_are_readable(n_hidden, n_initial, n_seeds):
    runs = runs_of(n_seeds=n_seeds, n_hidden=n_hidden)
    marks = marks_of(runs, n_initial)
    figure = training_figure(runs, runs.curves(band=0.8), marks)
    assert_readable(figure)
    assert ("initial polygon" in " ".join(text for text, _ in texts_of(figure))) == bool(n_initial)
    assert_readable(seeds_figure(runs, marks))


def test_a_contact_sheet_of_many_diverged_runs_is_readable():
    runs = runs_of(n_seeds=30, diverged=range(1, 31))
    assert_readable(seeds_figure(runs, marks_of(runs)))


@pytest.mark.parametrize("n_initial", [0, 2])
@pytest.mark.parametrize("n_hidden", [2, 3])
def test_an_overview_with_one_activation_of_each_family_is_readable(n_hidden, n_initial):
    printed = {f"a{i}": {"label": f"Label {i}", "family": family} for i, family in enumerate(style.FAMILY_COLORS)}
    W = {name: ends_of(run_weights(n_hidden)[-1][None]) for name in printed}
    runs = pd.DataFrame({"activation": list(printed), "seed": 1, "loss": 0.1, "n_recovered": 3})
    runs.insert(0, "training", "notebook")
    figure = polygons.overview_figure(W, runs, label="notebook", printed=printed, n_initial=n_initial)
    assert_readable(figure)
    assert ("initial polygon" in " ".join(text for text, _ in texts_of(figure))) == bool(n_initial)


def test_curves_of_a_sampler_preset_with_a_long_name_are_readable():
    runs = runs_of()
    table = runs.curves(band=0.8)
    table["quantity"] = table.quantity.str.replace("fine", "chains_without_localization")
    assert_readable(comparison_figure({"ReLU": table}, samplers=["coarse", "chains_without_localization"]))


LONG = "A label that has precisely forty letters"
TALL = r"\sum_{i=1}^{\infty} \frac{\max(x, 0)^i}{\sqrt{i!}}"


def draw_with_long_texts(kind):
    runs = replace(runs_of(), label=LONG, formula=TALL)
    if kind == "training":
        return training_figure(runs, runs.curves(band=0.8), marks_of(runs))
    if kind == "seeds":
        return seeds_figure(runs, marks_of(runs))
    if kind == "animation":
        return animation._canvas(runs, LONG)[0]
    if kind == "curves":
        return comparison_figure(dict.fromkeys([LONG, LONG[::-1]], runs.curves(band=0.8)), samplers=["coarse", "fine"])
    printed = {name: row | {"label": LONG[i:] + LONG[:i]} for i, (name, row) in enumerate(PRINTED.items())}
    if kind == "overview":
        W = {name: ends_of(run_weights()[-1][None]) for name in printed}
        table = pd.DataFrame(
            {"training": "notebook", "activation": list(printed), "seed": 1, "loss": 0.1, "n_recovered": 3}
        )
        return polygons.overview_figure(W, table, label=LONG, printed=printed, n_initial=2)
    medians = Medians(
        summary=summary_of(PRESETS[:2]), training=dict.fromkeys(PRESETS[:2], LONG), printed=printed, confidence=0.95
    )
    if kind == "relation":
        return relation_figure(medians, "fine")
    return {"protocols": protocol_figure, "onset": onset_figure}[kind](medians)


@pytest.mark.parametrize(
    "kind", ["training", "seeds", "animation", "curves", "overview", "relation", "protocols", "onset"]
)
def test_a_label_of_forty_letters_and_a_tall_formula_leave_a_figure_readable(kind):
    assert_readable(draw_with_long_texts(kind))


def test_long_names_of_points_and_estimators_leave_the_leaderboard_readable():
    group, point = "Two layers of a linear network, wide and deep", "d = 4, of a point with a very long name indeed"
    table = pd.DataFrame({"group": [group] * 2, "point": [point, "d = 1"], "true_llc": 1.0, "se": 0.1, "status": "ok"})
    names = [f"an_estimator_with_a_name_of_many_words_{i}" for i in range(4)]
    found = pd.concat([table.assign(estimator=name, estimate=1 + 0.1 * i) for i, name in enumerate(names)])
    assert_readable(leaderboard_figure(found.reset_index(drop=True)))
