"""Answer the post's open questions from the tables that exist."""

from workflow.job import begin

from superposition.claims.evidence import views_of
from superposition.claims.verdicts import Terms
from superposition.questions.answers import questions_table, with_ends
from superposition.questions.experiments import read_experiments
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
terms = Terms(**params.claims, resampling=Resampling(**params.statistics), labels={})
evidence, runs, critical = (frames.read(paths[name], name) for name in ("evidence", "runs", "critical_points"))
known = with_ends(evidence, runs, critical, regular=params.regular, tolerance=params.tolerance)
classes = frames.read(paths.activation_classes, "activation_classes")
views = views_of(known, printed=params.printed, classes=classes, min_activations=params.claims["min_activations"])
table = questions_table(views, read_experiments(paths, params.printed, terms), terms)
store.write(table, snakemake.output, "questions")
