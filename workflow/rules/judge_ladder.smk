# The ladder of training presets, from the original to the controlled experiment, and variants of the latter. Made only
# when asked for:
#   snakemake --cores all ladder
#   snakemake --cores all variants

# What the runs of the training presets of both are judged by, without the LLC.
JUDGED_ALONG = {
    target: {
        name: tables_of(name, EVERY_RUN | {"training": config[target]}) for name in ("superposition", "loss", "ends")
    }
    for target in ("ladder", "variants")
}


rule judge_ladder:
    """On request: the verdict on every statement at every step of the ladder, without any LLC."""
    input:
        **JUDGED_ALONG["ladder"],
    output:
        both("ladder"),
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
        **STUDY.judged_along(config["ladder"]),
        code=code("judge_ladder"),
        table="ladder",
    message:
        "Judging the post's statements along the ladder of training presets"
    script:
        "../scripts/judge_ladder.py"


use rule judge_ladder as judge_variants with:
    """On request: the verdicts from other starts of the controlled experiment."""
    input:
        **JUDGED_ALONG["variants"],
    output:
        both("variants"),
    log:
        f"{LOGS}/judge_variants.log",
    benchmark:
        f"{BENCHMARKS}/judge_variants.tsv"
    params:
        **STUDY.judged_along(config["variants"]),
        code=code("judge_ladder"),
        table="variants",
    message:
        "Judging the post's statements in variants of the controlled experiment"


rule ladder:
    """On request: every training preset of the ladder, with the verdicts at each of them."""
    input:
        rules.judge_ladder.output,
    message:
        "The ladder is there"


rule variants:
    """On request: the controlled experiment from other start scales, with the verdicts in each of them."""
    input:
        rules.judge_variants.output,
    message:
        "The variants are there"
