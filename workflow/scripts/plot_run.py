"""Plot how one run trained."""

from workflow.job import begin

from superposition.figures import style, training
from superposition.figures.directions import load_recovered
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.measures.transitions import EventSettings

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
of_runs = {"trajectories": paths.trajectory, "losses": paths.loss, "superposition": paths.superposition}
llc = {name: paths[f"llc_{name}"] for name in params.samplers}
runs = history.read_history(params.printed, **of_runs, llc=llc, critical=paths.critical)
recovered = load_recovered(paths.outputs, thresholds=Thresholds(**params.thresholds))
seed = int(snakemake.wildcards.seed)
run, recovered = runs.run(seed), recovered[runs.trajectory.seeds == seed]
settings = EventSettings(**params.transitions)
marks = training.Marks(**params.look, settings=settings, recovered=recovered, band=params.band)
style.save(training.training_figure(run, run.curves(band=params.band), marks), snakemake.output)
