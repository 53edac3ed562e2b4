# Word documents, from tables, weights and figures.

DOCUMENTS = f"{RESULTS}/documents"

# Relative, so that results stay valid where the repository is moved.
CITATION = os.path.relpath(ROOT / "CITATION.cff")

# What documents say about the study.
REPORTED = {
    "printed": {activation: registry.cited(activation) for activation in STUDY.activations},
    "protocols": STUDY.protocols,
    "confidence": config["statistics"]["confidence"],
}
N_INITIAL = {name: preset.initial_polygon for name, preset in STUDY.training.items()}


rule write_tables:
    """Word document of all activations with their final polygons, one table for each training preset."""
    input:
        citation=CITATION,
        runs=rules.summarise_runs.output.parquet,
        summary=rules.summarise_activations.output.parquet,
        trajectories=collect(f"{RUNS}/trajectory.safetensors", **EVERY_RUN),
    output:
        reported_document("tables", "tables", "all activations in tables"),
    log:
        f"{LOGS}/write_tables.log",
    benchmark:
        f"{BENCHMARKS}/write_tables.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        study=REPORTED,
        n_initial=N_INITIAL,
        code=code("write_tables"),
    message:
        "Writing the tables of all activations"
    script:
        "../scripts/write_tables.py"


rule write_appendix:
    """Word document of every run, one table for each activation, with the training of each."""
    input:
        citation=CITATION,
        runs=rules.summarise_runs.output.parquet,
        figures=collect(rules.plot_training.output.training[1], training=STUDY.training, activation=STUDY.activations),
    output:
        reported_document("appendix", "appendix", "every run"),
    log:
        f"{LOGS}/write_appendix.log",
    benchmark:
        f"{BENCHMARKS}/write_appendix.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        study=REPORTED,
        code=code("write_appendix"),
    message:
        "Writing the appendix of all runs"
    script:
        "../scripts/write_appendix.py"


# Its sections follow the tables and figures named here.
rule write_supplement:
    """Word document with all that the paper leaves out: verdicts, methods, results, validation."""
    input:
        citation=CITATION,
        provenance=rules.record_provenance.output[0],
        trajectories=collect(f"{RUNS}/trajectory.safetensors", **EVERY_RUN),
        tables=[
            rules.summarise_runs.output.parquet,
            rules.summarise_activations.output.parquet,
            collect(
                f"{RESULTS}/tables/{{table}}.parquet",
                table=["claims", "claim_changes", "claim_factors", "prior_work", "ranking"],
            ),
            rules.validate_llc.output.parquet,
            rules.cross_check_llc.output.parquet,
            rules.measure_deviations.output.parquet,
        ],
        figures=[
            collect(f"{FIGURES}/{{training}}/overview.png", training=STUDY.training),
            f"{FIGURES}/protocols.png",
            f"{FIGURES}/onset-vs-drop.png",
            f"{FIGURES}/llc-validation.png",
            f"{FIGURES}/superposition-vs-loss.png",
            collect(f"{FIGURES}/superposition-vs-llc-{{sampler}}.png", sampler=STUDY.sampler),
        ],
        curves=collect(rules.plot_training.output.curves[0], training=STUDY.training, activation=STUDY.activations),
    output:
        reported_document("supplement", "supplement", "supplement"),
    log:
        f"{LOGS}/write_supplement.log",
    benchmark:
        f"{BENCHMARKS}/write_supplement.tsv"
    priority: 1  # the longest of the documents
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        study=REPORTED,
        n_initial=N_INITIAL,
        procedure={
            "presets": {
                "training": {name: asdict(preset) for name, preset in STUDY.training.items()},
                "sampler": {name: asdict(preset) for name, preset in STUDY.sampler.items()},
            },
            "meanings": {kind: STUDY.meanings(kind) for kind in ("training", "sampler")},
            "thresholds": config["superposition"],
            "limits": config["llc_limits"],
        },
        code=code("write_supplement"),
    message:
        "Writing the supplement"
    script:
        "../scripts/write_supplement.py"


# Its findings and sections follow the tables and figures named here.
rule write_replication:
    """The paper as a Word document: findings, answers to the post, method, results, discussion."""
    input:
        citation=CITATION,
        tables=[
            rules.summarise_runs.output.parquet,
            collect(f"{RESULTS}/tables/{{table}}.parquet", table=["claims", "evidence"]),
        ],
        figures=[f"{FIGURES}/{name}.png" for name in ("signature", "answers", "onset-vs-drop", "superposition-vs-loss")],
    output:
        reported_document("replication", "replication", "the paper"),
    log:
        f"{LOGS}/write_replication.log",
    benchmark:
        f"{BENCHMARKS}/write_replication.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        study=REPORTED,
        n_features=list(STUDY.training.values())[-1].n_features,
        n_hidden=list(STUDY.training.values())[-1].n_hidden,
        code=code("write_replication"),
    message:
        "Writing the paper"
    script:
        "../scripts/write_replication.py"
