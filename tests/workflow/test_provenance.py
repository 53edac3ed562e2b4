"""Hashes of the code that a job executes: what changes them and what does not."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from superposition.activations import ACTIVATIONS
from superposition.claims.post import OF_POST, PRIOR_WORK
from superposition.claims.statement import BETWEEN
from workflow.checks import verdicts
from workflow.provenance import dependencies, hashes, registry

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
NAMES = [activation.name for activation in ACTIVATIONS]


@pytest.fixture
def package(tmp_path, monkeypatch) -> Path:
    """A copy of the package, to which `provenance` looks."""
    shutil.copytree(dependencies.PACKAGE, tmp_path / "superposition", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(dependencies, "PACKAGE", tmp_path / "superposition")
    forget()
    yield tmp_path / "superposition"
    forget()


def forget() -> None:
    """Forget the files that have been read."""
    for module in (dependencies, hashes, registry):
        for function in vars(module).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()


@pytest.fixture
def edit(package) -> Callable[[str, str, str], None]:
    """Replace a text that occurs in a module of the copy."""

    def replace(module: str, old: str, new: str) -> None:
        name = module.removesuffix("_page")
        ends = (".yaml",) if name != module else (".py", ".md")
        path = next(path for path in (package / f"{name}{end}" for end in ends) if path.exists())
        source = path.read_text()
        assert old in source, f"{old!r} is no longer in {path.name}: choose another text to edit"
        path.write_text(source.replace(old, new, 1))
        forget()

    return replace


def code(script: str) -> str:
    return hashes.code_hash(SCRIPTS / f"{script}.py")


def of_stages() -> dict[str, str]:
    scripts = ("draw_inputs", "train", "checkpoint", "measure_superposition", "estimate_llc")
    return {script: code(script) for script in scripts}


def test_the_copy_has_the_hashes_of_the_package(monkeypatch, package):
    copied = of_stages()
    monkeypatch.setattr(dependencies, "PACKAGE", ROOT / "superposition")
    forget()
    assert of_stages() == copied


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        (
            "model/training",
            '"""Return the recorded weights and losses of one',
            '"""Give the recorded weights and losses of one',
        ),
        ("model/training", "    starts = [initial", "    # a comment\n\n    starts = [initial"),
        (
            "model/training",
            "{*weight_steps, *loss_steps}",
            "{\n        *weight_steps,\n        *loss_steps}",
        ),
        ("model/autoencoder", '"""Replica axes are padded', '"""The replica axes are padded'),
        ("model/draws", '    """The training sample of one run', '    """A training sample of one run'),
    ],
    ids=["docstring", "comment", "format", "documented_constant", "class_docstring"],
)
def test_wording_and_layout_change_no_hash(edit, module, old, new):
    before = of_stages()
    edit(module, old, new)
    assert of_stages() == before


@pytest.mark.parametrize(
    ("module", "old", "new", "changed"),
    [
        ("model/training", "recorded = {0: w.clone()}", "recorded = {0: w}", {"train"}),
        ("model/training", '"eps": 1e-8', '"eps": 1e-7', {"train"}),
        (
            "model/draws",
            "torch.empty(n_passes, 2, dtype",
            "torch.empty(n_passes, 3, dtype",
            {"draw_inputs", "estimate_llc"},
        ),
        (
            "model/draws",
            "torch.randperm(n_samples, ",
            "torch.randperm(n_samples + 0, ",
            {"draw_inputs", "train", "estimate_llc"},
        ),
        ("model/data", "dtype_of(preset)) / lengths[", "dtype_of(preset)) / 1 / lengths[", {"train"}),
        ("model/draws", "draws.sample.argmax(-1)", "draws.sample.argmin(-1)", {"draw_inputs"}),
        ("model/autoencoder", "REPLICA_MULTIPLE = 32", "REPLICA_MULTIPLE = 128", {"train", "estimate_llc"}),
        ("measures/geometry", "squared = output**2", "squared = output * output", {"measure_superposition"}),
        ("llc/estimate", "MIN_TRACE_POINTS = 50", "MIN_TRACE_POINTS = 49", {"estimate_llc"}),
        ("schedules", "steps - step).argmin()", "steps - step).argmax()", {"checkpoint"}),
        ("training_presets", "return math.ceil(self.n_samples", "return math.floor(self.n_samples", None),
        ("tables/trajectory", "steps=self.steps[index]", "steps=self.steps[index] + 0", None),
    ],
)
def test_a_changed_function_or_constant_changes_the_hash_of_the_scripts_that_use_it_and_of_no_other(
    edit, module, old, new, changed
):
    before = of_stages()
    edit(module, old, new)
    expected = set(before) if changed is None else changed
    found = {script for script, value in of_stages().items() if value != before[script]}
    # Choosing checkpoints and measuring outputs need no preset; drawing inputs needs no trajectory.
    expected -= {"training_presets": {"checkpoint", "measure_superposition"}, "tables/trajectory": {"draw_inputs"}}.get(
        module, set()
    )
    assert found == expected


