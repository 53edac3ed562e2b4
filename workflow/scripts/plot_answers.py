"""Plot the interval of every statement beside what it states."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.lines import verdicts_figure
from superposition.tables import frames

begin(snakemake.log[0])

params = snakemake.params
claims = frames.read(snakemake.input[0], "claims")
style.save(verdicts_figure(claims, params.protocols, confidence=params.confidence), snakemake.output)
