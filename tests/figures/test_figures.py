"""One look, axes, and figures of all activations; they say so where there is nothing to show."""

import numpy as np
import pandas as pd
import pytest
from made_up_runs import PRINTED, SHOWN, runs_of, table_of_summary, training_of
from matplotlib.figure import Figure

from superposition.activations import ACTIVATIONS
from superposition.figures import step_axes, style
from superposition.figures.estimates import leaderboard_figure
from superposition.figures.lines import LIMIT, PANELS, capacity_figure, onset_figure, standardised
from superposition.figures.relations import Medians
from superposition.provenance import registry
from superposition.status import AT_INFINITY, ATTAINED, OK


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


@pytest.mark.parametrize("spread", [1.5, 8, 50, 1e4])
def test_the_axis_of_losses_has_at_least_two_labels(spread):
    ax = Figure().subplots()
    ax.plot([0, 1], [0.077, 0.077 * spread])
    step_axes.loss_axis(ax)
    low, high = ax.get_ylim()
    assert sum(low <= tick <= high for tick in ax.get_yticks()) >= 2


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
