"""Plot estimates of every estimator beside known learning coefficients."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.estimates import leaderboard_figure
from superposition.tables import frames

begin(snakemake.log[0])

table = frames.read(snakemake.input[0], snakemake.params.table)
style.save(leaderboard_figure(table), snakemake.output)
