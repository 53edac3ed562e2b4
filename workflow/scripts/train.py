"""Train all seeds of a batch and write their weights, outputs and losses."""

from workflow.job import begin

from superposition import contract, tables, training_inputs
from superposition.activations import BY_NAME
from superposition.device import choose_device
from superposition.losses import loss_table
from superposition.presets import TrainingPreset
from superposition.responses import outputs_of
from superposition.training import train

begin(snakemake.log[0])


contract.check_all([snakemake.wildcards.activation])
activation, preset = BY_NAME[snakemake.wildcards.activation], TrainingPreset(**snakemake.params.preset)
trajectory, losses = train(
    activation,
    preset,
    training_inputs.load(snakemake.input[0], preset.inputs),
    weight_steps=snakemake.params.weight_steps,
    loss_steps=snakemake.params.loss_steps,
    device=choose_device(snakemake.params.device),
)
trajectory.save(snakemake.output.trajectory)
outputs_of(activation, preset, trajectory).save(snakemake.output.outputs)
tables.write(loss_table(preset, trajectory.seeds, losses), snakemake.output.loss, "loss")
