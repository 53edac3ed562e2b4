"""Estimate the LLC of all runs of a batch, of the first seeds over training and of the others at the end."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.estimators.tempered_mala import ESTIMATORS
from superposition.llc.chains import target_of
from superposition.llc.estimate import Limits
from superposition.llc.runs import llc_table
from superposition.model.data import training_sample
from superposition.tables import store
from superposition.tables.identity import Identity
from superposition.tables.trajectory import load_checkpoints, load_inputs

begin(snakemake.log[0])

params, paths, batch = snakemake.params, snakemake.input, Identity(**snakemake.wildcards)
target = target_of(BY_NAME[batch.activation], **params.target)
inputs = load_inputs(paths.inputs, target.training.inputs, Identity(training=batch.training, seeds=batch.seeds))
sample = training_sample(inputs, target.training, device=target.device)
[points] = load_checkpoints([paths.checkpoints])
limits, chunk = Limits(**params.limits), snakemake.config["replicas_per_chunk"]  # no param: it changes no number
estimator = ESTIMATORS[target.sampler.estimator]
table = llc_table(target, points, sample, estimator, followed=params.followed, limits=limits, replicas_per_chunk=chunk)
store.write(table, snakemake.output[0], "llc", batch)
