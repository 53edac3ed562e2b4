"""Plot the final polygons of all activations."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.directions import load_ends
from superposition.figures.polygons import overview_figure
from superposition.measures.geometry import Thresholds
from superposition.tables import frames

begin(snakemake.log[0])

params, paths, training = snakemake.params, snakemake.input, snakemake.wildcards.training
ends = load_ends(paths.trajectories, paths.outputs, thresholds=Thresholds(**params.thresholds))
runs = frames.read(paths.runs, "runs")
figure = overview_figure(
    {name: ends[training, name] for name in params.printed},
    runs.loc[runs.training == training],
    label=params.label,
    printed=params.printed,
    n_initial=params.n_initial,
)
style.save(figure, snakemake.output)
