"""Plot how the runs of one activation trained and how they ended."""

from superposition import figures, history, style
from superposition.geometry import Thresholds
from workflow.log import log_to

log_to(snakemake.log[0])


params, paths = snakemake.params, snakemake.input
runs = history.read(
    snakemake.wildcards.training,
    params.printed,
    trajectory=paths.trajectory,
    loss=paths.loss,
    superposition=paths.superposition,
    llc={sampler: paths[f"llc_{sampler}"] for sampler in params.samplers},
)
look = {"moments": params.moments, "band": params.band, "n_initial": params.n_initial}
training = figures.training_figure(runs, **look, thresholds=Thresholds(**params.thresholds))
style.save(training, snakemake.output.training)
style.save(figures.seeds_figure(runs, n_initial=params.n_initial), snakemake.output.seeds)
