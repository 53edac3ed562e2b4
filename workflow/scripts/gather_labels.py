"""Gather the critical points near the checkpoints of all activations."""

from workflow.job import begin

from superposition.capacity.labels import gathered
from superposition.tables import store

begin(snakemake.log[0])


for path in snakemake.output:
    store.write(gathered(snakemake.input), path, "critical_points")
