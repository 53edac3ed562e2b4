"""Train one activation with every combination of data, start, model and optimiser."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.families import contract
from superposition.measures.geometry import Thresholds
from superposition.model.device import choose_device
from superposition.other_models.runs import factorial_runs
from superposition.tables import store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
activation, params = BY_NAME[snakemake.wildcards.activation], snakemake.params
contract.check(activation.function, where=f"superposition/activations.py, function of {activation.name}")
preset, thresholds = TrainingPreset(**params.preset), Thresholds(**params.thresholds)
runs = factorial_runs(activation, preset, params.factors, seeds=params.seeds, thresholds=thresholds)
store.write(runs, snakemake.output, "factorial_runs")
