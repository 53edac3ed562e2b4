# Figures of all activations: how they end, and how superposition, loss, LLC and protocol go together.

PRINTED = {activation: provenance.printed(activation) for activation in STUDY.activations}


rule plot_overview:
    """Figure of the final polygons of all activations, for one training preset."""
    input:
        **{activation: trajectories_of(activation) for activation in STUDY.activations},
        runs=rules.summarise_runs.output.parquet,
    output:
        report(
            f"{FIGURES}/{{training}}/overview.svg",
            caption="../report/overview.rst",
            category="Overview",
            labels={"figure": "final polygons", "training": "{training}"},
        ),
        f"{FIGURES}/{{training}}/overview.png",
    log:
        f"{LOGS}/plot_overview/{{training}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_overview/{{training}}.tsv"
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=600,
    params:
        printed=PRINTED,
        n_initial=n_initial,
        code=code("plot_overview"),
    message:
        "Plotting the final polygons of all activations, preset {wildcards.training}"
    script:
        "../scripts/plot_overview.py"


rule plot_relations:
    """Figures of superposition against loss and LLC, over all runs."""
    input:
        rules.summarise_runs.output.parquet,
    output:
        **{
            f"llc_{sampler}": [
                report(
                    f"{FIGURES}/superposition-vs-llc-{sampler}.svg",
                    caption="../report/relations.rst",
                    category="Comparisons",
                    labels={"figure": "superposition and LLC", "sampler": sampler},
                ),
                f"{FIGURES}/superposition-vs-llc-{sampler}.png",
            ]
            for sampler in STUDY.sampler
        },
        loss=[
            report(
                f"{FIGURES}/superposition-vs-loss.svg",
                caption="../report/relations.rst",
                category="Comparisons",
                labels={"figure": "superposition and loss", "sampler": "-"},
            ),
            f"{FIGURES}/superposition-vs-loss.png",
        ],
    log:
        f"{LOGS}/plot_relations.log",
    benchmark:
        f"{BENCHMARKS}/plot_relations.tsv"
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=600,
    params:
        printed=PRINTED,
        training=list(STUDY.training),
        samplers=list(STUDY.sampler),
        resampling=config["statistics"],
        code=code("plot_relations"),
    message:
        "Plotting superposition against loss and LLC"
    script:
        "../scripts/plot_relations.py"


rule plot_protocols:
    """Figure of loss and superposition from training preset to training preset."""
    input:
        rules.summarise_runs.output.parquet,
    output:
        report(
            f"{FIGURES}/protocols.svg",
            caption="../report/protocols.rst",
            category="Comparisons",
            labels={"figure": "training presets", "sampler": "-"},
        ),
        f"{FIGURES}/protocols.png",
    log:
        f"{LOGS}/plot_protocols.log",
    benchmark:
        f"{BENCHMARKS}/plot_protocols.tsv"
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=600,
    params:
        printed=PRINTED,
        training=list(STUDY.training),
        resampling=config["statistics"],
        code=code("plot_protocols"),
    message:
        "Plotting loss and superposition from training preset to training preset"
    script:
        "../scripts/plot_protocols.py"
