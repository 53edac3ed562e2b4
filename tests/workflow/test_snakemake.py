"""What users of Snakemake expect of a workflow: descriptions, graphs, summaries, a report, and use as a module."""

import json
import re

import pandas as pd
import pytest
import yaml
from conftest import SMOKE, begin, plan, replace, snakemake

from workflow.study import Study

pytestmark = pytest.mark.workflow


def test_every_rule_is_described_in_one_line(repository):
    lines = snakemake(repository, "--list").stdout.splitlines()
    rules = [re.fullmatch(r"(\w+) \(([A-Z].{20,105}\.)\)", line) for line in lines]
    assert len(rules) >= 30
    assert all(rules), [line for line, rule in zip(lines, rules, strict=True) if not rule]


def test_a_value_that_cannot_be_used_is_named_with_the_last_file_that_has_it(repository):
    (repository / "config" / "mine.yaml").write_text("seeds: 1-2\ndevice: gpu\n")
    mine = snakemake(repository, "--dry-run", *SMOKE, "config/mine.yaml", check=False)
    assert "where:    device (config/mine.yaml, line 2)" in mine.stdout
    given = snakemake(repository, "--dry-run", "--config", "device=gpu", *SMOKE, check=False)
    assert "where:    device (--config)" in given.stdout
    replace(repository, "config/config.yaml", "device: auto", "device: gpu")
    own = snakemake(repository, "--dry-run", *SMOKE, check=False)
    assert "where:    device (config/config.yaml, line " in own.stdout


def test_a_misspelt_name_in_a_requested_path_has_a_hint(repository):
    asked = snakemake(repository, "--dry-run", "results/smoke/figures/zero_bia/relu/seed-1.svg", *SMOKE, check=False)
    message = asked.stdout + asked.stderr
    assert re.search(r"a training preset\n.*'zero_bia'\n.*seed-1.svg\n +hint: +did you mean zero_bias", message), (
        message
    )


def test_a_seed_that_the_study_does_not_have_is_refused(repository):
    asked = snakemake(repository, "--dry-run", "results/smoke/figures/zero_bias/relu/seed-7.svg", *SMOKE, check=False)
    assert re.search(r"a seed of the study\n.*7\n.*\n +hint: +seeds: 1-2", asked.stdout + asked.stderr)


@pytest.mark.parametrize("graph", ["--dag", "--rulegraph", "--filegraph"])
def test_graphs_are_drawn(finished_smoke, graph):
    text = snakemake(finished_smoke, graph, *SMOKE).stdout
    assert text.startswith("digraph snakemake_dag {")
    assert text.rstrip().endswith("}")
    assert "estimate_llc" in text


def test_the_summary_says_of_every_file_that_nothing_is_to_do(finished_smoke):
    lines = snakemake(finished_smoke, "--summary", *SMOKE).stdout.splitlines()
    files = pd.DataFrame([line.split("\t") for line in lines[1:]], columns=lines[0].split("\t"))
    assert len(files) > 60
    assert (files.status == "ok").all()
    assert (files.plan == "no update").all()


def test_the_report_is_one_file_with_the_figures(smoke):
    snakemake(smoke, "--report", "report.html", *SMOKE)
    text = (smoke / "report.html").read_text()
    assert "results/smoke/figures/zero_bias/tanh.svg" in text


def test_another_workflow_uses_this_one_as_a_module_with_its_own_configuration(repository):
    folder = repository / "docs" / "module_example"
    jobs, _ = plan(folder, "superposition_all")
    changed = yaml.safe_load((folder / "config.yaml").read_text())
    assert changed["activations"] == ["relu"]
    assert {name for name in jobs if not name.startswith("superposition_")} == set()
    assert jobs["superposition_train"] == 3  # three training presets, one activation, one batch of seeds
    assert jobs["superposition_estimate_llc"] == 3  # one for each protocol

    snakemake(folder, "--cores", "1")
    counts = pd.read_csv(folder / "results/counts.csv")
    assert counts.seed.tolist() == [1, 2]
    assert counts.n_represented.between(0, 8).all()
    assert not (repository / "results").exists()  # all files are where the other workflow was started


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_snakemake_ends_when_its_jobs_have_and_not_when_its_timers_do(repository, ends):
    script = repository / "workflow" / "scripts" / "draw_inputs.py"
    if ends == "badly":
        script.write_text("raise ValueError\n")
    inputs = "results/smoke/inputs/notebook/seeds-1-2.safetensors"
    waiting = ("--max-jobs-per-timespan", "10000/1h")
    process = begin(repository, inputs, *SMOKE, "--cores", "1", *waiting)
    try:
        process.wait(timeout=300)  # an hour, if it waited
    finally:
        process.kill()
    assert (process.returncode == 0) == (ends == "well")
    assert (repository / inputs).exists() == (ends == "well")


# ------------------------------------------------------------------------------------------------------- deployed --

INPUTS = "results/smoke/inputs/notebook/seeds-1-2.safetensors"
"""What one cheap job makes, whose script imports the package."""


def test_the_snakefile_of_the_catalog_plans_the_same_and_runs_in_a_copy_without_git(repository):
    assert not (repository / ".git").exists()  # as snakedeploy leaves it
    catalog = ("-s", "workflow/Snakefile", *SMOKE)
    jobs, _ = plan(repository, *catalog)
    expected, _ = plan(repository, *SMOKE)
    assert jobs.pop("study") == expected.pop("all") == 1  # its own target asks for all that the other one does
    assert jobs == expected
    assert jobs["train"] == 6
    provenance = "results/smoke/provenance.json"
    snakemake(repository, INPUTS, provenance, "--cores", "2", *catalog)
    assert (repository / INPUTS).exists()
    assert json.loads((repository / provenance).read_text())["versions"]["commit"] == "unknown"


def test_in_another_folder_the_configuration_of_the_repository_holds(repository, config):
    elsewhere, study = ("--directory", "elsewhere"), Study(config)
    jobs, _ = plan(repository, *elsewhere)
    assert jobs["train"] == len(study.training) * len(study.activations) * len(study.batches)
    snakemake(repository, INPUTS, "--cores", "1", *elsewhere, *SMOKE)
    assert (repository / "elsewhere" / INPUTS).exists()
    assert not (repository / "results").exists()
