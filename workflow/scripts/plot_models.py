"""Plot the runs of one experiment of another paper."""

from workflow.job import begin

from superposition.figures import style
from superposition.figures.other_models import experiment_figure
from superposition.tables import frames

begin(snakemake.log[0])

runs = frames.joined(frames.read(path, "model_runs") for path in snakemake.input)
printed = {name: snakemake.params[name] for name in ("labels", "relative_norm")}
style.save(experiment_figure(runs, **printed), snakemake.output)
