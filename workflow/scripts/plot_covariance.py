"""Plot the largest eigenvalues of the covariance of weights over training."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.estimates import covariance_figure
from superposition.tables import frames

begin(snakemake.log[0])

table, params = frames.read_runs(snakemake.input, "covariance"), snakemake.params
style.save(covariance_figure(table, printed=params.printed, band=params.band), snakemake.output)
