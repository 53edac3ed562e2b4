# Comparison documents: the activations of a comparison of the configuration, side by side.


rule write_comparison:
    """Word document of the activations of one comparison, side by side."""
    input:
        trajectories=lambda wildcards: collect(arrays("trajectory"), **runs_compared(wildcards)),
        outputs=lambda wildcards: collect(arrays("outputs"), **runs_compared(wildcards)),
        curves=lambda wildcards: collect(rules.plot_training.output.curves[0], **runs_compared(wildcards)),
        citation=CITATION,
        template=[f"{TEXTS}/comparison.md"],
        # A document follows the runs of its own activations, and not the tables of all, from which it takes their rows.
        # Paths, because ancient() would mark an output of a rule for all rules that have it as input.
        measured=lambda wildcards: [
            *tables_of("loss", runs_compared(wildcards)),
            *tables_of("superposition", runs_compared(wildcards)),
            *sum(llc_tables(PAIRS, runs_compared(wildcards)).values(), []),
        ],
        runs=ancient(table("runs")),
        summary=ancient(table("summary")),
    output:
        reported_document("comparison", "activations side by side: {comparison}"),
    log:
        f"{LOGS}/write_comparison/{{comparison}}.log",
    benchmark:
        f"{BENCHMARKS}/write_comparison/{{comparison}}.tsv"
    wildcard_constraints:
        comparison="[a-z][a-z0-9_]*",
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1500,
    params:
        study=lambda wildcards: {
            **REPORTED,
            "printed": {name: STUDY.printed[name] for name in STUDY.comparisons[wildcards.comparison]["activations"]},
        },
        title=lambda wildcards: STUDY.comparisons[wildcards.comparison]["title"],
        band=config["figures"]["band"],
        n_initial=N_INITIAL,
        thresholds=config["superposition"],
        statistics=config["statistics"],
        code=code("write_comparison", "summarise_runs", "summarise_activations"),
    message:
        "Writing the comparison {wildcards.comparison}"
    script:
        "../scripts/write_comparison.py"
