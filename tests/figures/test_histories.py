"""What figures draw of the histories of runs: the run that stands for all, medians, bands, onsets and drops."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_up_runs import SETTINGS, STEPS, axes_of, drawn, runs_of, training_of

from superposition.measures import history
from superposition.measures.history import representative_seed
from superposition.status import NOT_A_MINIMUM, OK


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
    assert np.isnan(runs.onsets(n_free=2)).all()
    table = runs.superposition.assign(n_recovered=runs.superposition.n_represented)
    assert replace(runs, superposition=table).onsets(n_free=2).tolist() == [10, 10, 10]
    assert np.isnan(replace(runs, superposition=table).onsets(n_free=3)).all()


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


@pytest.mark.parametrize(("n_readable", "median"), [(1, np.nan), (2, 1.5)])
def test_exactly_half_of_the_runs_are_enough_for_the_median_llc(n_readable, median):
    runs = runs_of(4)
    llc = runs.llc["fine"].assign(llc=lambda table: table.seed.astype(float))
    llc["status"] = np.where(llc.seed <= n_readable, OK, NOT_A_MINIMUM)
    fine = history.by_quantity(replace(runs, llc={"fine": llc}).curves(band=0.8))["llc_fine"]
    np.testing.assert_array_equal(fine["median"], [median] * 4)
    assert fine.n_used.tolist() == [n_readable] * 4


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


def test_the_history_of_one_run_holds_that_run_alone():
    run = runs_of().run(3)
    assert run.trajectory.W.shape[0] == 1
    assert set(run.loss.seed) == set(run.superposition.seed) == set(run.llc["fine"].seed) == {3}
    assert "Polygons: seed 3;" in drawn(training_of(run))


def test_histories_of_several_batches_are_one():
    runs = runs_of().trajectory
    parts = [replace(runs, W=runs.W[i : i + 1], b=runs.b[i : i + 1], seeds=runs.seeds[i : i + 1]) for i in range(3)]
    whole = history.joined_runs(parts)
    assert whole.W.shape == runs.W.shape
    assert whole.seeds.tolist() == [1, 2, 3]
