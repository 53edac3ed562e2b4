"""What is said about the results: the data dictionary, what is deposited, and the RO-Crate metadata of a folder."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import ROOT, copy_repository, plan, replace, snakemake
from conftest import SMOKE as SMALL
from rocrate.rocrate import ROCrate

from superposition.provenance import dependencies, hashes
from superposition.tables import frames, store
from superposition.tables.identity import of_batch
from superposition.tables.trajectory import TrainingInputs, Trajectory
from workflow import deposit, dictionary, outputs
from workflow.crate import CrateFile, gathered, results_crate
from workflow.folders import sources

SMOKE = "results/smoke"
VERSIONS = {"python": "3.11.7", "commit": "abc", "platform": "Linux", "snakemake": "9.27.1", "torch": "2.13.0+cpu"}


# ---------------------------------------------------------------------------------------------------- the dictionary --


def test_the_committed_dictionary_is_what_the_declarations_say():
    command = ".venv/bin/python -m workflow.dictionary > docs/outputs.md"
    assert (ROOT / "docs/outputs.md").read_text() == dictionary.page(), f"after a change: {command}"


def test_the_dictionary_has_every_table_column_and_array():
    page = dictionary.page()
    for name, table in store.TABLES.items():
        section = page[page.index(f"\n### {name}\n") :]
        assert all(f"| `{column.name}` |" in section for column in table)
    inputs = page[page.index("## Inputs") : page.index("## Weights")]
    assert "| `counts` | uint8 or int32 | step, feature, seed |" in inputs
    assert all(f"| `{array}` |" in inputs for array in TrainingInputs.__annotations__.keys() - {"preset"})
    arrays = page[page.index("## Weights") :]
    assert "| `W` | float32 or float64 | seed, step, hidden, feature |" in arrays
    assert all(f"| `{array}` |" in arrays for array in Trajectory.__annotations__)


def test_the_dictionary_says_which_rule_and_script_make_a_file():
    page = dictionary.page()
    findings = page[page.index("\n### model_findings\n") :].split("\n\n")[3]
    for name in ("summarise_models", "summarise_chen"):
        script = f"script [`{name}.py`](../workflow/scripts/{name}.py)"
        assert f"rule [`{name}`](../workflow/rules/run_other_models.smk), {script}" in findings
    made = re.findall("^Made by rule .*", page, re.MULTILINE)
    assert len(made) == page.count("\n### ") > 40
    links = {link for line in page.splitlines() for link in re.findall(r"\]\((\.\./.*?)\)", line)}
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []
    # Of two kinds of files that match a path, the first holds: other figures lie beside those of training.
    (training,) = re.findall(r"^\| `figures/\{training\}/\{activation\}\.svg`.*", page, re.MULTILINE)
    assert re.findall(r"\[`(\w+)`\]", training) == ["plot_training"]


def test_a_new_table_is_described_without_being_listed_anywhere(monkeypatch):
    known = {output.path for output in outputs.OUTPUTS}
    monkeypatch.setitem(store.TABLES, "new", store.TABLES["runs"])
    assert outputs._table("new").path == "tables/new"
    assert "tables/new" not in known
    # One that nobody declared, in a known folder.
    assert outputs.describe("tables/other.csv").endswith(": other.csv.")


@pytest.mark.parametrize(
    ("path", "meaning"),
    [
        (
            "runs/notebook/relu/seeds-1,3/llc-mine.parquet",
            "relu, training preset notebook, seeds 1,3, sampler preset mine",
        ),
        (
            "runs/notebook/relu/seeds-1-10/trajectory.safetensors",
            "Weights of relu, training preset notebook, seeds 1-10",
        ),
        ("figures/zero_bias/overview.svg", "Final polygons of all activations, training preset zero_bias."),
        ("figures/zero_bias/relu.gif", "Animation of the polygon of relu forming, training preset zero_bias."),
        ("figures/zero_bias/relu/seed-7.png", "Training of relu with seed 7, training preset zero_bias"),
        ("figures/calibration/relu-temperature.svg", "Chains of relu by temperature of the sampler."),
        ("inputs/zero_bias/seeds-1-10.safetensors", "Inputs of every training step, training preset zero_bias"),
        ("tables/runs.csv", "How every run ended: a row for each training preset, activation and seed."),
        ("documents/compare-bounded.docx", "Activations side by side: bounded."),
        ("workflow/superposition/llc/estimate.py", "Source of the workflow: superposition/llc/estimate.py."),
        ("documents/new.docx", "Word documents, with PDF twins where LibreOffice is installed: new.docx."),
        # A word in braces is one folder or name: no pattern of figures has three folders.
        ("figures/zero_bias/relu/more/seed-7.png", "Figures, each as vector (SVG) and raster (PNG)"),
    ],
)
def test_files_are_described_by_their_path(path, meaning):
    assert meaning in outputs.describe(path)


@pytest.mark.parametrize("path", ["unknown.txt", "logs/train.log", "benchmarks/train.tsv", "smoke/tables/runs.csv"])
def test_what_lies_beside_the_results_is_no_result(path):
    assert outputs.describe(path) == ""


def test_what_describes_checks_and_animates_does_not_load_pytorch():
    package = ("tables.checks", "figures.animation")
    modules = ["workflow.outputs", "workflow.dictionary", *(f"superposition.{module}" for module in package)]
    command = f"import sys, {', '.join(modules)}; print('torch' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "False\n"


def test_all_modules_that_say_what_is_deposited_describe_the_results_again():
    described = (ROOT / "workflow/rules/describe_results.smk").read_text().split("DESCRIBING = ")[1].split("\n")[0]
    modules, found = ["scripts/describe_results"], set()
    while modules:
        source = (ROOT / f"workflow/{modules.pop()}.py").read_text()
        imports = re.findall(r"^from workflow(?:\.(\w+) import .*| import (.*))$", source, re.MULTILINE)
        named = {name for one, several in imports for name in [one, *several.split(", ")] if name} - {"job"}
        modules += named - found
        found |= named
    assert found == set(re.findall(r'"(\w+)"', described))


# --------------------------------------------------------------------------------------------------------- the crate --


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder with a table, a run and the workflow that made them."""
    for path in ("tables/runs.csv", "runs/notebook/relu/seeds-1-2/loss.parquet", "config.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"content of {path}")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "Snakefile").write_text("rule all:")
    return tmp_path


def crate_of(folder: Path, date: str = "2026-01-01T00:00:00+00:00") -> ROCrate:
    sources = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.*")) if path.is_file()}
    sources = {"workflow/Snakefile": folder / "source" / "Snakefile"} | sources
    parts = [
        CrateFile(
            path=path, source=source, meaning=outputs.describe(path) or "Given.", media_type=deposit.media_type(path)
        )
        for path, source in sources.items()
        if path != "ro-crate-metadata.json"
    ]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    citation["authors"].append({"family-names": "Baron", "given-names": "Rareș", "orcid": "https://orcid.org/0"})
    return results_crate(
        gathered(parts, folder),
        deposit.folders(parts),
        main="workflow/Snakefile",
        description="All of it.",
        citation=citation,
        versions=VERSIONS,
        objects=["config.yaml"],
        date=date,
    )


def entities(folder: Path) -> dict[str, dict]:
    """Return what the metadata file of a folder says, by identifier."""
    metadata = json.loads((folder / "ro-crate-metadata.json").read_text())
    assert metadata["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    found = {entity["@id"]: entity for entity in metadata["@graph"]}
    assert len(found) == len(metadata["@graph"])
    return found


def identifiers(value) -> list[str]:
    return [item["@id"] for item in (value if isinstance(value, list) else [value])]


def check_crate(folder: Path, found: dict[str, dict]) -> None:
    """Check what RO-Crate 1.1 and the profile Workflow Run Crate 0.5 require, and every listed file."""
    descriptor, root = found["ro-crate-metadata.json"], found["./"]
    assert identifiers(descriptor["about"]) == ["./"]
    assert "https://w3id.org/ro/crate/1.1" in identifiers(descriptor["conformsTo"])
    assert {"name", "description", "datePublished", "license", "author", "hasPart"} <= set(root)
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in identifiers(root["conformsTo"])
    (main,), (run,) = identifiers(root["mainEntity"]), identifiers(root["mentions"])
    assert set(found[main]["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert found[identifiers(found[main]["programmingLanguage"])[0]]["name"] == "Snakemake"
    assert found[run]["@type"] == "CreateAction"
    assert identifiers(found[run]["instrument"]) == [main]
    for entity in found.values():
        assert "name" in entity or entity is descriptor
        for value in entity.values():
            if isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict)):
                for name in identifiers(value):
                    assert name in found or name.startswith(("https://", "http://")), f"{name} is not described"
    files = {name: entity for name, entity in found.items() if "File" in entity["@type"]}
    assert set(files) <= set(identifiers(root["hasPart"]))
    for name, entity in files.items():
        content = (folder / name).read_bytes()
        assert entity["contentSize"] == str(len(content)), name
        assert entity["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert entity["description"].endswith("."), name
        assert "/" in entity["encodingFormat"], name


def test_a_folder_is_described_with_everything_that_the_profile_requires(folder):
    crate_of(folder).write(folder)
    found = entities(folder)
    check_crate(folder, found)
    assert (folder / "workflow/Snakefile").read_text() == "rule all:"
    assert identifiers(found["#run"]["object"]) == ["config.yaml"]
    assert identifiers(found["#run"]["result"]) == ["tables/", "runs/"]
    batch = found["runs/notebook/relu/seeds-1-2/"]
    assert batch["description"] == "Runs of relu, training preset notebook, seeds 1-2."
    assert identifiers(batch["hasPart"]) == ["runs/notebook/relu/seeds-1-2/loss.parquet"]
    assert identifiers(found["runs/"]["hasPart"]) == ["runs/notebook/relu/seeds-1-2/"]


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o755])
def test_copies_of_sources_have_the_permissions_of_any_new_file(folder, mode):
    (folder / "source" / "Snakefile").chmod(mode)
    (folder / "other").touch()
    for _ in range(2):  # a read-only copy would be in the way of the next one
        crate_of(folder).write(folder)
        names = ("workflow/Snakefile", "ro-crate-metadata.json", "other")
        assert len({(folder / name).stat().st_mode for name in names}) == 1


def test_authors_licence_works_and_versions_are_those_of_the_study(folder):
    crate_of(folder).write(folder)
    found = entities(folder)
    authors = [(found[name]["@type"], found[name]["name"]) for name in identifiers(found["./"]["author"])]
    assert authors == [("Organization", "The superposition-activations authors"), ("Person", "Rareș Baron")]
    assert identifiers(found["./"]["license"]) == ["https://spdx.org/licenses/MIT"]
    works = [found[name]["name"] for name in identifiers(found["./"]["citation"])]
    assert works[1] == "DevInterp"
    assert found["workflow/Snakefile"]["version"] == "abc"
    software = [found[name] for name in identifiers(found["workflow/Snakefile"]["softwareRequirements"])]
    assert [(entity["name"], entity["softwareVersion"]) for entity in software] == [
        ("python", "3.11.7"),
        ("snakemake", "9.27.1"),
        ("torch", "2.13.0+cpu"),
    ]


def test_the_metadata_of_the_same_folder_differ_in_their_date_only(folder):
    texts = []
    for date in ("2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"):
        crate_of(folder, date).write(folder)
        texts.append((folder / "ro-crate-metadata.json").read_text())
    assert texts[0] != texts[1]
    assert texts[0] == texts[1].replace("2026-01-02", "2026-01-01")


def test_a_changed_file_has_another_checksum(folder):
    crate_of(folder).write(folder)
    (folder / "tables/runs.csv").write_text("content of tables/runs.tsv")
    with pytest.raises(AssertionError, match=re.escape("tables/runs.csv")):
        check_crate(folder, entities(folder))


def test_locks_leftovers_and_other_studies_are_not_deposited(folder):
    names = [".trajectory-0b3f.safetensors", "documents/~$plication.docx", "documents/.~lock.replication.docx#"]
    for name in [
        *names,
        "notes.txt",
        "smoke/tables/runs.csv",
        "logs/train.log",
        "tables/claims.csv",
        "workflow/old.py",
    ]:
        (folder / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "results" / name).write_text("Jane's")
    assert [part.path for part in deposit.parts(folder / "results", folder)] == ["tables/claims.csv"]


@pytest.fixture
def own(tmp_path) -> Path:
    """A clone with an account, a private configuration, notes, an image of a container, and code of one's own."""
    repository = copy_repository(tmp_path / "own")
    for command in (["init", "-q"], ["add", "."], [*AUTHOR, "commit", "-q", "-m", "start"]):
        subprocess.run(["git", *command], cwd=repository, check=True)
    replace(repository, "slurm/config.yaml", "# slurm_account: my_account", "slurm_account: jane_lab")
    for name in ("config/mine.yaml", "docs/notes.md", "envs/study.sif", "notes.md", "superposition/draft.py"):
        (repository / name).write_text("# jane_lab\n")
    return repository


AUTHOR = ["-c", "user.name=Jane", "-c", "user.email=jane@example.org"]
CODE_OF_ONES_OWN = "superposition/draft.py"


@pytest.mark.parametrize("with_git", [True, False])
def test_accounts_and_private_configurations_are_no_sources_of_a_study(own, with_git):
    if not with_git:
        shutil.rmtree(own / ".git")
        for name in ("docs/notes.md", "notes.md"):  # nothing tells them from the study's own
            (own / name).unlink()
    found = {path.relative_to(own).as_posix() for path in sources(own)}
    assert {name for name in found if "jane" in (own / name).read_text(errors="ignore")} == {CODE_OF_ONES_OWN}
    assert {"Snakefile", "config/config.yaml", "config/smoke.yaml", "profiles/default/config.yaml"} <= found
    assert "slurm/config.yaml" not in found


def test_a_copy_inside_another_repository_is_of_no_commit(own, monkeypatch):
    (own / ".gitignore").write_text("copies/\n")
    shutil.copytree(ROOT / "superposition", own / "copies" / "superposition")
    monkeypatch.setattr(dependencies, "PACKAGE", own / "superposition")
    assert len(hashes.commit().removesuffix("-dirty")) == 40
    monkeypatch.setattr(dependencies, "PACKAGE", own / "copies" / "superposition")
    assert hashes.commit() == "unknown"


def test_without_git_the_commit_is_unknown(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert hashes.commit() == "unknown"


# ------------------------------------------------------------------------------------------------- of a whole study --


@pytest.mark.workflow
def test_all_files_of_a_study_but_logs_and_run_times_are_in_its_metadata(finished_smoke):
    results = finished_smoke / SMOKE
    found = entities(results)
    check_crate(results, found)
    listed = {name for name, entity in found.items() if "File" in entity["@type"]}
    lying = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    left_out = {path for path in lying - listed if not path.startswith(("logs/", "benchmarks/"))}
    assert left_out == {"ro-crate-metadata.json"}
    assert not any(path.startswith(("logs/", "benchmarks/")) for path in listed)
    assert listed <= lying
    assert {"workflow/superposition/llc/estimate.py", "workflow/config/config.yaml", "provenance.json"} <= listed
    assert any("LLC estimates" in found[name]["description"] for name in listed if name.startswith("runs/"))


@pytest.mark.workflow
def test_all_files_of_a_study_have_the_permissions_of_any_new_file(finished_smoke, tmp_path):
    (tmp_path / "new").touch()
    files = [path for path in (finished_smoke / SMOKE).rglob("*") if path.is_file()]
    assert {path.stat().st_mode for path in files} == {(tmp_path / "new").stat().st_mode}


@pytest.mark.workflow
def test_the_workflow_beside_the_results_runs_and_holds_nothing_that_python_makes(finished_smoke, tmp_path):
    deposited = tmp_path / "workflow"
    shutil.copytree(finished_smoke / SMOKE / "workflow", deposited)
    assert not list(deposited.rglob("__pycache__"))
    jobs, _ = plan(deposited, *SMALL)
    assert jobs["write_explorer"] == jobs["write_replication"] == 1
    assert jobs["train"] == 6


def declared(path: Path, folder: Path) -> str:
    """Return the name of a table: its file's, or that of the folder in which it is one of several files."""
    return path.relative_to(folder).parts[0].removesuffix(".parquet")


@pytest.mark.workflow
def test_every_table_over_all_runs_is_declared_and_has_a_csv_file_with_the_same_rows(finished_smoke):
    folder = finished_smoke / SMOKE / "tables"
    paths = sorted(folder.rglob("*.parquet"))
    assert len(paths) > 10
    for path in paths:
        frame, text = frames.read(path, declared(path, folder)), pd.read_csv(path.with_suffix(".csv"))
        assert declared(path, folder) in store.TABLES
        assert text.shape == frame.shape
        assert text.columns.tolist() == frame.columns.tolist()


@pytest.mark.workflow
def test_the_checks_of_a_study_cover_all_its_tables_and_pass(finished_smoke):
    folder = finished_smoke / SMOKE / "tables"
    checks = frames.read(folder / "checks.parquet", "checks")
    assert checks.passed.dropna().all()
    over_training = {"loss", "ends", "superposition", "llc-notebook", "llc-close"}
    assert (
        set(checks.table) == {declared(path, folder) for path in folder.rglob("*.parquet")} - {"checks"} | over_training
    )
    expected = dict(zip(checks.table, checks.expected, strict=True))
    # 3 training presets x 2 activations x 2 seeds.
    assert expected["loss"] == "rows of each of 12 planned runs, one for each step"


@pytest.mark.workflow
def test_a_value_outside_its_range_fails_its_job_with_a_message_and_leaves_no_table_of_checks(smoke):
    checks = f"{SMOKE}/tables/checks.parquet"
    path = smoke / SMOKE / "runs/notebook/relu/seeds-1-2/superposition.parquet"
    frame = frames.read(path, "superposition")
    frame.loc[7, "n_represented"] = 11  # of 8 features
    store.write(frame, path, "superposition", of_batch(path))
    alone = ("--force", "--allowed-rules", "check_results", "--configfile", "config/smoke.yaml", "--cores", "1")
    result = snakemake(smoke, *alone, "--", checks, check=False)
    assert result.returncode != 0
    assert "expected: 0 to n_features" in result.stderr
    assert "where:    table superposition, n_represented: training notebook, activation relu, seed 1" in result.stderr
    assert not (smoke / checks).exists()


def _without_pdfs(path):
    """Return the bytes of a file, without size and checksum of PDFs, into which LibreOffice writes the time."""
    pattern = rb'("@id": "[^"]*\.pdf",[^}]*?)"contentSize": "\d+",([^}]*)"sha256": "\w+"'
    return re.sub(pattern, rb"\1\2", path.read_bytes())


@pytest.mark.workflow
def test_documents_and_metadata_made_later_and_elsewhere_are_the_same_to_the_last_byte(finished_smoke, smoke):
    writers = [f"write_{name}" for name in ("tables", "appendix", "replication", "supplement", "comparison")]
    both = ("--configfile", "config/config.yaml", "config/smoke.yaml")  # elsewhere, none is found by itself
    results = smoke.parent / "elsewhere"
    shutil.copytree(smoke / "results", results / "results")
    shutil.move(smoke / ".snakemake", results / ".snakemake")
    written = ("--forcerun", *writers, "record_provenance", "describe_results")
    snakemake(smoke, "--cores", "2", *both, "--directory", str(results), *written)
    # Times of members of a zip file have steps of two seconds, and the first study is older than that.
    made = [path for kind in ("documents/*.docx", "*.json") for path in (results / SMOKE).glob(kind)]
    assert len(made) == 8
    for path in made:
        assert _without_pdfs(path) == _without_pdfs(finished_smoke / path.relative_to(results)), path.name
        assert path.stat().st_mtime > (finished_smoke / path.relative_to(results)).stat().st_mtime + 2
    assert "results" not in json.loads((results / SMOKE / "provenance.json").read_text())["config"]
