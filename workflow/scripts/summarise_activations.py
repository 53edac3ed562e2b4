"""Write medians and intervals over seeds of every activation's final measures."""

from workflow.job import begin

from superposition import frames, tables
from superposition.statistics import Resampling
from superposition.summary import summary_table

begin(snakemake.log[0])


table = summary_table(
    frames.read(snakemake.input.runs, "runs"),
    frames.read(snakemake.input.transitions, "run_transitions"),
    samplers=snakemake.params.samplers,
    resampling=Resampling(**snakemake.params.statistics),
)
for path in snakemake.output:
    tables.write(table, path, "summary")
