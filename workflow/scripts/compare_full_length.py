"""Compare the last step that the original shows with the end of its training."""

from workflow.job import begin

from superposition.measures.summary import full_length_table
from superposition.tables import frames, store

begin(snakemake.log[0])

table = full_length_table(frames.read_runs(snakemake.input, "superposition"), seen=snakemake.params.seen)
store.write(table, snakemake.output, "full_length")
