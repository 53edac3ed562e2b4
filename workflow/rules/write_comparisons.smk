# Comparison documents: the activations of a comparison of the configuration, side by side.


rule write_comparison:
    """Word document of the activations of one comparison, side by side."""
    input:
        **{f"llc_{sampler}": compared(f"llc-{sampler}.parquet") for sampler in STUDY.sampler},
        trajectory=compared("trajectory.safetensors"),
        loss=compared("loss.parquet"),
        superposition=compared("superposition.parquet"),
        citation=CITATION,
        summary=rules.summarise_activations.output.parquet,
    output:
        reported_document("compare-{comparison}", "compare", "activations side by side: {comparison}"),
    log:
        f"{LOGS}/write_comparison/{{comparison}}.log",
    benchmark:
        f"{BENCHMARKS}/write_comparison/{{comparison}}.tsv"
    wildcard_constraints:
        comparison="[a-z][a-z0-9_]*",
    localrule: True
    conda:
        "../../envs/study.yaml"
    threads: 1
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
        code=code("write_comparison"),
    message:
        "Writing the comparison {wildcards.comparison}"
    script:
        "../scripts/write_comparison.py"
