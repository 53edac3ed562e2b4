# The effect of each defect of the original, and of the part of its training that it never shows.

from workflow.plan import estimated_as

DEVIATIONS = config["deviations"]
# Runs with the original's initial bias, and without.
COMPARED = EVERY_RUN | {"training": [DEVIATIONS["original"], DEVIATIONS["corrected"]]}
# Estimated as the original does, and as the protocols of the study do.
COMPARED_PAIRS = estimated_as(STUDY, DEVIATIONS["sampler"], COMPARED["training"])
COMPARED_LLC = llc_tables(COMPARED_PAIRS)


rule measure_deviations:
    """The effect of each defect of the original on the runs of the study."""
    input:
        **COMPARED_LLC,
        trajectories=collect(arrays("trajectory"), **COMPARED),
    output:
        parquet=table("deviations"),
        csv=reported_table("deviations", "size of every defect of the original"),
    log:
        f"{LOGS}/measure_deviations.log",
    benchmark:
        f"{BENCHMARKS}/measure_deviations.tsv"
    priority: 1  # the longest jobs after those of the runs; the main document waits for them
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        samplers=list(dict.fromkeys(sampler for _, sampler in COMPARED_PAIRS)),
        runs={
            "training": {name: asdict(STUDY.training_preset(name)) for name in COMPARED["training"]},
            "activations": STUDY.activations,
        },
        functions=[hashes.function_hash(name) for name in [*STUDY.activations, *DEVIATIONS["grid"]["activations"]]],
        sampler=asdict(STUDY.sampler_presets[DEVIATIONS["sampler"]]),
        tied_noise={name: asdict(STUDY.sampler_presets[name]) for name in DEVIATIONS["tied_noise"]},
        measured={
            **{name: DEVIATIONS[name] for name in ("init_loss", "covariance", "grid")},
            "followed": STUDY.followed,
        },
        thresholds=config["superposition"],
        statistics=config["statistics"],
        code=code("measure_deviations"),
    message:
        "Measuring the effect of each defect of the original"
    script:
        "../scripts/measure_deviations.py"


FULL_LENGTH = config["full_length"]


rule compare_full_length:
    """On request: whether anything happens after the last step that the original shows."""
    input:
        collect(
            table("superposition"),
            training=FULL_LENGTH["training"],
            activation=FULL_LENGTH["activations"],
            seeds=FULL_LENGTH["seeds"],
        ),
    output:
        parquet=table("full_length"),
        csv=table("full_length", ".csv"),
    log:
        f"{LOGS}/compare_full_length.log",
    benchmark:
        f"{BENCHMARKS}/compare_full_length.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        seen=STUDY.training_preset(FULL_LENGTH["training"]).logged_last,
        code=code("compare_full_length"),
    message:
        "Comparing what the original shows with the end of its training"
    script:
        "../scripts/compare_full_length.py"
