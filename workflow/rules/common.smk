# What all rules share: the checked study, the folders, paths of many runs, resources, and hashes of the code that jobs
# execute.

import os
import shutil
import sys
from dataclasses import asdict

from superposition.provenance import hashes
from superposition.provenance import registry
from superposition.protocols import CONTROLLED, POST, presets_of, training_labels
from superposition.schedules import log_spaced_steps, nearest_steps
from snakemake.logging import logger
from workflow import paths
from workflow import seeds
from workflow.checks import checked_seeds
from workflow.folders import check_results_folder, sources
from workflow.notation import check_arguments, check_notation
from workflow.origins import drawn_by, made_by
from workflow.resources import for_batch, growing
from workflow.study import ROOT, Study

STUDY = Study(config)

if workflow.is_main_process:  # jobs find what their study has begun to write
    check_notation(workflow.configfiles, STUDY.config)
    check_arguments(sys.argv, STUDY.config)
    check_results_folder(STUDY.config["results"], ROOT)
    for line in STUDY.summary():
        logger.info(line)

config.update(STUDY.config)  # the same values with their keys in one order: params of another order count as changed

RESULTS = config["results"]
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"

# What figures and documents call training presets.
LABELS = training_labels(STUDY.protocols)

EVERY_RUN = {"training": STUDY.training, "activation": STUDY.activations, "seeds": STUDY.batches}


def arrays(name):
    """Path of a file of arrays."""
    return f"{RESULTS}/{paths.ARRAYS[name]}.safetensors"


def table(name, suffix=".parquet"):
    """Path of a table."""
    return f"{RESULTS}/{paths.of_table(name)}{suffix}"


def figure(name, suffix, sampler="{sampler}"):
    """Path of a figure in one of its formats; of one sampler preset where it is named."""
    return f"{RESULTS}/{paths.of_figure(name)}{suffix}".replace("{sampler}", sampler)


wildcard_constraints:
    training="[a-z][a-z0-9_]*",
    sampler="[a-z][a-z0-9_]*",
    activation="|".join(registry.activation_names()),
    seeds=r"\d+(-\d+|(,\d+)*)",
    seed=r"\d+",


# For each job that trains or samples. `auto` asks for none: on a cluster a job sees the GPUs that it has asked for.
GPUS = 1 if config["device"] == "cuda" else 0


def code(*scripts):
    """Hash of the code that workflow/scripts/{script}.py executes, its own included: a change of it reruns the rule.

    It is computed when such a job is planned; a process that runs one job needs no other.
    """
    return lambda wildcards: " ".join(
        hashes.code_hash(ROOT / "workflow" / "scripts" / f"{script}.py") for script in scripts
    )


# Whose polygons are points with a known learning coefficient, whichever activations the study has.
POLYGONS = "relu"


def function_hash(wildcards):
    """Hash of an activation's function: a change of it reruns that activation."""
    return hashes.function_hash(wildcards.activation)


def trajectories_of(activation):
    """Paths of the trajectories of an activation's runs."""
    return collect(arrays("trajectory"), activation=activation, seeds=STUDY.batches, allow_missing=True)


def batches_of(path):
    """Paths of one file of every batch of an activation's runs."""
    return lambda wildcards: collect(path, seeds=STUDY.batches, **wildcards)


def batch_of(path):
    """Path of one file of the batch that a seed is computed in."""
    return lambda wildcards: [path.format(seeds=STUDY.batch_of(wildcards.seed), **wildcards)]


def procedure(wildcards):
    """What figures and documents call a training preset; one without a protocol by its name."""
    return LABELS.get(wildcards.training, f"training preset {wildcards.training}")


def n_initial(wildcards):
    """Number of features that start as a polygon."""
    return STUDY.training_preset(wildcards.training).initial_polygon


def reported_table(name, title):
    """Path of a table as CSV, which the HTML report shows with the caption of that table."""
    return report(
        table(name, ".csv"),
        caption=f"../report/tables/{name}.rst",
        category="Tables",
        labels={"table": title, "file": f"{name}.csv"},
    )


def reported_document(name, title):
    """Path of a Word document, which the HTML report offers with a caption."""
    return report(
        f"{RESULTS}/{paths.of_document(name)}.docx",
        caption=f"../report/documents/{name}.rst",
        category="Documents",
        labels={"document": title, "file": f"{paths.DOCUMENTS[name]}.docx"},
    )


