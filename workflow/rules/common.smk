# What all rules share: the checked study, the folders, paths of many runs, resources, and hashes of the code that jobs
# execute.

import math
import os
import shutil
from dataclasses import asdict

from superposition.provenance import hashes
from superposition.provenance import registry
from superposition import seeds
from superposition.protocols import CONTROLLED, POST, presets_of
from snakemake.logging import logger
from workflow.folders import check_results_folder
from workflow.notation import check_notation
from workflow.study import ROOT, Study

STUDY = Study(config)

if workflow.is_main_process:  # jobs find what their study has begun to write
    check_notation(workflow.configfiles, STUDY.config)
    check_results_folder(STUDY.config["results"], ROOT)
    for line in STUDY.summary():
        logger.info(line)

config.update(STUDY.config)  # the same values with their keys in one order: params of another order count as changed

RESULTS = config["results"]
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
INPUTS = f"{RESULTS}/inputs/{{training}}/seeds-{{seeds}}.safetensors"
RUNS = f"{RESULTS}/runs/{{training}}/{{activation}}/seeds-{{seeds}}"

EVERY_RUN = {"training": STUDY.training, "activation": STUDY.activations, "seeds": STUDY.batches}


wildcard_constraints:
    training="[a-z][a-z0-9_]*",
    sampler="[a-z][a-z0-9_]*",
    activation="|".join(registry.activation_names()),
    seeds=r"\d+(-\d+|(,\d+)*)",
    seed=r"\d+",


# For each job that trains or samples. `auto` asks for none: on a cluster a job sees the GPUs that it has asked for.
GPUS = 1 if config["device"] == "cuda" else 0


def growing(amount):
    """Resource that grows with every attempt, in case it was too little."""
    return lambda wildcards, attempt: amount * attempt


def for_batch(least, *, fixed=0, per_seed):
    """Resource that grows with the seeds of a batch beyond what few of them take, and with every attempt.

    Values are above what 300 seeds were measured to take: 0.7 MB a seed in training, 2.6 MB and a second in sampling.
    """
    return lambda wildcards, attempt: attempt * max(
        least, fixed + math.ceil(per_seed * len(seeds.parse(wildcards.seeds)))
    )


def code(script):
    """Hash of the code that workflow/scripts/{script}.py executes, its own included: a change of it reruns the rule.

    It is computed when such a job is planned; a process that runs one job needs no other.
    """
    return lambda wildcards: hashes.code_hash(ROOT / "workflow" / "scripts" / f"{script}.py")


# Whose polygons are points with a known learning coefficient, whichever activations the study has.
POLYGONS = "relu"


def function_hash(wildcards):
    """Hash of an activation's function: a change of it reruns that activation."""
    return hashes.function_hash(wildcards.activation)


def trajectories_of(activation):
    """Paths of the trajectories of an activation's runs."""
    return collect(f"{RUNS}/trajectory.safetensors", activation=activation, seeds=STUDY.batches, allow_missing=True)


def batches_of(name):
    """Paths of one file of every batch of an activation's runs."""
    return lambda wildcards: collect(f"{RUNS}/{name}", seeds=STUDY.batches, **wildcards)


def batch_of(name):
    """Path of one file of the batch that a seed is computed in."""
    return lambda wildcards: [(f"{RUNS}/{name}").format(seeds=STUDY.batch_of(wildcards.seed), **wildcards)]


def n_initial(wildcards):
    """Number of features that start as a polygon."""
    return STUDY.training_preset(wildcards.training).initial_polygon


def reported_table(name, title):
    """Path of a table as CSV, which the HTML report shows with the caption of that table."""
    return report(
        f"{RESULTS}/tables/{name}.csv",
        caption=f"../report/tables/{name}.rst",
        category="Tables",
        labels={"table": title, "file": f"{name}.csv"},
    )


def reported_document(name, caption, title):
    """Path of a Word document, which the HTML report offers with a caption."""
    return report(
        f"{RESULTS}/documents/{name}.docx",
        caption=f"../report/documents/{caption}.rst",
        category="Documents",
        labels={"document": title, "file": f"{name}.docx"},
    )


def compared_figure(name, caption, **labels):
    """Paths of a figure of all activations in both formats, with its place in the report."""
    svg = report(
        f"{RESULTS}/figures/{name}.svg", caption=f"../report/{caption}.rst", category="Comparisons", labels=labels
    )
    return [svg, f"{RESULTS}/figures/{name}.png"]


def tables_of(name):
    """Paths of one table of every batch of runs."""
    return collect(f"{RUNS}/{name}.parquet", **EVERY_RUN)


def llc_tables(pairs):
    """Paths of the estimates of all runs by sampler preset, for pairs of a training with a sampler preset."""
    return {
        f"llc_{sampler}": collect(
            f"{RUNS}/llc-{sampler}.parquet",
            **EVERY_RUN | {"training": [training for training, other in pairs if other == sampler]},
        )
        for sampler in dict.fromkeys(sampler for _, sampler in pairs)
    }


LLC_TABLES = llc_tables([(one["training"], one["sampler"]) for one in STUDY.protocols.values()])


def llc_of(paths):
    """Paths of estimates by sampler preset, none where no protocol has it with the training preset of the figure."""

    def of(sampler):
        path = paths(f"llc-{sampler}.parquet")
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
