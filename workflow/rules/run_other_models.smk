# Models and data of other papers, and which difference matters. Made only when asked for:
#   snakemake --cores all elhage          (or lad_kostolansky, chen, factorial)

from superposition.other_models.papers import CHEN_ACTIVATION, PAPERS, WITH_EXPERIMENTS

EXPERIMENTS, CHEN, FACTORIAL = (config["other_models"][name] for name in ("experiments", "chen", "factorial"))
CHEN_PRESET, FACTORIAL_PRESET = (STUDY.training_presets[one["training"]] for one in (CHEN, FACTORIAL))

# The runs of each experiment, one for each of its activations, and its figure.
RUNS_OF = {
    name: collect(table("model_runs"), experiment=name, activation=experiment["activations"])
    for name, experiment in EXPERIMENTS.items()
}
MODEL_FIGURE = [figure("models", ".svg"), figure("models", ".png")]

# With which findings are judged: as the study's own are, and how much "nearly" leaves out.
JUDGED_WITH = {name: config["transitions"][name] for name in ("sticky_tolerance", "change_window")}
JUDGED_WITH["nearly"] = config["other_models"]["nearly"]


wildcard_constraints:
    experiment="|".join(EXPERIMENTS),
    paper="|".join(WITH_EXPERIMENTS),


rule run_model:
    """On request: one activation in an experiment of another paper, at all its values and seeds."""
    output:
        both("model_runs"),
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
        lambda wildcards: [path for name in STUDY.experiments_of(wildcards.paper) for path in RUNS_OF[name]],
    output:
        summary=both("model_summary"),
        findings=both("model_findings"),
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
        lambda wildcards: RUNS_OF[wildcards.experiment],
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
    """On request: SGD on the model of Chen et al., and at which polygons every run is."""
    output:
        both("chen_runs"),
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
        preset=asdict(CHEN_PRESET),
        steps=STUDY.chen_steps,
        tolerance=CHEN["tolerance"],
        seeds=STUDY.seeds_of("chen"),
        function=[hashes.function_hash(CHEN_ACTIVATION)],
        code=code("run_chen"),
    message:
        "Training the model of Chen et al."
    script:
        "../scripts/run_chen.py"


rule summarise_chen:
    """On request: the polygons at which SGD is seen on the model of Chen et al., verdicts, and the figure."""
    input:
        rules.run_chen.output[0],
    output:
        chen_levels=both("chen_levels"),
        model_findings=collect(both("model_findings"), paper="chen"),
        figures=collect(MODEL_FIGURE, experiment="chen"),
    log:
        f"{LOGS}/summarise_chen.log",
    benchmark:
        f"{BENCHMARKS}/summarise_chen.tsv"
    localrule: True
    conda:
        "../../envs/study.yaml"
    resources:
        mem_mb=1000,
    params:
        statistics=config["statistics"],
        judged_with=JUDGED_WITH,
        code=code("summarise_chen"),
    message:
        "Summarising the experiment of Chen et al."
    script:
        "../scripts/summarise_chen.py"


rule run_factorial:
    """On request: one activation with every combination of data, start, model and optimiser."""
    output:
        both("factorial_runs"),
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
        preset=asdict(FACTORIAL_PRESET),
        factors=FACTORIAL["factors"],
        seeds=STUDY.seeds_of("factorial"),
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
        collect(table("factorial_runs"), activation=FACTORIAL["activations"]),
    output:
        effects=both("factorial_effects"),
        answers=both("factorial_answers"),
        figures=collect(MODEL_FIGURE, experiment="factorial"),
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
        factors={name: list(levels) for name, levels in FACTORIAL["factors"].items()},
        n_features=FACTORIAL_PRESET.n_features,
        margin=config["claims"]["margins"]["more"]["value"],
        labels={name: registry.printed(name)["label"] for name in FACTORIAL["activations"]},
        statistics=config["statistics"],
        code=code("judge_factorial"),
    message:
        "Comparing the levels of the factorial"
    script:
        "../scripts/judge_factorial.py"


rule elhage:
    """On request: the experiments of Elhage et al. 2022."""
    input:
        collect(rules.plot_models.output, experiment=STUDY.experiments_of("elhage")),
        collect(rules.summarise_models.output, paper="elhage"),
    message:
        f"The experiments of {PAPERS['elhage']} are there"


rule lad_kostolansky:
    """On request: the experiments of Lad & Kostolansky 2023."""
    input:
        collect(rules.plot_models.output, experiment=STUDY.experiments_of("lad_kostolansky")),
        collect(rules.summarise_models.output, paper="lad_kostolansky"),
    message:
        f"The experiments of {PAPERS['lad_kostolansky']} are there"


rule chen:
    """On request: SGD on the model of Chen et al. 2023."""
    input:
        rules.run_chen.output,
        rules.summarise_chen.output,
    message:
        f"The experiment of {PAPERS['chen']} is there"


rule factorial:
    """On request: which of data, start, model and optimiser makes activations differ between papers."""
    input:
        rules.judge_factorial.output,
    message:
        "The factorial is there"
