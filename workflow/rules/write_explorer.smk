# The interactive page: every run over training, every verdict with its evidence, in one file that needs no network.

EXPLORER = os.path.relpath(ROOT / "workflow" / "report" / "explorer")


rule write_explorer:
    """The explorer: one HTML page to look at all runs, without a network."""
    input:
        **LLC_TABLES,
        trajectories=collect(f"{RUNS}/trajectory.safetensors", **EVERY_RUN),
        loss=tables_of("loss"),
        superposition=tables_of("superposition"),
        tables=[
            rules.summarise_runs.output.parquet,
            rules.detect_transitions.output.runs,
            collect(
                f"{RESULTS}/tables/{{table}}.parquet",
                table=["claims", "prior_work", "claim_comparisons", "claim_variants"],
            ),
        ],
        citation=CITATION,
        provenance=rules.record_provenance.output[0],
        template=f"{EXPLORER}/page.html",
        style=f"{EXPLORER}/page.css",
        scripts=collect(
            f"{EXPLORER}/{{part}}.js",
            part=["data", "plot", "polygon", "curves", "panel", "charts", "evidence", "page"],
        ),
    output:
        f"{RESULTS}/report/index.html",
    log:
        f"{LOGS}/write_explorer.log",
    benchmark:
        f"{BENCHMARKS}/write_explorer.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
    resources:
        mem_mb=1500,
    params:
        study=REPORTED,
        training={name: asdict(preset) for name, preset in STUDY.training.items()},
        settings={name: config["claims"][name] for name in ("threshold", "min_activations")},
        code=code("write_explorer"),
    message:
        "Writing the explorer"
    script:
        "../scripts/write_explorer.py"
