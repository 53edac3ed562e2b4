# Training: W and b of every run at recorded steps, and its loss, densely.


rule train:
    output:
        trajectory=RUNS + "/trajectory.safetensors",
        loss=RUNS + "/loss.parquet",
    params:
        preset=lambda wildcards: asdict(STUDY.training_preset(wildcards.training)),
        weight_steps=lambda wildcards: STUDY.weight_steps(wildcards.training),
        loss_steps=lambda wildcards: STUDY.loss_steps(wildcards.training),
        device=config["device"],
        function=function_hash,
        code=code("train"),
    benchmark:
        RUNS + "/train.benchmark.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../../envs/study.yaml"
    message:
        "Training {wildcards.activation} with preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/train.py"


# The steps at which the LLC is estimated. Another schedule retrains nothing.
rule checkpoint:
    input:
        rules.train.output.trajectory,
    output:
        RUNS + "/checkpoints.safetensors",
    params:
        steps=STUDY.checkpoint_steps,
        code=code("checkpoint"),
    threads: 1
    resources:
        mem_mb=300,
    conda:
        "../../envs/study.yaml"
    message:
        "Choosing checkpoints of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/checkpoint.py"
