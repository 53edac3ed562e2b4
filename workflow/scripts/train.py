"""Train all seeds of a batch and write their weights, outputs and losses."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.measures.ends import train_batch
from superposition.model.device import choose_device
from superposition.provenance import contract
from superposition.tables import store
from superposition.tables.identity import Identity
from superposition.tables.trajectory import load_inputs
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, batch = snakemake.params, Identity(**snakemake.wildcards)
activation, preset = BY_NAME[batch.activation], TrainingPreset(**params.preset)
contract.check(activation.function, where=f"superposition/activations.py, function of {batch.activation}")
inputs = load_inputs(snakemake.input[0], preset.inputs, Identity(training=batch.training, seeds=batch.seeds))
runs, outputs, tables = train_batch(activation, preset, inputs, **params.recorded, device=choose_device(params.device))
runs.save(snakemake.output.trajectory, batch)
outputs.save(snakemake.output.outputs, batch)
store.write(tables["ends"], snakemake.output.ends, "ends", batch)
store.write(tables["loss"], snakemake.output.loss, "loss", batch)
