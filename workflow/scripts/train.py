"""Train all seeds of a batch and write their weights, outputs and losses."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.measures.ends import ends_table
from superposition.model.data import training_sample
from superposition.model.device import choose_device
from superposition.model.training import loss_table, outputs_of, train
from superposition.presets import TrainingPreset
from superposition.provenance import contract
from superposition.tables import store
from superposition.tables.identity import Identity
from superposition.tables.trajectory import load_inputs

begin(snakemake.log[0])

of, preset = Identity(**snakemake.wildcards), TrainingPreset(**snakemake.params.preset)
contract.check(BY_NAME[of.activation].function, where=f"superposition/activations.py, function of {of.activation}")
activation = BY_NAME[of.activation]
inputs = load_inputs(snakemake.input[0], preset.inputs, Identity(training=of.training, seeds=of.seeds))
device = choose_device(snakemake.params.device)
steps = {name: snakemake.params[name] for name in ("weight_steps", "loss_steps")}
trajectory, losses = train(activation, preset, inputs, **steps, device=device)
outputs = outputs_of(activation, preset, trajectory)
sample = training_sample(inputs, preset, device=device)
trajectory.save(snakemake.output.trajectory, of)
outputs.save(snakemake.output.outputs, of)
store.write(ends_table(activation, preset, sample, trajectory, outputs), snakemake.output.ends, "ends", of)
store.write(loss_table(preset, trajectory.seeds, losses), snakemake.output.loss, "loss", of)
