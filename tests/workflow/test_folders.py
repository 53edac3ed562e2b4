"""Where results may go, and how numbers of configuration files may be written."""

import pytest
from conftest import ROOT

from superposition.errors import StudyError
from workflow.folders import PRODUCTS, check_results_folder
from workflow.notation import check_arguments, check_notation, placed
from workflow.provenance import hashes


@pytest.mark.parametrize(
    "results", [".", "..", "/", "workflow", "config", "superposition", "docs", "workflow/new", "~/x", "a" * 300]
)
def test_results_are_refused_where_they_would_touch_the_workflow_itself(monkeypatch, results):
    monkeypatch.chdir(ROOT)
    with pytest.raises(StudyError, match="where:    results"):
        check_results_folder(results, ROOT)


def test_a_link_to_the_sources_is_refused(tmp_path):
    (tmp_path / "results").symlink_to(ROOT)
    with pytest.raises(StudyError, match="which holds the workflow itself"):
        check_results_folder(str(tmp_path / "results"), ROOT)


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_folder_that_holds_a_product_of_others_is_refused_and_one_of_ours_is_not(tmp_path, product):
    path = tmp_path / product if "." in product else tmp_path / product / "Snakefile"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    with pytest.raises(StudyError, match="did not make"):
        check_results_folder(str(tmp_path), ROOT)
    (tmp_path / "logs" / "draw_inputs").mkdir(parents=True)
    (tmp_path / "logs" / "draw_inputs" / "notebook-1-10.log").touch()
    check_results_folder(str(tmp_path), ROOT)


def test_results_go_into_the_folder_in_which_snakemake_works_whatever_else_lies_there(tmp_path, monkeypatch):
    (tmp_path / "elsewhere" / "config").mkdir(parents=True)
    (tmp_path / "elsewhere" / "config" / "config.yaml").touch()  # read instead of the repository's
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match="among the sources"):
        check_results_folder("elsewhere/results", tmp_path)
    monkeypatch.chdir("elsewhere")
    check_results_folder("results", tmp_path)


def test_a_new_folder_and_one_with_other_files_are_accepted(tmp_path):
    (tmp_path / "notes.md").touch()
    check_results_folder(str(tmp_path), ROOT)
    check_results_folder(str(tmp_path / "new"), ROOT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seeds: 1:30", "1:30, which YAML reads as 90"),
        ("seeds: 012", "012, which YAML reads as 10"),
        ("seeds: [1_0]", "1_0, which YAML reads as 10"),
        ("figures: {band: 1_0.5}", "1_0.5, which YAML reads as 10.5"),
        ("seeds: 1\nseeds: 2", "'seeds' a second time"),
    ],
)
def test_a_number_with_two_readings_and_a_second_key_are_refused_with_their_line(tmp_path, text, found):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(StudyError, match=r"mine\.yaml, line \d") as error:
        check_notation([tmp_path / "mine.yaml"], ["seeds", "figures"])
    assert found in str(error.value)


FILES = {
    "study.yaml": "seeds: 1\nfigures:\n  band: 0.5\n  moments: [0, 1]\ncheckpoints: 1\nladder: 1\n",
    "mine.yaml": "usual: &usual\n  width: 3\nfigures:\n  <<: *usual\n  # a comment\n  band: 2\ncheckpoints:\n",
    "tabs.json": '{\n\t"seeds": 3\n}',
}


@pytest.mark.parametrize(
    ("where", "found", "place"),
    [
        ("seeds", 1, "seeds (study.yaml, line 1)"),
        ("figures.band", 2, "figures.band (mine.yaml, line 6)"),
        ("figures.width", 3, "figures.width (mine.yaml, line 2)"),
        ("figures.moments.1", 1, "figures.moments.1 (study.yaml, line 4)"),
        ("figures", "'band'", "figures (mine.yaml, line 6)"),
        ("figures", "nothing", "figures (mine.yaml, line 3)"),
        ("the top level", "'usual'", "the top level (mine.yaml, line 1)"),
        ("device.of", "x", "device.of (--config)"),
        ("checkpoints", "checkpoints without a value", "checkpoints (mine.yaml, line 7)"),
        ("ladder", "ladder without a value", "ladder (--config)"),
        ("superposition/activations.py, line 3", "x", "superposition/activations.py, line 3"),
    ],
)
def test_a_value_of_the_configuration_is_refused_with_the_last_file_that_has_it(
    tmp_path, monkeypatch, where, found, place
):
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    error = StudyError(expected="E", found=found, where=where, hint="H")
    with (
        pytest.raises(StudyError) as placed_error,
        placed([tmp_path / name for name in FILES], {"device": {"of": "x"}, "ladder": None}),
    ):
        raise error
    assert f"where:    {place}\n" in str(placed_error.value)


def test_plain_numbers_quoted_texts_and_sections_of_others_are_accepted(tmp_path):
    (tmp_path / "mine.yaml").write_text("seeds: '1:30'\nfigures: {band: 1.0e-3, moments: [0, 10]}\nother: 1:30\n")
    check_notation([tmp_path / "mine.yaml", *(ROOT / "config").glob("*.yaml")], ["seeds", "figures"])


@pytest.mark.parametrize("argument", ["seeds=1_0", "--config=seeds=1_0", "seeds=010"])
def test_a_number_with_two_readings_is_refused_on_the_command_line_too(argument):
    with pytest.raises(StudyError, match="which is read as 10"):
        check_arguments(["snakemake", "--config", argument], ["seeds"])


def test_other_arguments_are_accepted():
    plain = ["seeds=10", "seeds=1-10", "seeds=-1", "device=cpu", "other=1_0", "--cores=1_0", "1_0", "results=1_0/x"]
    check_arguments(plain, ["seeds", "device", "results"])


def test_without_git_the_commit_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hashes.commit() == "unknown"
