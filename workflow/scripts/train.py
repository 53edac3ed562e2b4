"""Train all seeds of a batch and write their weights, outputs and losses."""

from workflow.job import begin

from superposition import contract, tables, training_inputs
from superposition.activations import BY_NAME
from superposition.device import choose_device
from superposition.identity import Identity
from superposition.losses import loss_table
from superposition.presets import TrainingPreset
from superposition.responses import outputs_of
from superposition.training import train

begin(snakemake.log[0])


of, preset = Identity(**snakemake.wildcards), TrainingPreset(**snakemake.params.preset)
contract.check_all([of.activation])
activation = BY_NAME[of.activation]
trajectory, losses = train(
    activation,
    preset,
    training_inputs.load(snakemake.input[0], preset.inputs, Identity(training=of.training, seeds=of.seeds)),
    weight_steps=snakemake.params.weight_steps,
    loss_steps=snakemake.params.loss_steps,
    device=choose_device(snakemake.params.device),
)
trajectory.save(snakemake.output.trajectory, of)
outputs_of(activation, preset, trajectory).save(snakemake.output.outputs, of)
tables.write(loss_table(preset, trajectory.seeds, losses), snakemake.output.loss, "loss", of)
