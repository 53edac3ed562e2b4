"""Train all seeds of a batch and write their weights, outputs, losses and ends."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.families import contract
from superposition.measures.ends import ends_table
from superposition.model.device import choose_device
from superposition.model.training import train_batch
from superposition.tables import store
from superposition.tables.identity import Identity
from superposition.tables.trajectory import load_inputs
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, batch = snakemake.params, Identity(**snakemake.wildcards)
activation, preset = BY_NAME[batch.activation], TrainingPreset(**params.preset)
contract.check(activation.function, where=f"superposition/activations.py, function of {batch.activation}")
inputs = load_inputs(snakemake.input[0], preset.inputs, Identity(training=batch.training, seeds=batch.seeds))
runs, outputs, loss = train_batch(activation, preset, inputs, **params.recorded, device=choose_device(params.device))
runs.save(snakemake.output.trajectory, batch)
outputs.save(snakemake.output.outputs, batch)
store.write(ends_table(activation, preset, inputs, runs, outputs), snakemake.output.ends, "ends", batch)
store.write(loss, snakemake.output.loss, "loss", batch)
