"""Estimate the LLC of all runs of a batch, of the first seeds over training and of the others at the end."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.estimators.tempered_mala import ESTIMATORS
from superposition.llc import chains, estimate, runs
from superposition.model import data, device
from superposition.sampler_presets import SamplerPreset
from superposition.tables import identity, store, trajectory
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

params, paths, batch = snakemake.params, snakemake.input, identity.Identity(**snakemake.wildcards)
chunk = snakemake.config["replicas_per_chunk"]  # no param: it changes no number
presets = TrainingPreset(**params.training), SamplerPreset(**params.sampler)
target = chains.Target(BY_NAME[batch.activation], *presets, device.choose_device(params.device), chunk)
of_inputs = identity.Identity(training=batch.training, seeds=batch.seeds)
inputs = trajectory.load_inputs(paths.inputs, target.training.inputs, of_inputs)
sample = data.training_sample(inputs, target.training, device=target.device)
[points] = trajectory.load_checkpoints([paths.checkpoints])
estimator, limits = ESTIMATORS[target.sampler.estimator], estimate.Limits(**params.limits)
table = runs.llc_table(target, points, sample, estimator, followed=params.followed, limits=limits)
store.write(table, snakemake.output[0], "llc", batch)
