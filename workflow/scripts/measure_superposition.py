"""Measure the superposition of all runs of a batch at all recorded steps."""

from superposition import tables, trajectory
from superposition.activations import BY_NAME
from superposition.geometry import Thresholds
from superposition.measures import superposition_table
from superposition.presets import TrainingPreset
from workflow.log import log_to

log_to(snakemake.log[0])


table = superposition_table(
    BY_NAME[snakemake.wildcards.activation],
    TrainingPreset(**snakemake.params.preset),
    trajectory.load(snakemake.input[0]),
    thresholds=Thresholds(**snakemake.params.thresholds),
)
tables.write(table, snakemake.output[0], "superposition")
