"""Train the model of Chen et al. by SGD, and write at which polygons every run is."""

from workflow.job import begin

from superposition.model.device import choose_device
from superposition.other_models.runs import chen_table
from superposition.tables import store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
params = snakemake.params
runs = chen_table(TrainingPreset(**params.preset), seeds=params.seeds, steps=params.steps, tolerance=params.tolerance)
store.write(runs, snakemake.output, "chen_runs")
