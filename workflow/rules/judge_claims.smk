# The verdict on every statement under every protocol, with its variants and with what changes it.


rule judge_claims:
    """The verdict on every statement under every protocol, with its variants and what changes it."""
    input:
        **LLC_TABLES,
        runs=rules.summarise_runs.output.parquet,
        transitions=rules.detect_transitions.output.runs,
        loss=tables_of("loss"),
    output:
        collect(
            f"{RESULTS}/tables/{{table}}.{{suffix}}",
            table=["claim_comparisons", "claim_variants", "claim_changes"],
            suffix=["parquet", "csv"],
        ),
        collect(f"{RESULTS}/tables/{{table}}.parquet", table=["claims", "claim_factors", "prior_work"]),
        reported_table("claims", "verdicts on the post's statements"),
        reported_table("claim_factors", "what changes the verdicts"),
        reported_table("prior_work", "agreement with prior work"),
    log:
        f"{LOGS}/judge_claims.log",
    benchmark:
        f"{BENCHMARKS}/judge_claims.tsv"
    priority: 1  # the longest jobs after those of the runs; the main document waits for them
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        settings=config["claims"],
        protocols=STUDY.pairs,
        statistics=config["statistics"],
        training={name: asdict(preset) for name, preset in STUDY.training.items()},
        sampler={name: asdict(preset) for name, preset in STUDY.sampler.items()},
        printed={name: registry.printed(name) for name in STUDY.activations},
        code=code("judge_claims"),
    message:
        "Judging the post's statements and prior work"
    script:
        "../scripts/judge_claims.py"
