# The ladder of training presets, from the original to the controlled experiment. Made only when asked for:
#   snakemake --cores all ladder

OF_LADDER = EVERY_RUN | {"training": config["ladder"]}


rule judge_ladder:
    """On request: the verdict on every statement at every step of the ladder, without any LLC."""
    input:
        superposition=collect(table("superposition"), **OF_LADDER),
        loss=collect(table("loss"), **OF_LADDER),
        ends=collect(table("ends"), **OF_LADDER),
    output:
        [table("ladder"), table("ladder", ".csv")],
    log:
        f"{LOGS}/judge_ladder.log",
    benchmark:
        f"{BENCHMARKS}/judge_ladder.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        ladder={name: asdict(STUDY.training_preset(name)) for name in config["ladder"]},
        checkpoints={name: STUDY.checkpoints(name) for name in config["ladder"]},
        thresholds=config["superposition"],
        end_limits=config["end_limits"],
        transitions=config["transitions"],
        printed={name: registry.printed(name) for name in STUDY.activations},
        claims=config["claims"],
        statistics=config["statistics"],
        code=code("judge_ladder"),
    message:
        "Judging the post's statements along the ladder of training presets"
    script:
        "../scripts/judge_ladder.py"


rule ladder:
    """On request: every training preset of the ladder, with the verdicts at each of them."""
    input:
        rules.judge_ladder.output,
    log:
        f"{LOGS}/ladder.log",
    benchmark:
        f"{BENCHMARKS}/ladder.tsv"
    localrule: True
    message:
        "The ladder is there"
