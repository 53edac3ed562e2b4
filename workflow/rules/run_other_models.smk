# Models and data of other papers, and which difference matters. Made only when asked for:
#   snakemake --cores all elhage          (or lad_kostolansky, chen, factorial)


wildcard_constraints:
    experiment="|".join(EXPERIMENTS),
    paper="elhage|lad_kostolansky",


# With which findings are judged, as the study's own are.
JUDGED_WITH = {name: config["transitions"][name] for name in ("sticky_tolerance", "change_window")}


rule run_model:
    """On request: one activation in an experiment of another paper, at all its values and seeds."""
    output:
        multiext(table("model_runs", ""), ".parquet", ".csv"),
    log:
        f"{LOGS}/run_model/{{experiment}}-{{activation}}.log",
    benchmark:
        f"{BENCHMARKS}/run_model/{{experiment}}-{{activation}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        preset=lambda wildcards: asdict(STUDY.training_presets[EXPERIMENTS[wildcards.experiment]["training"]]),
        grid=lambda wildcards: STUDY.grid(wildcards.experiment),
        thresholds=config["superposition"],
        function=function_hash,
        code=code("run_model"),
    message:
        "Training {wildcards.activation} in experiment {wildcards.experiment}"
    script:
        "../scripts/run_model.py"


rule summarise_models:
    """On request: what the seeds of a paper's experiments say together, and verdicts on its findings."""
    input:
        lambda wildcards: [path for name in STUDY.experiments_of(wildcards.paper) for path in runs_of_experiment(name)],
    output:
        summary=multiext(table("model_summary", ""), ".parquet", ".csv"),
        findings=multiext(table("model_findings", ""), ".parquet", ".csv"),
    log:
        f"{LOGS}/summarise_models/{{paper}}.log",
    benchmark:
        f"{BENCHMARKS}/summarise_models/{{paper}}.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        statistics=config["statistics"],
        judged_with=JUDGED_WITH,
        code=code("summarise_models"),
    message:
        "Summarising the experiments of {wildcards.paper}"
    script:
        "../scripts/summarise_models.py"


rule plot_models:
    """On request: Gram matrices and dimensions per feature of one experiment, or its phase diagrams."""
    input:
        lambda wildcards: runs_of_experiment(wildcards.experiment),
    output:
        svg=figure("models", ".svg"),
        png=figure("models", ".png"),
    log:
        f"{LOGS}/plot_models/{{experiment}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_models/{{experiment}}.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        labels=lambda wildcards: {
            name: registry.printed(name)["label"] for name in EXPERIMENTS[wildcards.experiment]["activations"]
        },
        relative_norm=config["superposition"]["relative_norm"],
        code=code("plot_models"),
    message:
        "Plotting experiment {wildcards.experiment}"
    script:
        "../scripts/plot_models.py"


rule run_chen:
    """On request: SGD on the model of Chen et al., the polygons at which it is, and the figure of both."""
    output:
        chen_runs=[table("chen_runs"), table("chen_runs", ".csv")],
        chen_levels=[table("chen_levels"), table("chen_levels", ".csv")],
        model_findings=collect([table("model_findings"), table("model_findings", ".csv")], paper="chen"),
        figures=collect([figure("models", ".svg"), figure("models", ".png")], experiment="chen"),
    log:
        f"{LOGS}/run_chen.log",
    benchmark:
        f"{BENCHMARKS}/run_chen.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(30),
    params:
        preset=asdict(STUDY.training_presets[OTHER["chen"]["training"]]),
        steps=log_spaced_steps(
            count=OTHER["chen"]["recorded"], last=STUDY.training_presets[OTHER["chen"]["training"]].n_steps
        ),
        tolerance=OTHER["chen"]["tolerance"],
        of={"experiment": "chen", "activation": "relu", "status": "ok"},
        seeds=checked_seeds(OTHER["chen"]["seeds"], where="other_models.chen.seeds"),
        statistics=config["statistics"],
        judged_with=JUDGED_WITH,
        function=[hashes.function_hash("relu")],
        code=code("run_chen"),
    message:
        "Training the model of Chen et al."
    script:
        "../scripts/run_chen.py"


rule run_factorial:
    """On request: one activation with every combination of data, start, model and optimiser."""
    output:
        multiext(table("factorial_runs", ""), ".parquet", ".csv"),
    log:
        f"{LOGS}/run_factorial/{{activation}}.log",
    benchmark:
        f"{BENCHMARKS}/run_factorial/{{activation}}.tsv"
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        preset=asdict(STUDY.training_presets[OTHER["factorial"]["training"]]),
        factors=OTHER["factorial"]["factors"],
        seeds=checked_seeds(OTHER["factorial"]["seeds"], where="other_models.factorial.seeds"),
        thresholds=config["superposition"],
        function=function_hash,
        code=code("run_factorial"),
    message:
        "Training {wildcards.activation} with all combinations of the factorial"
    script:
        "../scripts/run_factorial.py"


rule judge_factorial:
    """On request: effects of data, start, model and optimiser, answers to open questions, and their figure."""
    input:
        collect(table("factorial_runs"), activation=OTHER["factorial"]["activations"]),
    output:
        effects=[table("factorial_effects"), table("factorial_effects", ".csv")],
        answers=[table("factorial_answers"), table("factorial_answers", ".csv")],
        figures=collect([figure("models", ".svg"), figure("models", ".png")], experiment="factorial"),
    log:
        f"{LOGS}/judge_factorial.log",
    benchmark:
        f"{BENCHMARKS}/judge_factorial.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        factors={name: list(levels) for name, levels in OTHER["factorial"]["factors"].items()},
        n_features=STUDY.training_presets[OTHER["factorial"]["training"]].n_features,
        margin=config["claims"]["margins"]["more"]["value"],
        labels={name: registry.printed(name)["label"] for name in OTHER["factorial"]["activations"]},
        statistics=config["statistics"],
        code=code("judge_factorial"),
    message:
        "Comparing the levels of the factorial"
    script:
        "../scripts/judge_factorial.py"


rule elhage:
    """On request: the experiments of Elhage et al. 2022."""
    input:
        made_for("elhage"),
    log:
        f"{LOGS}/elhage.log",
    benchmark:
        f"{BENCHMARKS}/elhage.tsv"
    localrule: True
    message:
        "The experiments of Elhage et al. are there"


rule lad_kostolansky:
    """On request: the experiments of Lad & Kostolansky 2023."""
    input:
        made_for("lad_kostolansky"),
    log:
        f"{LOGS}/lad_kostolansky.log",
    benchmark:
        f"{BENCHMARKS}/lad_kostolansky.tsv"
    localrule: True
    message:
        "The experiments of Lad & Kostolansky are there"


rule chen:
    """On request: SGD on the model of Chen et al. 2023."""
    input:
        rules.run_chen.output,
    log:
        f"{LOGS}/chen.log",
    benchmark:
        f"{BENCHMARKS}/chen.tsv"
    localrule: True
    message:
        "The experiment of Chen et al. is there"


rule factorial:
    """On request: which of data, start, model and optimiser makes activations differ between papers."""
    input:
        rules.judge_factorial.output,
    log:
        f"{LOGS}/factorial.log",
    benchmark:
        f"{BENCHMARKS}/factorial.tsv"
    localrule: True
    message:
        "The factorial is there"
