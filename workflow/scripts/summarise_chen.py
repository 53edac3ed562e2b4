"""Write the polygons at which SGD is seen on the model of Chen et al., verdicts on their findings, and the figure."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.other_models import levels_figure
from superposition.other_models.summary import chen_tables, stated_findings
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

params = snakemake.params
runs = frames.read(snakemake.input[0], "chen_runs")
findings = stated_findings("chen", **params.judged_with)
tables = chen_tables(runs, findings, resampling=Resampling(**params.statistics))
for name, table in tables.items():
    store.write(table, snakemake.output[name], name)
style.save(levels_figure(runs, tables["chen_levels"]), snakemake.output.figures)
