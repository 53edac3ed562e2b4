"""Families in the configuration: errors before the first job, and which jobs another value or row runs."""

import ast
import copy

import pytest
import yaml
from conftest import SMOKE, plan, replace, snakemake

from superposition.errors import StudyError
from superposition.families.rows import FAMILIES
from superposition.tables import frames
from workflow.provenance import hashes, registry
from workflow.study import Study


def test_planning_reads_the_rows_that_run():
    assert list(registry.family_rows()) == [family.name for family in FAMILIES]
    for family in FAMILIES:
        assert registry.family_field(family.name, "within") == family.within
        assert registry.family_field(family.name, "limits") == family.limits


@pytest.mark.parametrize(
    ("name", "values", "expected", "where"),
    [
        ("relu_cap", [0.5, -1], "values from 0.01 to 1e+06", "families.values.relu_cap"),
        ("leaky_slope", [1.5], "values from -1 to 1", "families.values.leaky_slope"),
        ("leeky_slope", [0.5], "did you mean leaky_slope", "families.values.leeky_slope"),
        ("relu_cap", [6, 6], "every value once", "families.values.relu_cap"),
        ("relu_cap", [], "at least 1 item", "families.values.relu_cap"),
        ("relu_cap", ["6"], "a number", "families.values.relu_cap"),
    ],
)
def test_values_that_cannot_be_run_are_refused_before_the_first_job(config, name, values, expected, where):
    changed = copy.deepcopy(config)
    changed["families"]["values"][name] = values
    with pytest.raises(StudyError) as error:
        Study(changed)
    assert expected in str(error.value)
    assert where in str(error.value)


def test_jobs_depend_on_the_function_of_their_own_family_and_on_no_label(monkeypatch):
    before = {name: hashes.family_hash(name) for name in registry.family_rows()}
    assert len(set(before.values())) == len(before)
    changed = dict(registry.family_rows())
    for name, old, new in (
        ("celu_alpha", "'CELU'", "'Celu'"),
        ("leaky_slope", "F.relu(x), x, a", "F.relu(x), x, 2 * a"),
    ):
        row = ast.unparse(changed[name])
        assert old in row
        changed[name] = ast.parse(row.replace(old, new), mode="eval").body
    monkeypatch.setattr(registry, "family_rows", lambda: changed)
    hashes.family_hash.cache_clear()
    after = {name: hashes.family_hash(name) for name in changed}
    hashes.family_hash.cache_clear()
    assert [name for name in before if before[name] != after[name]] == ["leaky_slope"]


@pytest.mark.workflow
def test_families_are_made_on_request_and_another_value_runs_its_family_alone(repository):
    study = yaml.safe_load((repository / "config/config.yaml").read_text())
    study["families"]["values"] = {"relu_cap": [0.5, 6.0], "leaky_slope": [0.0]}
    study["families"]["best"] |= {"n_starts": 4, "n_steps": 20, "halvings": 1}
    path = repository / "config/config.yaml"
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    snakemake(repository, "families", "--cores", "2", *SMOKE)
    results = repository / "results/smoke"
    runs = frames.read(results / "tables/family_runs.parquet", "family_runs")
    assert runs.groupby(["family", "value"]).size().to_dict() == {
        ("leaky_slope", 0.0): 2,
        ("relu_cap", 0.5): 2,
        ("relu_cap", 6.0): 2,
    }
    table = frames.read(results / "tables/families.parquet", "families")
    assert len(table) == 3 and table.best_loss.notna().all()
    assert (runs.loss.to_numpy() >= runs.merge(table, on=["family", "value"]).best_loss.to_numpy() - 1e-6).all()
    assert (results / "figures/families/relu_cap.svg").stat().st_size > 10_000

    study["families"]["values"]["relu_cap"].append(2.0)
    path.write_text(yaml.safe_dump(study, sort_keys=False))
    replace(repository, "superposition/families/rows.py", 'label="Leaky ReLU"', 'label="Leaky"')
    jobs, text = plan(repository, "families", *SMOKE)
    assert jobs == {"run_family": 1, "search_family": 1, "plot_family": 2, "summarise_families": 1, "families": 1}
    assert "Training family relu_cap" in text
