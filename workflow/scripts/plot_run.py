"""Plot how one run trained."""

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
run = runs.run(int(snakemake.wildcards.seed))
look = {"moments": params.moments, "band": params.band, "n_initial": params.n_initial}
figure = figures.training_figure(run, **look, thresholds=Thresholds(**params.thresholds))
style.save(figure, snakemake.output)
