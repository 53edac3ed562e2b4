# What all rules share: the checked study, the folders, and the hash of the code that each script executes.

from dataclasses import asdict

from superposition import provenance
from workflow.study import Study

STUDY = Study(config)

RESULTS = config["results"]
RUNS = RESULTS + "/runs/{training}/{activation}/seeds-{seeds}"

EVERY_RUN = {"training": STUDY.training, "activation": STUDY.activations, "seeds": STUDY.batches}


wildcard_constraints:
    training="[a-z][a-z0-9_]*",
    sampler="[a-z][a-z0-9_]*",
    activation="|".join(provenance.activation_names()),
    seeds=r"\d+(-\d+|(,\d+)*)",
    seed=r"\d+",


def code(script):
    """Hash of the package code that workflow/scripts/{script}.py executes: a change of it reruns the rule."""
    return provenance.code_hash(f"{workflow.basedir}/workflow/scripts/{script}.py")


def function_hash(wildcards):
    """Hash of an activation's function: a change of it reruns that activation."""
    return provenance.function_hash(wildcards.activation)
