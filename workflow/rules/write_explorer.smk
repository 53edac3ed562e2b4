# The interactive page: every run over training, every verdict with its evidence, in one file that needs no network.

EXPLORER = os.path.relpath(ROOT / "workflow" / "report" / "explorer")


rule write_explorer:
    """The explorer: one HTML page to look at all runs, without a network."""
    input:
        **LLC_TABLES,
        trajectories=collect(arrays("trajectory"), **EVERY_RUN),
        outputs=collect(arrays("outputs"), **EVERY_RUN),
        loss=tables_of("loss"),
        superposition=tables_of("superposition"),
        tables=[
            rules.summarise_runs.output.parquet,
            rules.detect_transitions.output.runs,
            rules.detect_transitions.output.transitions,
            rules.gather_capacity.output.capacity,
            [table(name) for name in ("evidence", "claims", "prior_work", "claim_comparisons", "claim_variants")],
            rules.gather_labels.output[0],
        ],
        families=if_made("families"),
        family_runs=if_made("family_runs"),
        family_jumps=if_made("family_jumps"),
        citation=CITATION,
        provenance=rules.record_provenance.output[0],
        template=f"{EXPLORER}/page.html",
        style=f"{EXPLORER}/page.css",
        scripts=collect(
            f"{EXPLORER}/{{part}}.js",
            part=[
                "data",
                "draw",
                "shape",
                "overview",
                "seeds",
                "curves",
                "panel",
                "charts",
                "evidence",
                "families",
                "tour",
                "page",
            ],
        ),
    output:
        f"{RESULTS}/{paths.EXPLORER}",
    log:
        f"{LOGS}/write_explorer.log",
    benchmark:
        f"{BENCHMARKS}/write_explorer.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1500,
    params:
        study=REPORTED,
        thresholds=config["superposition"],
        given={
            "training": STUDY.presets["training"],
            "families": {name: registry.printed_family(name) for name in config["families"]["values"]},
        },
        code=code("write_explorer"),
    message:
        "Writing the explorer"
    script:
        "../scripts/write_explorer.py"
