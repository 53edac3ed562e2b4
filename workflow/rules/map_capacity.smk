# The best that each activation can do, apart from what training finds, and at which of these points runs are.

from workflow.plan import stand_ins

# Training presets, each with the one whose best answers are its own, and all of these with each activation.
SHARED = stand_ins(STUDY)
OF_SHARED = {"training": sorted(set(SHARED.values())), "activation": STUDY.activations}


rule map_capacity:
    """The best possible loss of one activation, where it is reached, and other minima."""
    output:
        capacity=multiext(f"{RESULTS}/{paths.of_activation('capacity')}", ".parquet", ".csv"),
        minima=multiext(f"{RESULTS}/{paths.of_activation('minima')}", ".parquet", ".csv"),
    log:
        f"{LOGS}/map_capacity/{{training}}-{{activation}}.log",
    benchmark:
        f"{BENCHMARKS}/map_capacity/{{training}}-{{activation}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(5),
    params:
        preset=lambda wildcards: asdict(STUDY.training_preset(wildcards.training).population),
        search=config["capacity"],
        thresholds=config["superposition"],
        function=function_hash,
        code=code("map_capacity"),
    message:
        "Searching for the best that {wildcards.activation} can do, model and data of preset {wildcards.training}"
    script:
        "../scripts/map_capacity.py"


rule gather_capacity:
    """The best possible losses of all activations, and their minima."""
    input:
        capacity=collect(rules.map_capacity.output.capacity[0], **OF_SHARED),
        minima=collect(rules.map_capacity.output.minima[0], **OF_SHARED),
    output:
        capacity=table("capacity"),
        capacity_csv=reported_table("capacity", "the best that each activation can do"),
        minima=table("minima"),
        minima_csv=table("minima", ".csv"),
    log:
        f"{LOGS}/gather_capacity.log",
    benchmark:
        f"{BENCHMARKS}/gather_capacity.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        shared=SHARED,
        code=code("gather_capacity"),
    message:
        "Gathering the best possible losses"
    script:
        "../scripts/gather_capacity.py"


rule label_checkpoints:
    """The critical point near each checkpoint of the runs of one activation that are followed."""
    input:
        collect(arrays("checkpoints"), training=STUDY.training, seeds=STUDY.batches, allow_missing=True),
    output:
        multiext(f"{RESULTS}/{paths.LABELS}", ".parquet", ".csv"),
    log:
        f"{LOGS}/label_checkpoints/{{activation}}.log",
    benchmark:
        f"{BENCHMARKS}/label_checkpoints/{{activation}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(5),
    params:
        presets={name: asdict(preset.population) for name, preset in STUDY.training.items()},
        followed=STUDY.followed,
        reach=config["critical_points"]["reach"],
        function=function_hash,
        code=code("label_checkpoints"),
    message:
        "Labelling checkpoints of {wildcards.activation} with critical points"
    script:
        "../scripts/label_checkpoints.py"


rule gather_labels:
    """The critical points near the checkpoints of all activations."""
    input:
        collect(rules.label_checkpoints.output[0], activation=STUDY.activations),
    output:
        both("critical_points"),
    log:
        f"{LOGS}/gather_labels.log",
    benchmark:
        f"{BENCHMARKS}/gather_labels.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        code=code("gather_labels"),
    message:
        "Gathering the labels of checkpoints"
    script:
        "../scripts/gather_labels.py"


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
        labels=rules.gather_labels.output[0],
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
    message:
        "Learning coefficients of the ends are there"
