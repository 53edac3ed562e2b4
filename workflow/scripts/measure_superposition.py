"""Measure the superposition of all runs of a batch at all recorded steps."""

from workflow.job import begin

from superposition import tables, trajectory
from superposition.geometry import Thresholds
from superposition.identity import Identity
from superposition.measures import superposition_table

begin(snakemake.log[0])


of = Identity(**snakemake.wildcards)
table = superposition_table(
    trajectory.load(snakemake.input.trajectory, of),
    trajectory.load_outputs(snakemake.input.outputs, of),
    thresholds=Thresholds(**snakemake.params.thresholds),
)
tables.write(table, snakemake.output[0], "superposition", of)
