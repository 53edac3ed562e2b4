# Word documents, from tables, weights and figures.

from workflow.origins import drawn_by, made_by

# What documents say about the study.
REPORTED = {
    "printed": {activation: registry.cited(activation) for activation in STUDY.activations},
    "protocols": STUDY.protocols,
    "confidence": config["statistics"]["confidence"],
    "n_followed": config["llc_seeds"] if config["llc_seeds"] < len(STUDY.seeds) else None,
}
TEXTS = os.path.relpath(ROOT / "workflow" / "documents")
N_INITIAL = {name: preset.initial_polygon for name, preset in STUDY.training.items()}


rule write_tables:
    """Word document of all activations with their final polygons, one table for each training preset."""
    input:
        citation=CITATION,
        template=[f"{TEXTS}/{name}.md" for name in ("reading", "tables")],
        runs=rules.summarise_runs.output.parquet,
        summary=rules.summarise_activations.output.parquet,
        trajectories=collect(arrays("trajectory"), **EVERY_RUN),
        outputs=collect(arrays("outputs"), **EVERY_RUN),
    output:
        reported_document("tables", "all activations in tables"),
    log:
        f"{LOGS}/write_tables.log",
    benchmark:
        f"{BENCHMARKS}/write_tables.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        study=REPORTED,
        n_initial=N_INITIAL,
        thresholds=config["superposition"],
        code=code("write_tables"),
    message:
        "Writing the tables of all activations"
    script:
        "../scripts/write_tables.py"


rule write_appendix:
    """Word document of every run, one table for each activation, with the training of each."""
    input:
        citation=CITATION,
        template=[f"{TEXTS}/appendix.md"],
        runs=rules.summarise_runs.output.parquet,
        figures=collect(rules.plot_training.output.training[1], training=STUDY.training, activation=STUDY.activations),
    output:
        reported_document("appendix", "every run"),
    log:
        f"{LOGS}/write_appendix.log",
    benchmark:
        f"{BENCHMARKS}/write_appendix.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
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
        template=[f"{TEXTS}/{name}.md" for name in ("reading", "definitions", "supplement")],
        shown=f"{TEXTS}/supplement.yaml",
        references=f"{TEXTS}/references.md",
        tables=[
            rules.summarise_runs.output.parquet,
            rules.summarise_activations.output.parquet,
            [table(name) for name in ("claims", "prior_work", "questions", "ranking")],
            rules.compare_estimators.output.parquet,
            rules.cross_check_llc.output.parquet,
            rules.measure_deviations.output.parquet,
        ],
        figures=[
            collect(figure("overview", ".png"), training=STUDY.training),
            [figure(name, ".png") for name in ("protocols", "leaderboard")],
            collect(figure("llc", ".png"), sampler=STUDY.sampler),
        ],
        curves=collect(rules.plot_training.output.curves[0], training=STUDY.training, activation=STUDY.activations),
    output:
        reported_document("supplement", "supplement"),
    log:
        f"{LOGS}/write_supplement.log",
    benchmark:
        f"{BENCHMARKS}/write_supplement.tsv"
    priority: 1  # the longest of the documents
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1500,
    params:
        study=REPORTED,
        procedure={
            "presets": STUDY.presets,
            "meanings": {kind: STUDY.meanings(kind) for kind in ("training", "sampler")},
            "thresholds": config["superposition"],
            "limits": config["llc_limits"],
        },
        code=code("write_supplement"),
    message:
        "Writing the supplement"
    script:
        "../scripts/write_supplement.py"


# Tables whose numbers the paper states, its figures with their scripts and the tables that they read, and the model that
# its findings are about.
STATED = ("runs", "activation_classes", "capacity", "claims", "evidence", "llc_leaderboard")
CITED = [figure(name, ".png") for name in ("signature", "answers", "capacity", "onset", "loss")]
DRAWN = drawn_by(workflow.rules, CITED, table)
TRACED = dict.fromkeys([*STATED, *(name for drawn in DRAWN.values() for name in drawn["tables"])])
CONTROL = compared_protocols(STUDY.protocols)[1]
MODEL = STUDY.training[STUDY.protocols[CONTROL]["training"]]


# Its findings and sections follow the tables and figures named here.
rule write_replication:
    """The paper as a Word document: findings, answers to the post, method, results, discussion."""
    input:
        citation=CITATION,
        provenance=rules.record_provenance.output[0],
        template=[f"{TEXTS}/{name}.md" for name in ("definitions", "replication")],
        references=f"{TEXTS}/references.md",
        tables=[table(name) for name in STATED],
        figures=CITED,
    output:
        document=reported_document("replication", "the paper"),
        findings=both("findings", "findings"),
        trace=both("trace", "where the numbers of the paper come from"),
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
        given={
            "n_features": MODEL.n_features,
            "n_hidden": MODEL.n_hidden,
            "made_by": made_by(workflow.rules, {name: table(name) for name in TRACED}),
            "drawn": DRAWN,
        },
        limits=config["findings"],
        code=code("write_replication"),
    message:
        "Writing the paper"
    script:
        "../scripts/write_replication.py"
