"""Animate the polygon of one activation's run forming over training."""

from workflow.job import begin

from superposition.figures import animation
from superposition.figures.directions import load_recovered
from superposition.measures import history
from superposition.measures.geometry import Thresholds

begin(snakemake.log[0])

params, paths = snakemake.params, snakemake.input
measured = {"losses": paths.loss, "superposition": paths.superposition}
runs = history.read_history(params.printed, trajectories=paths.trajectory, **measured, llc={})
steps = animation.frame_steps(runs, count=params.n_frames)
recovered = load_recovered(paths.outputs, thresholds=Thresholds(**params.thresholds))
pictures = animation.frames(runs, steps, recovered, **params.look)
animation.save(pictures, snakemake.output[0], seconds_per_frame=params.seconds_per_frame)
