# Training: the inputs of every step; W, b and outputs of every run at recorded steps, and its loss, densely.


rule draw_inputs:
    """The inputs of every training step of a batch of seeds. All activations see the same."""
    output:
        arrays("inputs"),
    log:
        f"{LOGS}/draw_inputs/{{training}}-{{seeds}}.log",
    benchmark:
        f"{BENCHMARKS}/draw_inputs/{{training}}-{{seeds}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=for_batch(1000, fixed=500, per_seed=1),
        runtime=for_batch(5, per_seed=0.01),
    params:
        preset=lambda wildcards: asdict(STUDY.training_preset(wildcards.training).inputs),
        seeds=lambda wildcards: seeds.parse(wildcards.seeds),
        code=code("draw_inputs"),
    message:
        "Drawing inputs for preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/draw_inputs.py"


# Ahead by its priority: as an input of training, even an ancient one, it would hide from Snakemake what is to be trained,
# or train all again. Each training job tries out its own activation as well.
rule check_activations:
    """One small job ahead of training: whether functions of activations can be used, and minima are known."""
    output:
        f"{RESULTS}/{paths.ACTIVATIONS}",
    log:
        f"{LOGS}/check_activations.log",
    benchmark:
        f"{BENCHMARKS}/check_activations.tsv"
    priority: 1
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        functions={name: hashes.function_hash(name) for name in STUDY.activations},
        # Deviations are measured at them, long after training.
        known_minima={name: hashes.function_hash(name) for name in config["deviations"]["grid"]["activations"]},
        code=code("check_activations"),
    message:
        "Trying out the functions of all activations"
    script:
        "../scripts/check_activations.py"


rule train:
    """Weights of a batch of runs at recorded steps, their loss, densely, and whether they have arrived."""
    input:
        rules.draw_inputs.output,
    output:
        trajectory=arrays("trajectory"),
        outputs=arrays("outputs"),
        loss=table("loss"),
        ends=table("ends"),
    log:
        f"{LOGS}/train/{{training}}-{{activation}}-{{seeds}}.log",
    benchmark:
        f"{BENCHMARKS}/train/{{training}}-{{activation}}-{{seeds}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=for_batch(1000, fixed=500, per_seed=1),
        runtime=for_batch(5, per_seed=0.01),
        gpu=GPUS,
    params:
        preset=lambda wildcards: asdict(STUDY.training_preset(wildcards.training)),
        recorded=lambda wildcards: {
            "weight_steps": STUDY.weight_steps(wildcards.training),
            "loss_steps": STUDY.loss_steps(wildcards.training),
        },
        device=config["device"],
        function=function_hash,
        code=code("train"),
    message:
        "Training {wildcards.activation} with preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/train.py"


rule checkpoint:
    """The steps at which the LLC is estimated, of a batch of runs. Another schedule retrains nothing."""
    input:
        rules.train.output.trajectory,
    output:
        arrays("checkpoints"),
    log:
        f"{LOGS}/checkpoint/{{training}}-{{activation}}-{{seeds}}.log",
    benchmark:
        f"{BENCHMARKS}/checkpoint/{{training}}-{{activation}}-{{seeds}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(2),
    params:
        steps=STUDY.checkpoint_steps,
        code=code("checkpoint"),
    message:
        "Choosing checkpoints of {wildcards.activation}, preset {wildcards.training}, seeds {wildcards.seeds}"
    script:
        "../scripts/checkpoint.py"
