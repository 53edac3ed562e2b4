# Superposition of every run at all recorded steps.


rule measure_superposition:
    """Superposition of a batch of runs at all recorded steps."""
    input:
        trajectory=rules.train.output.trajectory,
        outputs=rules.train.output.outputs,
    output:
        table("superposition"),
    log:
        f"{LOGS}/measure_superposition/{{training}}-{{activation}}-{{seeds}}.log",
    benchmark:
        f"{BENCHMARKS}/measure_superposition/{{training}}-{{activation}}-{{seeds}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=for_batch(1000, fixed=500, per_seed=1),
        runtime=for_batch(3, per_seed=0.005),
    params:
        thresholds=config["superposition"],
        code=code("measure_superposition"),
    message:
        "Measuring superposition of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/measure_superposition.py"
