"""Answer the post's open questions from the tables that exist."""

from workflow.job import begin

from superposition.claims.verdicts import Terms
from superposition.questions.experiments import answer_questions
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params, tables = snakemake.params, frames.read_all(snakemake.input)
terms = Terms(**params.claims, resampling=Resampling(**params.statistics), labels={})
known = {"printed": params.printed, "regular": params.regular, "tolerance": params.tolerance}
store.write(answer_questions(tables, terms, **known), snakemake.output, "questions")
