# Finer tools than one LLC, over training. Made only when asked for:
#   snakemake --cores all refined

REFINED = config["refined"]
OF_STUDY = [name for name in REFINED["activations"] if name in STUDY.activations]


rule refine_llc:
    """On request: the LLC of each feature over training, and the influence of features on each other."""
    input:
        collect(
            rules.checkpoint.output,
            training=REFINED["training"],
            activation=OF_STUDY,
            seeds=STUDY.batches,
        ),
    output:
        both("refined_llc"),
    log:
        f"{LOGS}/refine_llc.log",
    benchmark:
        f"{BENCHMARKS}/refine_llc.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        preset=asdict(STUDY.training_preset(REFINED["training"])),
        sampler=asdict(STUDY.sampler_presets[REFINED["sampler"]]),
        chosen={"n_seeds": REFINED["n_seeds"], "steps": STUDY.refined_steps, "seed": config["statistics"]["seed"]},
        thresholds=config["superposition"],
        limits=config["llc_limits"],
        code=code("refine_llc"),
    message:
        "Estimating the LLC of single features, and their influence on each other"
    script:
        "../scripts/refine_llc.py"


rule plot_refined:
    """On request: figure of the LLC of each feature over training, and of influences."""
    input:
        rules.refine_llc.output[0],
    output:
        svg=figure("refined", ".svg"),
        png=figure("refined", ".png"),
    log:
        f"{LOGS}/plot_refined.log",
    benchmark:
        f"{BENCHMARKS}/plot_refined.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        printed={name: STUDY.printed[name] for name in OF_STUDY},
        code=code("plot_refined"),
    message:
        "Plotting the LLC of single features"
    script:
        "../scripts/plot_refined.py"


rule refined:
    """On request: finer tools than one LLC; start Snakemake again, and the open questions are answered with them."""
    input:
        rules.plot_refined.output,
    message:
        "The LLC of single features is there"
