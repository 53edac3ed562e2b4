# Figures of one activation, with the medians and bands that they show: its training, its final polygons by seed, and on
# demand the training of one run and an animation.


def batches_of(path):
    """Paths of one file of every batch of an activation's runs."""
    return lambda wildcards: collect(path, seeds=STUDY.batches, **wildcards)


def batch_of(path):
    """Path of one file of the batch that a seed is computed in."""
    return lambda wildcards: [path.format(seeds=STUDY.batch_of(wildcards.seed), **wildcards)]


def trained(of_batches):
    """Paths of what is recorded and measured of an activation's runs, of all batches or of one."""
    files = {name: arrays(name) for name in ("trajectory", "outputs")}
    files |= {name: table(name) for name in ("loss", "superposition")}
    return {name: of_batches(path) for name, path in files.items()}


def llc_of(of_batches):
    """Paths of estimates by sampler preset, none where no protocol has it with the training preset of the figure."""

    def of(sampler):
        path = of_batches(table("llc").replace("{sampler}", sampler))
        return lambda wildcards: path(wildcards) if sampler in STUDY.samplers_of(wildcards.training) else []

    return {f"llc_{sampler}": of(sampler) for sampler in STUDY.sampler}


def figure_of_activation(name):
    """Paths of a figure of one activation in both formats, with its place in the report."""
    labels = {"activation": "{activation}", "training": "{training}", "figure": name}
    return reported_figure(name, "Training", labels, subcategory="{training}")


# With what the training of an activation is drawn, of all its runs and of one.
DRAWN_WITH = {
    "printed": lambda wildcards: registry.printed(wildcards.activation),
    "samplers": lambda wildcards: STUDY.samplers_of(wildcards.training),
    "look": lambda wildcards: {
        "moments": config["figures"]["moments"],
        "procedure": procedure(wildcards),
        "n_initial": n_initial(wildcards),
    },
    "band": config["figures"]["band"],
    "thresholds": config["superposition"],
    "transitions": config["transitions"],
}


rule plot_training:
    """Figures of one activation: its training, and its final polygons by seed."""
    input:
        **llc_of(batches_of),
        **trained(batches_of),
        critical=rules.label_checkpoints.output[0],
    output:
        training=figure_of_activation("training"),
        seeds=figure_of_activation("seeds"),
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
        **llc_of(batch_of),
        **trained(batch_of),
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
        **trained(batches_of),
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
        look=lambda wildcards: {"procedure": procedure(wildcards), "n_initial": n_initial(wildcards)},
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
    log:
        f"{LOGS}/animations.log",
    benchmark:
        f"{BENCHMARKS}/animations.tsv"
    localrule: True
