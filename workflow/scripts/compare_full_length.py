"""Compare the last step that the original shows with the end of its training."""

from superposition import tables
from superposition.full_length import full_length_table
from workflow.log import log_to

log_to(snakemake.log[0])


table = full_length_table(tables.read_runs(snakemake.input), seen=snakemake.params.seen)
for path in snakemake.output:
    tables.write(table, path, "full_length")
