# Figures of one activation, with the medians and bands that they show: its training, its final polygons by seed, and on
# demand the training of one run and an animation.

# Its figures, with their places in the report.
FIGURES = {
    name: reported_figure(
        name,
        "Training",
        {"activation": "{activation}", "training": "{training}", "figure": name},
        subcategory="{training}",
    )
    for name in ("training", "seeds")
}

# With what the training of an activation is drawn, of all its runs and of one.
DRAWN_WITH = {
    "printed": lambda wildcards: registry.printed(wildcards.activation),
    "samplers": lambda wildcards: STUDY.samplers_of(wildcards.training),
    "look": lambda wildcards: {
        "moments": config["figures"]["moments"],
        "procedure": STUDY.procedure(wildcards.training),
        "n_initial": STUDY.training_preset(wildcards.training).initial_polygon,
        "n_free": STUDY.training_preset(wildcards.training).n_free,
    },
    "band": config["figures"]["band"],
    "thresholds": config["superposition"],
    "transitions": config["transitions"],
}


rule plot_training:
    """Figures of one activation: its training, and its final polygons by seed."""
    input:
        unpack(lambda wildcards: recorded(wildcards, STUDY.batches, llc=True)),
        critical=rules.label_checkpoints.output[0],
    output:
        **FIGURES,
        curves=both("curves"),
    log:
        f"{LOGS}/plot_training/{{training}}-{{activation}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_training/{{training}}-{{activation}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(2),
    params:
        **DRAWN_WITH,
        code=code("plot_training"),
    message:
        "Plotting the training of {wildcards.activation}, preset {wildcards.training}"
    script:
        "../scripts/plot_training.py"


rule plot_run:
    """On request: figure of one run, such as results/figures/zero_bias/gelu/seed-7.svg."""
    input:
        unpack(requested_run),
        critical=rules.label_checkpoints.output[0],
    output:
        svg=figure("run", ".svg"),
        png=figure("run", ".png"),
    log:
        f"{LOGS}/plot_run/{{training}}-{{activation}}-{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_run/{{training}}-{{activation}}-{{seed}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(2),
    params:
        **DRAWN_WITH,
        code=code("plot_run"),
    message:
        "Plotting seed {wildcards.seed} of {wildcards.activation}, preset {wildcards.training}"
    script:
        "../scripts/plot_run.py"


rule animate_training:
    """On request: the polygon of one activation forming over training, as an animation."""
    input:
        unpack(lambda wildcards: recorded(wildcards, STUDY.batches, llc=False)),
    output:
        f"{RESULTS}/{paths.ANIMATION}",
    log:
        f"{LOGS}/animate_training/{{training}}-{{activation}}.log",
    benchmark:
        f"{BENCHMARKS}/animate_training/{{training}}-{{activation}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(5),
    params:
        printed=lambda wildcards: registry.printed(wildcards.activation),
        n_frames=config["figures"]["animation"]["count"],
        seconds_per_frame=config["figures"]["animation"]["seconds_per_frame"],
        look=lambda wildcards: {
            "procedure": STUDY.procedure(wildcards.training),
            "n_initial": STUDY.training_preset(wildcards.training).initial_polygon,
        },
        thresholds=config["superposition"],
        code=code("animate_training"),
    message:
        "Animating the training of {wildcards.activation}, preset {wildcards.training}"
    script:
        "../scripts/animate_training.py"


rule animations:
    """On request: the animations of all activations."""
    input:
        collect(rules.animate_training.output, training=STUDY.training, activation=STUDY.activations),
    message:
        "The animations are there"
