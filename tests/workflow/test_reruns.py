"""Which jobs run again after which change: the whole set of jobs of a dry run, as docs/reruns.md promises them."""

import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml
from conftest import SMOKE, add_activation, copy_repository, plan, replace, snakemake

pytestmark = pytest.mark.workflow

# The jobs of the small study: 3 training presets x 2 activations x 1 batch of seeds, and 3 protocols.
RUNS = {"train": 6, "checkpoint": 6, "measure_superposition": 6, "estimate_llc": 6}
# What all activations of a training preset and batch of seeds are trained on.
INPUTS = {"draw_inputs": 3}
# Whether the functions of all activations can be used: one job, which retrains nothing.
CONTRACT = {"check_activations": 1}
OF_ONE_ACTIVATION = {"train": 3, "checkpoint": 3, "measure_superposition": 3, "estimate_llc": 3}
# What needs all runs.
SUMMARIES = dict.fromkeys(
    [
        *("summarise_runs", "classify_activations", "record_provenance", "summarise_activations", "rank_activations"),
        "answer_questions",
    ],
    1,
)
VERDICTS = dict.fromkeys(["detect_transitions", "judge_claims"], 1)
DEVIATIONS = {"measure_deviations": 1}
# What is said about the results: about all files, and about tables.
DESCRIPTION = {"describe_results": 1}
CHECKED = {"check_results": 1} | DESCRIPTION
AGGREGATES = SUMMARIES | VERDICTS | DEVIATIONS | CHECKED
# Estimators where the answer is known, and the study's beside the library's.
VALIDATION = {"compare_estimators": 1, "plot_leaderboard": 1}
CROSS_CHECK = {"cross_check_llc": 1}
# What activations can do at best: all training presets have the same model and data.
CAPACITY = {"map_capacity": 2, "gather_capacity": 1}
# At which critical points runs are.
LABELS = {"label_checkpoints": 2, "gather_labels": 1}
LABELS_OF_ONE = LABELS | {"label_checkpoints": 1}
CAPACITY_OF_ONE = CAPACITY | {"map_capacity": 1}
FIGURES = {"plot_training": 6, "plot_overview": 3, "plot_comparisons": 1, "plot_capacity": 1}
FIGURES |= {"plot_signature": 1, "plot_answers": 1}
# All documents are printed together, where LibreOffice is.
PRINTED = {"print_documents": 1} if shutil.which("soffice") or shutil.which("libreoffice") else {}
PAPERS = {"write_replication": 1, "write_supplement": 1}
DOCUMENTS = PAPERS | {"write_tables": 1, "write_appendix": 1, "write_comparison": 2} | PRINTED
EXPLORER = {"write_explorer": 1}
SHOWN = FIGURES | DOCUMENTS | EXPLORER
EVERYTHING = INPUTS | CONTRACT | RUNS | LABELS | AGGREGATES | VALIDATION | CROSS_CHECK | CAPACITY | SHOWN


def jobs_after_edit(folder: Path, path: str, old: str, new: str) -> Counter:
    """Return the jobs that are planned after a text in a file was replaced."""
    replace(folder, path, old, new)
    return planned(folder)


def planned(folder: Path, *arguments: str) -> Counter:
    """Return the planned jobs of the small study, without the rule that only asks for them."""
    jobs, _ = plan(folder, *SMOKE, *arguments)
    jobs.pop("all", None)
    return jobs


def test_a_finished_study_plans_nothing(finished_smoke):
    assert planned(finished_smoke) == {}


# ------------------------------------------------------------------------------------------------- the configuration --


def test_a_new_activation_runs_its_own_jobs_and_what_needs_all_activations(smoke):
    add_activation(smoke)
    replace(smoke, "config/smoke.yaml", "activations: [relu, tanh]", "activations: [relu, tanh, double]")
    jobs, text = plan(smoke, *SMOKE)
    jobs.pop("all")
    # Comparison documents show the activations that they name, and none of them has changed.
    shown = SHOWN | {"plot_training": 3, "write_comparison": 0}
    assert Counter(jobs) == Counter(CONTRACT | OF_ONE_ACTIVATION | LABELS_OF_ONE | CAPACITY_OF_ONE | AGGREGATES | shown)
    ran = re.findall(r"^Job \d+: (.* seeds .*)$", text, flags=re.MULTILINE)
    assert len(ran) == 12
    assert all(" double" in message for message in ran)
    snakemake(smoke, "--cores", "2", *SMOKE)
    assert planned(smoke) == {}


def test_an_activation_that_the_study_does_not_use_runs_nothing(smoke):
    add_activation(smoke)
    assert planned(smoke) == {}


