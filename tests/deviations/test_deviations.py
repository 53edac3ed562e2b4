"""Every defect of the original, shown; ids are those of docs/deviations.md."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from superposition.activations import BY_NAME
from superposition.deviations import estimates, measure, paired
from superposition.deviations.estimates import resolution, short_chains
from superposition.deviations.paired import DIFFERENCE, RATIO, Effect, Pair, Runs
from superposition.estimators.known_points import known_minimum
from superposition.estimators.reference import ToyAutoencoder, init_loss, shuffled
from superposition.llc.chains import run_sample
from superposition.measures.geometry import Thresholds
from superposition.model import autoencoder
from superposition.model.data import equally_likely
from superposition.model.draws import TrainingDraws, draw_inputs
from superposition.model.training import train
from superposition.schedules import log_spaced_steps
from superposition.statistics import Resampling
from superposition.status import STATUSES
from superposition.tables import store
from superposition.tables.trajectory import Trajectory
from superposition.training_presets import TrainingPreset
from workflow import presets

CPU = torch.device("cpu")
REFERENCE = np.load(Path(__file__).parents[1] / "data" / "notebook_trajectories.npz")
QUICK = Resampling(confidence=0.95, resamples=50, seed=0)
THRESHOLDS = Thresholds(relative_norm=0.5, absolute_norm=0.1, recovery_margin=0.5)
NAMES = ("relu", "elu", "celu", "relu6")
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def samplers(config) -> dict:
    names = config["deviations"]["tied_noise"]
    return {name: presets.sampler_preset(config["sampler_presets"], name) for name in names}


@pytest.fixture(scope="module")
def pairs(notebook) -> list[Pair]:
    """Short runs with the original's initial bias and without."""
    short = replace(notebook, n_steps=300, logged_count=10, logged_last=300)
    return [Pair(runs(name, short), runs(name, replace(short, bias_std=0.0))) for name in NAMES]


def runs(name: str, preset) -> Runs:
    steps = log_spaced_steps(count=preset.logged_count, last=preset.logged_last)
    trajectory, _ = train(
        BY_NAME[name], preset, draw_inputs(preset.inputs, seeds=SEEDS), weight_steps=steps, loss_steps=[0], device=CPU
    )
    estimate = {
        "training": "a",
        "activation": name,
        "sampler": "notebook",
        "step": [0, 300],
        "llc": [-5.0, 2.0],
        "status": ["not_a_minimum", "ok"],
    }
    llc = pd.concat([pd.DataFrame({**estimate, "seed": seed, "effective_dimension": 8.0}) for seed in SEEDS])
    return Runs(BY_NAME[name], preset, trajectory, llc)


@pytest.fixture
def grid() -> dict:
    return dict(
        activations=["relu"],
        nbeta=[1e4],
        localization=[100.0],
        step_times_curvature=0.5,
        num_chains=32,
        num_burnin_steps=100,
        num_draws=100,
        seed=1,
    )


# ------------------------------------------------------------------------------------------------------------- rows --


def one_row(comparison: str, original, corrected, sentence="{effect}") -> dict:
    (row,) = paired.rows(Effect("N0", "x", comparison, sentence, {None: (original, corrected)}), QUICK)
    return row


def rows_of(effects: Iterable[Effect]) -> list[dict]:
    return [row for effect in effects for row in paired.rows(effect, QUICK)]


def test_a_ratio_and_a_difference_are_medians_over_runs_of_what_happens_in_each():
    row = one_row(RATIO, [2.0, 9.0, 8.0], [1.0, 3.0, 2.0], "{original} {corrected} {effect}")
    # Ratios 2, 3, 4; the medians of the values are 8 and 2.
    assert (row["original"], row["corrected"], row["effect"], row["n"]) == (8.0, 2.0, 3.0, 3)
    assert row["evidence"] == "8 2 3"
    assert one_row(DIFFERENCE, [2.0, 9.0, 8.0], 1.0)["effect"] == 7.0


