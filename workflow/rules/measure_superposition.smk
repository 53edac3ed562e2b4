# Superposition of every run at all recorded steps.


rule measure_superposition:
    input:
        rules.train.output.trajectory,
    output:
        f"{RUNS}/superposition.parquet",
    log:
        f"{LOGS}/measure_superposition/{{training}}-{{activation}}-{{seeds}}.log",
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=700,
    params:
        preset=lambda wildcards: asdict(STUDY.training_preset(wildcards.training)),
        thresholds=config["superposition"],
        function=function_hash,
        code=code("measure_superposition"),
    message:
        "Measuring superposition of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/measure_superposition.py"
