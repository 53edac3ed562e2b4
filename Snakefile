"""Superposition across activation functions: a replication with local learning coefficients.

Rules are included in the order in which they run. `config/config.yaml` says what the study is; `profiles/` say how a
machine runs it.
"""

from snakemake.utils import min_version

min_version("9.27")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/estimate_llc.smk"
include: "workflow/rules/measure_superposition.smk"
include: "workflow/rules/summarise_runs.smk"


rule all:
    default_target: True
    input:
        rules.summarise_runs.output,
        rules.record_provenance.output,
