# Ends of all runs in one table, and a record of how the results were made.


rule summarise_runs:
    """How every run ended, one row each."""
    input:
        **LLC_TABLES,
        superposition=tables_of("superposition"),
        loss=tables_of("loss"),
        ends=tables_of("ends"),
        capacity=rules.gather_capacity.output.capacity,
    output:
        parquet=table("runs"),
        csv=reported_table("runs", "how every run ended"),
    log:
        f"{LOGS}/summarise_runs.log",
    benchmark:
        f"{BENCHMARKS}/summarise_runs.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        samplers=list(STUDY.sampler),
        n_free={name: preset.n_free for name, preset in STUDY.training.items()},
        end_limits=config["end_limits"],
        code=code("summarise_runs"),
    message:
        "Summarising all runs"
    script:
        "../scripts/summarise_runs.py"


rule classify_activations:
    """Which activations are the same, linear, cannot do better than a constant, or are frozen."""
    input:
        runs=rules.summarise_runs.output.parquet,
        loss=tables_of("loss"),
        capacity=rules.gather_capacity.output.capacity,
    output:
        parquet=table("activation_classes"),
        csv=reported_table("activation_classes", "classes of activations"),
    log:
        f"{LOGS}/classify_activations.log",
    benchmark:
        f"{BENCHMARKS}/classify_activations.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        presets=STUDY.presets["training"],
        limits=config["class_limits"],
        functions={name: hashes.function_hash(name) for name in STUDY.activations},
        code=code("classify_activations"),
    message:
        "Classifying activations"
    script:
        "../scripts/classify_activations.py"


rule record_provenance:
    """The merged configuration, versions and commit, made again with the table of runs."""
    input:
        rules.summarise_runs.output.parquet,
    output:
        f"{RESULTS}/{paths.PROVENANCE}",
    log:
        f"{LOGS}/record_provenance.log",
    benchmark:
        f"{BENCHMARKS}/record_provenance.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
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
