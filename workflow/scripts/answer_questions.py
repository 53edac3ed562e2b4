"""Answer the post's open questions from the tables that exist."""

from workflow.job import begin

from superposition.claims.verdicts import Terms
from superposition.questions.answers import of_factorial, questions_table
from superposition.questions.refined import refined_verdicts
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
resampling = Resampling(**params.statistics)
margins, min_seeds = params.claims["margins"], params.claims["min_seeds"]
made = {}
for path in paths.families:
    made["families"] = frames.read(path, "family_verdicts")
for path in paths.refined:
    made["refined"] = refined_verdicts(frames.read(path, "refined_llc"), resampling=resampling, min_seeds=min_seeds)
for path in paths.factorial:
    made["factorial"] = of_factorial(frames.read(path, "factorial_answers"), params.printed)
found = questions_table(
    frames.read(paths.evidence, "evidence"),
    frames.read(paths.runs, "runs"),
    frames.read(paths.critical_points, "critical_points"),
    made,
    regular=params.regular,
    terms=Terms(margins=margins, min_seeds=min_seeds, resampling=resampling, labels={}),
    printed=params.printed,
    classes=frames.read(paths.activation_classes, "activation_classes"),
    min_activations=params.claims["min_activations"],
)
store.write(found, snakemake.output, "questions")
