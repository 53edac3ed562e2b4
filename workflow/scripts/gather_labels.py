"""Gather the critical points near the checkpoints of all activations."""

from workflow.job import begin

from superposition.capacity.gather import gather_labels
from superposition.tables import store

begin(snakemake.log[0])

labels = gather_labels(snakemake.input)
store.write(labels, snakemake.output, "critical_points")
