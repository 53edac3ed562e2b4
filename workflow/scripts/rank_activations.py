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
for path in (snakemake.output.ranking, snakemake.output.ranking_csv):
    store.write(ranking, path, "ranking")
for path in (snakemake.output.correlation, snakemake.output.correlation_csv):
    store.write(correlation, path, "rank_correlation")
