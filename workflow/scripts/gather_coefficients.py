"""Gather learning coefficients at the ends of runs, beside those that are known."""

from workflow.job import begin

from superposition.estimators.leaderboard import coefficients_table
from superposition.tables import frames, store

begin(snakemake.log[0])


llc = frames.read_runs(snakemake.input.llc, "llc", sampler=snakemake.params.sampler)
coefficients = coefficients_table(llc, frames.read(snakemake.input.labels, "critical_points"))
store.write(coefficients, snakemake.output, "coefficients")
