"""Measure the superposition of all runs of a batch at all recorded steps."""

from superposition import tables, trajectory
from superposition.geometry import Thresholds
from superposition.measures import superposition_table
from workflow.log import log_to

log_to(snakemake.log[0])


table = superposition_table(
    trajectory.load(snakemake.input.trajectory),
    trajectory.load_outputs(snakemake.input.outputs),
    thresholds=Thresholds(**snakemake.params.thresholds),
)
tables.write(table, snakemake.output[0], "superposition")
