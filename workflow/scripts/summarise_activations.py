"""Write medians and intervals over seeds of every activation's final measures."""

from workflow.job import begin

from superposition.measures.summary import summary_table
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

table = summary_table(
    frames.read(snakemake.input.runs, "runs"),
    frames.read(snakemake.input.transitions, "run_transitions"),
    samplers=snakemake.params.samplers,
    resampling=Resampling(**snakemake.params.statistics),
)
store.write(table, snakemake.output, "summary")