def test_a_definition_that_a_script_does_not_use_does_not_change_its_hash(edit):
    before = of_stages()
    edit("model/training", "def optimizer(", "def _unused():\n    return 1\n\n\ndef optimizer(")
    edit("statistics", "np.median(used)", "np.mean(used)")
    assert of_stages() == before


def test_a_change_behind_an_import_of_a_module_or_a_name_is_seen(edit):
    # train.py calls ends.py and that training.py, which uses `model.loss` through the module and `join` by its name.
    before = code("train")
    edit("model/autoencoder", "    error = outputs(activation, W, b, inputs) - inputs.target\n", "    error = 0\n")
    through_module = code("train")
    edit(
        "model/autoencoder",
        "return torch.cat([W.flatten(-2), b], dim=-1)",
        "return torch.cat([W.flatten(-2), b], dim=1)",
    )
    assert len({before, through_module, code("train")}) == 3


def test_a_change_of_what_a_module_passes_on_from_another_is_seen(edit):
    # plot_overview.py draws with style.FAMILY_COLORS, which style.py imports from palette.py.
    before = code("plot_overview")
    edit("palette", 'BOUNDED: "#D55E00"', 'BOUNDED: "#D55E01"')
    assert code("plot_overview") != before


def test_a_changed_activation_changes_its_own_function_hash_only(edit):
    before = {name: hashes.function_hash(name) for name in NAMES}
    edit("activations", "return F.relu(x).square()", "return F.relu(x).pow(2)")
    changed = {name for name in NAMES if hashes.function_hash(name) != before[name]}
    assert changed == {"relu_squared"}


def test_another_torch_function_in_a_row_changes_that_rows_hash_only(edit):
    before = {name: hashes.function_hash(name) for name in NAMES}
    edit("activations", "function=F.gelu", "function=F.mish")
    assert {name for name in NAMES if hashes.function_hash(name) != before[name]} == {"gelu"}


def test_another_label_or_source_changes_what_is_printed_but_not_the_function(edit):
    function, printed = hashes.function_hash("gelu"), registry.printed("gelu")
    edit("activations", 'label="GELU"', 'label="GeLU"')
    assert hashes.function_hash("gelu") == function
    assert registry.printed("gelu") == printed | {"label": "GeLU"}


def test_a_new_row_changes_no_hash_of_another_activation_and_no_script(edit):
    before = {name: hashes.function_hash(name) for name in NAMES}
    scripts = of_stages()
    edit("activations", '_TORCH = "torch', 'def double(x: Tensor) -> Tensor:\n    return 2 * x\n\n\n_TORCH = "torch')
    row = 'Activation(name="double", label="2x", function=double, formula="2x", family=CONTROL, reference="here"),'
    edit(
        "activations",
        "ACTIVATIONS: tuple[Activation, ...] = (\n",
        f"ACTIVATIONS: tuple[Activation, ...] = (\n    {row}\n",
    )
    assert list(registry.rows()) == ["double", *NAMES]
    assert {name: hashes.function_hash(name) for name in NAMES} == before
    assert of_stages() == scripts


def test_hashes_of_different_activations_differ_and_are_the_same_when_asked_twice():
    first = [hashes.function_hash(name) for name in NAMES]
    forget()
    assert len(set(first)) == len(NAMES)
    assert [hashes.function_hash(name) for name in NAMES] == first


def test_names_read_from_the_source_are_those_of_the_registry():
    assert list(registry.rows()) == NAMES


def test_margins_and_activations_read_from_the_source_are_those_of_the_statements():
    statements = {statement.id: statement for statement in (*OF_POST, *PRIOR_WORK)}
    expected = {name: (statement.margin, statement.direction == BETWEEN) for name, statement in statements.items()}
    assert verdicts.statement_margins() == expected
    named = {name for statement in statements.values() for name in statement.named}
    assert verdicts.statement_activations() == named


