# The notebook's covariance analysis. Made only when asked for, such as by
#   snakemake results/figures/zero_bias/relu-covariance.svg


rule estimate_covariance:
    """On request: covariance of the weights of trajectories that start at the checkpoints of a batch of runs."""
    input:
        rules.checkpoint.output,
    output:
        table("covariance"),
    log:
        f"{LOGS}/estimate_covariance/{{training}}-{{activation}}-{{seeds}}.log",
    benchmark:
        f"{BENCHMARKS}/estimate_covariance/{{training}}-{{activation}}-{{seeds}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
        gpu=GPUS,
    params:
        training=lambda wildcards: asdict(STUDY.training_preset(wildcards.training)),
        sampler=asdict(STUDY.sampler_presets[config["covariance"]["sampler"]]),
        sweep={
            "batch_sizes": config["covariance"]["batch_sizes"],
            "noise_levels": config["covariance"]["noise_levels"],
            "n_eigenvalues": config["covariance"]["n_eigenvalues"],
        },
        device=config["device"],
        function=function_hash,
        code=code("estimate_covariance"),
    message:
        "Estimating covariance of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/estimate_covariance.py"


rule plot_covariance:
    """On request: the largest eigenvalues of one activation's covariance over training."""
    input:
        collect(rules.estimate_covariance.output, seeds=STUDY.batches, allow_missing=True),
    output:
        svg=figure("covariance", ".svg"),
        png=figure("covariance", ".png"),
    log:
        f"{LOGS}/plot_covariance/{{training}}-{{activation}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_covariance/{{training}}-{{activation}}.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        printed=lambda wildcards: registry.printed(wildcards.activation),
        band=config["figures"]["band"],
        code=code("plot_covariance"),
    message:
        "Plotting covariance of {wildcards.activation}, preset {wildcards.training}"
    script:
        "../scripts/plot_covariance.py"
