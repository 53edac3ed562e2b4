# Rankings of activations by superposition, and whether training presets agree about them.


rule rank_activations:
    """Rankings of activations by superposition, and whether training presets agree about them."""
    input:
        rules.summarise_runs.output.parquet,
    output:
        ranking=table("ranking"),
        ranking_csv=reported_table("ranking", "ranking by superposition"),
        correlation=table("rank_correlation"),
        correlation_csv=table("rank_correlation", ".csv"),
    log:
        f"{LOGS}/rank_activations.log",
    benchmark:
        f"{BENCHMARKS}/rank_activations.tsv"
    priority: 1  # the main document waits for it
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        statistics=config["statistics"],
        code=code("rank_activations"),
    message:
        "Ranking activations by superposition"
    script:
        "../scripts/rank_activations.py"
