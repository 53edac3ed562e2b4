# How every run ended, in one table, and how the results were made.


def tables_of(name):
    """Paths of one table of every batch of runs."""
    return collect(RUNS + f"/{name}.parquet", **EVERY_RUN)


rule summarise_runs:
    input:
        superposition=tables_of("superposition"),
        loss=tables_of("loss"),
        **{f"llc_{sampler}": tables_of(f"llc-{sampler}") for sampler in STUDY.sampler},
    output:
        parquet=RESULTS + "/tables/runs.parquet",
        csv=RESULTS + "/tables/runs.csv",
    params:
        samplers=list(STUDY.sampler),
        n_initial={name: preset.initial_polygon for name, preset in STUDY.training.items()},
        thresholds=config["superposition"],
        code=code("summarise_runs"),
    localrule: True
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../../envs/study.yaml"
    message:
        "Summarising all runs"
    script:
        "../scripts/summarise_runs.py"


# The merged configuration, versions and commit. Remade with the table of runs, whose provenance it is.
rule record_provenance:
    input:
        rules.summarise_runs.output.parquet,
    output:
        RESULTS + "/provenance.json",
    params:
        config=config,
    localrule: True
    threads: 1
    resources:
        mem_mb=200,
    conda:
        "../../envs/study.yaml"
    message:
        "Recording configuration and versions"
    script:
        "../scripts/record_provenance.py"
