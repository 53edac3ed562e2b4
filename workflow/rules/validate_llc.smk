# The measuring instrument: the LLC estimator against known answers, and against the library draw for draw.


rule validate_llc:
    """The LLC estimator where the learning coefficient is known."""
    output:
        parquet=table("llc_validation"),
        csv=reported_table("llc_validation", "LLC where the answer is known"),
    log:
        f"{LOGS}/validate_llc.log",
    benchmark:
        f"{BENCHMARKS}/validate_llc.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        sampler=asdict(STUDY.sampler_preset(config["validation"]["sampler"]))
        | {"num_chains": config["validation"]["num_chains"]},
        smooth=config["validation"]["smooth"],
        rows=[hashes.row_hash(name) for name in [POLYGONS, *config["validation"]["smooth"]]],
        standard_errors=config["validation"]["standard_errors"],
        seed=config["validation"]["seed"],
        limits=config["llc_limits"],
        code=code("validate_llc"),
    message:
        "Estimating LLC where the learning coefficient is known"
    script:
        "../scripts/validate_llc.py"


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
        sampler=asdict(STUDY.sampler_preset(config["cross_check"]["sampler"])),
        steps=STUDY.cross_check_steps,
        batch_sizes=config["cross_check"]["batch_sizes"],
        code=code("cross_check_llc"),
    message:
        "Comparing chains with those of devinterp"
    script:
        "../scripts/cross_check_llc.py"
