# Local learning coefficients of every run at its checkpoints.


rule estimate_llc:
    input:
        rules.checkpoint.output,
    output:
        RUNS + "/llc-{sampler}.parquet",
    params:
        training=lambda wildcards: asdict(STUDY.training_preset(wildcards.training)),
        sampler=lambda wildcards: asdict(STUDY.sampler_preset(wildcards.sampler)),
        limits=config["llc_limits"],
        replicas_per_chunk=config["replicas_per_chunk"],
        device=config["device"],
        function=function_hash,
        code=code("estimate_llc"),
    benchmark:
        RUNS + "/llc-{sampler}.benchmark.tsv"
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../../envs/study.yaml"
    message:
        "Estimating LLC ({wildcards.sampler}) of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/estimate_llc.py"
