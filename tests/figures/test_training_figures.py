"""Figures of training: polygons at moments, a panel for each quantity, every seed, and critical points."""

from dataclasses import replace

import pytest
from made_up_runs import axes_of, drawn, marks_of, runs_of, training_of
from matplotlib.colors import same_color, to_hex

from superposition.figures import style
from superposition.figures.training import seeds_figure


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


def test_a_contact_sheet_shows_every_seed_and_how_it_ended():
    texts = [text.get_text() for text in seeds_figure(runs_of(diverged=[2]), marks_of(runs_of())).axes[0].texts]
    assert [text for text in texts if text.startswith("seed")] == ["seed 1", "seed 2", "seed 3"]
    assert texts[texts.index("seed 1") + 1] == "loss 1\n2 recovered"
    assert "diverged by\nstep 100" in texts[texts.index("seed 2") : texts.index("seed 3")]


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
