"""The workflow as a user runs it: what is planned, what comes out, and what survives a kill."""

import os
import re
import signal
import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, SMOKE, add_activation, begin, log_of, plan, replace, snakemake, wait_for_script

from superposition.activations import BY_NAME
from superposition.tables import frames, trajectory
from workflow.study import Study

pytestmark = pytest.mark.workflow

RUNS = "results/smoke/runs"
PER_RUN = ("draw_inputs", "train", "checkpoint", "measure_superposition", "estimate_llc")
"""Rules with one job for every batch of runs (and sampler), or of seeds. Their jobs are counted exactly."""


def of_runs(jobs: Counter) -> dict[str, int]:
    """Return the numbers of jobs of the rules that are counted exactly, where there are any."""
    return {rule: jobs[rule] for rule in PER_RUN if jobs[rule]}


def messages(text: str) -> list[str]:
    """Return what the planned jobs that compute a batch of runs say they do."""
    return re.findall(r"^Job \d+: (.* seeds .*)$", text, flags=re.MULTILINE)


# ------------------------------------------------------------------------------------------------- before any result --


def test_the_full_study_is_one_job_per_stage_preset_activation_and_batch(repository, config):
    jobs, _ = plan(repository)
    study = Study(config)
    runs = len(study.training) * len(BY_NAME) * -(-len(study.seeds) // config["seeds_per_job"])
    assert runs >= 81  # 3 training presets x 27 activations, or more, x 1 batch of seeds
    estimated = len(study.protocols) * runs // len(study.training)
    assert of_runs(jobs) == {
        "draw_inputs": len(study.training),  # all activations are trained on the same
        "train": runs,
        "checkpoint": runs,
        "measure_superposition": runs,
        "estimate_llc": estimated,
    }
    assert jobs["summarise_runs"] == 1


def test_what_a_batch_is_trained_on_is_compared_by_content_and_not_by_time(config):
    # A larger file would count as changed after every checkout, and train again.
    profile = yaml.safe_load((ROOT / "profiles/default/config.yaml").read_text())
    limit = int(profile["max-checksum-file-size"].removesuffix("MB")) * 10**6
    study = Study(config)
    for training in study.training:
        preset = study.training_preset(training)
        # For each seed a sample of float32, a seed of 8 bytes for each epoch, and a count of a byte for each step.
        sample, epochs = 4 * preset.n_samples * preset.n_features, 8 * preset.n_epochs
        of_seed = sample + epochs + preset.n_steps * preset.n_features
        assert 100 * of_seed < limit, f"a hundred seeds of {training}"


def test_one_seed_per_job_gives_as_many_times_the_jobs_as_there_are_seeds(repository):
    jobs, _ = plan(repository, "--config", "seeds_per_job=1", "activations=[relu]")
    stages = ("draw_inputs", "train", "checkpoint", "measure_superposition", "estimate_llc")
    assert of_runs(jobs) == dict.fromkeys(stages, 3 * 32)  # training presets x seeds


def test_a_new_activation_is_one_function_and_one_row(repository):
    add_activation(repository)
    jobs, text = plan(repository)
    n = 3 * (len(BY_NAME) + 1)
    of_each = {"draw_inputs": 3, "train": n, "checkpoint": n, "measure_superposition": n, "estimate_llc": n}
    assert of_runs(jobs) == of_each
    assert sum("Training double " in message for message in messages(text)) == 3


def test_a_study_without_the_activations_of_the_cross_check_takes_its_first(repository):
    jobs, _ = plan(repository, "results/tables/llc_cross_check.parquet", "--config", "activations=[celu, selu]")
    assert jobs == {"draw_inputs": 1, "train": 1, "checkpoint": 1, "cross_check_llc": 1}


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("seeds: 1-32", "sedes: 1-32", ["a known key", "'sedes'", "the top level", "did you mean seeds"]),
        (
            "checkpoints: {count: 28, last: 20000}",
            "checkpoints: {count: 28, last: 30000}",
            ["30000", "checkpoints.last"],
        ),
    ],
    ids=["misspelt", "past_the_end"],
)
def test_a_wrong_value_stops_before_any_job_with_its_message(repository, old, new, parts):
    replace(repository, "config/config.yaml", old, new)
    result = snakemake(repository, "--cores", "1", check=False)
    assert result.returncode != 0
    titles = re.findall(r"^  (expected|found|where|hint): +\S", result.stderr, flags=re.MULTILINE)
    assert titles == ["expected", "found", "where", "hint"]
    for part in parts:
        assert part in result.stderr
    assert not (repository / "results").exists()


# -------------------------------------------------------------------------------------------------------- end to end --


def test_all_runs_of_the_small_study_are_in_its_table(finished_smoke):
    runs = frames.read(finished_smoke / "results/smoke/tables/runs.parquet", "runs")
    keys = [(t, a, s) for t in ("notebook", "zero_bias", "controlled") for a in ("relu", "tanh") for s in (1, 2)]
    assert list(runs[["training", "activation", "seed"]].itertuples(index=False, name=None)) == keys
    assert (runs.step == 1000).all()
    assert (runs.status == "ok").all()
    assert runs.loss.notna().all()
    by_protocol = {"notebook": "notebook", "zero_bias": "notebook", "controlled": "close"}
    for training, sampler in by_protocol.items():  # of every seed, those that are not followed over training too
        assert runs.loc[runs.training == training, f"llc_{sampler}"].notna().all()
    text = pd.read_csv(finished_smoke / "results/smoke/tables/runs.csv")
    pd.testing.assert_frame_equal(text, runs, check_dtype=False)


