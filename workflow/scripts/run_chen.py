"""Train the model of Chen et al. by SGD, and write at which polygons it is."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.other_models import levels_figure
from superposition.model.device import choose_device
from superposition.other_models.runs import chen_levels_table, chen_table
from superposition.other_models.summary import findings_table, stated_findings
from superposition.presets import TrainingPreset
from superposition.statistics import Resampling
from superposition.tables import store

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
params, resampling = snakemake.params, Resampling(**snakemake.params.statistics)
preset = TrainingPreset(**params.preset)
runs = chen_table(preset, seeds=params.seeds, steps=params.steps, tolerance=params.tolerance)
stated = stated_findings("chen", **params.judged_with)
levels = chen_levels_table(runs, resampling=resampling)
findings = findings_table(runs.assign(**params.of), stated, resampling=resampling)
for name, table in {"chen_runs": runs, "chen_levels": levels, "model_findings": findings}.items():
    store.write(table, snakemake.output[name], name)
style.save(levels_figure(runs, levels), snakemake.output.figures)
