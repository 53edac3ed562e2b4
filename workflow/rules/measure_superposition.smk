# Superposition of every run at all recorded steps.


rule measure_superposition:
    input:
        rules.train.output.trajectory,
    output:
        RUNS + "/superposition.parquet",
    params:
        preset=lambda wildcards: asdict(STUDY.training_preset(wildcards.training)),
        thresholds=config["superposition"],
        function=function_hash,
        code=code("measure_superposition"),
    threads: 1
    resources:
        mem_mb=700,
    conda:
        "../../envs/study.yaml"
    message:
        "Measuring superposition of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/measure_superposition.py"
