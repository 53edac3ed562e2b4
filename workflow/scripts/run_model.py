"""Train one activation in an experiment of another paper, and measure how its runs end."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.measures.geometry import Thresholds
from superposition.model.device import choose_device
from superposition.other_models.runs import grid, runs_table, train
from superposition.presets import TrainingPreset
from superposition.provenance import contract
from superposition.tables import store

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
activation, preset = BY_NAME[snakemake.wildcards.activation], TrainingPreset(**snakemake.params.preset)
contract.check(activation.function, where=f"superposition/activations.py, function of {activation.name}")
values, thresholds = dict(snakemake.params.grid), Thresholds(**snakemake.params.thresholds)
seeds, presets = values.pop("seeds"), grid(preset, **values)
(end,) = train(activation, presets, seeds, steps=[preset.n_steps])
table = runs_table(activation, presets, seeds, end, thresholds=thresholds)
table = table.assign(experiment=snakemake.wildcards.experiment, activation=activation.name)
store.write(table, snakemake.output, "model_runs")
