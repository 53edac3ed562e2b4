# Parts that rules of several files share: the checked study, the folders, resources and hashes of the code that jobs execute,
# paths of files, and those of all runs; functions of one file too, which Snakemake's linter wants apart from rules. A file
# names only what stands here, in itself, or in one that is included before it.

import os
import sys
from dataclasses import asdict
from pathlib import Path

from snakemake.logging import logger
from superposition.protocols import compared_protocols, pairs_of, presets_of
from workflow import paths, seeds
from workflow.folders import check_results_folder
from workflow.notation import check_arguments, check_notation, placed
from workflow.provenance import hashes, registry
from workflow.requested import check_requested
from workflow.resources import for_batch, growing
from workflow.study import ROOT, Study

# Snakemake has the files of the command line first, whose values replace those of the others.
CONFIGFILES = workflow.configfiles[len(workflow.overwrite_configfiles) :] + list(workflow.overwrite_configfiles)
with placed(CONFIGFILES, workflow.config_settings.config):
    STUDY = Study(config)

if workflow.is_main_process:  # jobs find what their study has begun to write
    check_notation(workflow.configfiles, STUDY.config)
    check_arguments(sys.argv, STUDY.config)
    check_results_folder(STUDY.config["results"], ROOT)
    check_requested(sys.argv[1:], STUDY.config["results"], STUDY.names)
    for line in STUDY.summary():
        logger.info(line)

config.update(STUDY.config)  # the same values with their keys in one order: params of another order count as changed

RESULTS = config["results"]
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"

# Relative, so that results stay valid where the repository is moved.
CITATION = os.path.relpath(ROOT / "CITATION.cff")


wildcard_constraints:
    training="[a-z][a-z0-9_]*",
    sampler="[a-z][a-z0-9_]*",
    activation="|".join(registry.rows()),
    seeds=r"\d+(-\d+|(,\d+)*)",
    seed=r"\d+",


# For each job that trains or samples. `auto` asks for none: on a cluster a job sees the GPUs that it has asked for.
GPUS = 1 if config["device"] == "cuda" else 0


def code(*scripts):
    """Hash of the code that workflow/scripts/{script}.py executes, its own included: a change of it reruns the rule.

    It is computed when such a job is planned; a process that runs one job needs no other.
    """
    return lambda wildcards: " ".join(hashes.code_hash(ROOT / f"workflow/scripts/{script}.py") for script in scripts)


def function_hash(wildcards):
    """Hash of an activation's function: a change of it reruns that activation."""
    return hashes.function_hash(wildcards.activation)


def arrays(name):
    """Path of a file of arrays."""
    return f"{RESULTS}/{paths.ARRAYS[name]}.safetensors"


def table(name, suffix=".parquet"):
    """Path of a table."""
    return f"{RESULTS}/{paths.of_table(name)}{suffix}"


def over_all_runs(files):
    """Tables over all runs, as parquet, among some files."""
    return [path for path in files if path == table(Path(path).stem)]


def reported_table(name, title):
    """Path of a table as CSV, which the HTML report shows with the caption of that table."""
    labels = {"table": title, "file": f"{name}.csv"}
    return report(table(name, ".csv"), caption=f"../report/tables/{name}.rst", category="Tables", labels=labels)


def both(name, title=""):
    """Paths of a table as parquet and as CSV, which the HTML report shows if it has a title there."""
    return [table(name), reported_table(name, title) if title else table(name, ".csv")]


def figure(name, suffix, sampler="{sampler}"):
    """Path of a figure in one of its formats; of one sampler preset where it is named."""
    return f"{RESULTS}/{paths.of_figure(name)}{suffix}".replace("{sampler}", sampler)


def reported_figure(name, category, labels, *, caption="", sampler="{sampler}", **place):
    """Paths of a figure in both formats, with its place in the report; its caption has its name if none is given."""
    svg, png = (figure(name, suffix, sampler) for suffix in (".svg", ".png"))
    return [report(svg, caption=f"../report/{caption or name}.rst", category=category, labels=labels, **place), png]


def compared_figure(name, title, sampler="-", caption=""):
    """Paths of a figure of all activations, as PDF too, which journals print, with its place in the report."""
    labels = {"figure": title, "sampler": sampler}
    paths_of = reported_figure(name, "Comparisons", labels, caption=caption, sampler=sampler)
    return [*paths_of, figure(name, ".pdf", sampler)]


def reported_document(name, title):
    """Path of a Word document, which the HTML report offers with a caption."""
    path = f"{RESULTS}/{paths.of_document(name)}.docx"
    labels = {"document": title, "file": f"{paths.DOCUMENTS[name]}.docx"}
    return report(path, caption=f"../report/documents/{name}.rst", category="Documents", labels=labels)


EVERY_RUN = {"training": STUDY.training, "activation": STUDY.activations, "seeds": STUDY.batches}


def tables_of(name, runs=EVERY_RUN):
    """Paths of one table of every batch of runs."""
    return collect(table(name), **runs)


def llc_tables(pairs, runs=EVERY_RUN):
    """Paths of the estimates of all runs by sampler preset, for pairs of a training with a sampler preset."""
    trained = {sampler: [training for training, other in pairs if other == sampler] for _, sampler in pairs}
    return {
        f"llc_{sampler}": tables_of("llc", runs | {"training": training, "sampler": sampler})
        for sampler, training in trained.items()
    }


def recorded(wildcards, batches, *, llc):
    """Paths of what is recorded of an activation's runs in some batches, with or without their LLC."""
    files = {name: arrays(name) for name in ("trajectory", "outputs")}
    files |= {name: table(name) for name in ("loss", "superposition")}
    if llc:  # of a training preset without a protocol there is none
        samplers = STUDY.samplers_of(wildcards.training)
        files |= {f"llc_{sampler}": table("llc").replace("{sampler}", sampler) for sampler in samplers}
    of = {"training": wildcards.training, "activation": wildcards.activation, "seeds": batches}
    return {name: collect(path, **of) for name, path in files.items()}


def requested_run(wildcards):
    """Files of the run that a path names."""
    return recorded(wildcards, [STUDY.batch_of(wildcards.seed)], llc=True)


def runs_compared(wildcards):
    """All runs of the activations of the comparison that a path names."""
    return EVERY_RUN | {"activation": STUDY.comparisons[wildcards.comparison]["activations"]}


PAIRS = pairs_of(STUDY.protocols).values()
LLC_TABLES = llc_tables(PAIRS)


def if_made(name):
    """Path of a table that is made on request, once it has been, or where it is made at the same time."""

    def path(wildcards):
        wanted = os.path.exists(table(name)) or "everything" in workflow.dag_settings.targets
        return [table(name)] if wanted else []

    return path
