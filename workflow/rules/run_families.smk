# Families: activations with a parameter. Made only when asked for:
#   snakemake --cores all families

FAMILIES = config["families"]

# Path of one part of the tables of one family.
OF_FAMILY = f"{RESULTS}/{paths.FAMILY}.parquet"


wildcard_constraints:
    family="|".join(registry.family_rows()),


rule run_family:
    """On request: one family, trained at all its values with a batch of seeds, with the LLC at the ends."""
    input:
        expand(rules.draw_inputs.output, training=FAMILIES["training"], allow_missing=True),
    output:
        OF_FAMILY.replace("{part}", "seeds-{seeds}"),
    log:
        f"{LOGS}/run_family/{{family}}-{{seeds}}.log",
    benchmark:
        f"{BENCHMARKS}/run_family/{{family}}-{{seeds}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        values=lambda wildcards: FAMILIES["values"][wildcards.family],
        training=asdict(STUDY.training_preset(FAMILIES["training"])),
        sampler=asdict(STUDY.sampler_presets[FAMILIES["sampler"]]),
        steps=STUDY.weight_steps(FAMILIES["training"]),
        thresholds=config["superposition"],
        limits=config["llc_limits"],
        function=lambda wildcards: hashes.family_hash(wildcards.family),
        code=code("run_family"),
    message:
        "Training family {wildcards.family}, seeds {wildcards.seeds}"
    script:
        "../scripts/run_family.py"


rule search_family:
    """On request: the best that each value of one family allows, and where the capacity jumps."""
    output:
        best=both("family_best"),
        jumps=OF_FAMILY.replace("{part}", "jumps"),
    log:
        f"{LOGS}/search_family/{{family}}.log",
    benchmark:
        f"{BENCHMARKS}/search_family/{{family}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        values=lambda wildcards: FAMILIES["values"][wildcards.family],
        preset=asdict(STUDY.training_preset(FAMILIES["training"]).population),
        search=FAMILIES["best"],
        thresholds=config["superposition"],
        function=lambda wildcards: hashes.family_hash(wildcards.family),
        code=code("search_family"),
    message:
        "Searching for the best that family {wildcards.family} can do"
    script:
        "../scripts/search_family.py"


rule plot_family:
    """On request: what is possible and what runs find, against the parameter of one family."""
    input:
        runs=collect(rules.run_family.output, seeds=STUDY.batches, allow_missing=True),
        best=rules.search_family.output.best[0],
        jumps=rules.search_family.output.jumps,
    output:
        svg=figure("family", ".svg"),
        png=figure("family", ".png"),
        pdf=figure("family", ".pdf"),
    log:
        f"{LOGS}/plot_family/{{family}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_family/{{family}}.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        printed=lambda wildcards: registry.printed_family(wildcards.family),
        code=code("plot_family"),
    message:
        "Plotting family {wildcards.family}"
    script:
        "../scripts/plot_family.py"


rule summarise_families:
    """On request: tables over all families."""
    input:
        runs=collect(rules.run_family.output, family=FAMILIES["values"], seeds=STUDY.batches),
        best=collect(rules.search_family.output.best[0], family=FAMILIES["values"]),
        jumps=collect(rules.search_family.output.jumps, family=FAMILIES["values"]),
    output:
        families=both("families"),
        family_runs=both("family_runs"),
        family_jumps=both("family_jumps"),
        family_verdicts=both("family_verdicts"),
    log:
        f"{LOGS}/summarise_families.log",
    benchmark:
        f"{BENCHMARKS}/summarise_families.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        statistics=config["statistics"],
        margins={name: margin["value"] for name, margin in config["claims"]["margins"].items()},
        min_seeds=config["claims"]["min_seeds"],
        recovery_margin=config["superposition"]["recovery_margin"],
        stepped=FAMILIES["stepped"],
        code=code("summarise_families"),
    message:
        "Summarising families"
    script:
        "../scripts/summarise_families.py"


rule families:
    """On request: tables and figures of all families."""
    input:
        rules.summarise_families.output,
        collect(rules.plot_family.output, family=FAMILIES["values"]),
    message:
        "The families are there"
