"""Estimate the covariance of trajectories that start at the checkpoints of all runs of a batch."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.calibration.covariance import covariance_table
from superposition.llc.chains import Target
from superposition.model.device import choose_device
from superposition.sampler_presets import SamplerPreset
from superposition.tables import store, trajectory
from superposition.tables.identity import Identity
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, batch = snakemake.params, Identity(**snakemake.wildcards)
chunk = snakemake.config["replicas_per_chunk"]  # no param: it changes no number
presets = TrainingPreset(**params.training), SamplerPreset(**params.sampler)
target = Target(BY_NAME[batch.activation], *presets, choose_device(params.device), chunk)
checkpoints = trajectory.load(snakemake.input[0], batch, kind=trajectory.CHECKPOINTS)
table = covariance_table(target, checkpoints, **params.sweep)
store.write(table, snakemake.output[0], "covariance", batch)
