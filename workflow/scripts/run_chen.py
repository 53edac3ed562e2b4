"""Train the model of Chen et al. by SGD, and write at which polygons it is."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.other_models import levels_figure
from superposition.model.device import choose_device
from superposition.other_models.runs import chen_table
from superposition.other_models.summary import chen_tables, stated_findings
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling
from superposition.tables import store

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
params, resampling = snakemake.params, Resampling(**snakemake.params.statistics)
preset = TrainingPreset(**params.preset)
runs = chen_table(preset, seeds=params.seeds, steps=params.steps, tolerance=params.tolerance)
tables = chen_tables(runs, stated_findings("chen", **params.judged_with), resampling=resampling)
for name, table in tables.items():
    store.write(table, snakemake.output[name], name)
style.save(levels_figure(runs, tables["chen_levels"]), snakemake.output.figures)
