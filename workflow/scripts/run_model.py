"""Train one activation in an experiment of another paper, and measure how its runs end."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.families import contract
from superposition.measures.geometry import Thresholds
from superposition.model.device import choose_device
from superposition.other_models.runs import grid, model_runs_table
from superposition.tables import store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
activation, preset = BY_NAME[snakemake.wildcards.activation], TrainingPreset(**snakemake.params.preset)
contract.check(activation.function, where=f"superposition/activations.py, function of {activation.name}")
thresholds, of = Thresholds(**snakemake.params.thresholds), snakemake.params.grid
presets, name = grid(preset, sparsity=of["sparsity"], importance=of["importance"]), snakemake.wildcards.experiment
runs = model_runs_table(activation, presets, of["seeds"], thresholds=thresholds, experiment=name)
store.write(runs, snakemake.output, "model_runs")
