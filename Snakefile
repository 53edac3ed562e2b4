"""Superposition across activation functions: a replication with local learning coefficients.

Rules are included from runs to documents. What a subject has on request stands beside its other rules; files that hold
nothing else come last. `config/config.yaml` says what the study is; `profiles/` and `slurm/` say how a machine or a
cluster runs it.
"""

from pathlib import Path

import yaml
from snakemake.utils import min_version

from superposition import release
from workflow.closing import cancel_timers
from workflow.folders import check_writable
from workflow.study import ROOT
from workflow.terminal import Terminal

min_version("9.27")


# That of the folder in which Snakemake works, which `--directory` names, or else the one beside this file.
configfile: "config/config.yaml" if Path("config/config.yaml").exists() else str(ROOT / "config/config.yaml")


# Used with `--software-deployment-method apptainer` alone (docs/cluster.md).
container: "envs/study.sif"


onstart:
    check_writable(RESULTS)
    release.date(yaml.safe_load(Path(CITATION).read_text()))  # all documents bear it


onsuccess:
    cancel_timers()
    TERMINAL.succeed()


onerror:
    cancel_timers()
    TERMINAL.fail(log)


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


TERMINAL = Terminal(workflow, results=RESULTS, protocols=STUDY.protocols)


include: "workflow/rules/train.smk"
include: "workflow/rules/estimate_llc.smk"
include: "workflow/rules/measure_superposition.smk"
include: "workflow/rules/check_estimators.smk"
include: "workflow/rules/map_capacity.smk"
include: "workflow/rules/summarise_runs.smk"
include: "workflow/rules/measure_deviations.smk"
include: "workflow/rules/detect_transitions.smk"
include: "workflow/rules/summarise_activations.smk"
include: "workflow/rules/judge_claims.smk"
include: "workflow/rules/rank_activations.smk"
include: "workflow/rules/plot_training.smk"
include: "workflow/rules/plot_comparisons.smk"
include: "workflow/rules/write_documents.smk"
include: "workflow/rules/write_comparisons.smk"
include: "workflow/rules/print_documents.smk"
include: "workflow/rules/write_explorer.smk"
# Files of what is made on request alone.
include: "workflow/rules/estimate_covariance.smk"
include: "workflow/rules/calibrate_llc.smk"
include: "workflow/rules/run_families.smk"
include: "workflow/rules/refine_llc.smk"
include: "workflow/rules/run_other_models.smk"
include: "workflow/rules/judge_ladder.smk"


rule products:
    """Every table, figure and document, without what is said about them."""
    input:
        rules.check_activations.output,
        rules.compare_estimators.output,
        rules.plot_leaderboard.output,
        rules.cross_check_llc.output,
        rules.gather_capacity.output,
        rules.gather_labels.output,
        rules.summarise_runs.output,
        rules.classify_activations.output,
        rules.record_provenance.output,
        rules.measure_deviations.output,
        rules.detect_transitions.output,
        rules.summarise_activations.output,
        rules.judge_claims.output,
        rules.answer_questions.output,
        rules.rank_activations.output,
        collect(rules.plot_training.output, training=STUDY.training, activation=STUDY.activations),
        collect(rules.plot_overview.output, training=STUDY.training),
        rules.plot_signature.output,
        rules.plot_answers.output,
        rules.plot_comparisons.output,
        rules.plot_capacity.output,
        rules.write_tables.output,
        rules.write_appendix.output,
        rules.write_supplement.output,
        rules.write_replication.output,
        collect(rules.write_comparison.output, comparison=STUDY.comparisons),
        rules.print_documents.output if OFFICE else [],
        rules.write_explorer.output,
    message:
        "All tables, figures and documents are there"


include: "workflow/rules/describe_results.smk"


rule all:
    """The whole study: every table, figure and document, checked and described."""
    default_target: True
    input:
        rules.products.input,
        # A file that is missing is made again only where it is asked for: after a failure, what follows from it may exist.
        collect(rules.draw_inputs.output, training=STUDY.training, seeds=STUDY.batches),
        collect([*rules.train.output, *rules.checkpoint.output, *rules.measure_superposition.output], **EVERY_RUN),
        LLC_TABLES.values(),
        collect([*rules.map_capacity.output.capacity, *rules.map_capacity.output.minima], **OF_SHARED),
        collect(rules.label_checkpoints.output, activation=STUDY.activations),
        rules.check_results.output,
        rules.describe_results.output,
    message:
        "The whole study is there"


rule everything:
    """On request: the study, fresh seeds, families, finer tools, ladder, variants, all estimators, factorial."""
    input:
        rules.all.input,
        rules.holdout.input,
        rules.families.input,
        rules.refined.input,
        rules.coefficients.input,
        rules.ladder.input,
        rules.variants.input,
        rules.leaderboard.input,
        rules.factorial.input,
    message:
        "The study and its parts on request are there"
