"""Compare the last step that the original shows with the end of its training."""

from snakemake.script import Snakemake

from superposition import tables
from superposition.full_length import full_length_table

snakemake: Snakemake

table = full_length_table(tables.read_runs(snakemake.input), seen=snakemake.params.seen)
for path in snakemake.output:
    tables.write(table, path, "full_length")
