# Summaries of the seeds of every activation.


rule summarise_activations:
    """Medians and intervals over the seeds of every activation."""
    input:
        runs=rules.summarise_runs.output.parquet,
        transitions=rules.detect_transitions.output.runs,
    output:
        parquet=table("summary"),
        csv=reported_table("summary", "medians and intervals over seeds"),
    log:
        f"{LOGS}/summarise_activations.log",
    benchmark:
        f"{BENCHMARKS}/summarise_activations.tsv"
    priority: 1  # the main document waits for it
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        samplers={name: STUDY.samplers_of(name) for name in STUDY.training},
        statistics=config["statistics"],
        code=code("summarise_activations"),
    message:
        "Summarising every activation over seeds"
    script:
        "../scripts/summarise_activations.py"
