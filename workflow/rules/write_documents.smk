# Word documents, from tables, weights and figures.

DOCUMENTS = RESULTS + "/documents"

CITATION = f"{workflow.basedir}/CITATION.cff"

# What documents say about the study.
REPORTED = {
    "printed": {activation: provenance.printed(activation) for activation in STUDY.activations},
    "training": list(STUDY.training),
    "samplers": list(STUDY.sampler),
    "statistics": config["statistics"],
}
N_INITIAL = {name: preset.initial_polygon for name, preset in STUDY.training.items()}


# All activations with their final polygons, one table for each training preset.
rule write_tables:
    input:
        citation=CITATION,
        runs=rules.summarise_runs.output.parquet,
        summary=rules.summarise_activations.output.parquet,
        trajectories=collect(RUNS + "/trajectory.safetensors", **EVERY_RUN),
    output:
        DOCUMENTS + "/tables.docx",
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        study=REPORTED,
        n_initial=N_INITIAL,
        code=code("write_tables"),
    message:
        "Writing the tables of all activations"
    script:
        "../scripts/write_tables.py"


# Every run, one table for each activation.
rule write_appendix:
    input:
        citation=CITATION,
        runs=rules.summarise_runs.output.parquet,
    output:
        DOCUMENTS + "/appendix.docx",
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        study=REPORTED,
        code=code("write_appendix"),
    message:
        "Writing the appendix of all runs"
    script:
        "../scripts/write_appendix.py"
