# What the rules of several files share: the checked study, the folders, resources and hashes of the code that jobs execute,
# paths of files, and those of all runs. A file names only what stands here, in itself, or in one that is included before it.

import os
import sys
from dataclasses import asdict

from superposition.provenance import hashes
from superposition.provenance import registry
from superposition.protocols import compared_protocols, pairs_of, presets_of, training_labels
from snakemake.logging import logger
from workflow import paths
from workflow import seeds
from workflow.folders import check_results_folder
from workflow.notation import check_arguments, check_notation
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

# Relative, so that results stay valid where the repository is moved.
CITATION = os.path.relpath(ROOT / "CITATION.cff")


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


def function_hash(wildcards):
    """Hash of an activation's function: a change of it reruns that activation."""
    return hashes.function_hash(wildcards.activation)


# What figures and documents call training presets.
PRESET_LABELS = training_labels(STUDY.protocols)


def procedure(wildcards):
    """What figures and documents call a training preset; one without a protocol by its name."""
    return PRESET_LABELS.get(wildcards.training, f"training preset {wildcards.training}")


def n_initial(wildcards):
    """Number of features that start as a polygon."""
    return STUDY.training_preset(wildcards.training).initial_polygon


def arrays(name):
    """Path of a file of arrays."""
    return f"{RESULTS}/{paths.ARRAYS[name]}.safetensors"


def table(name, suffix=".parquet"):
    """Path of a table."""
    return f"{RESULTS}/{paths.of_table(name)}{suffix}"


def reported_table(name, title):
    """Path of a table as CSV, which the HTML report shows with the caption of that table."""
    return report(
        table(name, ".csv"),
        caption=f"../report/tables/{name}.rst",
        category="Tables",
        labels={"table": title, "file": f"{name}.csv"},
    )


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
    return report(
        f"{RESULTS}/{paths.of_document(name)}.docx",
        caption=f"../report/documents/{name}.rst",
        category="Documents",
        labels={"document": title, "file": f"{paths.DOCUMENTS[name]}.docx"},
    )


EVERY_RUN = {"training": STUDY.training, "activation": STUDY.activations, "seeds": STUDY.batches}


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


PAIRS = pairs_of(STUDY.protocols).values()
LLC_TABLES = llc_tables(PAIRS)


def if_made(name):
    """Path of a table that is made on request, once it has been, or where it is made at the same time."""

    def path(wildcards):
        wanted = os.path.exists(table(name)) or "everything" in workflow.dag_settings.targets
        return [table(name)] if wanted else []

    return path