def reported_figure(name, category, labels, *, caption="", sampler="{sampler}", **place):
    """Paths of a figure in both formats, with its place in the report; its caption has its name if none is given."""
    svg, png = (figure(name, suffix, sampler) for suffix in (".svg", ".png"))
    return [report(svg, caption=f"../report/{caption or name}.rst", category=category, labels=labels, **place), png]


def figure_of_activation(name):
    """Paths of a figure of one activation in both formats, with its place in the report."""
    labels = {"activation": "{activation}", "training": "{training}", "figure": name}
    return reported_figure(name, "Training", labels, subcategory="{training}")


def compared_figure(name, title, sampler="-", caption=""):
    """Paths of a figure of all activations, as PDF too, which journals print, with its place in the report."""
    labels = {"figure": title, "sampler": sampler}
    paths_of = reported_figure(name, "Comparisons", labels, caption=caption, sampler=sampler)
    return [*paths_of, figure(name, ".pdf", sampler)]


def tables_of(name, runs=EVERY_RUN):
    """Paths of one table of every batch of runs."""
    return collect(table(name), **runs)


def llc_tables(pairs, runs=EVERY_RUN):
    """Paths of the estimates of all runs by sampler preset, for pairs of a training with a sampler preset."""
    return {
        f"llc_{sampler}": collect(
            table("llc"),
            **runs | {"training": [training for training, other in pairs if other == sampler]},
            sampler=sampler,
        )
        for sampler in dict.fromkeys(sampler for _, sampler in pairs)
    }


PAIRS = [(one["training"], one["sampler"]) for one in STUDY.protocols.values()]
LLC_TABLES = llc_tables(PAIRS)


def llc_of(of_batches):
    """Paths of estimates by sampler preset, none where no protocol has it with the training preset of the figure."""

    def of(sampler):
        path = of_batches(table("llc").replace("{sampler}", sampler))
        return lambda wildcards: path(wildcards) if sampler in STUDY.samplers_of(wildcards.training) else []

    return {f"llc_{sampler}": of(sampler) for sampler in STUDY.sampler}


def compared(path):
    """Paths of a file for every run, or every preset, of a comparison's activations."""
    return lambda wildcards: collect(
        path,
        training=STUDY.training,
        activation=STUDY.comparisons[wildcards.comparison]["activations"],
        seeds=STUDY.batches,
    )


def compared_tables(wildcards):
    """Paths of what is measured of the runs of a comparison's activations."""
    runs = {"activation": STUDY.comparisons[wildcards.comparison]["activations"], "seeds": STUDY.batches}
    tables = collect([table("loss"), table("superposition")], training=STUDY.training, **runs)
    for one in STUDY.protocols.values():
        tables += collect(table("llc"), training=one["training"], sampler=one["sampler"], **runs)
    return tables


def part_of_family(name):
    """Path of the rows of one family in the tables of families."""
    return f"{RESULTS}/{paths.FAMILY}.parquet".replace("{part}", name)


def mapped(name):
    """Paths of one table of every activation, as its input function wants them."""
    return lambda wildcards: collect(
        f"{RESULTS}/{paths.of_activation(name)}.parquet",
        training=sorted(set(SHARED.values())),
        activation=STUDY.activations,
    )


def tables_along(presets):
    """Paths of what the runs of some training presets are judged by, without the LLC."""
    runs = EVERY_RUN | {"training": presets}
    return {name: collect(table(name), **runs) for name in ("superposition", "loss", "ends")}


def if_made(name):
    """Path of a table that is made on request, once it has been, or where it is made at the same time."""

    def path(wildcards):
        wanted = os.path.exists(table(name)) or "everything" in workflow.dag_settings.targets
        return [table(name)] if wanted else []

    return path


OTHER = config["other_models"]
EXPERIMENTS = OTHER["experiments"]


def runs_of_experiment(name):
    """Paths of the runs of an experiment, one for each of its activations."""
    return collect(table("model_runs"), experiment=name, activation=EXPERIMENTS[name]["activations"])


def made_for(paper):
    """Paths of all that a paper's target makes."""
    figures = collect([figure("models", ".svg"), figure("models", ".png")], experiment=STUDY.experiments_of(paper))
    tables = [table(name, suffix) for name in ("model_summary", "model_findings") for suffix in (".parquet", ".csv")]
    return figures + collect(tables, paper=paper)
