# How every run ended, in one table, and how the results were made.


rule summarise_runs:
    """How every run ended, one row each."""
    input:
        **LLC_TABLES,
        superposition=tables_of("superposition"),
        loss=tables_of("loss"),
    output:
        parquet=f"{RESULTS}/tables/runs.parquet",
        csv=reported_table("runs", "how every run ended"),
    log:
        f"{LOGS}/summarise_runs.log",
    benchmark:
        f"{BENCHMARKS}/summarise_runs.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        samplers=list(STUDY.sampler),
        n_initial={name: preset.initial_polygon for name, preset in STUDY.training.items()},
        thresholds=config["superposition"],
        code=code("summarise_runs"),
    message:
        "Summarising all runs"
    script:
        "../scripts/summarise_runs.py"


rule record_provenance:
    """The merged configuration, versions and commit, made again with the table of runs."""
    input:
        rules.summarise_runs.output.parquet,
    output:
        f"{RESULTS}/provenance.json",
    log:
        f"{LOGS}/record_provenance.log",
    benchmark:
        f"{BENCHMARKS}/record_provenance.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=200,
    params:
        # Where results lie is no part of the study, and may say whose machine it is.
        config={name: value for name, value in STUDY.config.items() if name != "results"},
        code=code("record_provenance"),
    message:
        "Recording configuration and versions"
    script:
        "../scripts/record_provenance.py"
