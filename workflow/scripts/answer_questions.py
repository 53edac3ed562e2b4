"""Answer the post's open questions from the tables that exist."""

from workflow.job import begin

from superposition.claims.verdicts import Terms
from superposition.questions.answers import questions_table
from superposition.questions.experiments import read_experiments
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
evidence, runs, critical = (frames.read(paths[name], name) for name in ("evidence", "runs", "critical_points"))
classes = frames.read(paths.activation_classes, "activation_classes")
terms = Terms(**params.judged_with, resampling=Resampling(**params.statistics), labels={})
settings = {name: params[name] for name in ("regular", "tolerance", "printed", "min_activations")}
experiments = read_experiments(paths, params.printed, terms)
answers = questions_table(evidence, runs, critical, experiments, terms=terms, classes=classes, **settings)
store.write(answers, snakemake.output, "questions")
