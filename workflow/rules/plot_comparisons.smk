# Figures of all activations: how they end, and how superposition, loss, LLC, onset and protocol go together; and of the
# LLC estimator where the answer is known.

# All runs of one training preset.
OF_PRESET = {"activation": STUDY.activations, "seeds": STUDY.batches, "allow_missing": True}


rule plot_overview:
    """Figure of the final polygons of all activations, for one training preset."""
    input:
        trajectories=collect(arrays("trajectory"), **OF_PRESET),
        outputs=collect(arrays("outputs"), **OF_PRESET),
        runs=rules.summarise_runs.output.parquet,
    output:
        reported_figure("overview", "Overview", {"figure": "final polygons", "training": "{training}"}),
        figure("overview", ".pdf"),
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
        printed=STUDY.printed,
        label=lambda wildcards: STUDY.procedure(wildcards.training),
        n_initial=lambda wildcards: STUDY.training_preset(wildcards.training).initial_polygon,
        thresholds=config["superposition"],
        code=code("plot_overview"),
    message:
        "Plotting the final polygons of all activations, preset {wildcards.training}"
    script:
        "../scripts/plot_overview.py"


# What figures compare: the post's procedure and the controlled experiment, and labels of their training presets.
COMPARED_PROTOCOLS = [STUDY.protocols[name] for name in compared_protocols(STUDY.protocols)]
COMPARED_PRESETS = {protocol["training"]: STUDY.labels[protocol["training"]] for protocol in COMPARED_PROTOCOLS}


rule plot_signature:
    """Signature figure: every activation under the post's procedure, and in a controlled experiment."""
    input:
        trajectories=collect(arrays("trajectory"), **EVERY_RUN),
        outputs=collect(arrays("outputs"), **EVERY_RUN),
        runs=rules.summarise_runs.output.parquet,
    output:
        compared_figure("signature", "every activation"),
    log:
        f"{LOGS}/plot_signature.log",
    benchmark:
        f"{BENCHMARKS}/plot_signature.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        printed=STUDY.printed,
        thresholds=config["superposition"],
        rows={label: training for training, label in COMPARED_PRESETS.items()},
        code=code("plot_signature"),
    message:
        "Plotting every activation as the post saw it and under control"
    script:
        "../scripts/plot_signature.py"


rule plot_answers:
    """Figure of the interval of every statement beside what it states."""
    input:
        rules.judge_claims.output.claims[0],
    output:
        compared_figure("answers", "every statement"),
    log:
        f"{LOGS}/plot_answers.log",
    benchmark:
        f"{BENCHMARKS}/plot_answers.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        protocols={one["label"]: (one["training"], one["sampler"]) for one in COMPARED_PROTOCOLS},
        confidence=config["statistics"]["confidence"],
        code=code("plot_answers"),
    message:
        "Plotting every statement's interval"
    script:
        "../scripts/plot_answers.py"


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
        mem_mb=1000,
    params:
        printed=STUDY.printed,
        labels=STUDY.labels,
        of_sampler={
            sampler: {name: STUDY.labels[name] for name in presets_of(STUDY.protocols, "training", sampler=sampler)}
            for sampler in STUDY.sampler
        },
        compared=COMPARED_PRESETS,
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
        printed=STUDY.printed,
        training=STUDY.labels,
        confidence=config["statistics"]["confidence"],
        code=code("plot_capacity"),
    message:
        "Plotting the best possible beside what runs reach"
    script:
        "../scripts/plot_capacity.py"
