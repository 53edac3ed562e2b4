"""Plot the final polygons of all activations."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.overview import overview_figure
from superposition.measures import history
from superposition.tables import frames

begin(snakemake.log[0])


params = snakemake.params
runs = history.load_runs(path for name in params.printed for path in snakemake.input[name])
figure = overview_figure(
    {name: runs[snakemake.wildcards.training, name].W[:, -1] for name in params.printed},
    frames.read(snakemake.input.runs, "runs"),
    training=snakemake.wildcards.training,
    printed=params.printed,
    n_initial=params.n_initial,
)
style.save(figure, snakemake.output)
