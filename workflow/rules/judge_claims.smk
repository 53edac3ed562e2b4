# The verdict on every statement under every protocol, with its variants.

from workflow.checks.verdicts import statement_activations

# Labels of the activations that statements name, in the study or not.
STATEMENT_LABELS = {
    name: registry.printed(name)["label"] for name in registry.rows() if name in statement_activations()
}

# Runs of seeds that no one has run.
FRESH = EVERY_RUN | {"seeds": [STUDY.holdout]}


rule gather_holdout:
    """On request: the evidence from seeds that no one has run, for the verdicts of the next run."""
    input:
        **llc_tables(PAIRS, FRESH),
        superposition=tables_of("superposition", FRESH),
        loss=tables_of("loss", FRESH),
        ends=tables_of("ends", FRESH),
    output:
        both("evidence_holdout"),
    log:
        f"{LOGS}/gather_holdout.log",
    benchmark:
        f"{BENCHMARKS}/gather_holdout.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        protocols=STUDY.pairs,
        presets=STUDY.presets,
        claims=config["claims"],
        transitions=config["transitions"],
        thresholds=config["superposition"],
        end_limits=config["end_limits"],
        seed=config["statistics"]["seed"],
        code=code("gather_holdout"),
    message:
        "Gathering the evidence from fresh seeds"
    script:
        "../scripts/gather_holdout.py"


rule holdout:
    """On request: seeds that no one has run; start Snakemake again, and the verdicts stand beside those on them."""
    input:
        rules.gather_holdout.output,
    message:
        "The evidence from fresh seeds is there"


rule judge_claims:
    """The verdict on every statement under every protocol, with its variants."""
    input:
        **LLC_TABLES,
        runs=rules.summarise_runs.output.parquet,
        transitions=rules.detect_transitions.output.runs,
        classes=rules.classify_activations.output.parquet,
        holdout=if_made("evidence_holdout"),
        loss=tables_of("loss"),
    output:
        **{name: both(name) for name in ("evidence", "claim_comparisons", "claim_variants")},
        claims=both("claims", "verdicts on the post's statements"),
        prior_work=both("prior_work", "agreement with prior work"),
    log:
        f"{LOGS}/judge_claims.log",
    benchmark:
        f"{BENCHMARKS}/judge_claims.tsv"
    priority: 1  # the longest jobs after those of the runs; the main document waits for them
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        settings=config["claims"],
        protocols=STUDY.pairs,
        statistics=config["statistics"],
        samplers=list(STUDY.sampler),
        n_hidden={name: preset.n_hidden for name, preset in STUDY.training.items()},
        shown={"printed": STUDY.printed, "names": STATEMENT_LABELS, "presets": list(STUDY.training)},
        code=code("judge_claims"),
    message:
        "Judging the post's statements and prior work"
    script:
        "../scripts/judge_claims.py"


rule answer_questions:
    """Answers to the post's open questions, from the study and from what was made on request."""
    input:
        evidence=rules.judge_claims.output.evidence[0],
        runs=rules.summarise_runs.output.parquet,
        critical_points=rules.gather_labels.output[0],
        activation_classes=rules.classify_activations.output.parquet,
        families=if_made("family_verdicts"),
        refined=if_made("refined_llc"),
        factorial=if_made("factorial_answers"),
    output:
        both("questions", "the post's open questions"),
    log:
        f"{LOGS}/answer_questions.log",
    benchmark:
        f"{BENCHMARKS}/answer_questions.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        claims=config["claims"],
        statistics=config["statistics"],
        tolerance=config["capacity"]["tolerance"],
        regular={name: preset.regular_llc for name, preset in STUDY.training.items()},
        printed=STUDY.printed,
        code=code("answer_questions"),
    message:
        "Answering the post's open questions"
    script:
        "../scripts/answer_questions.py"
