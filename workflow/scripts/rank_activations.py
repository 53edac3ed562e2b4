"""Rank the activations by superposition for every training preset, and correlate the rankings."""

from workflow.job import begin

from superposition.measures.ranking import rank_correlation_table, ranking_table
from superposition.statistics import Resampling
from superposition.tables import frames, store

begin(snakemake.log[0])

runs = frames.read(snakemake.input[0], "runs")
resampling = Resampling(**snakemake.params.statistics)
ranking = ranking_table(runs, resampling)
correlation = rank_correlation_table(runs, resampling)
store.write(ranking, [snakemake.output.ranking, snakemake.output.ranking_csv], "ranking")
store.write(correlation, [snakemake.output.correlation, snakemake.output.correlation_csv], "rank_correlation")
