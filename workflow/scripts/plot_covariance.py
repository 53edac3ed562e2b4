"""Plot the largest eigenvalues of the covariance of weights over training."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.estimates import covariance_figure
from superposition.tables import frames

begin(snakemake.log[0])

printed, training = snakemake.params.printed, snakemake.wildcards.training
figure = covariance_figure(
    frames.read_runs(snakemake.input, "covariance"),
    title=f"{printed['label']},  training preset {training}",
    color=style.FAMILY_COLORS[printed["family"]],
    band=snakemake.params.band,
)
style.save(figure, snakemake.output)
