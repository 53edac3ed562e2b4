"""Plot every activation as the post saw it, and under control."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.directions import load_ends
from superposition.figures.polygons import signature_figure
from superposition.measures.geometry import Thresholds
from superposition.tables import frames

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
ends = load_ends(paths.trajectories, paths.outputs, thresholds=Thresholds(**params.thresholds))
figure = signature_figure(ends, frames.read(paths.runs, "runs"), shown=params.rows, printed=params.printed)
style.save(figure, snakemake.output)
