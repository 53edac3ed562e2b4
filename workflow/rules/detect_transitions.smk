# Events of every run with their times: loss drops, LLC rises, changes of superposition, onset.

from superposition.protocols import POST


rule detect_transitions:
    """Events of every run with their times: loss drops, LLC rises, changes of superposition, onset."""
    input:
        **LLC_TABLES,
        superposition=tables_of("superposition"),
        loss=tables_of("loss"),
    output:
        transitions=table("transitions"),
        transitions_csv=table("transitions", ".csv"),
        runs=table("run_transitions"),
        runs_csv=table("run_transitions", ".csv"),
    log:
        f"{LOGS}/detect_transitions.log",
    benchmark:
        f"{BENCHMARKS}/detect_transitions.tsv"
    priority: 1  # the longest jobs after those of the runs; the main document waits for them
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=config["transitions"],
        thresholds=config["superposition"],
        n_free={name: preset.n_free for name, preset in STUDY.training.items()},
        num_chains={name: preset.num_chains for name, preset in STUDY.sampler.items()},
        post_sampler=STUDY.pairs.get(POST, {}).get("sampler"),
        seed=config["statistics"]["seed"],
        code=code("detect_transitions"),
    message:
        "Detecting loss drops, LLC rises and changes of superposition in all runs"
    script:
        "../scripts/detect_transitions.py"