def test_a_removed_activation_runs_what_needs_all_activations(smoke):
    # The comparisons of ReLU with tanh are gone with it; its runs stay on disk.
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "activations: [relu, tanh]", "activations: [relu]")
    assert jobs == Counter(
        CONTRACT
        | {"gather_labels": 1, "gather_capacity": 1}
        | AGGREGATES
        | SHOWN
        | {"plot_training": 0, "write_comparison": 0}
    )


def test_a_new_seed_runs_one_more_batch(smoke):
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "seeds: 1-2", "seeds: 1-3")
    assert jobs == INPUTS | RUNS | LABELS | AGGREGATES | SHOWN


def test_a_new_training_preset_runs_its_own_jobs_and_what_needs_all_presets(smoke):
    study = yaml.safe_load((smoke / "config/smoke.yaml").read_text())
    study["training_presets"]["slow"] = {"base": "notebook", "lr": 0.005}
    study["protocols"] = {"slow": {"label": "slow", "training": "slow", "sampler": "notebook"}}
    (smoke / "config/smoke.yaml").write_text(yaml.safe_dump(study))
    # Deviations compare two presets that are named there. All four overviews show the table of runs.
    expected = {"draw_inputs": 1, "gather_capacity": 1} | dict.fromkeys(RUNS, 2) | LABELS | AGGREGATES | SHOWN
    # An activation's checkpoints under all presets are labelled together, and its figures show the labels.
    assert planned(smoke) == Counter(expected | {"plot_training": 8, "plot_overview": 4, "measure_deviations": 0})


def test_a_new_sampler_preset_runs_its_own_estimates_and_what_needs_all_samplers(smoke):
    study = yaml.safe_load((smoke / "config/smoke.yaml").read_text())
    study["protocols"] = {"cold": {"label": "cold", "training": "notebook", "sampler": "cold"}}
    (smoke / "config/smoke.yaml").write_text(yaml.safe_dump(study))
    # Figures of the other training preset show what they did.
    assert planned(smoke) == {"estimate_llc": 2} | AGGREGATES | SHOWN | {"plot_training": 2}


def test_a_changed_value_of_a_sampler_preset_runs_its_own_estimates_and_what_follows(smoke):
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "close: {num_burnin_steps: 40", "close: {num_burnin_steps: 41")
    # Deviations look at the runs of the other two training presets.
    changed = {"estimate_llc": 2} | AGGREGATES | SHOWN | {"plot_training": 2, "measure_deviations": 0}
    assert jobs == Counter(changed)


def test_another_checkpoint_schedule_trains_nothing(smoke):
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "checkpoints: {count: 6", "checkpoints: {count: 7")
    assert jobs == {"checkpoint": 6, "estimate_llc": 6} | LABELS | AGGREGATES | CROSS_CHECK | SHOWN


def test_another_number_of_followed_seeds_estimates_again_and_trains_nothing(smoke):
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "llc_seeds: 1", "llc_seeds: 2")
    assert jobs == {"estimate_llc": 6} | LABELS | AGGREGATES | SHOWN


def test_another_learning_rate_trains_on_the_same_inputs(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "lr: 0.01\n", "lr: 0.02\n")
    assert jobs == dict.fromkeys(RUNS, 4) | LABELS | AGGREGATES | CROSS_CHECK | SHOWN  # controlled has its own


def test_another_batch_size_draws_the_inputs_again(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "batch_size: 100 ", "batch_size: 50 ")
    of_two = {"draw_inputs": 2} | dict.fromkeys(RUNS, 4)  # controlled has its own
    assert jobs == of_two | LABELS | AGGREGATES | CROSS_CHECK | SHOWN


def test_another_device_trains_and_samples_again(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "device: auto", "device: cpu")
    assert jobs == RUNS | LABELS | AGGREGATES | CROSS_CHECK | SHOWN


def test_another_threshold_of_superposition_trains_and_samples_nothing(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "recovery_margin: 0.5", "recovery_margin: 0.4")
    assert jobs == {"measure_superposition": 6} | CAPACITY | AGGREGATES | SHOWN


def test_more_starts_of_the_search_for_the_best_loss_train_and_sample_nothing(smoke):
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "capacity: {n_starts: 32}", "capacity: {n_starts: 40}")
    assert jobs == Counter(CAPACITY | SUMMARIES | {"judge_claims": 1} | CHECKED | SHOWN) - Counter(
        {"plot_training": 6, "write_comparison": 2}
    )


