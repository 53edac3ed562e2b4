# Comparison documents: the activations of a comparison of the configuration, side by side.


def runs_of(wildcards):
    """All runs of a comparison's activations."""
    return EVERY_RUN | {"activation": STUDY.comparisons[wildcards.comparison]["activations"]}


def of_comparison(path):
    """Paths of a file of every run, or every preset, of a comparison's activations."""
    return lambda wildcards: collect(path, **runs_of(wildcards))


def measured(wildcards):
    """Paths of what is measured of the runs of a comparison's activations."""
    tables = {name: tables_of(name, runs_of(wildcards)) for name in ("loss", "superposition")}
    return [path for group in (tables | llc_tables(PAIRS, runs_of(wildcards))).values() for path in group]


rule write_comparison:
    """Word document of the activations of one comparison, side by side."""
    input:
        trajectories=of_comparison(arrays("trajectory")),
        outputs=of_comparison(arrays("outputs")),
        curves=of_comparison(rules.plot_training.output.curves[0]),
        citation=CITATION,
        template=[f"{TEXTS}/comparison.md"],
        # A document follows the runs of its own activations, and not the tables of all, from which it takes their rows.
        # Paths, because ancient() would mark an output of a rule for all rules that have it as input.
        measured=measured,
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
