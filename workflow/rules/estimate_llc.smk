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
        sampler=lambda wildcards: asdict(STUDY.sampler_presets[wildcards.sampler]),
        device=config["device"],
        followed=lambda wildcards: sorted({*STUDY.followed} & {*seeds.parse(wildcards.seeds)}),
        limits=config["llc_limits"],
        function=function_hash,
        code=code("estimate_llc"),
    message:
        "Estimating LLC ({wildcards.sampler}) of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/estimate_llc.py"