def test_a_record_of_a_statement_changes_what_judges_it_and_a_comment_changes_nothing(edit):
    before = of_stages() | {"judge_claims": code("judge_claims")}
    edit("claims/post_page", "# Statements that are tested", "# All statements that are tested")
    assert of_stages() | {"judge_claims": code("judge_claims")} == before
    edit("claims/post_page", "margin: nearly_always", "margin: most")
    assert of_stages() | {"judge_claims": before["judge_claims"]} == before
    assert code("judge_claims") != before["judge_claims"]


def test_versions_name_everything_that_numbers_depend_on():
    versions = hashes.versions()
    libraries = {"snakemake", "torch", "numpy", "scipy", "pandas", "pyarrow", "devinterp"}
    assert set(versions) == {"python", "platform", "commit"} | libraries
    assert all(versions.values())


def test_a_script_depends_on_the_tables_that_it_names_and_on_no_others(edit):
    before = code("train")
    for rule in ("measure_superposition", "summarise_runs"):
        edit(f"tables/declared/{rule}", "| Sum of squared feature norms.", "| The sum of squared feature norms.")
    assert code("train") == before
    edit("tables/declared/train", "| sample_loss | float", "| sample_loss | integer")
    assert code("train") != before


def test_a_script_that_holds_the_name_of_a_table_as_another_text_does_not_depend_on_it(edit):
    # The appendix has a column of losses, a quantity, and reads the table of runs, but never the table loss.
    before = {script: code(script) for script in ("write_appendix", "write_replication")}
    edit("tables/declared/train", "| sample_loss | float", "| sample_loss | integer")
    assert code("write_appendix") == before["write_appendix"]
    edit("tables/declared/summarise_runs", "| sample_loss | float", "| sample_loss | integer")
    assert code("write_appendix") != before["write_appendix"]
    # The main document reads tables by the names of its files: any that its texts name may be one of them.
    assert code("write_replication") != before["write_replication"]


SEEDED = {"train", "measure_superposition", "estimate_llc", "judge_claims"}


@pytest.mark.parametrize(
    ("module", "old", "new", "changed"),
    [
        ("tables/declared/shared", "| loss | float", "| loss | integer", {"train", "measure_superposition"}),
        ("tables/declared/shared", "| seed | integer |  | at least 0", "| seed | integer |  | 0 to 9", SEEDED),
        ("tables/declared/estimate_llc", "| ess | float", "| ess | integer", {"estimate_llc", "calibrate_llc"}),
        ("tables/declared/claims", "| n_agree | integer", "| n_agree | float", {"judge_claims"}),
        ("tables/declared/calibrate_llc", "| sgld_step | integer", "| sgld_step | float", {"calibrate_llc"}),
    ],
    ids=["shared_column", "shared_range", "shared_columns", "columns_of_two_tables", "calibration"],
)
def test_a_changed_column_that_tables_share_changes_the_scripts_that_name_one_of_them(edit, module, old, new, changed):
    scripts = {"train", "checkpoint", "measure_superposition", "estimate_llc", "calibrate_llc", "judge_claims"}
    before = {script: code(script) for script in scripts}
    edit(module, old, new)
    found = {script for script in scripts if code(script) != before[script]}
    assert changed <= found
    # Names that code happens to hold as strings may only add to them: what names no table depends on none.
    assert "checkpoint" not in found
    assert "train" in changed or "train" not in found


def test_the_hash_of_all_tables_changes_with_any_of_them_and_with_nothing_else(edit):
    found = [hashes.tables_hash()]
    edit("tables/store", '"""All tables by name', '"""Every table by name')
    assert hashes.tables_hash() == found[0]
    for module, old in [
        ("tables/declared/claims", "| 0 to 1 |"),
        ("tables/declared/claims", "## claim_variants"),
        ("tables/declared/calibrate_llc", "| drift |"),
    ]:
        edit(module, old, old.replace("1", "2").replace("variants", "variant").replace("drift", "drifts"))
        found.append(hashes.tables_hash())
    assert len(set(found)) == 4


def test_a_script_belongs_to_its_own_hash_without_its_comments(tmp_path):
    script = tmp_path / "checkpoint.py"
    source = (SCRIPTS / "checkpoint.py").read_text()
    found = []
    for text in (source, f"# a comment\n{source}", f"{source}\nprint()\n"):
        script.write_text(text)
        forget()
        found.append(hashes.code_hash(script))
    assert found[0] == found[1] != found[2]
