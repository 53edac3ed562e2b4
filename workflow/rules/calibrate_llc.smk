# LLC estimates by the sampler's settings, and which setting is recommended. Made only when asked for:
#   snakemake --cores all calibration

from superposition.calibration.sweeps import BATCH_SIZE, POLYGONS, TEMPERATURE
from workflow.plan import tried

CALIBRATED = [name for name in config["calibration"]["activations"] if name in STUDY.activations]
CALIBRATED = CALIBRATED or STUDY.activations[:1]  # any will do
SWEEPS = (BATCH_SIZE, TEMPERATURE)


rule calibrate_llc:
    """On request: LLC estimates with other settings of the sampler, and the setting that is recommended."""
    input:
        collect(
            arrays("checkpoints"),
            training=config["calibration"]["training"],
            activation=CALIBRATED,
            seeds=STUDY.batches[0],
        ),
    output:
        llc_calibration=both("llc_calibration"),
        llc_calibration_traces=both("llc_calibration_traces"),
        llc_recommendation=both("llc_recommendation"),
    log:
        f"{LOGS}/calibrate_llc.log",
    benchmark:
        f"{BENCHMARKS}/calibrate_llc.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
        gpu=GPUS,
    params:
        activations=CALIBRATED,
        functions=[hashes.function_hash(name) for name in [POLYGONS, *CALIBRATED]],
        training=asdict(STUDY.training_preset(config["calibration"]["training"])),
        n_seeds=config["calibration"]["n_seeds"],
        bases={name: asdict(STUDY.sampler_presets[config["calibration"][name]["base"]]) for name in SWEEPS},
        tried=tried(STUDY, SWEEPS),
        criterion=config["calibration"]["criterion"],
        limits=config["llc_limits"],
        device=config["device"],
        code=code("calibrate_llc"),
    message:
        "Trying settings of the LLC sampler"
    script:
        "../scripts/calibrate_llc.py"


rule plot_calibration:
    """On request: how the estimates of one activation depend on the sampler's settings."""
    input:
        table=rules.calibrate_llc.output.llc_calibration[0],
        traces=rules.calibrate_llc.output.llc_calibration_traces[0],
    output:
        svg=figure("calibration", ".svg"),
        png=figure("calibration", ".png"),
    log:
        f"{LOGS}/plot_calibration/{{activation}}-{{sweep}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_calibration/{{activation}}-{{sweep}}.tsv"
    wildcard_constraints:
        sweep="|".join(SWEEPS),
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        printed=lambda wildcards: registry.printed(wildcards.activation),
        training=config["calibration"]["training"],
        code=code("plot_calibration"),
    message:
        "Plotting chains of {wildcards.activation} by {wildcards.sweep}"
    script:
        "../scripts/plot_calibration.py"


rule calibration:
    """On request: tables and figures of the sampler's settings."""
    input:
        rules.calibrate_llc.output,
        collect(rules.plot_calibration.output, activation=CALIBRATED, sweep=SWEEPS),
    message:
        "The calibration is there"
