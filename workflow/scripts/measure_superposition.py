"""Measure the superposition of all runs of a batch at all recorded steps."""

from workflow.job import begin

from superposition.measures.geometry import Thresholds, superposition_table
from superposition.tables import store, trajectory
from superposition.tables.identity import Identity

begin(snakemake.log[0])

batch = Identity(**snakemake.wildcards)
table = superposition_table(
    trajectory.load(snakemake.input.trajectory, batch),
    trajectory.load_outputs(snakemake.input.outputs, batch),
    thresholds=Thresholds(**snakemake.params.thresholds),
)
store.write(table, snakemake.output[0], "superposition", batch)