def test_runs_whose_effect_is_not_finite_are_left_out_and_not_counted():
    row = one_row(RATIO, [np.nan, 4.0, 1.0], [1.0, 2.0, 0.0])
    assert (row["effect"], row["n"]) == (2.0, 1)
    assert (row["original"], row["corrected"]) == (4.0, 2.0)  # of the run that is left
    assert one_row(RATIO, [np.nan], 1.0)["evidence"] == "No run in which it could be measured."


def test_the_row_of_all_activations_is_the_median_of_theirs():
    values = {name: (value, 1.0) for name, value in zip("abc", (1.0, 2.0, 9.0), strict=True)}
    *each, overall = paired.rows(Effect("N0", "x", RATIO, "{effect}", values), QUICK)
    assert [row["activation"] for row in each] == ["a", "b", "c"]
    assert (overall["activation"], overall["effect"], overall["n"]) == (None, 2.0, 3)


# ---------------------------------------------------------------------------------------------------------- records --


def test_n1_the_original_trains_ten_times_as_many_steps_as_it_records(notebook):
    (row,) = rows_of([measure.unseen_training(notebook)])
    assert (row["original"], row["corrected"], row["effect"]) == (20_000, 200_000, 0.1)


@pytest.mark.parametrize(("name", "seed"), [("relu", 3), ("silu", 1), ("elu", 2), ("softshrink", 1)])
def test_n2_the_recorded_original_logs_what_we_say_it_logs_and_it_is_the_loss_over_the_batch_size(notebook, name, seed):
    inputs = TrainingDraws(notebook, seed=seed).sample
    for i, recorded in enumerate(REFERENCE[f"{name}_{seed}_loss"], start=1):
        W, b = (torch.from_numpy(REFERENCE[f"{name}_{seed}_{part}"][i]) for part in "Wb")
        model = ToyAutoencoder(BY_NAME[name], W, b)
        logged, _ = measure.as_logged(model, inputs, batch_size=100)
        # 1e-5: the recorded run shuffled its batches, which are sums of the same numbers in single precision.
        assert logged == pytest.approx(recorded, rel=1e-5)
        loss = torch.nn.functional.mse_loss(model(inputs), inputs).item()
        assert logged == pytest.approx(loss / 100, rel=1e-5)


def test_n3_every_snapshot_is_shown_at_the_step_after_its_own_and_the_last_one_is_not_shown(pairs, notebook):
    steps = log_spaced_steps(count=50, last=20_000)
    assert len(steps) == 47
    shown = list(zip(steps[1:], steps, strict=False))  # steps to be logged with snapshots, as zip pairs them
    assert len(shown) == 46
    assert shown[0] == (1, 0)
    assert shown[-1] == (20_000, 16_340)
    preset = pairs[0].original.preset
    rows = rows_of(measure.misaligned_snapshots(pairs, THRESHOLDS))
    logged = log_spaced_steps(count=preset.logged_count, last=preset.logged_last)
    places = [(row["corrected"], row["original"]) for row in rows if row["quantity"] == "step of a snapshot"]
    assert places == list(itertools.pairwise(logged))
    W = pairs[0].original.trajectory.W[0]
    moved, _ = measure._shifted(pairs[0], logged, THRESHOLDS)
    assert moved[0, 3] == pytest.approx(np.linalg.norm(W[4] - W[3]) / np.linalg.norm(W[4]), rel=1e-6)
    assert (moved > 0).all()


def test_n3_runs_that_end_before_the_last_logged_step_have_the_snapshots_until_then(pairs):
    original = pairs[0].original
    until = [step for step in original.trajectory.steps.tolist() if step <= 100]
    preset = replace(original.preset, n_steps=100)
    short = replace(original, preset=preset, trajectory=original.trajectory.at(until))
    rows = rows_of(measure.misaligned_snapshots([pairs[0]._replace(original=short)], THRESHOLDS))
    assert [row["original"] for row in rows if row["quantity"] == "step of a snapshot"] == until[1:]


