"""Measure the superposition of all runs of a batch at all recorded steps."""

from snakemake.script import Snakemake

from superposition import tables, trajectory
from superposition.activations import BY_NAME
from superposition.geometry import Thresholds
from superposition.measures import superposition_table
from superposition.presets import TrainingPreset

snakemake: Snakemake

table = superposition_table(
    BY_NAME[snakemake.wildcards.activation],
    TrainingPreset(**snakemake.params.preset),
    trajectory.load(snakemake.input[0]),
    thresholds=Thresholds(**snakemake.params.thresholds),
)
tables.write(table, snakemake.output[0], "superposition")
