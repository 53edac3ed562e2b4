"""Figures that relate quantities of activations, and where their labels stand."""

import numpy as np
import pytest
from made_up_runs import SHOWN, table_of_summary
from matplotlib.figure import Figure
from matplotlib.text import Text

from superposition.figures import relations, style
from superposition.figures.lines import onset_figure
from superposition.figures.relations import Medians, protocol_figure, relation_figure


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
