"""Plot every activation as the post saw it, under control, and at its best."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.signature import rows_of, signature_figure
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.tables import frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
figure = signature_figure(
    rows_of(history.load_runs(paths.trajectories), frames.read(paths.runs, "runs"), params.rows),
    printed=params.printed,
    thresholds=Thresholds(**params.thresholds),
)
style.save(figure, snakemake.output)
