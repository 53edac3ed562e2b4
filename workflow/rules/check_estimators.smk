# The measuring instrument: LLC estimators against known answers, and against the library draw for draw.
#   snakemake --cores all leaderboard

from superposition.estimators.known_models import KNOWN_MODELS

# With what estimators are compared, at whichever points.
COMPARED_WITH = {
    "settings": config["leaderboard"]["settings"],
    "samplers": {name: asdict(STUDY.sampler_presets[name]) for name in config["leaderboard"]["samplers"]},
    "functions": [hashes.function_hash(name) for name in KNOWN_MODELS],
    "labels": [registry.printed(name)["label"] for name in KNOWN_MODELS],
    "seed": config["leaderboard"]["seed"],
    "limits": config["llc_limits"],
}


rule compare_estimators:
    """Estimators of the LLC at some points where it is known."""
    output:
        parquet=table("llc_leaderboard"),
        csv=reported_table("llc_leaderboard", "LLC where it is known"),
    log:
        f"{LOGS}/compare_estimators.log",
    benchmark:
        f"{BENCHMARKS}/compare_estimators.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        **COMPARED_WITH,
        whole=False,
        estimators=config["leaderboard"]["estimators"],
        code=code("compare_estimators"),
    message:
        "Comparing estimators where the learning coefficient is known"
    script:
        "../scripts/compare_estimators.py"


use rule compare_estimators as compare_all_estimators with:
    """On request: all estimators at all points where the coefficient is known."""
    output:
        both("llc_leaderboard_whole"),
    log:
        f"{LOGS}/compare_all_estimators.log",
    benchmark:
        f"{BENCHMARKS}/compare_all_estimators.tsv"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        **COMPARED_WITH,
        whole=True,
        estimators=[*config["leaderboard"]["samplers"], *config["leaderboard"]["settings"]],
        code=code("compare_estimators"),
    message:
        "Comparing all estimators at all points where the learning coefficient is known"


rule plot_leaderboard:
    """Figure of estimates beside known learning coefficients."""
    input:
        rules.compare_estimators.output.parquet,
    output:
        compared_figure("leaderboard", "LLC where it is known"),
    log:
        f"{LOGS}/plot_leaderboard.log",
    benchmark:
        f"{BENCHMARKS}/plot_leaderboard.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        table="llc_leaderboard",
        code=code("plot_leaderboard"),
    message:
        "Plotting estimators where the learning coefficient is known"
    script:
        "../scripts/plot_leaderboard.py"


use rule plot_leaderboard as plot_whole_leaderboard with:
    """On request: the figure of all estimators at all points."""
    input:
        rules.compare_all_estimators.output[0],
    output:
        [figure("leaderboard_whole", suffix) for suffix in (".svg", ".png", ".pdf")],
    log:
        f"{LOGS}/plot_whole_leaderboard.log",
    benchmark:
        f"{BENCHMARKS}/plot_whole_leaderboard.tsv"
    params:
        table="llc_leaderboard_whole",
        code=code("plot_leaderboard"),


rule leaderboard:
    """On request: all estimators at all points where the learning coefficient is known."""
    input:
        rules.compare_all_estimators.output,
        rules.plot_whole_leaderboard.output,
    message:
        "The leaderboard is there"


# Any activation will do: a study without those of the configuration takes its first.
CROSS_CHECKED = [name for name in config["cross_check"]["activations"] if name in STUDY.activations]
CROSS_CHECKED = CROSS_CHECKED or STUDY.activations[:1]


rule cross_check_llc:
    """The batched chains beside devinterp's own, draw for draw."""
    input:
        collect(
            arrays("checkpoints"),
            training=config["cross_check"]["training"],
            activation=CROSS_CHECKED,
            seeds=STUDY.batches[0],
        ),
    output:
        parquet=table("llc_cross_check"),
        csv=table("llc_cross_check", ".csv"),
    log:
        f"{LOGS}/cross_check_llc.log",
    benchmark:
        f"{BENCHMARKS}/cross_check_llc.tsv"
    priority: 1  # the main document waits for it
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        activations=CROSS_CHECKED,
        functions=[hashes.function_hash(name) for name in CROSS_CHECKED],
        training=asdict(STUDY.training_preset(config["cross_check"]["training"])),
        sampler=asdict(STUDY.sampler_presets[config["cross_check"]["sampler"]]),
        steps=STUDY.cross_check_steps,
        batch_sizes=config["cross_check"]["batch_sizes"],
        code=code("cross_check_llc"),
    message:
        "Comparing chains with those of devinterp"
    script:
        "../scripts/cross_check_llc.py"
