"""Names in requested paths: which are refused, and with what hint."""

import pytest
from conftest import snakemake

from superposition.errors import StudyError
from workflow import requested
from workflow.study import Study


@pytest.fixture(scope="module")
def names(config):
    """All names of the default study, by kind."""
    return Study(config).names


@pytest.mark.parametrize(
    ("path", "kind", "hint"),
    [
        ("runs/notebook/relo/seeds-1-32/loss.parquet", "an activation", "did you mean relu"),
        ("runs/notebok/relu/seeds-1-32/trajectory.safetensors", "a training preset", "did you mean notebook"),
        ("runs/zero_bias/relu/seeds-1-32/llc-clsoe.parquet", "a sampler preset", "did you mean close"),
        ("figures/zero_bias/relo.gif", "an activation", "did you mean relu"),
        ("figures/zero_bias/relo-seeds.svg", "an activation", "did you mean relu"),
        ("figures/zero_bia/relu/seed-1.svg", "a training preset", "did you mean zero_bias"),
        ("figures/superposition-vs-llc-clsoe.pdf", "a sampler preset", "did you mean close"),
        ("figures/families/softplsu_beta.png", "a family", "did you mean softplus_beta"),
        ("tables/capacity/notebook/relo.csv", "an activation", "did you mean relu"),
        ("tables/model_runs/elhage_smal/relu.parquet", "an experiment", "did you mean elhage_small"),
        ("tables/model_findings/elhge.csv", "a paper", "did you mean elhage"),
        ("documents/compare-gelu_rleu.docx", "a comparison", "did you mean gelu_relu"),
        ("documents/compare-x.docx", "a comparison", "known: bounded"),
    ],
)
def test_an_unknown_name_is_refused_with_its_kind_and_the_nearest_that_is_known(names, path, kind, hint):
    with pytest.raises(StudyError, match=rf"{kind}\n.*\n +where: +some/results/{path}\n +hint: +{hint}"):
        requested.check_requested(["--cores", "2", f"some/results/{path}"], "some/results", names)


@pytest.mark.parametrize("path", ["runs/notebook/relo/seeds-1-32/loss.parquet", "figures/overvie.svg", "relo", ".", ""])
def test_paths_elsewhere_and_those_of_no_file_of_the_results_are_left_to_snakemake(names, path):
    requested.check_requested([path, f"results/{path.replace('runs/', 'run/')}"], "results", names)


FILES = ["results/tables/runs.csv", "results/tables/summary.csv", "results/report/index.html"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("laddr", "did you mean ladder?"),
        ("results/tables/runz.csv", "did you mean results/tables/runs.csv?"),
        ("results/smoke/tables/runs.csv", "files of this configuration lie in results; those of another need"),
        ("nonsense", "snakemake --list names all rules"),
        ("results/tables/nonsense.csv", "snakemake --list names all rules"),
    ],
)
def test_what_no_rule_makes_has_a_hint_at_rules_or_files(name, hint):
    error = requested.unknown_target(name, "results", ["all", "ladder", "train"], FILES)
    assert error.found == repr(name)
    assert error.hint.startswith(hint)


@pytest.mark.workflow
@pytest.mark.parametrize("dry", [True, False])
def test_a_misspelt_rule_has_a_hint_in_the_terminal(repository, dry):
    options = ["--dry-run"] if dry else ["--cores", "1"]
    asked = snakemake(repository, "laddr", *options, check=False)
    assert asked.returncode != 0
    said = asked.stdout + asked.stderr  # a dry run says all on its output
    assert "found:    'laddr'\n  where:    the command line\n  hint:     did you mean ladder?" in said


@pytest.mark.workflow
def test_every_file_of_the_study_may_be_requested(repository, names):
    rows = snakemake(repository, "--summary", "everything").stdout.splitlines()
    files = [file for file, *_ in map(str.split, rows) if file.startswith("results/")]
    assert len(files) > 2000
    requested.check_requested(files, "results", names)
