"""Train one activation in an experiment of another paper, and measure how its runs end."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.measures.geometry import Thresholds
from superposition.model.device import choose_device
from superposition.other_models.runs import experiment_runs
from superposition.provenance import contract
from superposition.tables import store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
activation, preset = BY_NAME[snakemake.wildcards.activation], TrainingPreset(**snakemake.params.preset)
contract.check(activation.function, where=f"superposition/activations.py, function of {activation.name}")
given = {"thresholds": Thresholds(**snakemake.params.thresholds), **snakemake.params.grid}
runs = experiment_runs(activation, preset, snakemake.wildcards.experiment, **given)
store.write(runs, snakemake.output, "model_runs")
