"""Estimate the LLC where the learning coefficient is known."""

from workflow.job import begin

from superposition.llc.estimate import Limits
from superposition.llc.validation import validation_table
from superposition.model.device import choose_device
from superposition.presets import SamplerPreset
from superposition.tables import store

begin(snakemake.log[0])


choose_device("cpu")  # with one thread
table = validation_table(
    SamplerPreset(**snakemake.params.sampler),
    smooth=snakemake.params.smooth,
    standard_errors=snakemake.params.standard_errors,
    seed=snakemake.params.seed,
    limits=Limits(**snakemake.params.limits),
)
for path in snakemake.output:
    store.write(table, path, "llc_validation")
