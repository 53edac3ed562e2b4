"""Plot how the runs of one activation trained and how they ended, and write the curves that are drawn."""

from workflow.job import begin

from superposition.figures import style, training
from superposition.figures.directions import load_recovered
from superposition.measures import history
from superposition.measures.geometry import Thresholds
from superposition.measures.transitions import EventSettings
from superposition.tables import store
from superposition.tables.identity import Identity

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
of_runs = {"trajectories": paths.trajectory, "losses": paths.loss, "superposition": paths.superposition}
llc = {name: paths[f"llc_{name}"] for name in params.samplers}
runs = history.read_history(params.printed, **of_runs, llc=llc, critical=paths.critical)
recovered = load_recovered(paths.outputs, thresholds=Thresholds(**params.thresholds))
settings = EventSettings(**params.transitions)
marks = training.Marks(**params.look, settings=settings, recovered=recovered, band=params.band)
curves = runs.curves(band=params.band)
store.write(curves, snakemake.output.curves, "curves", Identity(**snakemake.wildcards))
style.save(training.training_figure(runs, curves, marks), snakemake.output.training)
style.save(training.seeds_figure(runs, marks), snakemake.output.seeds)
