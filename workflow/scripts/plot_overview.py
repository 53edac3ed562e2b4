"""Plot the final polygons of all activations."""

from workflow.job import begin

from superposition import frames, history, style, trajectory
from superposition.overview import overview_figure

begin(snakemake.log[0])


params = snakemake.params
runs = {name: history.joined([trajectory.load(path) for path in snakemake.input[name]]) for name in params.printed}
figure = overview_figure(
    {name: trajectories.W[:, -1] for name, trajectories in runs.items()},
    frames.read(snakemake.input.runs),
    training=snakemake.wildcards.training,
    printed=params.printed,
    n_initial=params.n_initial,
)
style.save(figure, snakemake.output)
