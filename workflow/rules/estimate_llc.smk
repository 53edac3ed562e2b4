# Local learning coefficients of every run at its checkpoints.


rule estimate_llc:
    """LLC of a batch of runs, of the first seeds at all checkpoints, with diagnostics and a status."""
    input:
        checkpoints=rules.checkpoint.output[0],
        inputs=rules.draw_inputs.output[0],
    output:
        table("llc"),
    log:
        f"{LOGS}/estimate_llc/{{training}}-{{activation}}-{{seeds}}-{{sampler}}.log",
    benchmark:
        f"{BENCHMARKS}/estimate_llc/{{training}}-{{activation}}-{{seeds}}-{{sampler}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=for_batch(2000, fixed=1000, per_seed=4),
        runtime=for_batch(5, per_seed=0.05),
        gpu=GPUS,
    params:
        training=lambda wildcards: asdict(STUDY.training_preset(wildcards.training)),
        sampler=lambda wildcards: asdict(STUDY.sampler_preset(wildcards.sampler)),
        device=config["device"],
        followed=lambda wildcards: sorted({*STUDY.followed} & {*seeds.parse(wildcards.seeds)}),
        limits=config["llc_limits"],
        function=function_hash,
        code=code("estimate_llc"),
    message:
        "Estimating LLC ({wildcards.sampler}) of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/estimate_llc.py"


rule gather_coefficients:
    """On request: learning coefficients at the ends of runs, beside those that are known."""
    input:
        llc=collect(
            rules.estimate_llc.output,
            training=config["coefficients"]["training"],
            activation=STUDY.activations,
            seeds=STUDY.batches,
            sampler=config["coefficients"]["sampler"],
        ),
        labels=table("critical_points"),
    output:
        both("coefficients"),
    log:
        f"{LOGS}/gather_coefficients.log",
    benchmark:
        f"{BENCHMARKS}/gather_coefficients.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        sampler=config["coefficients"]["sampler"],
        code=code("gather_coefficients"),
    message:
        "Gathering learning coefficients at the ends of runs"
    script:
        "../scripts/gather_coefficients.py"


rule coefficients:
    """On request: learning coefficients at the ends of runs, by the best estimator for what it costs."""
    input:
        rules.gather_coefficients.output,
    log:
        f"{LOGS}/coefficients.log",
    benchmark:
        f"{BENCHMARKS}/coefficients.tsv"
    localrule: True
    message:
        "Learning coefficients of the ends are there"