def test_another_reach_of_critical_points_labels_again_and_draws_the_ribbons(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "reach: 0.1", "reach: 0.2")
    shown = Counter(DOCUMENTS) - Counter(write_tables=1)
    shown |= {"record_provenance": 1, "answer_questions": 1, "plot_training": 6}
    assert jobs == LABELS | shown | EXPLORER | CHECKED


def test_another_colour_draws_the_figures_again_and_writes_what_shows_them(smoke):
    jobs = jobs_after_edit(smoke, "superposition/palette.py", 'BOUNDED: "#D55E00"', 'BOUNDED: "#D55E01"')
    assert jobs == FIGURES | {"plot_leaderboard": 1} | DOCUMENTS | EXPLORER | CHECKED


def test_another_word_of_a_status_writes_again_what_explains_it(smoke):
    old, new = "A chain's own estimate lies", "The estimate of a chain lies"
    jobs = jobs_after_edit(smoke, "superposition/status.py", old, new)
    # Statuses and their meanings are one definition, which whatever gives an estimate a status executes.
    judged = {"compare_estimators": 1, "plot_leaderboard": 1, "measure_deviations": 1}
    assert jobs == judged | PAPERS | PRINTED | EXPLORER | CHECKED


def test_another_reference_of_an_activation_writes_what_prints_it(smoke):
    old, new = 'reference="Nair & Hinton 2010"', 'reference="Nair and Hinton 2010"'
    jobs = jobs_after_edit(smoke, "superposition/activations.py", old, new)
    assert jobs == {"write_tables": 1, "write_appendix": 1} | PAPERS | PRINTED | EXPLORER | CHECKED


def test_another_margin_of_a_claim_runs_the_verdicts_and_what_reports_them(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "later: {value: 0.02,", "later: {value: 0.03,")
    judged = {"judge_claims": 1, "answer_questions": 1, "record_provenance": 1, "plot_answers": 1}
    assert jobs == judged | PAPERS | PRINTED | EXPLORER | CHECKED


def test_other_moments_in_figures_run_the_figures_that_show_them(smoke):
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "moments: [0, 10,", "moments: [0, 20,")
    # Figures are written with the table of what they draw, which is checked. The explorer names the configuration.
    # The paper has no curves over training, but names the commit that the record of the study holds.
    shown = {"plot_training": 6, "write_comparison": 2, "write_appendix": 1} | PAPERS | PRINTED
    assert jobs == shown | {"record_provenance": 1} | EXPLORER | CHECKED


def test_another_chunk_of_chains_changes_no_number_and_runs_nothing_but_the_record(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "replicas_per_chunk: 4096", "replicas_per_chunk: 2048")
    assert jobs == {"record_provenance": 1} | PAPERS | PRINTED | EXPLORER | CHECKED


def test_memory_time_captions_and_profiles_run_nothing(smoke):
    replace(smoke, "workflow/rules/train.smk", "mem_mb=for_batch(1000,", "mem_mb=for_batch(1500,")
    replace(smoke, "workflow/rules/train.smk", "runtime=for_batch(5,", "runtime=for_batch(6,")
    replace(smoke, "profiles/default/config.yaml", "show-failed-logs: true", "show-failed-logs: false")
    caption = smoke / "workflow/report/training.rst"
    caption.write_text(f"{caption.read_text()}\nMore.\n")
    assert planned(smoke) == {}


def test_a_configuration_with_the_same_values_in_another_order_runs_nothing(smoke):
    for path in (smoke / "config").glob("*.yaml"):
        values = yaml.safe_load(path.read_text())
        # The order of protocols is that in which documents and figures show them.
        in_order = yaml.safe_dump({"protocols": values.pop("protocols", {})}, sort_keys=False)
        path.write_text(yaml.safe_dump(values, sort_keys=True) + in_order)
    assert planned(smoke) == {}


def test_another_label_of_a_protocol_runs_what_prints_it(smoke):
    jobs = jobs_after_edit(smoke, "config/config.yaml", "label: controlled,", "label: under control,")
    # Figures of its own training preset, and those of all. The paper writes the table of findings, which is checked.
    named = FIGURES | {"record_provenance": 1, "plot_training": 2, "plot_overview": 1}
    assert jobs == named | DOCUMENTS | EXPLORER | CHECKED


# ---------------------------------------------------------------------------------------------------------- the code --


def test_another_function_of_an_activation_runs_that_activation(smoke):
    replace(smoke, "superposition/activations.py", "function=torch.tanh", "function=F.tanh")
    jobs, text = plan(smoke, *SMOKE)
    jobs.pop("all")
    # Tanh is one of the activations at whose minima estimators are compared.
    expected = CONTRACT | OF_ONE_ACTIVATION | LABELS_OF_ONE | CAPACITY_OF_ONE | AGGREGATES | VALIDATION | SHOWN
    assert jobs == expected | {"plot_training": 3}
    ran = re.findall(r"^Job \d+: (.* seeds .*)$", text, flags=re.MULTILINE)
    assert len(ran) == 12
    assert all(" tanh" in message for message in ran)


