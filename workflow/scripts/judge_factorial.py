"""Write the effects of the levels of the factorial, the answers to open questions, and their figure."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.other_models import factorial_figure
from superposition.other_models.factorial import answers_table, effects_table
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params = snakemake.params
runs = frames.joined(frames.read(path, "factorial_runs") for path in snakemake.input)
effects = effects_table(runs, params.factors, n_features=params.n_features, resampling=Resampling(**params.statistics))
answers = answers_table(effects, margin=params.margin)
store.write(effects, snakemake.output.effects, "factorial_effects")
store.write(answers, snakemake.output.answers, "factorial_answers")
style.save(factorial_figure(effects, labels=params.labels), snakemake.output.figures)
