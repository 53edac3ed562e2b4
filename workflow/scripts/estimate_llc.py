"""Estimate the LLC of all runs of a batch, of the first seeds over training and of the others at the end."""

from workflow.job import begin

from superposition.activations import BY_NAME
from superposition.estimators.tempered_mala import ESTIMATORS
from superposition.llc.chains import Target
from superposition.llc.estimate import Limits
from superposition.llc.runs import llc_table
from superposition.model.data import training_sample
from superposition.model.device import choose_device
from superposition.presets import SamplerPreset, TrainingPreset
from superposition.tables import store, trajectory
from superposition.tables.identity import Identity

begin(snakemake.log[0])

of = Identity(**snakemake.wildcards)
target = Target(
    activation=BY_NAME[of.activation],
    training=TrainingPreset(**snakemake.params.training),
    sampler=SamplerPreset(**snakemake.params.sampler),
    device=choose_device(snakemake.params.device),
)
trained_on = trajectory.load_inputs(
    snakemake.input.inputs, target.training.inputs, Identity(training=of.training, seeds=of.seeds)
)
sample = training_sample(trained_on, target.training, device=target.device)
checkpoints = trajectory.load(snakemake.input.checkpoints, of.batch, kind=trajectory.CHECKPOINTS)
limits = Limits(**snakemake.params.limits)
chunk = snakemake.config["replicas_per_chunk"]  # no param: it changes no number
estimator, followed = ESTIMATORS[target.sampler.estimator], snakemake.params.followed
table = llc_table(target, checkpoints, sample, estimator, followed=followed, limits=limits, replicas_per_chunk=chunk)
store.write(table, snakemake.output[0], "llc", of)
