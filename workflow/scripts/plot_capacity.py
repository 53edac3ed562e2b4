"""Plot the best possible beside what runs reach."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.lines import capacity_figure
from superposition.figures.relations import Medians
from superposition.tables import frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
summary, capacity = frames.read(paths.summary, "summary"), frames.read(paths.capacity, "capacity")
medians = Medians(summary=summary, training=params.training, printed=params.printed, confidence=params.confidence)
style.save(capacity_figure(medians, capacity), snakemake.output)