def test_n6_accuracy_counts_features_and_a_model_that_answers_nothing_gets_seven_of_eight(pairs):
    zero = ToyAutoencoder(BY_NAME["relu"], torch.zeros(2, 8), torch.zeros(8))
    inputs = torch.eye(8).repeat(25, 1)
    loss, accuracy = measure.as_logged(zero, inputs, batch_size=100)
    assert accuracy == 7.0  # ReLU of 0 is 0: wrong for the active feature, right for the other seven
    assert loss == pytest.approx(1 / 8 / 100)
    rows = rows_of(measure.logged_values(pairs))
    nothing = rows[-1]
    assert (nothing["deviation"], nothing["original"], nothing["corrected"]) == ("N6", 7.0, 7 / 8)
    assert all(row["effect"] == pytest.approx(8) for row in rows if row["deviation"] == "N6")
    # 1e-6: means of the same numbers in single precision.
    assert all(row["effect"] == pytest.approx(0.01, rel=1e-6) for row in rows if row["deviation"] == "N2")


def test_n13_the_initial_pair_is_drawn_with_corners_that_are_noise(pairs):
    rows = rows_of(measure.hulls(pairs, THRESHOLDS))
    start = [row for row in rows if row["setting"] == "at the start" and row["activation"] == "relu"]
    assert [row["corrected"] for row in start] == [2.0]
    assert start[0]["original"] > 2.0


# ------------------------------------------------------------------------------------------------------------- runs --


def test_n5_the_same_draws_without_the_initial_bias_end_at_a_lower_loss_where_relu6_starts_capped(pairs):
    rows = rows_of(measure.initial_bias(pairs, THRESHOLDS))
    rows = {(row["activation"], row["quantity"]): row for row in rows}
    relu6 = rows["relu6", "final loss (MSE)"]
    assert relu6["original"] > 10 * relu6["corrected"]
    start, end = (pairs[0].original.trajectory.W[:, i] - pairs[0].corrected.trajectory.W[:, i] for i in (0, -1))
    assert (start == 0).all()
    assert (end != 0).any()


def test_n11_elu_and_celu_agree_to_the_last_bit_and_relu6_with_relu_below_its_cap(pairs):
    rows = rows_of(measure.equal_activations(pairs))
    weights = [row for row in rows if "weight" in row["quantity"]]
    assert {row["activation"] for row in weights} == {"elu", "relu6"}
    assert all(row["effect"] == 0 for row in weights if row["n"])
    # With a bias of size 10 some pre-activation is above 6 in every run; without, none is.
    assert [row["n"] for row in weights if row["activation"] == "relu6"] == [0, len(SEEDS)]


@pytest.mark.parametrize(("bias", "reaches"), [(5.03, True), (5.0, True), (4.97, False), (-7.0, False)])
def test_n11_relu6_is_compared_where_pre_activations_stay_below_its_cap(notebook, bias, reaches):
    # One column of length 1 answers its feature with 1 + b, and no input elsewhere with more than b.
    W, b = np.zeros((1, 2, 2, 8), dtype=np.float32), np.full((1, 2, 8), -10.0, dtype=np.float32)
    W[0, 1, 0, 3], b[0, 1, 3] = 1.0, bias
    trajectory = Trajectory(W=W, b=b, steps=np.array([0, 10]), seeds=np.array([1]))
    assert measure._below_cap(Runs(BY_NAME["relu6"], notebook, trajectory, pd.DataFrame())).tolist() == [not reaches]


def test_n11_a_difference_between_equal_activations_would_be_seen(pairs):
    by_name = {pair.name: pair for pair in pairs}
    changed = by_name["celu"].original.trajectory
    b = changed.b.copy()
    b[:, 2, 3] += 1e-6  # one bias at one recorded step
    moved = replace(changed, b=b)
    celu = by_name["celu"]._replace(original=replace(by_name["celu"].original, trajectory=moved))
    rows = rows_of(measure.equal_activations([by_name["elu"], celu]))
    assert rows[0]["effect"] > 0