def test_another_label_of_an_activation_runs_what_prints_it(smoke):
    jobs = jobs_after_edit(smoke, "superposition/activations.py", 'label="ReLU",', 'label="Relu",')
    printing = {"judge_claims": 1, "answer_questions": 1} | VALIDATION | SHOWN | CHECKED
    assert jobs == printing | {"plot_training": 3}


def test_edited_training_code_runs_all_but_the_validation(smoke):
    jobs = jobs_after_edit(smoke, "superposition/model/training.py", "= {0: w.clone()}", "= {0: w.detach().clone()}")
    assert jobs == RUNS | LABELS | AGGREGATES | CROSS_CHECK | SHOWN


def test_edited_drawing_of_inputs_runs_all_but_the_validation(smoke):
    jobs = jobs_after_edit(smoke, "superposition/model/draws.py", "draws.sample.argmax(-1)", "draws.sample.argmax(1)")
    assert jobs == INPUTS | RUNS | LABELS | AGGREGATES | CROSS_CHECK | SHOWN


def test_edited_estimator_code_trains_nothing(smoke):
    jobs = jobs_after_edit(smoke, "superposition/llc/estimate.py", "MIN_TRACE_POINTS = 50", "MIN_TRACE_POINTS = 49")
    assert jobs == {"estimate_llc": 6} | AGGREGATES | VALIDATION | SHOWN


def test_another_style_of_figures_runs_figures_and_documents_only(smoke):
    jobs = jobs_after_edit(smoke, "superposition/figures/style.py", '"font.size": 8', '"font.size": 9')
    assert jobs == FIGURES | DOCUMENTS | {"plot_leaderboard": 1} | CHECKED  # the explorer draws its own


def test_an_edited_script_runs_its_rule_and_what_follows(smoke):
    with (smoke / "workflow/scripts/rank_activations.py").open("a") as script:
        script.write("print()\n")
    assert planned(smoke) == {"rank_activations": 1, "write_supplement": 1} | PRINTED | CHECKED


def test_another_description_of_files_describes_the_results_again(smoke):
    replace(smoke, "workflow/outputs.py", 'suffixes=(".parquet",)', 'suffixes=(".parquet", ".arrow")')
    assert planned(smoke) == DESCRIPTION


def test_comments_docstrings_layout_and_file_times_run_nothing(smoke):
    edited = 0
    for path in [*(smoke / "superposition").rglob("*.py"), *(smoke / "workflow").rglob("*.py")]:
        text = re.sub(r'^( *)"""(?=[A-Z])', r'\1"""In other words: ', path.read_text(), flags=re.MULTILINE)
        path.write_text(f"{text}\n# the end\n")
        edited += path.read_text().count("In other words")
    assert edited > 500  # that many docstrings
    assert planned(smoke) == {}


# --------------------------------------------------------------------------------------- the machine and the folders --


def test_an_upgraded_package_runs_nothing_until_it_is_asked_for(smoke):
    for path in ("requirements.txt", "envs/study.yaml"):
        replace(smoke, path, "==2.13.0", "==2.14.0")
    assert planned(smoke) == {}
    assert planned(smoke, "--forceall") == EVERYTHING


def test_results_moved_with_their_metadata_to_a_fresh_clone_run_nothing(finished_smoke, tmp_path):
    clone = copy_repository(tmp_path / "clone")
    for name in ("results", ".snakemake"):
        shutil.copytree(finished_smoke / name, clone / name, symlinks=True)
    for path in clone.rglob("*"):
        if path.is_file() and not {"results", ".snakemake"} & set(path.relative_to(clone).parts):
            os.utime(path)  # a clone's files are newer than the results
    assert planned(clone) == {}


def test_a_renamed_results_folder_is_a_new_study(smoke):
    jobs = jobs_after_edit(smoke, "config/smoke.yaml", "results: results/smoke", "results: results/other")
    assert jobs == EVERYTHING


def test_a_deleted_file_is_made_again_with_what_follows(smoke):
    (smoke / "results/smoke/tables/ranking.csv").unlink()
    assert planned(smoke) == {"rank_activations": 1, "write_supplement": 1} | PRINTED | CHECKED
    snakemake(smoke, "--cores", "2", "results/smoke/tables/ranking.csv", *SMOKE)
    assert planned(smoke) == {}  # the table is the same again, so the document still holds
