"""Plot how the runs of one activation trained and how they ended, and write the curves that are drawn."""

from workflow.job import begin

from superposition import figures, history, style, tables
from superposition.geometry import Thresholds
from superposition.identity import Identity
from superposition.transitions import settings

begin(snakemake.log[0])


params, paths = snakemake.params, snakemake.input
runs = history.read(
    snakemake.wildcards.training,
    params.printed,
    trajectory=paths.trajectory,
    loss=paths.loss,
    superposition=paths.superposition,
    llc={sampler: paths[f"llc_{sampler}"] for sampler in params.samplers},
)
marks = figures.Marks(
    moments=params.moments,
    thresholds=Thresholds(**params.thresholds),
    settings=settings(params.transitions),
    n_initial=params.n_initial,
)
curves = runs.curves(band=params.band)
for path in snakemake.output.curves:
    tables.write(curves, path, "curves", Identity(**snakemake.wildcards))
style.save(figures.training_figure(runs, curves, marks, band=params.band), snakemake.output.training)
style.save(figures.seeds_figure(runs, n_initial=params.n_initial), snakemake.output.seeds)
