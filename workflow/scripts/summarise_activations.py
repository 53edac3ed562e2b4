"""Write medians and intervals over seeds of every activation's final measures."""

from snakemake.script import Snakemake

from superposition import tables
from superposition.statistics import Resampling
from superposition.summary import summary_table

snakemake: Snakemake

table = summary_table(
    tables.read(snakemake.input[0]),
    samplers=snakemake.params.samplers,
    resampling=Resampling(**snakemake.params.statistics),
)
for path in snakemake.output:
    tables.write(table, path, "summary")
