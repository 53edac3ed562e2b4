"""Answer the post's open questions from the tables that exist."""

from workflow.job import begin

from superposition.claims.verdicts import Terms
from superposition.questions.answers import questions_table
from superposition.questions.experiments import read_experiments
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
terms = Terms(**params.claims, resampling=Resampling(**params.statistics), labels={})
evidence, runs, critical = (frames.read(paths[name], name) for name in ("evidence", "runs", "critical_points"))
made = read_experiments(paths, params.printed, terms)
how = {"regular": params.regular, "tolerance": params.tolerance, "printed": params.printed}
how |= {"min_activations": params.claims["min_activations"]}
classes = frames.read(paths.activation_classes, "activation_classes")
found = questions_table(evidence, runs, critical, made, terms=terms, classes=classes, **how)
store.write(found, snakemake.output, "questions")