def test_a_second_run_of_the_small_study_does_nothing(finished_smoke):
    again = snakemake(finished_smoke, "--cores", "2", *SMOKE)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_files_of_a_run_keep_the_contract(finished_smoke):
    folder = finished_smoke / RUNS / "controlled/tanh/seeds-1-2"
    recorded = trajectory.load(folder / "trajectory.safetensors")
    n = len(recorded.steps)
    assert recorded.W.shape == (2, n, 2, 8)
    assert recorded.b.shape == (2, n, 8)
    assert (recorded.b[:, 0] == 0).all()
    assert recorded.seeds.tolist() == [1, 2]
    checkpoints = trajectory.load(folder / "checkpoints.safetensors", kind="checkpoints")
    # log_spaced_steps(count=6, last=1000) is 0, 1, 3, 15, 63, 251, 1000 (10^0.6 = 3.98, 10^1.2 = 15.8, ...), each taken
    # at the nearest recorded step.
    assert len(checkpoints.steps) == 7
    np.testing.assert_allclose(checkpoints.steps, [0, 1, 3, 15, 63, 251, 1000], rtol=0.05)
    np.testing.assert_array_equal(recorded.at(checkpoints.steps.tolist()).W, checkpoints.W)
    llc = frames.read(folder / "llc-close.parquet", "llc")
    assert llc.seed.tolist() == [1, 1, 1, 2]  # the first seed at every third checkpoint, the other at the last
    assert llc.step.tolist() == [*checkpoints.steps[::3], checkpoints.steps[-1]]
    llc = frames.read(finished_smoke / RUNS / "zero_bias/tanh/seeds-1-2/llc-notebook.parquet", "llc")
    assert llc.seed.tolist() == [1] * 7 + [2]
    superposition = frames.read(folder / "superposition.parquet", "superposition")
    assert superposition.step.tolist() == recorded.steps.tolist() * 2


def test_results_do_not_depend_on_the_batch_that_a_seed_is_in(smoke):
    samplers = {"zero_bias": "notebook", "controlled": "close"}
    targets = [f"{RUNS}/{name}/relu/seeds-{seed}/llc-{samplers[name]}.parquet" for seed in (1, 2) for name in samplers]
    snakemake(smoke, *targets, "--cores", "2", *SMOKE, "--config", "seeds_per_job=1")
    for name, sampler in samplers.items():
        folder = smoke / RUNS / name / "relu"
        batch = trajectory.load(folder / "seeds-1-2/trajectory.safetensors")
        together = frames.read(folder / f"seeds-1-2/llc-{sampler}.parquet", "llc")
        for i, seed in enumerate((1, 2)):  # the second is in a batch of its own in which none is followed over training
            alone = trajectory.load(folder / f"seeds-{seed}/trajectory.safetensors")
            np.testing.assert_array_equal(alone.W[0], batch.W[i])
            np.testing.assert_array_equal(alone.b[0], batch.b[i])
            expected = together[together.seed == seed].reset_index(drop=True)
            found = frames.read(folder / f"seeds-{seed}/llc-{sampler}.parquet", "llc")
            pd.testing.assert_frame_equal(found, expected, check_exact=True)


# ------------------------------------------------------------------------------------------------------ interruption --


@pytest.mark.parametrize("killed", ["job", "everything"])
def test_a_killed_run_leaves_no_half_file_and_the_next_one_continues(smoke, killed):
    # A preset whose training takes minutes is killed; with fewer steps, the next run completes it.
    config = yaml.safe_load((smoke / "config/smoke.yaml").read_text())
    config["training_presets"]["long"] = {"base": "notebook", "n_steps": 1_000_000}
    (smoke / "long.yaml").write_text(yaml.safe_dump(config))
    folder = smoke / RUNS / "long/relu/seeds-1-2"
    call = [f"{RUNS}/long/relu/seeds-1-2/loss.parquet", "--cores", "1", "--configfile", "long.yaml"]
    run = begin(smoke, *call)
    try:
        job = wait_for_script(smoke, "train")
        time.sleep(3)  # past its imports, amid its training
        if killed == "job":
            job.kill()
        else:
            os.killpg(run.pid, signal.SIGKILL)
        assert run.wait(timeout=60) != 0
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    assert not list(folder.glob("*.parquet")) + list(folder.glob("*.safetensors"))

    if killed == "everything":  # the dead process could not release its lock
        assert "--unlock" in snakemake(smoke, *call, check=False).stderr
        snakemake(smoke, "--unlock", "--configfile", "long.yaml")
    replace(smoke, "long.yaml", "n_steps: 1000000", "n_steps: 1000")
    snakemake(smoke, *call)
    assert "2 of 2 steps (100%) done" in log_of(smoke)  # fewer steps need fewer inputs
    assert trajectory.load(folder / "trajectory.safetensors").steps[-1] == 1000
    assert not plan(smoke, *SMOKE)[0]  # what was finished before the kill still is


def test_everything_judges_with_the_fresh_seeds_that_it_runs(finished_smoke):
    jobs, _ = plan(finished_smoke, "everything", *SMOKE)
    made = ("gather_holdout", "judge_ladder", "judge_variants", "summarise_families", "compare_all_estimators")
    assert {rule: jobs[rule] for rule in (*made, "judge_claims")} == dict.fromkeys((*made, "judge_claims"), 1)
    assert not plan(finished_smoke, "holdout", *SMOKE)[0]["judge_claims"]
