"""Estimate the covariance of trajectories that start at the checkpoints of all runs of a batch."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.calibration.covariance import covariance_table
from superposition.llc.chains import Target
from superposition.model.device import choose_device
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables import store, trajectory
from superposition.tables.identity import Identity

begin(snakemake.log[0])

batch = Identity(**snakemake.wildcards)
target = Target(
    activation=BY_NAME[batch.activation],
    training=TrainingPreset(**snakemake.params.training),
    sampler=SamplerPreset(**snakemake.params.sampler),
    device=choose_device(snakemake.params.device),
)
checkpoints = trajectory.load(snakemake.input[0], batch, kind=trajectory.CHECKPOINTS)
chunk = snakemake.config["replicas_per_chunk"]  # no param: it changes no number
table = covariance_table(target, checkpoints, **snakemake.params.sweep, replicas_per_chunk=chunk)
store.write(table, snakemake.output[0], "covariance", batch)
