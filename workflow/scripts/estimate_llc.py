"""Estimate the LLC of all runs of a batch, of the first seeds over training and of the others at the end."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.estimators.tempered_mala import ESTIMATORS
from superposition.llc.chains import target_of
from superposition.llc.estimate import Limits
from superposition.llc.runs import llc_table
from superposition.model.data import training_sample
from superposition.tables import store, trajectory
from superposition.tables.identity import Identity

begin(snakemake.log[0])

params, paths, of = snakemake.params, snakemake.input, Identity(**snakemake.wildcards)
target = target_of(BY_NAME[of.activation], **params.target)
inputs = trajectory.load_inputs(paths.inputs, target.training.inputs, Identity(training=of.training, seeds=of.seeds))
sample = training_sample(inputs, target.training, device=target.device)
[checkpoints] = trajectory.load_checkpoints([paths.checkpoints])
how = {"followed": params.followed, "limits": Limits(**params.limits)}
how |= {"replicas_per_chunk": snakemake.config["replicas_per_chunk"]}  # no param: it changes no number
table = llc_table(target, checkpoints, sample, ESTIMATORS[target.sampler.estimator], **how)
store.write(table, snakemake.output[0], "llc", of)
