# Figures of all activations: how they end, and how superposition, loss, LLC, onset and protocol go together; and of the
# LLC estimator where the answer is known.

PRINTED = {activation: registry.printed(activation) for activation in STUDY.activations}


rule plot_overview:
    """Figure of the final polygons of all activations, for one training preset."""
    input:
        **{activation: trajectories_of(activation) for activation in STUDY.activations},
        runs=rules.summarise_runs.output.parquet,
    output:
        reported_figure("overview", "Overview", {"figure": "final polygons", "training": "{training}"}),
    log:
        f"{LOGS}/plot_overview/{{training}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_overview/{{training}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(2),
    params:
        printed=PRINTED,
        n_initial=n_initial,
        code=code("plot_overview"),
    message:
        "Plotting the final polygons of all activations, preset {wildcards.training}"
    script:
        "../scripts/plot_overview.py"


rule plot_comparisons:
    """Figures of superposition against loss and LLC, of training presets, and of onset beside loss drops."""
    input:
        rules.summarise_activations.output.parquet,
    output:
        **{
            f"llc_{sampler}": compared_figure("llc", "superposition and LLC", sampler, caption="relations")
            for sampler in STUDY.sampler
        },
        loss=compared_figure("loss", "superposition and loss", caption="relations"),
        protocols=compared_figure("protocols", "training presets"),
        onset=compared_figure("onset", "onset and largest loss drop"),
    log:
        f"{LOGS}/plot_comparisons.log",
    benchmark:
        f"{BENCHMARKS}/plot_comparisons.tsv"
    priority: 1  # the main document waits for it
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(2),
    params:
        printed=PRINTED,
        protocols=STUDY.pairs,
        confidence=config["statistics"]["confidence"],
        code=code("plot_comparisons"),
    message:
        "Plotting superposition against loss and LLC, training presets, and onset against loss drops"
    script:
        "../scripts/plot_comparisons.py"


rule plot_capacity:
    """Figure of the best possible beside what runs reach: cannot, was not trained to, did."""
    input:
        summary=rules.summarise_activations.output.parquet,
        capacity=rules.gather_capacity.output.capacity,
    output:
        compared_figure("capacity", "best possible and reached"),
    log:
        f"{LOGS}/plot_capacity.log",
    benchmark:
        f"{BENCHMARKS}/plot_capacity.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        printed=PRINTED,
        training=list(STUDY.training),
        confidence=config["statistics"]["confidence"],
        code=code("plot_capacity"),
    message:
        "Plotting the best possible beside what runs reach"
    script:
        "../scripts/plot_capacity.py"
