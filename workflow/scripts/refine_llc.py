"""Estimate the LLC of single features over training, and their influence on each other."""

from workflow.job import begin

from superposition.llc.estimate import Limits
from superposition.measures.geometry import Thresholds
from superposition.model.device import choose_device
from superposition.questions.refined import refined_of_runs
from superposition.sampler_presets import SamplerPreset
from superposition.tables import store
from superposition.training_presets import TrainingPreset

begin(snakemake.log[0])

choose_device("cpu")  # with one thread
params = snakemake.params
table = refined_of_runs(
    snakemake.input,
    TrainingPreset(**params.preset),
    **params.chosen,
    sampler=SamplerPreset(**params.sampler),
    thresholds=Thresholds(**params.thresholds),
    limits=Limits(**params.limits),
)
store.write(table, snakemake.output, "refined_llc")
