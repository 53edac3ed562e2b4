"""Train all seeds of a batch and write their weights and losses."""

from superposition import seeds, tables
from superposition.activations import BY_NAME
from superposition.device import choose_device
from superposition.measures import loss_table
from superposition.presets import TrainingPreset
from superposition.training import train
from workflow.log import log_to

log_to(snakemake.log[0])


preset = TrainingPreset(**snakemake.params.preset)
trajectory, losses = train(
    BY_NAME[snakemake.wildcards.activation],
    preset,
    seeds=seeds.parse(snakemake.wildcards.seeds),
    weight_steps=snakemake.params.weight_steps,
    loss_steps=snakemake.params.loss_steps,
    device=choose_device(snakemake.params.device),
)
trajectory.save(snakemake.output.trajectory)
tables.write(loss_table(preset, trajectory.seeds, losses), snakemake.output.loss, "loss")