# -------------------------------------------------------------------------------------------------------------- LLC --


def test_n4_at_the_octagon_doubled_noise_inflates_the_estimate_by_less_than_two(notebook, samplers):
    sampler = replace(samplers["cold"], num_burnin_steps=50, num_draws=50)
    octagon = known_minimum("relu").point.float()
    preset_runs = _at_point(notebook, octagon)
    twice, once = (estimates.final_llc(preset_runs, replace(sampler, tied_noise=how)) for how in ("twice", "once"))
    # Twice the noise variance in W, as much as before in b, whose curvature also counts.
    assert 1.2 < np.median(twice / once) < 2.0


def _at_point(notebook: TrainingPreset, w: torch.Tensor) -> Runs:
    """Return runs of ReLU that rest at one point."""
    W, b = w[:16].view(1, 1, 2, 8).expand(4, 1, 2, 8), w[16:].view(1, 1, 8).expand(4, 1, 8)
    length = {"n_steps": 1, "logged_count": 2, "logged_last": 1}
    start = {"initial_polygon": 0, "initial_length": 0.0, "weight_std": 0.0, "weight_noise": 0.0, "bias_std": 0.0}
    preset = replace(notebook, **length, **start)
    steps, seeds = np.array([1]), np.arange(4)
    trajectory = Trajectory(W=W.numpy().copy(), b=b.numpy().copy(), steps=steps, seeds=seeds)
    return Runs(BY_NAME["relu"], preset, trajectory, pd.DataFrame())


def test_n7_the_scatter_of_the_initial_loss_counts_n_beta_times(pairs, samplers):
    sampler, runs = replace(samplers["notebook"], nbeta=50.0), pairs[0].original
    effect = estimates.estimated_init_loss(pairs[:1], sampler, batch_size=20, repeats=4)
    batches = shuffled(run_sample(runs.preset, sampler, SEEDS[0]), 20, seed=SEEDS[0])
    model = estimates.final_model(runs, 0)
    few = [init_loss(model, batches, sampler.num_chains) for _ in range(4)]
    assert effect.values["relu"][0][0] == pytest.approx(50 * np.std(few, ddof=1))


def test_n8_the_smallest_estimate_and_the_shares_of_statuses_are_those_of_the_llc_tables(pairs):
    rows = rows_of(estimates.no_minima(pairs))
    smallest = {row["quantity"]: row["original"] for row in rows if row["quantity"].startswith("smallest")}
    assert set(smallest.values()) == {-5.0, 2.0}
    assert {value for name, value in smallest.items() if "readable" in name} == {2.0}
    shares = {row["quantity"].split()[-1]: row["original"] for row in rows if row["quantity"].startswith("share")}
    assert shares == dict.fromkeys(STATUSES, 0.0) | {"ok": 0.5, "not_a_minimum": 0.5}


def test_n8_runs_that_are_estimated_at_their_end_alone_count_for_nothing(pairs):
    def followed(of: Runs) -> Runs:
        return replace(of, llc=of.llc[(of.llc.seed == 1) | (of.llc.step == 300)])

    few = [Pair(*map(followed, pair)) for pair in pairs]
    rows = rows_of(estimates.no_minima(few))
    shares = {row["quantity"].split()[-1]: row["original"] for row in rows if row["quantity"].startswith("share")}
    assert (shares["ok"], shares["not_a_minimum"]) == (0.5, 0.5)
    assert {
        row["original"] for row in rows if row["quantity"] == "smallest LLC estimate of a run at any checkpoint"
    } == {-5.0}


def test_n9_at_the_octagon_the_coefficient_is_met_at_high_n_beta_and_missed_at_the_originals(pairs, grid):
    rows = rows_of(resolution(pairs, grid | {"nbeta": [37.75, 1e4], "localization": [1.0]}))
    predicted = {row["setting"]: row["original"] for row in rows if row["quantity"].startswith("half")}
    # gamma takes 1 / (1 + n beta h) of each direction, whose curvature h is at least the 2 / 64 along its bias: 0.3 %.
    assert predicted["n beta 10000, gamma 1"] == pytest.approx(4, rel=0.0032)
    assert predicted["n beta 37.75, gamma 1"] < 4
    sampled = [row for row in rows if row["quantity"].startswith("LLC")]
    assert {row["corrected"] for row in sampled} == {4.0}


