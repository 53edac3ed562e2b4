# Comparison documents: the activations of a comparison of the configuration, side by side.


def measured(wildcards):
    """Paths of what is measured of the runs of a comparison's activations."""
    runs = {"activation": STUDY.comparisons[wildcards.comparison]["activations"], "seeds": STUDY.batches}
    tables = collect([table("loss"), table("superposition")], training=STUDY.training, **runs)
    for one in STUDY.protocols.values():
        tables += collect(table("llc"), training=one["training"], sampler=one["sampler"], **runs)
    return tables


rule write_comparison:
    """Word document of the activations of one comparison, side by side."""
    input:
        trajectories=compared(arrays("trajectory")),
        curves=compared(rules.plot_training.output.curves[0]),
        citation=CITATION,
        # A document follows the runs of its own activations, and not the tables of all, from which it takes their rows.
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
            "printed": {name: PRINTED[name] for name in STUDY.comparisons[wildcards.comparison]["activations"]},
        },
        title=lambda wildcards: STUDY.comparisons[wildcards.comparison]["title"],
        moments=config["figures"]["moments"],
        band=config["figures"]["band"],
        n_initial=N_INITIAL,
        statistics=config["statistics"],
        code=code("write_comparison", "summarise_runs", "summarise_activations"),
    message:
        "Writing the comparison {wildcards.comparison}"
    script:
        "../scripts/write_comparison.py"
