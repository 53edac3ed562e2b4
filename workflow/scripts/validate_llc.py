"""Estimate the LLC where the learning coefficient is known."""

from workflow.job import begin

from superposition import tables
from superposition.device import choose_device
from superposition.llc import Limits
from superposition.presets import SamplerPreset
from superposition.validation import validation_table

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
    tables.write(table, path, "llc_validation")
