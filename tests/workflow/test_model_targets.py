"""Models of other papers, asked for by name: what is made, and what another value runs again."""

import pytest
import yaml
from conftest import SMOKE, plan, replace, snakemake

from superposition.tables import frames

SMALL = ("--configfile", "config/smoke.yaml", "config/small.yaml")


@pytest.mark.workflow
def test_a_paper_and_the_factorial_are_made_on_request_and_run_again_alone(repository):
    others = {"experiments": dict.fromkeys(("elhage_small", "elhage_geometry", "elhage_phase", "lk_phase", "lk_wide"))}
    path = repository / "config/small.yaml"
    path.write_text(yaml.safe_dump({"other_models": others}))
    snakemake(repository, "lad_kostolansky", "factorial", "--cores", "2", *SMALL)
    results = repository / "results/smoke"
    runs = frames.read(results / "tables/model_runs/lk_small/tanh.parquet", "model_runs")
    assert runs.groupby(["sparsity", "seed"]).size().tolist() == [1] * 4
    findings = frames.read(results / "tables/model_findings/lad_kostolansky.parquet", "model_findings")
    assert set(findings.verdict) == {"not testable"}  # their experiment has been taken out
    answers = frames.read(results / "tables/factorial_answers.parquet", "factorial_answers")
    assert set(answers.question) == {6}  # SoLU is not among the activations
    for name in ("lk_small", "factorial"):
        assert (results / f"figures/other_models/{name}.svg").stat().st_size > 10_000

    others["experiments"]["lk_small"] = {"sparsity": [0.5]}
    path.write_text(yaml.safe_dump({"other_models": others}))
    jobs, _ = plan(repository, "lad_kostolansky", "factorial", *SMALL)
    assert jobs == {"run_model": 2, "summarise_models": 1, "plot_models": 1, "lad_kostolansky": 1}


@pytest.mark.workflow
def test_a_figure_of_chens_experiment_is_drawn_again_without_training(repository):
    snakemake(repository, "chen", "--cores", "2", *SMOKE)
    results = repository / "results/smoke"
    runs = frames.read(results / "tables/chen_runs.parquet", "chen_runs")
    assert set(runs.seed) == {1, 2}
    for path in ("tables/chen_levels.csv", "tables/model_findings/chen.csv", "figures/other_models/chen.svg"):
        assert (results / path).exists()
    replace(
        repository, "superposition/figures/other_models.py", "style.laid_out(3.6, note)", "style.laid_out(3.7, note)"
    )
    jobs, _ = plan(repository, "chen", *SMOKE)
    assert jobs == {"summarise_chen": 1, "chen": 1}


@pytest.mark.workflow
def test_a_file_of_a_model_that_the_study_cannot_measure_is_refused_before_the_first_job(repository):
    made = snakemake(repository, "results/figures/lk_wide/relu.svg", "--cores", "1", check=False)
    assert made.returncode != 0
    assert "lk_wide with sample: fresh" in made.stdout + made.stderr
    assert not (repository / "results/runs").exists()
