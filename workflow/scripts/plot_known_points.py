"""Plot LLC estimates of every n beta and localisation where the learning coefficient is known."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.calibration import known_points_figure
from superposition.tables import frames

begin(snakemake.log[0])

figure = known_points_figure(
    frames.read(snakemake.input.table, "llc_calibration"),
    frames.read(snakemake.input.recommendation, "llc_recommendation"),
    margin=snakemake.params.margin,
)
style.save(figure, snakemake.output)