def test_n10_a_point_without_loss_is_a_minimum_over_every_sample_and_others_have_other_gradients(notebook, samplers):
    own = _at_point(notebook, known_minimum("relu").point.float())
    zero = estimates._curvature(own, samplers["notebook"], "sample").gradient
    assert zero.abs().max() < 1e-6  # without loss, every sample has its minimum here
    moved = replace(own, trajectory=replace(own.trajectory, b=own.trajectory.b + np.float32(0.01)))
    fresh, training = (
        estimates._curvature(moved, samplers["notebook"], data).gradient for data in ("sample", "training")
    )
    assert not torch.allclose(fresh, training)


def test_n10_counted_unit_vectors_have_the_loss_of_the_sample(notebook):
    x = torch.stack([TrainingDraws(notebook, seed=seed).sample for seed in (1, 2)], dim=-1)
    generator = torch.Generator().manual_seed(0)
    W, b = torch.randn(2, 8, 2, generator=generator), torch.randn(8, 2, generator=generator)
    counted = autoencoder.loss(BY_NAME["gelu"], W, b, equally_likely(notebook, x))
    listed = autoencoder.loss(BY_NAME["gelu"], W, b, equally_likely(replace(notebook, sparsity=2), x))
    # 1,000 x 8 squares against 8 x 8: added in pairs in single precision, they are rounded 13 times by 6e-8 at most.
    torch.testing.assert_close(counted, listed, rtol=1e-6, atol=0.0)


def test_n14_chains_of_the_originals_length_have_not_reached_what_they_sample(grid, samplers):
    (row,) = rows_of(short_chains(samplers["notebook"], grid))
    # A curvature of up to 0.5 relaxes by at most a = lr / 2 (n beta h + gamma) = 1 % per step. Of its share, the mean
    # over 100 draws from the start has 1 - (1 - exp(-200 a)) / (200 a), at most 57 %.
    assert row["original"] < 0.75 * row["corrected"]


# ----------------------------------------------------------------------------------------------------- whole tables --


def test_the_table_has_every_defect_in_order_with_the_declared_columns(pairs, samplers, grid):
    table = measure.deviations_table(
        pairs,
        THRESHOLDS,
        QUICK,
        sampler=replace(samplers["notebook"], num_draws=5),
        tied_noise={"notebook": replace(samplers["notebook"], num_draws=5)},
        init_loss={"batch_size": 20, "repeats": 3},
        covariance=["relu"],
        grid=grid | {"num_burnin_steps": 5, "num_draws": 5},
        followed=pairs[0].original.trajectory.seeds[:1].tolist(),
    )
    of_activations = table.dropna(subset="activation").groupby("deviation").n.max()
    assert (of_activations["N4"], of_activations["N7"]) == (1, 1)  # chains and batches are drawn for followed runs
    assert of_activations["N5"] == len(pairs[0].original.trajectory.seeds) > 1
    assert table.deviation.unique().tolist() == [f"N{i}" for i in range(1, 15)]
    assert set(table.columns) == {column.name for column in store.columns("deviations")}
    assert not table.duplicated(["deviation", "quantity", "activation", "setting"]).any()
    assert not table.evidence.str.contains("nan|inf").any()


def test_the_originals_model_of_a_final_point_computes_what_the_study_computes(pairs):
    own = pairs[0].original
    at_end = estimates.final_model(own, 1)
    assert isinstance(at_end, ToyAutoencoder)
    W, b = torch.from_numpy(own.final.W[1, 0]), torch.from_numpy(own.final.b[1, 0])
    torch.testing.assert_close(at_end(torch.eye(8)), own.activation.function(W.T @ W + b))
