# Descriptions of the results: whether they are what was planned, and what every file is.

from workflow.folders import sources
from workflow.plan import planned


rule check_results:
    """Whether the results are what was planned: every run once, every value in its range."""
    input:
        **LLC_TABLES,
        loss=tables_of("loss"),
        ends=tables_of("ends"),
        superposition=tables_of("superposition"),
        curves=collect(rules.plot_training.output.curves[0], training=STUDY.training, activation=STUDY.activations),
        aggregates=over_all_runs(rules.products.input),
    output:
        parquet=table("checks"),
        csv=table("checks", ".csv"),
    log:
        f"{LOGS}/check_results.log",
    benchmark:
        f"{BENCHMARKS}/check_results.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        **planned(STUDY),
        tables=hashes.tables_hash(),
        code=code("check_results"),
    message:
        "Checking that the results are what was planned"
    script:
        "../scripts/check_results.py"


# Modules that say what files are: the hash of a script follows the package alone.
DESCRIBING = [ROOT / f"workflow/{name}.py" for name in ("outputs", "deposit", "crate", "paths", "folders")]


# An RO-Crate of everything that is there when it is made, what was made on request included.
rule describe_results:
    """What every file is, with the source of the workflow, for a deposit of the results."""
    input:
        rules.products.input,
        rules.check_results.output,
        # As they are when the results are made: editing them makes no result anew.
        ancient(lambda wildcards: [os.path.relpath(path) for path in sources(ROOT)]),
        snakefile=ancient(os.path.relpath(ROOT / "Snakefile")),
        citation=CITATION,
        provenance=rules.record_provenance.output[0],
    output:
        # The source lies beside it, and is no output: Snakemake would delete a folder before it makes it anew.
        metadata=f"{RESULTS}/ro-crate-metadata.json",
    log:
        f"{LOGS}/describe_results.log",
    benchmark:
        f"{BENCHMARKS}/describe_results.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=500,
    params:
        tables=hashes.tables_hash(),
        described=lambda wildcards: [hashes.code_hash(path) for path in DESCRIBING],
        code=code("describe_results"),
    message:
        "Describing all results for a deposit"
    script:
        "../scripts/describe_results.py"
