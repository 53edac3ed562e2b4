"""Plot how one run trained."""

from workflow.job import begin

from superposition.figures import style, training
from superposition.figures.directions import load_recovered
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.measures.transitions import EventSettings

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
runs = history.read_history(
    params.printed,
    trajectory=paths.trajectory,
    loss=paths.loss,
    superposition=paths.superposition,
    llc={sampler: paths[f"llc_{sampler}"] for sampler in params.samplers},
    critical=paths.critical,
)
seed, thresholds = int(snakemake.wildcards.seed), Thresholds(**params.thresholds)
run = runs.run(seed)
marks = training.Marks(
    moments=params.moments,
    settings=EventSettings(**params.transitions),
    procedure=params.procedure,
    n_initial=params.n_initial,
    recovered=load_recovered(paths.outputs, thresholds=thresholds)[runs.trajectory.seeds == seed],
)
style.save(training.training_figure(run, run.curves(band=params.band), marks, band=params.band), snakemake.output)
